"""The audit's one entry: everything checked, counted and priced, in one report."""

from __future__ import annotations

from scheduler.audit.binding import read_binding
from scheduler.audit.cost import cost_findings, cost_terms
from scheduler.audit.coverage import read_coverage
from scheduler.audit.facts import EARLIEST, read_facts
from scheduler.audit.finding import Finding
from scheduler.audit.kpis import read_measures
from scheduler.audit.labour import labour_findings, read_judgements
from scheduler.audit.report import AuditReport
from scheduler.audit.service import service_findings
from scheduler.audit.structure import roster_findings, structure_findings
from scheduler.audit.unjudged import read_unjudged
from scheduler.domain import Planning, Roster
from scheduler.labour import RuleBook

__all__ = ["audit_roster"]


def audit_roster(planning: Planning, roster: Roster, book: RuleBook | None = None) -> AuditReport:
    """Judge a finished roster against its planning.

    Parameters
    ----------
    planning : Planning
        The input; trusted.
    roster : Roster
        Any roster; nothing about it is trusted but its form.
    book : RuleBook, optional
        The rule packs to judge by; by default those shipped and those of the planning.

    Returns
    -------
    AuditReport
        Findings, cover, cost by term, key figures and binding rules; never raises on a bad roster.

    Raises
    ------
    InputError
        If the planning names packs or permits that do not exist (intake refuses such input).
    """
    facts = read_facts(planning, roster, book)
    judged = read_judgements(facts)
    coverage = read_coverage(facts)
    terms = cost_terms(facts, coverage)
    findings = [
        *roster_findings(facts),
        *structure_findings(facts),
        *labour_findings(facts, judged),
        *service_findings(facts),
        *cost_findings(facts, terms),
    ]
    return AuditReport(
        findings=tuple(sorted(findings, key=_order)),
        coverage=coverage,
        measures=read_measures(facts, coverage),
        terms=tuple(terms.items()),
        cost_cents=sum(terms.values()),
        binding=read_binding(judged),
        unjudged=read_unjudged(facts),
    )


def _order(finding: Finding) -> tuple[object, ...]:
    """Hard before soft, breaches of ours before those of pins, then by agent and time."""
    return (
        finding.severity == "soft",
        finding.pinned,
        finding.agent_id or "",
        finding.start or EARLIEST,
        finding.rule,
        finding.queue_id or "",
    )
