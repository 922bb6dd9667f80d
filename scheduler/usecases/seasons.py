"""A year of clock changes: hours between sites, who is awake when, whether that covers the need.

For each set of clocks the standard week is laid on UTC, and quarter by quarter a maximum flow of
the agents awake over the queues proves cover or names the gap; ``docs/seasons.md`` says what that
proves and what it does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from scheduler.domain import Planning
from scheduler.timegrid.zones import local_of, offset_minutes, transitions
from scheduler.usecases.seasons_view import (
    Base,
    ClockMove,
    Gap,
    Season,
    SeasonsView,
    WeekLine,
    YearCover,
)
from scheduler.usecases.standard_week import (
    QUARTERS_DAY,
    QUARTERS_WEEK,
    city_of,
    hours_check,
    people_of,
    queue_order,
    week_need,
)
from scheduler.usecases.week_cover import Moment, Offsets, WeekCover

__all__ = ["plan_seasons"]

_QUARTER = timedelta(minutes=15)
_QUARTER_MINUTES = 15
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Time in which no clock changes (aware UTC, half-open)."""

    start: datetime
    end: datetime
    offsets: Offsets
    moves: tuple[ClockMove, ...]


def plan_seasons(planning: Planning, year: int) -> SeasonsView:
    """Return the ISO weeks of a year, the seasons between clock changes, and their cover.

    Parameters
    ----------
    year : int
        ISO year, 1971 to 2199.
    """
    needs, people = week_need(planning), people_of(planning)
    zones = tuple(
        dict.fromkeys(
            (*(base.zone for base in people.bases), *(queue.zone for queue in planning.queues))
        )
    )
    mondays = _mondays(year)
    start = datetime.combine(mondays[0], time(), tzinfo=UTC)
    stretches = _stretches(zones, people.bases, start, start + len(mondays) * _WEEK)
    sky = WeekCover(planning, needs, people, zones)
    return SeasonsView(
        name=planning.name,
        year=year,
        demand_from=planning.horizon.start,
        demand_until=planning.horizon.end,
        unknown_hours=max((need.unknown_quarters for need in needs), default=0) / 4,
        bases=people.bases,
        seasons=tuple(_seasons(sky, stretches, start)),
        weeks=tuple(_week_lines(sky, stretches, mondays)),
        hours=hours_check(planning, needs, people),
    )


def _mondays(year: int) -> tuple[date, ...]:
    """Return the Mondays of the 52 or 53 weeks of an ISO year."""
    first = date.fromisocalendar(year, 1, 1)
    return tuple(first + idx * _WEEK for idx in range(date(year, 12, 28).isocalendar().week))


def _stretches(
    zones: Sequence[str], bases: Sequence[Base], start: datetime, end: datetime
) -> tuple[_Stretch, ...]:
    """Cut ``[start, end)`` wherever a clock changes."""
    moves: dict[datetime, list[ClockMove]] = defaultdict(list)
    for zone in zones:
        names = [base.name for base in bases if base.zone == zone and not base.moved]
        name = ", ".join(names) or city_of(zone)
        for change in transitions(zone, start, end):
            moves[change.instant].append(
                ClockMove(
                    name,
                    zone,
                    local_of(change.instant, zone).wall.day,
                    change.instant,
                    change.after_minutes - change.before_minutes,
                )
            )
    edges = sorted({start, *moves})
    return tuple(
        _Stretch(
            edge,
            until,
            tuple(offset_minutes(edge, zone) for zone in zones),
            tuple(moves.get(edge, ())),
        )
        for edge, until in zip(edges, [*edges[1:], end], strict=True)
    )


def _hours(moments: Sequence[Moment], of: Callable[[Moment], int]) -> float:
    return sum(map(of, moments)) / 4


def _short(moment: Moment) -> int:
    return sum(moment.short)


def _own_night(moment: Moment) -> int:
    return sum(moment.night)


def _week_lines(
    sky: WeekCover, stretches: Sequence[_Stretch], mondays: Sequence[date]
) -> Iterator[WeekLine]:
    for number, monday in enumerate(mondays, start=1):
        start = datetime.combine(monday, time(), tzinfo=UTC)
        parts = [part for part in stretches if part.start < start + _WEEK and start < part.end]
        lived: list[Moment] = []
        for part in parts:
            lived += sky.week(part.offsets)[slice(*_quarters(part, start))]
        (before, average), (after, average_after) = (
            (sky.week(part.offsets), sky.average(part.offsets)) for part in (parts[0], parts[-1])
        )
        own = sky.base_offsets(parts[0].offsets)
        yield WeekLine(
            number=number,
            monday=monday,
            ahead_minutes=tuple(offset - own[0] for offset in own),
            moves=tuple(move for part in parts for move in part.moves if move.at_utc >= start),
            changes_cover=(_hours(before, _short), average[0])
            != (_hours(after, _short), average_after[0]),
            changes_own_night=(_hours(before, _own_night), average[0] - average[1])
            != (_hours(after, _own_night), average_after[0] - average_after[1]),
            short_hours=_hours(lived, _short),
            own_night_hours=_hours(lived, _own_night),
        )


def _quarters(part: _Stretch, monday: datetime) -> tuple[int, int]:
    """Return the quarters of a week that lie in a stretch, as a half-open range."""
    first = max(0, -((monday - part.start) // _QUARTER))
    after = min(QUARTERS_WEEK, -((monday - part.end) // _QUARTER))
    return first, after


def _seasons(sky: WeekCover, stretches: Sequence[_Stretch], start: datetime) -> Iterator[Season]:
    """Yield the stretches that last a day or more; moves of shorter ones join the next."""
    listed: list[tuple[_Stretch, tuple[ClockMove, ...]]] = []
    moves: tuple[ClockMove, ...] = ()
    for part in stretches:
        moves += part.moves
        if part.end - part.start >= _DAY:
            listed.append((part, moves))
            moves = ()
    last_day = (stretches[-1].end - _DAY).date()
    first_days = [begun[0].day if begun else start.date() for _, begun in listed]
    last_days = [*(day - _DAY for day in first_days[1:]), last_day]
    for (part, begun), first, last in zip(listed, first_days, last_days, strict=True):
        weeks = range((part.start - start) // _WEEK, -((start - part.end) // _WEEK))
        own = sky.base_offsets(part.offsets)
        yield Season(
            first_day=first,
            last_day=last,
            moves=begun,
            weeks=tuple(week + 1 for week in weeks),
            offsets_minutes=own,
            ahead_minutes=tuple(offset - own[0] for offset in own),
            awake=sky.awake_shares(part.offsets),
            cover=_year_cover(sky, part, start),
        )


def _year_cover(sky: WeekCover, part: _Stretch, start: datetime) -> YearCover:
    moments = sky.week(part.offsets)
    average_short, average_left = sky.average(part.offsets)
    most = [0] * (QUARTERS_DAY // 2)
    for quarter, moment in enumerate(moments):
        half = quarter % QUARTERS_DAY // 2
        most[half] = max(most[half], _short(moment))
    return YearCover(
        short_hours=_hours(moments, _short),
        own_night_hours=_hours(moments, _own_night),
        night_contract_hours=_hours(moments, lambda moment: moment.night_contract),
        own_night_by_base=tuple(
            sum(moment.night[idx] for moment in moments) / 4 for idx in range(len(sky.people.bases))
        ),
        most_short=tuple(most),
        average_short_hours=average_short,
        average_own_night_hours=average_short - average_left,
        gaps=tuple(
            gap
            for queue_idx in queue_order(sky.planning)
            for gap in _gaps(sky, part, start, queue_idx)
        ),
    )


def _gaps(sky: WeekCover, part: _Stretch, start: datetime, queue_idx: int) -> list[Gap]:
    """Return the gaps of one queue; those of one clock time and length on several days are one."""
    moments = sky.week(part.offsets)
    alike: dict[tuple[int, int], list[range]] = defaultdict(list)
    for run in _runs([moment.short[queue_idx] > 0 for moment in moments]):
        alike[run.start % QUARTERS_DAY, len(run)].append(run)
    queues = sky.planning.queues
    offset = sky.queue_offset(queue_idx, part.offsets)
    found = []
    for (first, length), runs in alike.items():
        quarters = [quarter % QUARTERS_WEEK for run in runs for quarter in run]
        worst = max(quarters, key=lambda quarter: moments[quarter].short[queue_idx])
        shared, needed, awake = moments[worst].why[queue_idx]
        found.append(
            Gap(
                queue_id=queues[queue_idx].queue_id,
                weekdays=tuple(run.start // QUARTERS_DAY + 1 for run in runs),
                from_utc_minute=first * _QUARTER_MINUTES,
                minutes=length * _QUARTER_MINUTES,
                from_local_minute=(first * _QUARTER_MINUTES + offset) % _DAY_MINUTES,
                local_zone=queues[queue_idx].zone,
                most_short=moments[worst].short[queue_idx],
                short_hours=sum(moments[quarter].short[queue_idx] for quarter in quarters) / 4,
                own_night_hours=sum(
                    moments[quarter].short[queue_idx] - moments[quarter].left[queue_idx]
                    for quarter in quarters
                )
                / 4,
                queue_ids=tuple(queues[idx].queue_id for idx in shared),
                needed=needed,
                awake=awake,
                weeks=tuple(_weeks_with(part, start, frozenset(quarters))),
            )
        )
    return found


def _runs(marked: Sequence[bool]) -> Iterator[range]:
    """Yield the runs of marked quarters of a week that goes round, in order of their start."""
    if all(marked):
        yield range(QUARTERS_WEEK)
        return
    for first in range(QUARTERS_WEEK):
        if marked[first] and not marked[first - 1]:
            after = first
            while marked[after % QUARTERS_WEEK]:
                after += 1
            yield range(first, after)


def _weeks_with(part: _Stretch, start: datetime, quarters: frozenset[int]) -> Iterator[int]:
    """Yield the ISO weeks in which a stretch holds one of these quarters."""
    week = (part.start - start) // _WEEK
    while start + week * _WEEK < part.end:
        first, after = _quarters(part, start + week * _WEEK)
        if after - first == QUARTERS_WEEK or any(first <= quarter < after for quarter in quarters):
            yield week + 1
        week += 1
