"""What the contract and the agent's own days allow, whatever the law says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.finding import Finding, shift_finding
from scheduler.audit.hours import barred_span, is_employed, minutes_outside_waking, off_span
from scheduler.audit.judgement import STEP_MINUTES, Judgement, Span, duties_span, pairs
from scheduler.audit.periods import duties_by_week
from scheduler.audit.wording import day_text, duration_text, moment_text
from scheduler.domain import Closure
from scheduler.domain.walltime import clock_text
from scheduler.timegrid.windows import local_dates
from scheduler.timegrid.zones import clock_instant

__all__ = ["closed_on", "contract_limits", "own_findings"]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def own_findings(facts: Facts, agent: AgentFacts) -> Iterator[Finding]:
    """Yield where shifts leave waking hours, availability or employment, or meet time off.

    Also closed dates, two shifts on one date, and shifts that overlap.
    """
    for duty in agent.duties:
        if not duty.past:
            yield from _of_shift(facts, agent, duty)
    yield from _shift_a_day(agent)
    yield from _overlaps(agent)


def _of_shift(facts: Facts, agent: AgentFacts, duty: Duty) -> Iterator[Finding]:
    zone, waking = duty.zone, agent.waking
    night = minutes_outside_waking(duty.start, duty.end, zone, waking)
    if night and not agent.contract.night_allowed:
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
    closed = closed_on(facts, agent, duty)
    if closed is not None:
        whose = "the company" if closed.site_id is None else f"site {closed.site_id}"
        name = f"{day_text(closed.day)}, {closed.name}"
        yield shift_finding(agent, duty, "closure", name, f"{whose} is closed")


def closed_on(facts: Facts, agent: AgentFacts, duty: Duty) -> Closure | None:
    """Return the first closure of the agent's site or the company on a date a shift touches."""
    closures = [row for row in facts.planning.closures if row.site_id in (None, agent.site.site_id)]
    if not closures:
        return None
    days = local_dates(duty.start, duty.end, duty.zone)
    return next((row for day in days for row in closures if row.day == day), None)


def _shift_a_day(agent: AgentFacts) -> Iterator[Finding]:
    by_day: dict[date, list[Duty]] = defaultdict(list)
    for duty in agent.duties:
        by_day[duty.day].append(duty)
    for day, duties in by_day.items():
        if len(duties) > 1 and not all(duty.past for duty in duties):
            fixed = all(duty.fixed for duty in duties)
            yield _span_finding(
                agent,
                "shift_a_day",
                str(len(duties)),
                "1",
                duties_span(duties),
                pinned=fixed,
                params=(("day", day_text(day)),),
            )


def _overlaps(agent: AgentFacts) -> Iterator[Finding]:
    for before, after in pairs(agent):
        if after.start < before.end:
            span = Span(after.start, before.end, after.zone, before.zone)
            measured = duration_text((before.end - after.start) // _MINUTE)
            fixed = before.fixed and after.fixed
            yield _span_finding(
                agent, "overlap", measured, "one shift at a time", span, pinned=fixed
            )


def _span_finding(
    agent: AgentFacts,
    rule: str,
    measured: str,
    limit: str,
    span: Span,
    *,
    pinned: bool,
    params: tuple[tuple[str, str], ...] = (),
) -> Finding:
    return Finding(
        rule,
        "hard",
        measured,
        limit,
        agent_id=agent.agent_id,
        start=span.start,
        end=span.end,
        pinned=pinned,
        params=(
            ("agent", agent.label),
            ("zone", span.zone),
            ("end_zone", span.end_zone),
            *params,
        ),
    )


def contract_limits(_facts: Facts, agent: AgentFacts) -> Iterator[Judgement]:
    """Yield ISO weeks with too many paid hours or working days, or just as many as allowed.

    Also shifts that begin or end exactly where the waking hours do.
    """
    contract = agent.contract
    for monday, duties in duties_by_week(agent).items():
        if all(duty.past for duty in duties):
            continue
        fixed = [duty for duty in duties if duty.fixed]
        words = (("period", f"week of Monday {monday.isoformat()}"),)
        paid = sum(duty.paid_minutes for duty in duties)
        if paid > contract.max_minutes_week - STEP_MINUTES:
            yield Judgement(
                rule="week_hours",
                law="contract",
                slack=contract.max_minutes_week - paid,
                strictness=-contract.max_minutes_week,
                measured=duration_text(paid),
                limit=duration_text(contract.max_minutes_week),
                span=duties_span(duties),
                pinned=len(fixed) == len(duties),
                params=words,
            )
        days, most = len({duty.day for duty in duties}), contract.max_days_week
        if most is not None and days >= most:
            yield Judgement(
                rule="week_days",
                law="contract",
                slack=most - days,
                strictness=-most,
                measured=str(days),
                limit=str(most),
                span=duties_span(duties),
                pinned=len({duty.day for duty in fixed}) == days,
                params=words,
            )
    if not contract.night_allowed:
        for duty in agent.duties:
            if not duty.past and _touches_edge(agent, duty):
                yield Judgement(
                    rule="waking_hours",
                    law="company",
                    slack=0,
                    strictness=0,
                    measured="",
                    limit="",
                    span=duties_span((duty,)),
                    pinned=duty.fixed,
                )


def _touches_edge(agent: AgentFacts, duty: Duty) -> bool:
    """Say whether a shift begins when the waking hours do, or ends when they end."""
    waking = agent.waking
    return duty.start == clock_instant(
        duty.day, waking.from_minute, duty.zone
    ) or duty.end == clock_instant(duty.day, waking.until_minute, duty.zone)
