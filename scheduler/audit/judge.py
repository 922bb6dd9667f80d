"""The audit's one entry: everything checked, counted and priced, in one report."""

from __future__ import annotations

from scheduler.audit.cost import cost_findings, cost_terms
from scheduler.audit.coverage import read_coverage
from scheduler.audit.facts import EARLIEST, read_facts
from scheduler.audit.finding import Finding
from scheduler.audit.kpis import read_measures
from scheduler.audit.labour import labour_findings
from scheduler.audit.report import AuditReport
from scheduler.audit.service import service_findings
from scheduler.audit.structure import roster_findings, structure_findings
from scheduler.domain import Planning, Roster
from scheduler.labour import DEFAULT_POLICY, LabourPolicy

__all__ = ["audit_roster"]


def audit_roster(
    planning: Planning, roster: Roster, policy: LabourPolicy = DEFAULT_POLICY
) -> AuditReport:
    """Judge a finished roster against its planning.

    Parameters
    ----------
    planning : Planning
        The input; trusted.
    roster : Roster
        Any roster; nothing about it is trusted but its form.
    policy : LabourPolicy
        The working-time rules to judge by.

    Returns
    -------
    AuditReport
        Findings, cover, cost by term and key figures; never raises on a bad roster.
    """
    facts = read_facts(planning, roster, policy)
    coverage = read_coverage(facts)
    terms = cost_terms(facts, coverage)
    findings = [
        *roster_findings(facts),
        *structure_findings(facts),
        *labour_findings(facts),
        *service_findings(facts),
        *cost_findings(facts, terms),
    ]
    return AuditReport(
        findings=tuple(sorted(findings, key=_order)),
        coverage=coverage,
        measures=read_measures(facts, coverage),
        terms=tuple(terms.items()),
        cost_cents=sum(terms.values()),
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
