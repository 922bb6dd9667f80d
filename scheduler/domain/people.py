"""Who works, where and under what contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scheduler.domain.policy import WakingHours

__all__ = ["CEFR_LEVELS", "SKILL_KINDS", "Agent", "Contract", "Location", "Site", "Skill"]

CEFR_LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
SKILL_KINDS = ("language", "channel", "client", "certificate")


@dataclass(frozen=True, slots=True)
class Site:
    """A home base: the place of work of its agents unless a `Location` says otherwise.

    Parameters
    ----------
    site_id, name : str
        Key and display name.
    zone : str
        IANA zone, kept as written (never canonicalised).
    country, subdivision : str
        ISO 3166-1 alpha-2 and, optional, ISO 3166-2.
    currency : str
        ISO 4217 code in which the site is paid.
    """

    site_id: str
    name: str
    zone: str
    country: str
    currency: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """Hours a contract guarantees, aims at and allows.

    Parameters
    ----------
    min_minutes_week, target_minutes_week, max_minutes_week : int
        Paid minutes per ISO week; ``min <= target <= max``. The maximum is hard, the others cost.
    max_days_week : int, optional
        Most working days per ISO week, 1 to 7.
    min_shift_minutes, max_shift_minutes : int, optional
        Narrow the planning's shift lengths for this contract (elapsed, breaks included).
    night_allowed : bool
        Whether shifts may leave the waking hours (at a cost).
    rule_packs : tuple of str
        Rule packs named by the contract, checked besides those of the places of work.
    law : str, optional
        Country (ISO 3166-1) whose law the contract names, where it is not that of the site.
    on_call : bool
        Whether the contract has no fixed hours: limits for on-call work hold.
    """

    contract_id: str
    min_minutes_week: int
    target_minutes_week: int
    max_minutes_week: int
    max_days_week: int | None = None
    min_shift_minutes: int | None = None
    max_shift_minutes: int | None = None
    night_allowed: bool = False
    rule_packs: tuple[str, ...] = ()
    law: str | None = None
    on_call: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.min_minutes_week <= self.target_minutes_week <= self.max_minutes_week:
            raise ValueError("hours per week must satisfy 0 <= min <= target <= max")
        if self.max_days_week is not None and not 1 <= self.max_days_week <= 7:
            raise ValueError("max_days_week must be 1 to 7")


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers contacts.

    Parameters
    ----------
    hourly_rate : decimal.Decimal
        Pay per paid hour in `currency`, not negative.
    employed_from, employed_until : datetime.date, optional
        Half-open range of local dates on which the agent may work.
    started_on : datetime.date, optional
        First day in the job, for ramp-up.
    waking_hours : WakingHours, optional
        The agent's own, where they are not those of the planning.
    """

    agent_id: str
    name: str
    site_id: str
    contract_id: str
    hourly_rate: Decimal
    currency: str
    employed_from: date | None = None
    employed_until: date | None = None
    started_on: date | None = None
    email: str | None = None
    waking_hours: WakingHours | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where an agent works when not at the site.

    The stay begins at 00:00 of `from_date` and ends at 00:00 of `until_date` by the clock of
    `zone`. When another stay begins on the very date this one ends, the change happens at the new
    place's midnight. Dates of one agent's stays do not overlap.
    """

    agent_id: str
    from_date: date
    zone: str
    country: str
    until_date: date | None = None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing an agent can do, with its period of validity.

    Parameters
    ----------
    kind : str
        ``language``, ``channel``, ``client`` or ``certificate``.
    value : str
        Language tag (BCP 47), channel, client or certificate name.
    level : str, optional
        ``A1`` .. ``C2`` for languages, ``1`` .. ``5`` otherwise.
    valid_from, valid_until : datetime.date, optional
        Half-open range of dates in the agent's place of work: valid from 00:00 of the first date
        to 00:00 of the second, by the clock of the place where the agent then is.
    """

    agent_id: str
    kind: str
    value: str
    level: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
