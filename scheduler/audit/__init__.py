"""Judges a finished roster on instants and wall clocks, independent of how it was made.

Two checks on purpose: the solver's own check finds faults of the model, this one finds faults of
the compiler (clock changes, windows, law parameters), because it never sees a slot of it.
"""

from scheduler.audit.binding import Binding
from scheduler.audit.coverage import Coverage, QueueCover
from scheduler.audit.explain import Explanation, Reason, explain_interval
from scheduler.audit.facts import Facts, read_facts
from scheduler.audit.finding import Finding
from scheduler.audit.judge import audit_roster
from scheduler.audit.kpis import AgentMeasures, Measures
from scheduler.audit.report import AuditReport
from scheduler.audit.shortfalls import Shortfall, shortfalls
from scheduler.audit.unjudged import Unjudged

__all__ = [
    "AgentMeasures",
    "AuditReport",
    "Binding",
    "Coverage",
    "Explanation",
    "Facts",
    "Finding",
    "Measures",
    "QueueCover",
    "Reason",
    "Shortfall",
    "Unjudged",
    "audit_roster",
    "explain_interval",
    "read_facts",
    "shortfalls",
]
