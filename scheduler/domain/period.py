"""Planning periods and the versions of their rosters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.planning import Horizon

__all__ = ["Period", "RosterState", "RosterVersion"]


class RosterState(StrEnum):
    """A draft may be published; publishing supersedes what was published before it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time that gets a roster, for some sites and queues.

    Parameters
    ----------
    period_id : str
        Chosen by the planner, such as ``2027-spring``.
    settings : str
        The planning document without its tables, as canonical JSON.
    site_ids, queue_ids : tuple of str
        What the roster is for: agents of these sites, need of these queues.
    version : int
        Rises with every change of the record itself.
    """

    period_id: str
    name: str
    horizon: Horizon
    settings: str
    site_ids: tuple[str, ...]
    queue_ids: tuple[str, ...]
    version: int = 1


@dataclass(frozen=True, slots=True)
class RosterVersion:
    """One roster of a period; its shifts and its judgement are kept with it.

    Parameters
    ----------
    number : int
        Rising from 1 within a period.
    input_sha256 : str
        The planning it was made from, which is kept.
    hard_findings : int
        Of the audit when it was stored; above 0 it cannot be published.
    """

    roster_id: str
    period_id: str
    number: int
    state: RosterState
    input_sha256: str
    cost_cents: int
    bound_cents: int
    hard_findings: int
    created_at: datetime
    job_id: str | None = None
    published_at: datetime | None = None
    published_by: str | None = None
    version: int = 1
