"""What an audit says: all findings, the cover, the cost and the key figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scheduler.audit.binding import Binding
from scheduler.audit.coverage import Coverage
from scheduler.audit.finding import Finding
from scheduler.audit.kpis import Measures
from scheduler.audit.unjudged import Unjudged

__all__ = ["AuditReport"]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The judgement on one roster.

    Parameters
    ----------
    findings : tuple of Finding
        Hard ones first, then by agent and time.
    coverage : Coverage
        Need and agents on queue, quarter by quarter.
    measures : Measures
        Hours, nights, fairness, wishes.
    terms : tuple of (str, int)
        Cost by term in cents of the base currency, recomputed, in the order of ``docs/costs.md``.
    cost_cents : int
        Their sum.
    binding : tuple of Binding
        The limits at which the roster stands, those with most places first.
    unjudged : tuple of Unjudged
        Limits that could not be judged in full, and what was assumed.
    """

    findings: tuple[Finding, ...]
    coverage: Coverage
    measures: Measures
    terms: tuple[tuple[str, int], ...]
    cost_cents: int
    binding: tuple[Binding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()

    @property
    def hard(self) -> tuple[Finding, ...]:
        """Hard findings, those that pins cause included."""
        return tuple(finding for finding in self.findings if finding.severity == "hard")

    @property
    def soft(self) -> tuple[Finding, ...]:
        """Soft findings."""
        return tuple(finding for finding in self.findings if finding.severity == "soft")

    def to_dict(self) -> dict[str, Any]:
        """Return the whole report as JSON-able values."""
        hard = self.hard
        return {
            "format": "heliotrope-audit/1",
            "hard": len(hard),
            "hard_pinned": sum(finding.pinned for finding in hard),
            "soft": len(self.soft),
            "findings": [finding.to_dict() for finding in self.findings],
            "coverage": self.coverage.to_dict(),
            "measures": self.measures.to_dict(),
            "terms": dict(self.terms),
            "cost_cents": self.cost_cents,
            "binding": [row.to_dict() for row in self.binding],
            "unjudged": [row.to_dict() for row in self.unjudged],
        }
