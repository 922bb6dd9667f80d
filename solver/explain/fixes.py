"""What would serve a stretch of slots better, found by trying: each fix is made and priced exactly.

A fix changes one agent: other shifts, a rule one step looser, a wish dropped, other options, a
further skill, or a new agent. The agent's shifts are then chosen anew, and the gain is what the
whole roster's cost falls by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.explain.changes import Worth, changes, covering, reach, worth_of
from solver.explain.reasons import AgentReason, CoverReasons, ReasonCode
from solver.explain.single import Change, Roster, Single, join, own_cents
from solver.problem import OptionTable, PlanningProblem
from solver.result import ShouldStop
from solver.roster import Choice, SlotRoster
from solver.rules import DaysLimit, HoursLimit, Pin, Rule

__all__ = [
    "Fix",
    "FixKind",
    "Tried",
    "apply_fix",
    "cheapest_fixes",
    "fix_by_hire",
    "fix_by_options",
    "loosened",
    "ranked",
]

_STEP_MINUTES = 60
_GIVE_UP_DAYS = 3
_MOST_JUDGED = 150


class FixKind(StrEnum):
    """What is changed for the agent of a fix."""

    BREAK = "break"
    SHIFT = "shift"
    LONGER = "longer"
    LIMIT = "limit"
    WISH = "wish"
    OPTIONS = "options"
    SKILL = "skill"
    HIRE = "hire"


@dataclass(frozen=True, slots=True, eq=False)
class Fix:
    """A change that lowers the cost of the roster, made and priced.

    Parameters
    ----------
    kind : FixKind
        `BREAK`, a break at another time; `SHIFT`, other shifts within all rules; `LONGER`, a shift
        of the day made longer; `LIMIT`, one rule a step looser; `WISH`, the wishes of a day
        dropped; `OPTIONS`, options that are not there now; `SKILL`, the queue served, too, around
        the stretch; `HIRE`, one more agent.
    agent_idx : int
        The agent; of a hire the one the new agent is like.
    gain_cents : int
        Cost of the roster before, less its cost after; positive.
    own : PlanningProblem
        The agent alone, after the change; its groups are those of the problem, one more may follow.
    present, after : tuple of Choice
        Shifts before and after, rows of `own`.
    loosened : (Rule, Rule) or None
        Of a limit: the rule before and after, under agent index 0.
    """

    kind: FixKind
    agent_idx: int
    gain_cents: int
    own: PlanningProblem
    present: tuple[Choice, ...]
    after: tuple[Choice, ...]
    loosened: tuple[Rule, Rule] | None = None

    @property
    def is_hire(self) -> bool:
        """Whether an agent is added."""
        return self.kind == FixKind.HIRE


@dataclass(frozen=True, slots=True)
class Tried:
    """Fixes found, and how many were tried for them.

    Parameters
    ----------
    fixes : tuple of Fix
        Those that gain, most cents first; of one agent only what gains more than lesser changes.
    tries : tuple of (FixKind, int)
        How many agents each kind was tried for.
    left : int
        Agents with the skill, off duty or on break, that were left out to save time.
    """

    fixes: tuple[Fix, ...]
    tries: tuple[tuple[FixKind, int], ...]
    left: int


def loosened(_agent_idx: int, rule: Rule) -> Rule | None:
    """Return a limit of hours or days of a period one step looser: an hour, a day; else None."""
    if isinstance(rule, HoursLimit):
        return replace(rule, max_minutes=rule.max_minutes + _STEP_MINUTES)
    if isinstance(rule, DaysLimit):
        return replace(rule, max_days=rule.max_days + 1)
    return None


def cheapest_fixes(
    roster: Roster,
    reasons: CoverReasons,
    *,
    may_loosen: Callable[[int, Rule], Rule | None] = loosened,
    most_agents: int = 60,
    most_skills: int = 6,
    should_stop: ShouldStop = lambda: False,
) -> Tried:
    """Try one-agent fixes for a stretch of slots and rank them by what they gain.

    Parameters
    ----------
    reasons : CoverReasons
        Of the same roster; says who is off duty and what is in the way.
    may_loosen : callable
        Given an agent and a rule (under agent index 0), returns it one step looser, None if it must
        stay. By default limits of hours and days give way, whoever set them.
    most_agents : int
        Agents with the skill to try: those on break, then those off duty, the nearest to lawful
        first.
    most_skills : int
        Agents on or off duty without the skill who are tried with it.
    should_stop : callable
        Asked between agents; true ends the search with what was found.
    """
    span = reasons.start, reasons.end
    off_duty = [row for row in reasons.reasons if row.change is not None]
    off_duty.sort(key=lambda row: (len(row.rules), row.change.delta_cents if row.change else 0))
    off_duty[:0] = [row for row in reasons.reasons if row.code == ReasonCode.ON_BREAK]
    found: list[Fix] = []
    tries = dict.fromkeys(FixKind, 0)
    for row in off_duty[:most_agents]:
        if should_stop():
            break
        single = roster.single(row.agent_idx)
        for fixed, kind, steps in _variants(single, row, span, may_loosen):
            tries[kind] += 1
            fix = _tried(roster, single, fixed, kind, span, steps)
            if fix is not None:
                found.append(fix)
    for agent_idx in _learners(roster, reasons, most_skills):
        if should_stop():
            break
        tries[FixKind.SKILL] += 1
        fix = _by_skill(roster, agent_idx, reasons)
        if fix is not None:
            found.append(fix)
    return Tried(
        ranked(found),
        tuple((kind, count) for kind, count in tries.items() if count),
        max(0, len(off_duty) - most_agents),
    )


def ranked(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Return the fixes by gain, without those for which a lesser change of the agent gains as much.

    A change is less than another when its kind is named earlier in `FixKind`.
    """
    order = list(FixKind)
    most: dict[tuple[int, bool], int] = {}
    kept = []
    for fix in sorted(fixes, key=lambda fix: (order.index(fix.kind), -fix.gain_cents)):
        key = fix.agent_idx, fix.is_hire
        if fix.gain_cents > most.get(key, 0):
            most[key] = fix.gain_cents
            kept.append(fix)
    return tuple(sorted(kept, key=lambda fix: (-fix.gain_cents, order.index(fix.kind))))


def fix_by_options(
    roster: Roster, agent_idx: int, own: PlanningProblem, span: tuple[int, int]
) -> Fix | None:
    """Try other options for an agent, such as those of longer waking hours.

    Parameters
    ----------
    own : PlanningProblem
        The agent alone with the options to try; otherwise as `alone` returns it. Every shift
        worked now must be among them.
    span : (int, int)
        Slots that the new shift must hold.
    """
    single = roster.single(agent_idx)
    rows = _same_rows(single.problem.options, own.options, single.present)
    if rows is None:
        return None
    present = tuple(
        replace(choice, option_idx=row) for choice, row in zip(single.present, rows, strict=True)
    )
    fixed = Single(replace(own, groups=roster.problem.groups), present, agent_idx)
    return _tried(roster, single, fixed, FixKind.OPTIONS, span)


def fix_by_hire(
    roster: Roster, agent_idx: int, *, time_limit_seconds: float = 10.0, seed: int = 1
) -> Fix | None:
    """Hire one more agent like another: same options and rules, no history, pins or wishes.

    The newcomer's roster over the whole horizon is the best found while all others stay put; None
    when it does not pay.
    """
    from solver.pricing.pricer import NO_SHIFTS, to_choices
    from solver.pricing.tables import agent_tables
    from solver.search.remake import Remaker, count_slopes

    single = roster.single(agent_idx)
    own = single.problem
    agent = replace(own.agents[0], agent_id=f"{own.agents[0].agent_id}+", carry=())
    agent = replace(agent, off_cents=(0,) * agent.days)
    rules = tuple(_without_carry(rule) for rule in own.rules if not isinstance(rule, Pin))
    zeros = np.zeros(len(own.options), dtype=np.int32)
    options = replace(own.options, wish_cents=zeros, pinned=zeros)
    own = replace(own, agents=(agent,), rules=rules, options=options)
    groups = agent.group_per_slot(own.slots)
    gains = np.array(
        [int(roster.cover.split(slot).gain_cents[groups[slot]]) for slot in range(own.slots)],
        dtype=np.float64,
    )
    tables = agent_tables(own)
    slopes = count_slopes(own, tables[0], NO_SHIFTS)
    best = Remaker(own, tables, seed).remake(0, gains, slopes, seconds_left=time_limit_seconds)
    if best is None:
        return None
    choices = to_choices(own, 0, best)
    worth = Worth(roster.cover, Single(own, (), agent_idx), groups, 0, own.slots)
    gained = sum(worth.of_choice(own.options, choice) for choice in choices)
    gain = gained - own_cents(own, choices)
    if gain <= 0:
        return None
    return Fix(FixKind.HIRE, agent_idx, gain, own, (), tuple(sorted(choices)))


def _without_carry(rule: Rule) -> Rule:
    """Return a rule as it is for somebody who did not work before the horizon."""
    carried: dict[str, Any] = {
        field.name: 0 for field in fields(rule) if field.name.startswith("carry_")
    }
    return replace(rule, **carried)


def apply_fix(
    problem: PlanningProblem, roster: SlotRoster, fix: Fix
) -> tuple[PlanningProblem, SlotRoster]:
    """Return the problem and the roster with a fix in them; a hire comes last."""
    agent_idx = len(problem.agents) if fix.is_hire else fix.agent_idx
    return join(problem, roster, fix.own, fix.after, agent_idx)


def _variants(
    single: Single,
    reason: AgentReason,
    span: tuple[int, int],
    may_loosen: Callable[[int, Rule], Rule | None],
) -> Iterator[tuple[Single, FixKind, tuple[Rule, Rule] | None]]:
    """Yield the agent as is, with each rule in the way one step looser, and without wishes."""
    yield single, FixKind.SHIFT, None
    for rule in reason.rules:
        step = may_loosen(reason.agent_idx, rule)
        if step is not None:
            rules = tuple(step if other == rule else other for other in single.problem.rules)
            eased = replace(single, problem=replace(single.problem, rules=rules))
            yield eased, FixKind.LIMIT, (rule, step)
    eager = _without_wishes(single, span)
    if eager is not None:
        yield eager, FixKind.WISH, None


def _without_wishes(single: Single, span: tuple[int, int]) -> Single | None:
    """Drop the wishes against working the days of the stretch; None if there are none to drop.

    A day whose wish goes unheeded already is left alone: dropping that would only hide its price.
    """
    table = single.problem.options
    days = set(table.day[covering(single.problem, *span)].tolist())
    worked = {choice.day_idx for choice in single.present}
    mask = np.isin(table.day, list(days - worked))
    if not np.any(table.wish_cents[mask]):
        return None
    wish_cents = np.where(mask, 0, table.wish_cents)
    options = replace(table, wish_cents=wish_cents)
    return replace(single, problem=replace(single.problem, options=options))


def _tried(
    roster: Roster,
    before: Single,
    fixed: Single,
    kind: FixKind,
    span: tuple[int, int],
    steps: tuple[Rule, Rule] | None = None,
) -> Fix | None:
    worth = worth_of(roster, fixed, span, give_up_days=_GIVE_UP_DAYS)
    dropped = own_cents(fixed.problem, fixed.present) - own_cents(before.problem, before.present)
    return _best(fixed, worth, kind, span, dropped_cents=dropped, steps=steps)


def _best(
    fixed: Single,
    worth: Worth,
    kind: FixKind,
    span: tuple[int, int],
    *,
    dropped_cents: int = 0,
    steps: tuple[Rule, Rule] | None = None,
) -> Fix | None:
    """Return the cheapest lawful change of a fixed agent, if it gains anything.

    Parameters
    ----------
    dropped_cents : int
        What the fix itself changes the cost of the present shifts by.
    """
    for way in changes(fixed, worth, span, give_up_days=_GIVE_UP_DAYS)[:_MOST_JUDGED]:
        gain = -way.delta_cents - dropped_cents
        if gain <= 0:
            return None
        if fixed.lawful(way.after):
            if kind == FixKind.SHIFT:
                kind = _kind_of(fixed.problem.options, way)
            return Fix(kind, fixed.agent_idx, gain, fixed.problem, fixed.present, way.after, steps)
    return None


def _kind_of(table: OptionTable, way: Change) -> FixKind:
    """Return what sort of change of shifts a way is."""
    if way.replaced is None or way.given_up is not None:
        return FixKind.SHIFT
    old, new = way.replaced.option_idx, way.taken.option_idx
    if old == new:
        return FixKind.BREAK
    longer = table.start[new] <= table.start[old] and table.end[old] <= table.end[new]
    return FixKind.LONGER if longer else FixKind.SHIFT


def _same_rows(old: OptionTable, new: OptionTable, present: Sequence[Choice]) -> list[int] | None:
    """Return the rows of another table that are the shifts worked now, None if one is missing."""
    known = {
        key: row
        for row, key in enumerate(
            zip(new.day.tolist(), new.start.tolist(), new.end.tolist(), strict=True)
        )
    }
    rows = []
    for choice in present:
        row = choice.option_idx
        key = int(old.day[row]), int(old.start[row]), int(old.end[row])
        if key not in known:
            return None
        rows.append(known[key])
    return rows


def _learners(roster: Roster, reasons: CoverReasons, most: int) -> list[int]:
    """Return those without the skill for whom it is worth most before anything is changed.

    Those on duty in the stretch come first, by what they are worth there less than the queue is.
    """
    groups = roster.problem.agents
    on_duty = roster.cover.heads
    rows = []
    for row in reasons.reasons:
        if row.code not in (ReasonCode.NO_SKILL, ReasonCode.SKILL_NOT_NOW):
            continue
        single = roster.choices(row.agent_idx)
        table = roster.problem.options
        busy = any(
            table.start[c.option_idx] < reasons.end and reasons.start < table.end[c.option_idx]
            for c in single
        )
        group = int(groups[row.agent_idx].group_per_slot(roster.problem.slots)[reasons.start])
        loss = 0
        if busy and on_duty[group, reasons.start]:
            loss = int(roster.cover.split(reasons.start).loss_cents[group])
        rows.append((not busy, loss, row.agent_idx))
    return [agent_idx for _, _, agent_idx in sorted(rows)[:most]]


def _by_skill(roster: Roster, agent_idx: int, reasons: CoverReasons) -> Fix | None:
    """Let an agent serve the queue, too, from a day before the stretch to a day after it."""
    problem = roster.problem
    single = roster.single(agent_idx)
    day_slots = 1440 // problem.slot_minutes
    start = max(0, reasons.start - day_slots)
    end = min(problem.slots, reasons.end + day_slots)
    groups = list(problem.groups)
    agent = problem.agents[agent_idx]
    now = agent.group_per_slot(problem.slots)
    wider = now.copy()
    for group in np.unique(now[start:end]).tolist():
        queues = tuple(sorted({*groups[group], reasons.queue_idx}))
        if queues not in groups:
            groups.append(queues)
        wider[start:end][now[start:end] == group] = groups.index(queues)
    own = replace(
        single.problem, groups=tuple(groups), agents=(replace(agent, groups=_segments(wider)),)
    )
    fixed = replace(single, problem=own)
    span = reasons.start, reasons.end
    low, high = reach(fixed, span, give_up_days=_GIVE_UP_DAYS)
    cover = roster.cover.with_groups(own)
    worth = Worth(cover, fixed, now, min(low, start), max(high, end))
    stay = sum(worth.of_choice(own.options, c) for c in single.present) - worth.present_cents
    best = _best(fixed, worth, FixKind.SKILL, span)
    if best is None or best.gain_cents <= stay:
        best = Fix(FixKind.SKILL, agent_idx, stay, own, single.present, single.present)
    return best if best.gain_cents > 0 else None


def _segments(groups: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """Return the group of each slot as the stretches of `AgentInput.groups`."""
    starts = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist()]
    return tuple((slot, int(groups[slot])) for slot in starts)
