"""Whether the roster belongs to the planning, and each shift makes sense by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scheduler.audit.breaks import DemandedBreak, demanded_break
from scheduler.audit.facts import QUARTER, AgentFacts, Duty, Facts
from scheduler.audit.finding import Finding, shift_finding
from scheduler.audit.hours import allowed_lengths, planned_end
from scheduler.audit.judgement import law_words
from scheduler.audit.wording import duration_text, moment_text
from scheduler.domain import ClockChange, Horizon, Shift
from scheduler.domain.walltime import clock_text
from scheduler.timegrid.zones import local_of, tz_version

__all__ = ["roster_findings", "structure_findings"]

_MINUTE = timedelta(minutes=1)


def roster_findings(facts: Facts) -> Iterator[Finding]:
    """Yield where the roster as a whole does not belong to the planning."""
    planning, roster = facts.planning, facts.roster
    if roster.horizon != planning.horizon:
        wanted = _horizon_text(planning.horizon)
        yield Finding("other_horizon", "hard", _horizon_text(roster.horizon), wanted)
    if roster.currency != planning.currency:
        yield Finding("other_currency", "hard", roster.currency, planning.currency)
    if roster.input_sha256 != planning.input_sha256:
        digests = roster.input_sha256[:12] or "none", planning.input_sha256[:12] or "none"
        yield Finding("other_input", "soft", *digests)
    if roster.tz_version != tz_version():
        yield Finding("other_tz", "soft", roster.tz_version, tz_version())
    worked = {(shift.agent_id, shift.start, shift.end) for shift in roster.shifts}
    for pin in planning.pins:
        if (pin.agent_id, pin.start, pin.end) not in worked:
            agent = facts.agents.get(pin.agent_id)
            yield Finding(
                "missing_pin",
                "hard",
                "not there",
                "kept",
                agent_id=pin.agent_id,
                start=pin.start,
                end=pin.end,
                params=(
                    ("agent", pin.agent_id if agent is None else agent.label),
                    ("zone", pin.zone),
                ),
            )


def _horizon_text(horizon: Horizon) -> str:
    return f"{horizon.start.isoformat()} to {horizon.end.isoformat()} {horizon.zone}"


def structure_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with single shifts: whose, where, when, how long, breaks and pay."""
    for shift in facts.roster.shifts:
        if shift.agent_id not in facts.agents:
            yield Finding(
                "unknown_agent",
                "hard",
                shift.agent_id,
                "an agent of the planning",
                agent_id=shift.agent_id,
                start=shift.start,
                end=shift.end,
            )
        elif shift.end <= shift.start:
            yield Finding(
                "empty_shift",
                "hard",
                "no time",
                "an end after the start",
                agent_id=shift.agent_id,
                start=shift.start,
                end=shift.end,
                params=(("agent", facts.agents[shift.agent_id].label),),
            )
    for agent in facts.agents.values():
        for duty in agent.duties:
            if duty.shift is not None:
                yield from _place_findings(facts, agent, duty, duty.shift)
                yield from _length_findings(facts, agent, duty)
                yield from _break_findings(facts, agent, duty, duty.shift)


def _place_findings(facts: Facts, agent: AgentFacts, duty: Duty, shift: Shift) -> Iterator[Finding]:
    if not duty.counts:
        limit = f"{moment_text(facts.start, duty.zone)} to {moment_text(facts.end, duty.zone)}"
        yield shift_finding(agent, duty, "outside_horizon", "outside", limit)
    if shift.zone != duty.zone:
        yield shift_finding(agent, duty, "wrong_place", shift.zone, duty.zone)
    else:
        shown = local_of(duty.start, duty.zone)
        if (shown.wall, shown.fold) != (shift.start_local, shift.fold):
            again = " (second pass)" if shift.fold else ""
            yield shift_finding(
                agent, duty, "wrong_clock", f"{shift.start_local}{again}", str(shown.wall)
            )
    if duty.place.end is not None and duty.place.end < duty.end:
        following = next(place for place in agent.timeline if place.start == duty.place.end)
        change = moment_text(duty.place.end, following.zone)
        yield shift_finding(agent, duty, "change_of_place", following.zone, change)
    if shift.pinned != duty.fixed:
        marks = ("not pinned", "pinned")
        yield shift_finding(
            agent, duty, "pin_flag", marks[shift.pinned], marks[duty.fixed], severity="soft"
        )


def _length_findings(facts: Facts, agent: AgentFacts, duty: Duty) -> Iterator[Finding]:
    policy = facts.planning.shifts
    shown = local_of(duty.start, duty.zone).wall
    if (duty.start - facts.start) % QUARTER or (duty.end - facts.start) % QUARTER:
        yield shift_finding(agent, duty, "off_grid", "the shift", "15 min")
    lengths = allowed_lengths(policy, agent.contract)
    if any(
        planned_end(duty.start, duty.zone, length, policy.clock_change) == duty.end
        for length in lengths
    ):
        if shown.minute % policy.start_step_minutes:
            usual = f"starts every {policy.start_step_minutes} min"
            yield shift_finding(
                agent, duty, "shift_grid", clock_text(shown.minute), usual, severity="soft"
            )
        return
    length = duty.elapsed_minutes
    if policy.clock_change is ClockChange.KEEP_LOCAL_END:
        end = local_of(duty.end, duty.zone).wall
        length = (end.day - shown.day).days * 1440 + end.minute - shown.minute
    if not lengths:
        yield shift_finding(
            agent, duty, "shift_length", duration_text(length), "none under this contract"
        )
        return
    limit = f"{duration_text(lengths[0])} to {duration_text(lengths[-1])}"
    if lengths[0] <= length <= lengths[-1]:
        usual = f"{limit} in steps of {policy.length_step_minutes} min"
        yield shift_finding(
            agent, duty, "shift_grid", duration_text(length), usual, severity="soft"
        )
    else:
        yield shift_finding(agent, duty, "shift_length", duration_text(length), limit)


def _break_findings(facts: Facts, agent: AgentFacts, duty: Duty, shift: Shift) -> Iterator[Finding]:
    demanded = demanded_break(facts.planning.break_rules, agent.law, duty.start, duty.end)
    has = [((row.end - row.start) // _MINUTE, row.paid) for row in shift.breaks]
    wants = [] if demanded is None else [(demanded.minutes, demanded.paid)]
    if has != wants:
        words = _breaks_text(has), _breaks_text(wants)
        yield shift_finding(agent, duty, "break_rule", *words, params=_laws(demanded))
    elif demanded is not None:
        yield from _window_findings(facts, agent, duty, shift, demanded)
    if shift.paid_minutes != duty.paid_minutes:
        said, computed = duration_text(shift.paid_minutes), duration_text(duty.paid_minutes)
        yield shift_finding(agent, duty, "paid_minutes", said, computed)


def _breaks_text(breaks: list[tuple[int, bool]]) -> str:
    return (
        ", ".join(
            f"{'a paid' if paid else 'an unpaid'} break of {minutes} min"
            for minutes, paid in breaks
        )
        or "no break"
    )


def _laws(demanded: DemandedBreak | None) -> tuple[tuple[str, str], ...]:
    """Return which laws ask for a break, as words of a finding."""
    if demanded is None or not demanded.laws:
        return ()
    cited = dict.fromkeys(law_words(applied) for applied in demanded.laws)
    reasons = dict.fromkeys(reason for applied in demanded.laws for reason in applied.reasons)
    return ("law", "; ".join(cited)), ("reasons", "; ".join(reasons))


def _window_findings(
    facts: Facts, agent: AgentFacts, duty: Duty, shift: Shift, demanded: DemandedBreak
) -> Iterator[Finding]:
    for pause in shift.breaks:
        if not demanded.earliest <= pause.start <= demanded.latest:
            first = moment_text(demanded.earliest, duty.zone)
            until = demanded.latest + demanded.minutes * _MINUTE
            window = f"{first} to {moment_text(until, duty.zone)}"
            yield shift_finding(
                agent,
                duty,
                "break_window",
                "outside",
                window,
                start=pause.start,
                end=pause.end,
                params=_laws(demanded),
            )
        if (pause.start - facts.start) % QUARTER:
            yield shift_finding(
                agent, duty, "off_grid", "the break", "15 min", start=pause.start, end=pause.end
            )
