"""Judge a finished roster against its planning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.audit import AuditReport
    from scheduler.domain import Planning, Roster

__all__ = ["audit_roster"]


def audit_roster(planning: Planning, roster: Roster) -> AuditReport:
    """Return every finding, cover, cost and measures of `roster`, on instants and wall clocks."""
    from scheduler.audit import audit_roster as audit

    return audit(planning, roster)
