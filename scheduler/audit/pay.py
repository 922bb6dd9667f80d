"""What a shift is paid: wages, and the premiums of the rule packs that hold for the agent.

Worked out from instants in exact fractions and rounded once a shift, as ``docs/costs.md`` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.labour import Pack, Premium, premiums_on
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.windows import local_dates
from scheduler.timegrid.zones import clock_instant, day_bounds

__all__ = [
    "Surcharge",
    "half_up",
    "minutes_by_factor",
    "packs_at",
    "pay_cents",
    "premium_cents",
    "surcharge_minutes",
    "surcharge_of",
    "wages_cents",
]

_MINUTE = timedelta(minutes=1)
_ORDINARY = Fraction(1)


@dataclass(frozen=True, slots=True)
class Surcharge:
    """What the best of an agent's packs adds to one shift.

    Parameters
    ----------
    pack_id : str or None
        The pack that pays; of equals the first. None when no pack adds anything.
    minutes : fractions.Fraction
        Surcharge minutes: an hour at one and a half times the hourly rate makes 30.
    """

    pack_id: str | None
    minutes: Fraction


def half_up(amount: Fraction) -> int:
    """Return an amount of cents as whole cents: one half is added and it is rounded down."""
    return floor(amount + Fraction(1, 2))


def pay_cents(facts: Facts, agent: AgentFacts, duty: Duty, minutes: Fraction) -> int:
    """Return what so many minutes at the hourly rate come to, on the day of a shift.

    Parameters
    ----------
    minutes : fractions.Fraction
        Minutes of pay, not negative.

    Returns
    -------
    int
        Cents of the base currency by the exchange rate of the shift's day, rounded half up.
    """
    rate = Fraction(agent.agent.hourly_rate)
    to_base = Fraction(facts.planning.rate_to_base(agent.agent.currency, duty.day))
    return half_up(minutes / 60 * rate * to_base * 100)


def wages_cents(facts: Facts, agent: AgentFacts, duty: Duty) -> int:
    """Return the wages of a shift in cents of the base currency, premiums left out."""
    return pay_cents(facts, agent, duty, Fraction(duty.paid_minutes))


def premium_cents(facts: Facts, agent: AgentFacts, duty: Duty) -> int:
    """Return what a shift is paid above its wages, in cents of the base currency."""
    return pay_cents(facts, agent, duty, surcharge_of(agent, duty).minutes)


def surcharge_of(agent: AgentFacts, duty: Duty) -> Surcharge:
    """Return the largest surcharge of the packs that hold when a shift starts, and whose it is."""
    best = Surcharge(None, Fraction(0))
    for pack in packs_at(agent, duty.start):
        minutes = surcharge_minutes(pack, agent, duty)
        if minutes > best.minutes:
            best = Surcharge(pack.pack_id, minutes)
    return best


def packs_at(agent: AgentFacts, instant: datetime) -> Iterator[Pack]:
    """Yield the packs that hold for an agent at an instant, in their order."""
    for applied in agent.packs:
        begun = applied.start is None or applied.start <= instant
        if begun and (applied.end is None or instant < applied.end):
            yield applied.pack


def surcharge_minutes(pack: Pack, agent: AgentFacts, duty: Duty) -> Fraction:
    """Return what one pack adds to a shift, in minutes of pay at the hourly rate.

    Where the break falls is not known beforehand; the minutes of an unpaid one are taken off the
    worst paid minutes, so it never costs the agent a premium that work would have brought.
    """
    if not pack.premiums:
        return Fraction(0)
    unpaid = duty.unpaid_minutes
    surcharge = Fraction(0)
    for factor, minutes in sorted(minutes_by_factor(pack, agent, duty).items()):
        taken_off = min(unpaid, minutes)
        unpaid -= taken_off
        surcharge += (minutes - taken_off) * (factor - _ORDINARY)
    return surcharge


def minutes_by_factor(pack: Pack, agent: AgentFacts, duty: Duty) -> dict[Fraction, int]:
    """Return how many minutes of a shift, breaks included, one pack pays at which factor.

    The shift is cut at every local midnight of its place of work and at the edges of every clock
    range with a premium, as instants of that date.
    """
    found: dict[Fraction, int] = defaultdict(int)
    for day in local_dates(duty.start, duty.end, duty.zone):
        ranges = [
            (
                clock_instant(day, premium.from_minute, duty.zone),
                clock_instant(day, premium.until_minute, duty.zone),
                premium,
            )
            for premium in _premiums_of_date(pack, agent, duty, day)
        ]
        midnight, next_midnight = day_bounds(day, duty.zone)
        first, after = max(midnight, duty.start), min(next_midnight, duty.end)
        edges = {edge for start, end, _ in ranges for edge in (start, end) if first < edge < after}
        cuts = sorted({first, after, *edges})
        for start, end in pairwise(cuts):
            holding = [row for opens, closes, row in ranges if opens <= start and end <= closes]
            found[_factor(pack, holding)] += (end - start) // _MINUTE
    return dict(found)


def _premiums_of_date(pack: Pack, agent: AgentFacts, duty: Duty, day: date) -> Iterator[Premium]:
    """Yield the premiums a pack pays somewhere in a local date at the shift's place of work."""
    for premium in premiums_on(pack, day):
        if premium.holiday:
            if _is_holiday(pack, agent, duty, day):
                yield premium
        elif day.isoweekday() in premium.weekdays:
            yield premium


def _is_holiday(pack: Pack, agent: AgentFacts, duty: Duty, day: date) -> bool:
    """Say whether a date is a public holiday to a pack.

    Its own country's calendar counts; at work in that country the region is that of the place.
    """
    place, site = duty.place, agent.site
    if pack.country is None or pack.country == place.country:
        return is_public_holiday(day, place.country, place.subdivision)
    region = site.subdivision if site.country == pack.country else None
    return is_public_holiday(day, pack.country, region)


def _factor(pack: Pack, premiums: Sequence[Premium]) -> Fraction:
    """Return the pay of a minute under some premiums, as a multiple of the hourly rate."""
    factors = [Fraction(premium.factor) for premium in premiums]
    if pack.stacking == "sum":
        return _ORDINARY + sum(factor - _ORDINARY for factor in factors)
    return max(factors, default=_ORDINARY)
