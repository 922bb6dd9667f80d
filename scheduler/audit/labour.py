"""Each agent's roster against the working-time rules and the agent's own limits.

Rest is elapsed time; days and weeks are those of the place of work. A breach that pins and history
cause alone is reported as pinned; a breach in which no shift of the roster takes part is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.finding import Finding, shift_finding
from scheduler.audit.hours import barred_span, is_employed, off_span
from scheduler.audit.tally import own_night_minutes
from scheduler.audit.wording import day_text, duration_text, moment_text
from scheduler.domain.walltime import clock_text
from scheduler.timegrid.timeline import place_at
from scheduler.timegrid.windows import week_start

__all__ = ["labour_findings", "longest_rest_minutes"]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def _group_finding(
    agent: AgentFacts,
    duties: Sequence[Duty],
    rule: str,
    measured: str,
    limit: str,
    *,
    params: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """Return a finding about several shifts, from the start of the first to the end of the last."""
    last = max(duties, key=lambda duty: duty.end)
    return Finding(
        rule,
        "hard",
        measured,
        limit,
        agent_id=agent.agent_id,
        start=duties[0].start,
        end=last.end,
        pinned=all(duty.fixed for duty in duties),
        params=(
            ("agent", agent.label),
            ("zone", duties[0].zone),
            ("end_zone", last.zone),
            *params,
        ),
    )


def labour_findings(facts: Facts) -> Iterator[Finding]:
    """Yield every breach of a working-time rule or of an agent's own limit."""
    for agent in facts.agents.values():
        for duty in agent.duties:
            if not duty.past:
                yield from _own_limits(facts, agent, duty)
        for check in _SEQUENCE_CHECKS:
            yield from check(facts, agent)


def _own_limits(facts: Facts, agent: AgentFacts, duty: Duty) -> Iterator[Finding]:
    """Yield where one shift leaves waking hours, availability or employment, or meets time off."""
    zone = duty.zone
    night = own_night_minutes(facts, duty)
    if night and not agent.contract.night_allowed:
        waking = facts.planning.waking_hours
        limit = f"{clock_text(waking.from_minute)}-{clock_text(waking.until_minute)}"
        yield shift_finding(agent, duty, "waking_hours", duration_text(night), limit)
    off = off_span(agent.time_off, duty.start, duty.end, zone)
    if off is not None:
        span = f"{moment_text(off[0], zone)} to {moment_text(off[1], zone)}"
        yield shift_finding(agent, duty, "time_off", span, "no work in time off")
    barred = barred_span(agent.availability, duty.start, duty.end, zone)
    if barred is not None:
        span = f"{moment_text(barred[0], zone)} to {moment_text(barred[1], zone)}"
        yield shift_finding(agent, duty, "availability", span, "work in available hours only")
    if not is_employed(agent.agent, duty.start, duty.end, zone):
        words = []
        if agent.agent.employed_from is not None:
            words.append(f"from {day_text(agent.agent.employed_from)}")
        if agent.agent.employed_until is not None:
            words.append(f"until the end of {day_text(agent.agent.employed_until - _DAY)}")
        yield shift_finding(agent, duty, "employment", "outside", " ".join(words))


def _shift_a_day(_facts: Facts, agent: AgentFacts) -> Iterator[Finding]:
    by_day: dict[date, list[Duty]] = defaultdict(list)
    for duty in agent.duties:
        by_day[duty.day].append(duty)
    for day, duties in by_day.items():
        if len(duties) > 1 and not all(duty.past for duty in duties):
            words = (("day", day_text(day)),)
            yield _group_finding(agent, duties, "shift_a_day", str(len(duties)), "1", params=words)


def _rest(facts: Facts, agent: AgentFacts) -> Iterator[Finding]:
    """Yield each rest too short, and shifts that overlap."""
    if not agent.duties:
        return
    required = facts.policy.min_rest_minutes
    before = agent.duties[0]
    for after in agent.duties[1:]:
        rest = (after.start - before.end) // _MINUTE
        if rest < required and not (before.past and after.past):
            rule = "min_rest" if rest >= 0 else "overlap"
            ends, starts = (before.end, before.zone), (after.start, after.zone)
            (start, zone), (end, end_zone) = (ends, starts) if rest >= 0 else (starts, ends)
            yield Finding(
                rule,
                "hard",
                duration_text(abs(rest)),
                duration_text(required),
                agent_id=agent.agent_id,
                start=start,
                end=end,
                pinned=before.fixed and after.fixed,
                params=(("agent", agent.label), ("zone", zone), ("end_zone", end_zone)),
            )
        if after.end > before.end:
            before = after


def longest_rest_minutes(duties: Sequence[Duty], start: datetime, end: datetime) -> int:
    """Return the longest unbroken time without work inside ``[start, end)``, in minutes.

    Parameters
    ----------
    duties : sequence of Duty
        By start; after the last one everything is rest.
    """
    longest, free_from = timedelta(0), start
    for duty in duties:
        if duty.end > start and duty.start < end:
            longest = max(longest, duty.start - free_from)
            free_from = max(free_from, duty.end)
    return max(longest, end - free_from) // _MINUTE


def _weekly_rest(facts: Facts, agent: AgentFacts) -> Iterator[Finding]:
    """Yield each window of seven days, opened by a shift, that holds no long rest."""
    required = facts.policy.weekly_rest_minutes
    window = facts.policy.weekly_rest_window_minutes * _MINUTE
    fixed = [duty for duty in agent.duties if duty.fixed]
    for opening in agent.duties:
        end = opening.start + window
        inside = [duty for duty in agent.duties if opening.start <= duty.start < end]
        if all(duty.past for duty in inside):
            continue
        longest = longest_rest_minutes(agent.duties, opening.start, end)
        if longest < required:
            alone = longest_rest_minutes(fixed, opening.start, end)
            end_zone = place_at(agent.timeline, end).zone
            yield Finding(
                "weekly_rest",
                "hard",
                duration_text(longest),
                duration_text(required),
                agent_id=agent.agent_id,
                start=opening.start,
                end=end,
                pinned=opening.fixed and alone < required,
                params=(("agent", agent.label), ("zone", opening.zone), ("end_zone", end_zone)),
            )


def _weeks(_facts: Facts, agent: AgentFacts) -> Iterator[Finding]:
    """Yield ISO weeks with too many paid hours or working days."""
    contract = agent.contract
    by_week: dict[date, list[Duty]] = defaultdict(list)
    for duty in agent.duties:
        by_week[week_start(duty.day)].append(duty)
    for monday, duties in by_week.items():
        if all(duty.past for duty in duties):
            continue
        words = (("week", monday.isoformat()),)
        paid = sum(duty.paid_minutes for duty in duties)
        most = contract.max_minutes_week
        if paid > most:
            measured, limit = duration_text(paid), duration_text(most)
            yield _group_finding(agent, duties, "week_hours", measured, limit, params=words)
        days = len({duty.day for duty in duties})
        if contract.max_days_week is not None and days > contract.max_days_week:
            measured, limit = str(days), str(contract.max_days_week)
            yield _group_finding(agent, duties, "week_days", measured, limit, params=words)


def _days_in_row(facts: Facts, agent: AgentFacts) -> Iterator[Finding]:
    """Yield runs of working days that are too long."""
    most = facts.policy.max_consecutive_days
    run: list[Duty] = []
    days = 0
    for duty in (*agent.duties, None):
        if duty is not None and run and duty.day <= run[-1].day + _DAY:
            days += duty.day > run[-1].day
            run.append(duty)
            continue
        if days > most and not all(row.past for row in run):
            yield _group_finding(agent, run, "days_in_row", str(days), str(most))
        run, days = ([], 0) if duty is None else ([duty], 1)


_SEQUENCE_CHECKS: tuple[Callable[[Facts, AgentFacts], Iterator[Finding]], ...] = (
    _shift_a_day,
    _rest,
    _weekly_rest,
    _weeks,
    _days_in_row,
)
