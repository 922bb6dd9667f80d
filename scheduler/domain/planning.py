"""The whole input of one roster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scheduler.domain.availability import Availability, TimeOff, Wish
from scheduler.domain.demand import DemandInterval, Queue, RequirementInterval
from scheduler.domain.people import Agent, Contract, Location, Site, Skill
from scheduler.domain.policy import BreakRule, ShiftPolicy, WakingHours, Weights
from scheduler.domain.shifts import PastShift, Pin

__all__ = ["DEFAULT_BREAK_RULES", "Horizon", "Planning"]

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
class Planning:
    """Everything a planner hands over: people, demand, limits, wishes, history.

    Rows keep the order of their files. References between rows have been checked by intake.

    Parameters
    ----------
    interval_minutes : int
        Length of demand and requirement intervals, 15 or 30.
    currency : str
        Base currency (ISO 4217); all costs are cents of it.
    exchange_rates : tuple of (str, Decimal)
        Price of one unit of the named currency in the base currency; the base itself is implied.
    min_stint_minutes : int
        Shortest time an agent stays on one queue before switching.
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
    exchange_rates: tuple[tuple[str, Decimal], ...] = ()
    shifts: ShiftPolicy = field(default_factory=ShiftPolicy)
    waking_hours: WakingHours = field(default_factory=WakingHours)
    weights: Weights = field(default_factory=Weights)
    break_rules: tuple[BreakRule, ...] = DEFAULT_BREAK_RULES
    min_stint_minutes: int = 60
    input_sha256: str = ""

    def __post_init__(self) -> None:
        if self.interval_minutes not in (15, 30):
            raise ValueError("interval_minutes must be 15 or 30")
        if self.min_stint_minutes < 15 or self.min_stint_minutes % 15:
            raise ValueError("min_stint_minutes must be a positive multiple of 15")

    def rate_to_base(self, currency: str) -> Decimal:
        """Return the price of one unit of `currency` in the base currency.

        Raises
        ------
        KeyError
            If no exchange rate is known (intake refuses such input).
        """
        if currency == self.currency:
            return Decimal(1)
        return dict(self.exchange_rates)[currency]
