"""What shifts are paid: wages and premiums, to the cent, as ``docs/costs.md`` says.

A premium table says of every minute how much above the hourly rate it is paid. Which minutes those
are depends on the pack, the clock and the calendar alone, so tables are made once and shared by all
agents; what is left per agent is a rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from scheduler.domain import Planning, Site
from scheduler.labour.applied import AppliedPack, premiums_on
from scheduler.labour.pack import Pack, Premium
from scheduler.planning.clocks import dates_around, minute_of
from scheduler.planning.patterns import Almanac
from scheduler.planning.people import AgentDays
from scheduler.planning.spans import ALWAYS, IntArray, MinuteArray, Spans
from scheduler.timegrid.grid import SlotGrid
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.timeline import Place
from scheduler.timegrid.zones import clock_instant

__all__ = ["AgentPay", "PayBook", "PremiumTable", "holiday_calendar", "pay_book", "whole_cents"]

_SURCHARGES = 10_000  # a minute, so that factors with four decimals give whole numbers
_INT32_END, _INT64_END = 1 << 31, 1 << 63


@dataclass(frozen=True, slots=True, eq=False)
class PremiumTable:
    """Surcharge on the minutes of the horizon, by one pack, one clock and one calendar.

    Parameters
    ----------
    bands : tuple of (int, Spans)
        Rising surcharges, in 1/10000 of the hourly rate and above 0, with the minutes they are
        paid for. The stretches of different bands do not overlap.
    """

    bands: tuple[tuple[int, Spans], ...]
    _known: dict[tuple[bytes, ...], MinuteArray] = field(
        default_factory=dict, init=False, repr=False
    )

    def surcharges(
        self, start: MinuteArray, end: MinuteArray, unpaid_minutes: MinuteArray
    ) -> MinuteArray:
        """Return the surcharge of shifts, in minutes at the hourly rate times 10000.

        The answer is kept: agents at one place have the same shifts.

        Parameters
        ----------
        start, end : array
            Minutes since the horizon's start, half-open.
        unpaid_minutes : array
            Minutes of each shift that are not paid; they are taken off its cheapest time.
        """
        key = start.tobytes(), end.tobytes(), unpaid_minutes.tobytes()
        if key not in self._known:
            found = self._surcharges(start, end, unpaid_minutes)
            found.setflags(write=False)
            self._known[key] = found
        return self._known[key]

    def _surcharges(
        self, start: MinuteArray, end: MinuteArray, unpaid_minutes: MinuteArray
    ) -> MinuteArray:
        by_band = [spans.minutes_in(start, end) for _, spans in self.bands]
        plain = end - start - sum(by_band)
        unpaid = np.maximum(unpaid_minutes.astype(np.int64) - plain, 0)
        total = np.zeros(len(start), dtype=np.int64)
        for (surcharge, _), minutes in zip(self.bands, by_band, strict=True):
            taken = np.minimum(unpaid, minutes)
            unpaid -= taken
            total += (minutes - taken) * surcharge
        return total


class PayBook:
    """Premium tables and exchange rates of a planning, each made once.

    Parameters
    ----------
    planning : Planning
        The input.
    grid : SlotGrid
        Slots of the horizon; minutes are counted from its start.
    """

    def __init__(self, planning: Planning, grid: SlotGrid) -> None:
        self._planning = planning
        self._grid = grid
        latest = max((pin.end for pin in planning.pins), default=grid.end)
        self._dates = dates_around(grid.start, max(latest, grid.end))
        self._sites = {site.site_id: site for site in planning.sites}
        self._tables: dict[tuple[str, str, str, str | None], PremiumTable] = {}
        self._rates: dict[tuple[str, date], Fraction] = {}

    def site(self, site_id: str) -> Site:
        """Return a site of the planning."""
        return self._sites[site_id]

    def exchange_rate(self, currency: str, day: date) -> Fraction:
        """Return the price of a currency in the base currency on a date.

        Raises
        ------
        KeyError
            If no exchange rate is known for that date.
        """
        key = currency, day
        if key not in self._rates:
            self._rates[key] = Fraction(self._planning.rate_to_base(currency, day))
        return self._rates[key]

    def table(self, pack: Pack, place: Place, site: Site) -> PremiumTable:
        """Return the premium table of a pack for agents of a site who work at a place.

        Parameters
        ----------
        pack : Pack
            Of the planning's rule book, in which no two have one id.
        """
        calendar = holiday_calendar(pack, place, site)
        key = (pack.pack_id, place.zone, *calendar)
        if key not in self._tables:
            self._tables[key] = self._table(pack, place.zone, *calendar)
        return self._tables[key]

    def _table(self, pack: Pack, zone: str, country: str, subdivision: str | None) -> PremiumTable:
        stretches: dict[int, list[tuple[int, int]]] = {}
        for day in self._dates:
            premiums = _premiums_of(pack, day, country, subdivision)
            cuts = {minute for each in premiums for minute in (each.from_minute, each.until_minute)}
            for from_minute, until_minute in pairwise(sorted(cuts)):
                surcharge = _stacked(pack, premiums, from_minute)
                if surcharge:
                    stretch = (
                        self._edge(day, from_minute, zone),
                        self._edge(day, until_minute, zone),
                    )
                    stretches.setdefault(surcharge, []).append(stretch)
        return PremiumTable(
            tuple((surcharge, Spans.of(pairs)) for surcharge, pairs in sorted(stretches.items()))
        )

    def _edge(self, day: date, minute: int, zone: str) -> int:
        return minute_of(self._grid, clock_instant(day, minute, zone))


def _premiums_of(
    pack: Pack, day: date, country: str, subdivision: str | None
) -> tuple[Premium, ...]:
    """Return the premiums of a pack that are paid on a date, at some time of it."""
    return tuple(
        premium
        for premium in premiums_on(pack, day)
        if (
            is_public_holiday(day, country, subdivision)
            if premium.holiday
            else day.isoweekday() in premium.weekdays
        )
    )


def _stacked(pack: Pack, premiums: Sequence[Premium], minute: int) -> int:
    """Return the surcharge on a minute of the day, in 1/10000."""
    met = [
        int((premium.factor - 1) * _SURCHARGES)
        for premium in premiums
        if premium.from_minute <= minute < premium.until_minute
    ]
    return sum(met) if pack.stacking == "sum" else max(met, default=0)


def holiday_calendar(pack: Pack, place: Place, site: Site) -> tuple[str, str | None]:
    """Return the country and subdivision whose public holidays count for a pack's premiums.

    Those of the place of work where the pack is of its country or of none; else those of the
    pack's country, in the site's subdivision where the site lies there.
    """
    if pack.country is None or pack.country == place.country:
        return place.country, place.subdivision
    return pack.country, site.subdivision if site.country == pack.country else None


_BOOKS: WeakKeyDictionary[Almanac, PayBook] = WeakKeyDictionary()


def pay_book(almanac: Almanac) -> PayBook:
    """Return the pay book that all agents of an almanac share; it lives as long as the almanac."""
    book = _BOOKS.get(almanac)
    if book is None:
        book = _BOOKS[almanac] = PayBook(almanac.planning, almanac.grid)
    return book


class AgentPay:
    """Prices the shifts of one agent.

    Parameters
    ----------
    almanac : Almanac
        Shared by all agents.
    person : AgentDays
        The agent.
    packs : sequence of AppliedPack
        The packs that hold for the agent, and when.
    """

    def __init__(self, almanac: Almanac, person: AgentDays, packs: Sequence[AppliedPack]) -> None:
        self._book = pay_book(almanac)
        self._agent = person.agent
        self._site = self._book.site(person.agent.site_id)
        self._hourly_rate = Fraction(person.agent.hourly_rate)
        grid = almanac.grid
        self._packs = tuple(
            (
                applied.pack,
                ALWAYS[0] if applied.start is None else minute_of(grid, applied.start),
                ALWAYS[1] if applied.end is None else minute_of(grid, applied.end),
            )
            for applied in packs
            if applied.pack.premiums
        )

    def wages_cents(self, paid_minutes: IntArray, day: date) -> IntArray:
        """Return the wages of shifts that start on a date, each half up to whole cents.

        Raises
        ------
        KeyError
            If no exchange rate is known for the date.
        OverflowError
            If the solver's integers cannot hold the wages of a shift.
        """
        return whole_cents(paid_minutes, self._minute_cents(day))

    def premium_cents(
        self,
        start: MinuteArray,
        end: MinuteArray,
        unpaid_minutes: MinuteArray,
        place: Place,
        day: date,
    ) -> IntArray:
        """Return what shifts are paid above their wages, each half up to whole cents.

        Of the packs that hold when a shift starts, the one with the largest surcharge counts.

        Parameters
        ----------
        start, end : array
            Minutes since the horizon's start, half-open.
        unpaid_minutes : array
            The unpaid break of each shift.
        place : Place
            Where the shifts are worked.
        day : datetime.date
            Local date on which they start.

        Raises
        ------
        KeyError
            If no exchange rate is known for the date.
        OverflowError
            If the solver's integers cannot hold the premium of a shift.
        """
        most = np.zeros(len(start), dtype=np.int64)
        for pack, holds_from, holds_until in self._packs:
            table = self._book.table(pack, place, self._site)
            if table.bands:
                held = (holds_from <= start) & (start < holds_until)
                np.maximum(most, held * table.surcharges(start, end, unpaid_minutes), out=most)
        return whole_cents(most, self._minute_cents(day) / _SURCHARGES)

    def _minute_cents(self, day: date) -> Fraction:
        """Return the pay of a minute, in cents of the base currency."""
        rate = self._book.exchange_rate(self._agent.currency, day)
        return self._hourly_rate * rate * 100 / 60


def whole_cents(amounts: IntArray | MinuteArray, cents_each: Fraction) -> IntArray:
    """Return amounts times a price, each half up to whole cents, in exact arithmetic.

    Parameters
    ----------
    amounts : array
        Not negative.
    cents_each : fractions.Fraction
        Not negative.

    Raises
    ------
    OverflowError
        If a result does not fit into 32 bits.
    """
    twice, half, whole = (
        2 * cents_each.numerator,
        cents_each.denominator,
        2 * cents_each.denominator,
    )
    largest = int(amounts.max(initial=0))
    if (largest * twice + half) // whole >= _INT32_END:
        raise OverflowError(f"{float(largest * cents_each):.0f} cents for one shift")
    # A rate times an exchange rate may have many decimals: then in integers without a limit.
    fits = (largest + 1) * twice + whole < _INT64_END
    exact = amounts.astype(np.int64 if fits else np.object_)
    return np.asarray((exact * twice + half) // whole, dtype=np.int32)
