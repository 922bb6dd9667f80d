"""Rests the law demands: between shifts, after long shifts and nights, and in every week or two.

All of it is elapsed time. A rest belongs to the shift before it and the one after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.judgement import STEP_MINUTES, Judgement, Span, pairs, window_span
from scheduler.audit.nights import ends_after, is_night
from scheduler.audit.wording import duration_text, window_text
from scheduler.labour import Applied, DailyRest, SeriesRest, ShiftHours, WeeklyRest

__all__ = [
    "daily_rest",
    "extended_rest",
    "longest_rest_minutes",
    "series_rest",
    "short_rests",
    "weekly_rest",
]

_MINUTE = timedelta(minutes=1)


def _rest(before: Duty, after: Duty) -> int:
    return (after.start - before.end) // _MINUTE


def _between(before: Duty, after: Duty) -> Span:
    return Span(before.end, after.start, before.zone, after.zone)


def _falls_under(applied: Applied, before: Duty, after: Duty) -> bool:
    return applied.holds_at(before.start) or applied.holds_at(after.start)


def _rest_judgement(
    applied: Applied, rule: str, before: Duty, after: Duty, least: int, *, pinned: bool
) -> Iterator[Judgement]:
    """Yield a rest that is too short or just long enough; overlaps are another matter."""
    rest = _rest(before, after)
    if 0 <= rest < least + STEP_MINUTES:
        yield Judgement(
            rule=rule,
            law=applied,
            slack=rest - least,
            strictness=least,
            measured=duration_text(rest),
            limit=duration_text(least),
            span=_between(before, after),
            pinned=pinned,
        )


def _asks(applied: Applied, limit: DailyRest, before: Duty, after: Duty) -> bool:
    """Say whether a daily rest is demanded between two shifts."""
    late = limit.after_night_ending_after_minute
    return _falls_under(applied, before, after) and (
        late is None or ends_after(applied.pack, before, late)
    )


def daily_rest(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: DailyRest
) -> Iterator[Judgement]:
    """Yield rests between a shift and the next shorter than ever allowed."""
    least = limit.min_minutes if limit.reduced_minutes is None else limit.reduced_minutes
    for before, after in pairs(agent):
        if _rest(before, after) < least + STEP_MINUTES and _asks(applied, limit, before, after):
            fixed = before.fixed and after.fixed
            yield from _rest_judgement(applied, "min_rest", before, after, least, pinned=fixed)


def extended_rest(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: ShiftHours
) -> Iterator[Judgement]:
    """Yield rests too short after a shift longer than usual."""
    least = limit.extended_rest_minutes
    if limit.extended_max_minutes is None or not least:
        return
    for before, after in pairs(agent):
        if (
            before.paid_minutes > limit.max_minutes
            and _falls_under(applied, before, after)
            and (not limit.night_only or is_night(applied.pack, before))
        ):
            fixed = before.fixed and after.fixed
            yield from _rest_judgement(applied, "min_rest", before, after, least, pinned=fixed)


def short_rests(_facts: Facts, agent: AgentFacts) -> Iterator[Judgement]:
    """Yield where the exception of shorter rests is used too often, or used up.

    Daily rests of one pack with the same exception share it.
    """
    shared: dict[tuple[str, int, int, int], list[tuple[Applied, DailyRest]]] = {}
    for applied in agent.law:
        limit = applied.limit
        if isinstance(limit, DailyRest) and limit.reduced_minutes is not None:
            key = (
                applied.pack.pack_id,
                limit.reduced_minutes,
                limit.reduced_times,
                limit.reduced_window_minutes,
            )
            shared.setdefault(key, []).append((applied, limit))
    for (_, _, times, window_minutes), limits in shared.items():
        yield from _too_often(agent, limits, times, window_minutes * _MINUTE)


def _too_often(
    agent: AgentFacts, limits: Sequence[tuple[Applied, DailyRest]], times: int, window: timedelta
) -> Iterator[Judgement]:
    found: list[tuple[Duty, Duty, Applied]] = []
    for before, after in _all_pairs(agent.duties):
        rest = _rest(before, after)
        asking = [
            (limit.min_minutes, applied)
            for applied, limit in limits
            if rest < limit.min_minutes and _asks(applied, limit, before, after)
        ]
        if asking:
            found.append((before, after, max(asking, key=lambda row: row[0])[1]))
    for idx in range(len(found)):
        until = found[idx][0].end + window
        inside = [row for row in found[idx:] if row[0].end < until]
        told = inside[: times + 1]
        if len(told) < times or all(after.past for _, after, _ in told):
            continue
        first, last = told[0], told[-1]
        yield Judgement(
            rule="short_rests",
            law=last[2],
            slack=times - len(told),
            strictness=-times,
            measured=str(len(inside)),
            limit=str(times),
            span=Span(first[0].end, last[1].start, first[0].zone, last[1].zone),
            pinned=all(before.fixed and after.fixed for before, after, _ in told),
            params=(("window", window_text(window // _MINUTE)),),
        )


def _all_pairs(duties: Sequence[Duty]) -> Iterator[tuple[Duty, Duty]]:
    before: Duty | None = None
    for after in duties:
        if before is not None:
            yield before, after
        if before is None or after.end > before.end:
            before = after


def series_rest(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: SeriesRest
) -> Iterator[Judgement]:
    """Yield rests too short after so many night shifts in a row."""
    run: list[Duty] = []
    for after in agent.duties:
        night = is_night(applied.pack, after)
        if run:
            before = run[-1]
            if night and _rest(before, after) < limit.gap_minutes:
                run.append(after)
                continue
            if len(run) >= limit.nights and not after.past and _falls_under(applied, before, after):
                fixed = all(duty.fixed for duty in (*run[-limit.nights :], after))
                for row in _rest_judgement(
                    applied, "series_rest", before, after, limit.min_minutes, pinned=fixed
                ):
                    yield _with_nights(row, len(run))
        run = [after] if night else []


def _with_nights(row: Judgement, nights: int) -> Judgement:
    return replace(row, params=(("nights", str(nights)),))


def longest_rest_minutes(duties: Sequence[Duty], start: datetime, end: datetime) -> int:
    """Return the longest unbroken time without work inside ``[start, end)``, in minutes.

    Parameters
    ----------
    duties : sequence of Duty
        By start; after the last one everything is rest.
    """
    return max(_rests(duties, start, end), default=0)


def _rests(duties: Sequence[Duty], start: datetime, end: datetime) -> list[int]:
    """Return the lengths of all rests inside ``[start, end)``, cut off at its edges, in minutes."""
    found, free_from = [], start
    for duty in duties:
        if duty.end > start and duty.start < end:
            found.append((duty.start - free_from) // _MINUTE)
            free_from = max(free_from, duty.end)
    found.append((end - free_from) // _MINUTE)
    return [rest for rest in found if rest > 0]


def _weekly_slack(limit: WeeklyRest, duties: Sequence[Duty], opening: Duty) -> int:
    """Return the minutes of rest to spare, by the one way of counting or the other."""
    start = opening.start
    end = start + limit.window_minutes * _MINUTE
    slack = longest_rest_minutes(duties, start, end) - limit.min_minutes
    if limit.or_min_minutes is None:
        return slack
    rests = _rests(duties, start, start + limit.or_window_minutes * _MINUTE)
    in_parts = sum(rest for rest in rests if rest >= limit.or_part_minutes)
    return max(slack, in_parts - limit.or_min_minutes)


def weekly_rest(
    _facts: Facts, agent: AgentFacts, applied: Applied, limit: WeeklyRest
) -> Iterator[Judgement]:
    """Yield each window, opened by a shift, that holds no long rest or just one.

    A window that pins and history break already, opened by one of them, stays theirs.
    """
    duties = agent.duties
    fixed = [duty for duty in duties if duty.fixed]
    reach = limit.window_minutes
    if limit.or_min_minutes is not None:
        reach = max(reach, limit.or_window_minutes)
    for idx, opening in enumerate(duties):
        until = opening.start + reach * _MINUTE
        if not applied.holds_at(opening.start) or not _any_of_roster(duties, idx, until):
            continue
        near = [duty for duty in duties if duty.start < until and opening.start < duty.end]
        slack = _weekly_slack(limit, near, opening)
        if slack >= STEP_MINUTES:
            continue
        span = window_span(agent, opening, limit.window_minutes)
        longest = longest_rest_minutes(near, span.start, span.end)
        yield Judgement(
            rule="weekly_rest",
            law=applied,
            slack=slack,
            strictness=limit.min_minutes,
            measured=duration_text(longest),
            limit=_weekly_words(limit),
            span=span,
            pinned=opening.fixed and _weekly_slack(limit, fixed, opening) < 0,
            params=(("window", window_text(limit.window_minutes)),),
        )


def _any_of_roster(duties: Sequence[Duty], first: int, until: datetime) -> bool:
    """Say whether a shift of the roster starts with or after a shift, before an instant."""
    for duty in duties[first:]:
        if duty.start >= until:
            return False
        if not duty.past:
            return True
    return False


def _weekly_words(limit: WeeklyRest) -> str:
    words = duration_text(limit.min_minutes)
    if limit.or_min_minutes is None:
        return words
    return (
        f"{words}, or {duration_text(limit.or_min_minutes)} in "
        f"{window_text(limit.or_window_minutes)} in rests of "
        f"{duration_text(limit.or_part_minutes)} or more,"
    )
