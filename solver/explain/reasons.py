"""Why a queue is served as it is in a stretch of slots: each agent has exactly one reason.

Nothing is looked up: for every agent who has the skill and an option there, each such option is put
into the agent's shifts in the place of that day's, and judged and priced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from solver.explain.changes import changes, covering, worth_of
from solver.explain.single import Change, Roster, Single
from solver.roster import Choice, Stint
from solver.rules import (
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    MinDaysOff,
    MinRest,
    RollingHours,
    Rule,
    SeriesRest,
    ShortRests,
    WeeklyRest,
    WindowsLimit,
)

__all__ = ["AgentReason", "CoverReasons", "ReasonCode", "explain_cover"]


class ReasonCode(StrEnum):
    """Why an agent is, or is not, on a queue."""

    ON_QUEUE = "on_queue"
    ON_BREAK = "on_break"
    ELSEWHERE = "elsewhere"
    MISSED = "missed"
    COSTS_MORE = "costs_more"
    OTHER_TIME = "other_time"
    AT_LIMIT = "at_limit"
    RESTING = "resting"
    OTHER_RULE = "other_rule"
    PINNED = "pinned"
    NO_OPTION = "no_option"
    SKILL_NOT_NOW = "skill_not_now"
    NO_SKILL = "no_skill"


_REST = (MinRest, ShortRests, SeriesRest, WeeklyRest, MinDaysOff)
_SUMS = (HoursLimit, DaysLimit, HoursIfCount, CountLimit, RollingHours, WindowsLimit)


@dataclass(frozen=True, slots=True)
class AgentReason:
    """One agent's reason.

    Parameters
    ----------
    code : ReasonCode
        `ON_QUEUE`, `ON_BREAK`; `ELSEWHERE`, on duty without serving the queue; `MISSED`, could
        work, which would lower the cost; `COSTS_MORE`, could work, at a cost; `OTHER_TIME`, could
        work instead of another shift of that day, at a cost; `AT_LIMIT`, sums of hours, days or
        shifts forbid it; `RESTING`, rest to own neighbours forbids it; `OTHER_RULE`; `PINNED`, own
        pins forbid it; `NO_OPTION`, no shift of the agent holds these slots; `SKILL_NOT_NOW`,
        may serve the queue at other times only; `NO_SKILL`.
    queue_idx : int
        The queue served, of `ELSEWHERE`; -1 for none.
    delta_cents : int or None
        What the cheapest lawful way to have the agent there would add to the roster's cost.
    rules : tuple of Rule
        Rules, under agent index 0, that forbid the option which breaks fewest of them.
    change : Change or None
        The cheapest lawful way, or the option that `rules` forbid; rows of `Roster.single`.
    """

    agent_idx: int
    code: ReasonCode
    queue_idx: int = -1
    delta_cents: int | None = None
    rules: tuple[Rule, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class CoverReasons:
    """A queue in a stretch of slots, and every agent's reason.

    Parameters
    ----------
    missing : int
        Most agents missing in one of the slots.
    reasons : tuple of AgentReason
        One for each agent of the problem, in order.
    """

    queue_idx: int
    start: int
    end: int
    missing: int
    reasons: tuple[AgentReason, ...]

    def counts(self) -> dict[ReasonCode, int]:
        """Return the number of agents by reason; all reasons, in their order."""
        found = dict.fromkeys(ReasonCode, 0)
        for reason in self.reasons:
            found[reason.code] += 1
        return found


def explain_cover(
    roster: Roster,
    queue_idx: int,
    start: int,
    end: int,
    *,
    stints: Iterable[Stint] | None = None,
    only: Collection[int] | None = None,
) -> CoverReasons:
    """Say of every agent why they are, or are not, on a queue in ``[start, end)``.

    Parameters
    ----------
    roster : Roster
        The roster asked about.
    start, end : int
        Slots of the horizon, usually one planning interval.
    stints : iterable of Stint, optional
        Who serves what; without them the best split says how many of each skill group do, and the
        first of the group are taken for it.
    only : collection of int, optional
        Agents to answer for; everybody by default.

    Raises
    ------
    ValueError
        If the queue is unknown or the stretch empty or outside the horizon.
    """
    problem = roster.problem
    if not 0 <= queue_idx < len(problem.queues):
        raise ValueError(f"no queue {queue_idx}")
    if not 0 <= start < end <= problem.slots:
        raise ValueError(f"slots {start} to {end} are not a stretch of the horizon")
    serving = _serving(roster, start, end) if stints is None else _stinted(stints, start, end)
    asked = range(len(problem.agents)) if only is None else sorted(only)
    reasons = tuple(_reason(roster, idx, queue_idx, (start, end), serving) for idx in asked)
    met = [int(roster.cover.split(slot).flow[:, queue_idx].sum()) for slot in range(start, end)]
    missing = max(
        problem.queues[queue_idx].need[slot] - met[slot - start] for slot in range(start, end)
    )
    return CoverReasons(queue_idx, start, end, missing, reasons)


_Serving = dict[int, set[int]]
"""Agent to the queues served in the stretch."""


def _stinted(stints: Iterable[Stint], start: int, end: int) -> _Serving:
    serving: _Serving = {}
    for stint in stints:
        if stint.start < end and start < stint.end:
            serving.setdefault(stint.agent_idx, set()).add(stint.queue_idx)
    return serving


def _serving(roster: Roster, start: int, end: int) -> _Serving:
    """Hand the best split of each slot out to the agents on duty, group by group, in order."""
    problem, serving = roster.problem, _Serving()
    on_duty = [
        (choice, own.group_per_slot(problem.slots)[start:end])
        for choice in sorted(roster.roster.choices)
        if _overlaps(roster, choice, start, end)
        for own in [problem.agents[choice.agent_idx]]
    ]
    for slot in range(start, end):
        left = roster.cover.split(slot).flow.copy()
        for choice, groups in on_duty:
            if _at_work(roster, choice, slot):
                queues = np.flatnonzero(left[groups[slot - start]])
                if len(queues):
                    left[groups[slot - start], queues[0]] -= 1
                    serving.setdefault(choice.agent_idx, set()).add(int(queues[0]))
    return serving


def _overlaps(roster: Roster, choice: Choice, start: int, end: int) -> bool:
    table = roster.problem.options
    row = choice.option_idx
    return bool(table.start[row] < end and start < table.end[row])


def _at_work(roster: Roster, choice: Choice, slot: int) -> bool:
    table = roster.problem.options
    row = choice.option_idx
    length = int(table.break_slots[row])
    paused = choice.break_start >= 0 and 0 <= slot - choice.break_start < length
    return bool(table.start[row] <= slot < table.end[row]) and not paused


def _reason(
    roster: Roster, agent_idx: int, queue_idx: int, span: tuple[int, int], serving: _Serving
) -> AgentReason:
    queues = serving.get(agent_idx, set())
    if queue_idx in queues:
        return AgentReason(agent_idx, ReasonCode.ON_QUEUE, queue_idx)
    skilled = _skilled(roster, agent_idx, queue_idx)
    if not skilled[span[0] : span[1]].all():
        code = ReasonCode.SKILL_NOT_NOW if skilled.any() else ReasonCode.NO_SKILL
        return AgentReason(agent_idx, code)
    here = [c for c in roster.choices(agent_idx) if _overlaps(roster, c, *span)]
    if here:
        if any(_at_work(roster, choice, slot) for choice in here for slot in range(*span)):
            return AgentReason(agent_idx, ReasonCode.ELSEWHERE, min(queues, default=-1))
        return AgentReason(agent_idx, ReasonCode.ON_BREAK)
    single = roster.single(agent_idx)
    if not len(covering(single.problem, *span)):
        return AgentReason(agent_idx, ReasonCode.NO_OPTION)
    return _tried(single, changes(single, worth_of(roster, single, span), span))


def _skilled(
    roster: Roster, agent_idx: int, queue_idx: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    problem = roster.problem
    serves = roster.cover.serves[:, queue_idx]
    return serves[problem.agents[agent_idx].group_per_slot(problem.slots)]


def _tried(single: Single, ways: Sequence[Change]) -> AgentReason:
    """Return the reason of an agent off duty from all ways to be there, the cheapest first."""
    agent_idx = single.agent_idx
    nearest: tuple[Change, tuple[Rule, ...]] | None = None
    for way in ways:
        broken = tuple(dict.fromkeys(rule for rule, _ in single.broken(way.after)))
        if not broken:
            code = ReasonCode.COSTS_MORE
            if way.delta_cents < 0:
                code = ReasonCode.MISSED
            elif way.replaced is not None:
                code = ReasonCode.OTHER_TIME
            return AgentReason(agent_idx, code, -1, way.delta_cents, change=way)
        if nearest is None or len(broken) < len(nearest[1]):
            nearest = way, broken
    if nearest is None:
        return AgentReason(agent_idx, ReasonCode.PINNED)
    change, broken = nearest
    return AgentReason(agent_idx, _code(single, change, broken), rules=broken, change=change)


def _code(single: Single, change: Change, broken: Sequence[Rule]) -> ReasonCode:
    pinned = single.problem.options.pinned
    pins = [choice for choice in change.after if pinned[choice.option_idx]]
    if pins and not single.lawful(sorted([*pins, change.taken])):
        return ReasonCode.PINNED
    if any(isinstance(rule, _REST) for rule in broken):
        return ReasonCode.RESTING
    if any(isinstance(rule, _SUMS) for rule in broken):
        return ReasonCode.AT_LIMIT
    return ReasonCode.OTHER_RULE
