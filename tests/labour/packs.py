"""Packs for tests: a small document to spoil, and any pack at all."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from scheduler.labour import pack as records
from scheduler.labour.pack import Limit, Night, Pack, Premium, Source, Unknown

BASE: dict[str, Any] = {
    "format": "heliotrope-rules/1",
    "pack": "XX",
    "name": "Testland",
    "kind": "law",
    "country": "XX",
    "checked_on": "2026-11-01",
    "confidence": "confirmed",
    "sources": {"S": {"title": "The act", "url": "https://example.org/act"}},
}


def cite(**keys: Any) -> dict[str, Any]:
    """A provision's keys with its citation."""
    return {"article": "art. 1", "sources": ["S"], **keys}


def limit(rule: str, **keys: Any) -> dict[str, Any]:
    """A limit of a document."""
    return cite(rule=rule, **keys)


def document(*limits: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The small pack with limits and with other keys."""
    return copy.deepcopy({**BASE, "limits": list(limits), **keys})


NIGHT = cite(**{"from": "00:00", "until": "06:00", "over": "1 h"})
DAY, WEEK = 1440, 7 * 1440

names = st.text("abcdefghij_0123456789", min_size=1, max_size=9).filter(lambda text: text[0] != "_")
texts = st.text("abc XYZ,.:;é%'\"#-", min_size=1, max_size=20).map(
    lambda text: " ".join(f"t{text}".split())
)
minutes = st.integers(1, DAY)
counts = st.integers(1, 50)
weeks = st.integers(1, 104)
clocks = st.integers(0, 1439)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def _bare(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(maybe(st.dates(date(2000, 1, 1), date(2030, 1, 1))))
    last = draw(maybe(st.dates(date(2030, 1, 2), date(2060, 1, 1))))
    return {
        "name": "n",
        "article": draw(texts),
        "sources": tuple(draw(st.permutations(("A", "B"))))[: draw(st.integers(1, 2))],
        "confidence": draw(st.sampled_from(("confirmed", "secondary", "reading", "unconfirmed"))),
        "checked_on": draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))),
        "valid_from": first,
        "valid_to": last,
        "note": draw(st.just("") | texts),
    }


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    """Any limit whose numbers do not contradict each other."""
    base = draw(_bare()) | {
        "waived_by": draw(maybe(names)),
        "days_over": draw(maybe(st.integers(1, 6))),
        "on_call": draw(maybe(st.booleans())),
    }
    lower, upper = sorted((draw(minutes), draw(minutes) + DAY))
    extended = draw(st.booleans())
    counts_in_days = st.tuples(counts, st.integers(1, 104).map(lambda number: number * 7))
    makers: list[Any] = [
        lambda: records.ShiftHours(
            **base,
            max_minutes=lower,
            night_only=draw(st.booleans()),
            extended_max_minutes=upper if extended else None,
            extended_counts=tuple(draw(st.lists(counts_in_days, max_size=3))) if extended else (),
            extended_rest_minutes=draw(minutes) if extended else 0,
        ),
        lambda: records.DayHours(**base, max_minutes=lower, rolling=draw(st.booleans())),
        lambda: records.WeekHours(**base, max_minutes=upper, rolling=draw(st.booleans())),
        lambda: records.AverageHours(
            **base, max_minutes_week=upper, weeks=draw(weeks), from_nights=draw(maybe(counts))
        ),
        lambda: records.DailyRest(
            **base,
            min_minutes=upper,
            after_night_ending_after_minute=draw(maybe(clocks)),
            reduced_minutes=draw(st.sampled_from((0, lower))) if extended else None,
            reduced_times=draw(counts) if extended else 1,
            reduced_window_minutes=draw(st.integers(1, 30)) * DAY if extended else WEEK,
        ),
        lambda: records.WeeklyRest(
            **base,
            min_minutes=lower,
            window_minutes=upper + DAY,
            or_min_minutes=upper if extended else None,
            or_window_minutes=upper + draw(minutes) if extended else 2 * WEEK,
            or_part_minutes=lower if extended else 0,
        ),
        lambda: records.ConsecutiveDays(**base, max_days=draw(counts)),
        lambda: records.SeriesShifts(
            **base, max_shifts=draw(counts), gap_minutes=upper, with_night=draw(st.booleans())
        ),
        lambda: records.SeriesRest(
            **base, nights=draw(counts), gap_minutes=lower, min_minutes=upper
        ),
        lambda: records.NightCount(
            **base,
            max_count=draw(counts) - 1,
            weeks=draw(weeks),
            ending_after_minute=draw(maybe(clocks)),
        ),
        lambda: records.FreeSundays(**base, min_count=3, weeks=3 + draw(counts)),
        lambda: records.BreakTime(
            **base,
            over_minutes=lower - 1,
            min_minutes=300,
            part_minutes=draw(maybe(st.integers(1, 300))),
            within_minutes=draw(maybe(minutes)),
        ),
        lambda: records.NoWork(
            **base,
            weekdays=tuple(sorted(draw(st.sets(st.integers(1, 7), min_size=1)))),
            holidays=draw(st.booleans()),
        ),
        lambda: records.MinEngagement(**base, min_minutes=lower),
        lambda: records.Notice(
            **base,
            times_days=28,
            or_times_days=draw(st.integers(0, 27)) if extended else None,
            or_rest_days_days=draw(st.integers(27, 60)) if extended else 0,
        ),
    ]
    found: Limit = draw(st.sampled_from(makers))()
    return found


@st.composite
def premiums(draw: st.DrawFn) -> Premium:
    """Any premium."""
    first, last = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=2)))
    holiday = draw(st.booleans())
    days = st.sets(st.integers(1, 7), min_size=1).map(lambda found: tuple(sorted(found)))
    return Premium(
        **draw(_bare()),
        factor=draw(st.integers(10_000, 100_000).map(lambda n: Decimal(n) / 10_000)),
        weekdays=tuple(range(1, 8)) if holiday else draw(days),
        holiday=holiday,
        from_minute=first,
        until_minute=last,
    )


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """Any pack without faults."""
    over_half = draw(st.booleans())
    night = Night(
        **draw(_bare()),
        from_minute=draw(clocks),
        until_minute=1440,
        over_minutes=0,
        over_half=over_half,
    )
    found = draw(st.lists(limits(), max_size=5))
    paid = draw(st.lists(premiums(), max_size=3))
    return Pack(
        pack_id=draw(st.sampled_from(("NL", "x-1", "MA000023"))),
        name=draw(texts),
        kind=draw(st.sampled_from(("law", "agreement", "policy"))),
        country=draw(maybe(st.sampled_from(("NL", "SR")))),
        includes=tuple(draw(st.sets(st.sampled_from(("EU", "Y", "Z"))))),
        night=night
        if night.from_minute
        else replace(night, until_minute=360, over_minutes=60)
        if not over_half
        else replace(night, until_minute=360),
        limits=tuple(replace(each, name=f"l{idx}") for idx, each in enumerate(found)),
        premiums=tuple(replace(each, name=f"p{idx}") for idx, each in enumerate(paid)),
        stacking=draw(st.sampled_from(("highest", "sum"))),
        unknown=tuple(draw(st.lists(st.builds(Unknown, texts, texts), max_size=2))),
        sources=(Source("A", draw(texts), "https://example.org/a"), Source("B", "b", "")),
        notes=tuple(draw(st.lists(texts, max_size=2))),
    )
