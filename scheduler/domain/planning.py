"""The whole input of one roster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scheduler.domain.availability import Availability, TimeOff, Wish
from scheduler.domain.demand import (
    DemandInterval,
    Pool,
    Queue,
    RequirementInterval,
    StaffingPolicy,
)
from scheduler.domain.people import Agent, Contract, Location, Site, Skill
from scheduler.domain.policy import BreakRule, ShiftPolicy, WakingHours, Weights
from scheduler.domain.shifts import PastShift, Pin

__all__ = [
    "DEFAULT_BREAK_RULES",
    "Announcement",
    "Closure",
    "ExchangeRate",
    "Horizon",
    "Planning",
]

DEFAULT_BREAK_RULES = (BreakRule(330, 30), BreakRule(600, 45))


@dataclass(frozen=True, slots=True)
class Horizon:
    """The period to roster: from 00:00 of `start` to 00:00 of `end` by the clock of `zone`."""

    start: date
    end: date
    zone: str

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("the horizon must end after it starts")

    @property
    def days(self) -> int:
        """Number of calendar days."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Price of one unit of `currency` in the base currency from a date on.

    Parameters
    ----------
    from_date : datetime.date, optional
        First date of validity; None holds from the beginning of time.
    """

    currency: str
    rate: Decimal
    from_date: date | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """A date on which nobody of a site works, by the clock of the place of work.

    Parameters
    ----------
    site_id : str, optional
        The site; None closes the whole company.
    """

    day: date
    name: str
    site_id: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """When the agents are told: dates from which notice periods run.

    Parameters
    ----------
    times_on : datetime.date
        Date on which starts and ends of shifts are known to the agents.
    rest_days_on : datetime.date, optional
        Date on which the days off are known; None is the same date.
    """

    times_on: date
    rest_days_on: date | None = None


@dataclass(frozen=True, slots=True)
class Planning:
    """Everything a planner hands over: people, demand, limits, wishes, history.

    Rows keep the order of their files. References between rows have been checked by intake.

    Parameters
    ----------
    interval_minutes : int
        Length of demand and requirement intervals, 15 or 30.
    currency : str
        Base currency (ISO 4217); all costs are cents of it.
    exchange_rates : tuple of ExchangeRate
        Prices of other currencies in the base currency, by date; the base itself is implied.
    closures : tuple of Closure
        Dates on which a site or the company is closed.
    permits : tuple of str
        Permits the company holds, ``PACK.permit``: they waive the limits that name them.
    rule_packs : tuple of str
        The company's own rule packs, each one JSON document; they add to or replace those shipped.
    announced : Announcement, optional
        When the roster is announced; without it notice periods cannot be judged.
    history_from : datetime.date, optional
        First local date from which `history` is complete; None stands for the earliest local date
        in it, or the horizon's start without any.
    min_stint_minutes : int
        Shortest time an agent stays on one queue before switching.
    staffing : StaffingPolicy
        How contacts become required agents.
    pools : tuple of Pool
        Queues that are staffed together.
    input_sha256 : str
        Digest of the canonical planning document, for the roster.
    """

    name: str
    horizon: Horizon
    interval_minutes: int
    currency: str
    sites: tuple[Site, ...]
    contracts: tuple[Contract, ...]
    agents: tuple[Agent, ...]
    queues: tuple[Queue, ...]
    skills: tuple[Skill, ...] = ()
    locations: tuple[Location, ...] = ()
    demand: tuple[DemandInterval, ...] = ()
    requirements: tuple[RequirementInterval, ...] = ()
    availability: tuple[Availability, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    wishes: tuple[Wish, ...] = ()
    history: tuple[PastShift, ...] = ()
    pins: tuple[Pin, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    closures: tuple[Closure, ...] = ()
    permits: tuple[str, ...] = ()
    rule_packs: tuple[str, ...] = ()
    announced: Announcement | None = None
    history_from: date | None = None
    shifts: ShiftPolicy = field(default_factory=ShiftPolicy)
    waking_hours: WakingHours = field(default_factory=WakingHours)
    weights: Weights = field(default_factory=Weights)
    break_rules: tuple[BreakRule, ...] = DEFAULT_BREAK_RULES
    min_stint_minutes: int = 60
    staffing: StaffingPolicy = field(default_factory=StaffingPolicy)
    pools: tuple[Pool, ...] = ()
    input_sha256: str = ""

    def __post_init__(self) -> None:
        if self.interval_minutes not in (15, 30):
            raise ValueError("interval_minutes must be 15 or 30")
        if self.min_stint_minutes < 15 or self.min_stint_minutes % 15:
            raise ValueError("min_stint_minutes must be a positive multiple of 15")

    def rate_to_base(self, currency: str, day: date) -> Decimal:
        """Return the price of one unit of `currency` in the base currency on a date.

        Raises
        ------
        KeyError
            If no exchange rate is known for that date (intake refuses such input).
        """
        if currency == self.currency:
            return Decimal(1)
        known = [
            (rate.from_date or date.min, rate.rate)
            for rate in self.exchange_rates
            if rate.currency == currency and (rate.from_date or date.min) <= day
        ]
        if not known:
            raise KeyError(currency)
        return max(known)[1]
