"""What it would take to serve a moment better: agents who could work, and fixes found by trying."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scheduler.domain import Agent, Planning, Roster, WakingHours, WallTime
from scheduler.usecases.explain import AgentAt, ExplainedMoment, ExplainedReason

if TYPE_CHECKING:
    from scheduler.planning.explain import OnGrid
    from scheduler.planning.explain_rules import RuleSource
    from solver import Choice, PlanningProblem, Rule
    from solver.explain import AgentReason, CoverReasons, Fix
    from solver.explain import Roster as GridRoster

__all__ = ["FoundFix", "PricedMoment", "PricedShift", "ShiftAt", "price_moments"]

_MOST_WAKING, _MOST_HIRES, _HIRE_SECONDS = 12, 2, 3.0
_WAKING_STEP_MINUTES = 60
_NEVER_TRIED = (
    "two agents at once, or one agent's shifts of three days or more",
    "other activities: prices take the best split of the agents on duty",
)
_FREE, _RESTING = "free", "resting"
_SPLIT: Mapping[tuple[str, str], tuple[str, str]] = {
    (_FREE, "missed"): ("missed", "could work, and it would pay: the search missed it"),
    (_FREE, "costs_more"): ("costs_more", "could work, but costs more than it brings"),
    (_FREE, "other_time"): ("other_time", "works another time that day and is worth more then"),
    (_RESTING, "missed"): ("other_time_missed", "works another time that day; a move would pay"),
    (_RESTING, "other_time"): ("other_time", "works another time that day and is worth more then"),
    (_RESTING, "pinned"): ("pinned", "pinned: the agent's pins stand in the way"),
}
"""Code of the audit and of the solver, to a finer code and its words."""


@dataclass(frozen=True, slots=True)
class ShiftAt:
    """A shift on the clock of its place, as `WallTime` from and until."""

    start: WallTime
    end: WallTime
    zone: str


@dataclass(frozen=True, slots=True)
class PricedShift:
    """An agent off duty who could lawfully work the moment, others unchanged.

    Parameters
    ----------
    delta_cents : int
        What the roster's cost would rise by; negative where it would fall.
    instead : ShiftAt or None
        The shift of that day which would go.
    """

    agent_id: str
    name: str
    delta_cents: int
    shift: ShiftAt
    instead: ShiftAt | None


@dataclass(frozen=True, slots=True)
class FoundFix:
    """A change of one agent that would lower the roster's cost, made and priced.

    Parameters
    ----------
    kind : str
        A value of ``solver.explain.FixKind``.
    gain_cents : int
        What the cost falls by, all terms.
    what : str
        What has to be allowed or arranged; empty for a mere change of shifts.
    added, removed : tuple of ShiftAt
        The agent's shifts that come and go. Of a hire none are listed.
    shifts : int
        Of a hire: how many shifts the newcomer works.
    """

    kind: str
    agent_id: str
    name: str
    gain_cents: int
    what: str
    added: tuple[ShiftAt, ...]
    removed: tuple[ShiftAt, ...]
    shifts: int = 0


@dataclass(frozen=True, slots=True)
class PricedMoment:
    """What a moment would take, in cents of the planning's currency.

    Parameters
    ----------
    moment : ExplainedMoment
        As explained, with the reasons split where prices tell more.
    could_work : tuple of PricedShift
        The cheapest first.
    fixes : tuple of FoundFix
        What gains most first.
    tried : tuple of (str, int)
        How many agents each kind of fix was tried for.
    not_tried : tuple of str
        What was left out, in words.
    """

    moment: ExplainedMoment
    currency: str
    could_work: tuple[PricedShift, ...]
    fixes: tuple[FoundFix, ...]
    tried: tuple[tuple[str, int], ...]
    not_tried: tuple[str, ...]


def price_moments(
    roster: Roster,
    planning: Planning,
    moments: Sequence[ExplainedMoment],
    *,
    fixes: bool = True,
    time_limit_seconds: float = 30.0,
) -> tuple[PricedMoment, ...]:
    """Return what it would cost to have each agent there, and which fixes would pay.

    Every price comes from trying: the agent's shifts are changed, judged by all rules and scored.

    Parameters
    ----------
    moments : sequence of ExplainedMoment
        From `explain_moment` with the same roster and planning.
    fixes : bool
        Whether to look for fixes; only done where agents are missing.
    time_limit_seconds : float
        Wall time for all fixes together; no new one is tried after that.
    """
    from scheduler.planning.explain import on_grid
    from solver.explain import Roster as GridRoster

    placed = on_grid(planning, roster)
    desk = _Desk(placed, GridRoster(placed.compiled.problem, placed.roster))
    share = time_limit_seconds / max(1, len(moments))
    return tuple(_priced(desk, moment, share if fixes else 0.0) for moment in moments)


def _priced(desk: _Desk, moment: ExplainedMoment, fix_seconds: float) -> PricedMoment:
    from solver.explain import explain_cover

    placed = desk.placed
    queue_ids = [queue.queue_id for queue in placed.planning.queues]
    slot = placed.compiled.grid.floor(moment.start_utc)
    queue_idx = queue_ids.index(moment.queue_id)
    found = explain_cover(desk.here, queue_idx, slot, slot + 1, stints=placed.stints)
    could = sorted(
        (row for row in found.reasons if row.delta_cents is not None),
        key=lambda row: (row.delta_cents or 0, row.agent_idx),
    )
    not_tried = list(_NEVER_TRIED)
    if placed.odd:
        not_tried.append(f"changes to {len(placed.odd)} shifts that the planning does not offer")
    if placed.lost:
        not_tried.append(f"anything with {len(placed.lost)} shifts that fit no agent or day")
    told: tuple[FoundFix, ...] = ()
    tried: tuple[tuple[str, int], ...] = ()
    if fix_seconds > 0 and moment.missing > 0:
        search = _FixSearch(desk, found, moment, time.monotonic() + fix_seconds)
        best, counts, left = search.run()
        told = tuple(desk.fix(fix) for fix in best)
        tried = tuple(counts.items())
        if left:
            not_tried.append(f"{left} more agents off duty, further from lawful than those tried")
        if search.over():
            not_tried.append("whatever the time limit cut off")
    return PricedMoment(
        _split(moment, placed.planning, found.reasons),
        placed.planning.currency,
        tuple(desk.priced(row) for row in could),
        told,
        tried,
        tuple(not_tried),
    )


def _split(
    moment: ExplainedMoment, planning: Planning, found: Sequence[AgentReason]
) -> ExplainedMoment:
    """Tell agents apart whom the audit gives one reason and prices different ones."""
    codes = {
        agent.agent_id: row.code.value for agent, row in zip(planning.agents, found, strict=True)
    }
    reasons: list[ExplainedReason] = []
    for reason in moment.reasons:
        parts: dict[tuple[str, str], list[AgentAt]] = {}
        for agent in reason.agents:
            key = _SPLIT.get((reason.code, codes[agent.agent_id]), (reason.code, reason.words))
            parts.setdefault(key, []).append(agent)
        reasons += (
            ExplainedReason(code, words, tuple(agents)) for (code, words), agents in parts.items()
        )
    merged: dict[str, ExplainedReason] = {}
    for reason in reasons:
        before = merged.get(reason.code)
        agents = reason.agents if before is None else (*before.agents, *reason.agents)
        merged[reason.code] = replace(reason, agents=agents)
    return replace(moment, reasons=tuple(merged.values()))


class _Desk:
    """Turns agents, options and fixes of the solver into words."""

    def __init__(self, placed: OnGrid, here: GridRoster) -> None:
        self.placed, self.here = placed, here
        self._sources: dict[int, Mapping[Rule, RuleSource]] = {}

    def agent(self, agent_idx: int) -> Agent:
        return self.placed.compiled.people[agent_idx].agent

    def priced(self, row: AgentReason) -> PricedShift:
        agent, change = self.agent(row.agent_idx), row.change
        assert change is not None
        assert row.delta_cents is not None
        own = self.here.single(row.agent_idx).problem
        instead = None
        if change.replaced is not None:
            instead = self.shift(row.agent_idx, own, change.replaced)
        shift = self.shift(row.agent_idx, own, change.taken)
        return PricedShift(agent.agent_id, agent.name, row.delta_cents, shift, instead)

    def shift(self, agent_idx: int, own: PlanningProblem, choice: Choice) -> ShiftAt:
        """Return a shift of an agent on the clock of the place."""
        from scheduler.timegrid.timeline import place_at
        from scheduler.timegrid.zones import local_of

        grid = self.placed.compiled.grid
        start = grid.instant_of(int(own.options.start[choice.option_idx]))
        end = grid.instant_of(int(own.options.end[choice.option_idx]))
        zone = place_at(self.placed.compiled.people[agent_idx].timeline, start).zone
        return ShiftAt(local_of(start, zone).wall, local_of(end, zone).wall, zone)

    def may_loosen(self, agent_idx: int, rule: Rule) -> Rule | None:
        """Loosen what the contract sets; law and company policy stay."""
        from solver.explain import loosened

        step = loosened(agent_idx, rule)
        if step is None:
            return None
        source = self.sources(agent_idx).get(rule)
        return step if source is not None and source.source == "contract" else None

    def sources(self, agent_idx: int) -> Mapping[Rule, RuleSource]:
        """Return where an agent's rules come from; worked out when first asked."""
        from scheduler.planning.explain_rules import rule_sources

        if agent_idx not in self._sources:
            self._sources[agent_idx] = rule_sources(self.placed.planning, self.agent(agent_idx))
        return self._sources[agent_idx]

    def fix(self, fix: Fix) -> FoundFix:
        agent = self.agent(fix.agent_idx)
        added = [choice for choice in fix.after if choice not in fix.present]
        removed = [choice for choice in fix.present if choice not in fix.after]
        if fix.is_hire:
            added = []
        return FoundFix(
            fix.kind.value,
            agent.agent_id,
            agent.name,
            fix.gain_cents,
            self._what(fix, agent),
            tuple(self.shift(fix.agent_idx, fix.own, choice) for choice in added),
            tuple(self.shift(fix.agent_idx, fix.own, choice) for choice in removed),
            len(fix.after) if fix.is_hire else 0,
        )

    def _what(self, fix: Fix, agent: Agent) -> str:
        from scheduler.labour.quantities import duration_text
        from solver import DaysLimit, HoursLimit

        if fix.loosened is not None:
            before, after = fix.loosened
            words = self.sources(fix.agent_idx)[before].words
            if isinstance(after, HoursLimit):
                return f"{duration_text(after.max_minutes)} instead of {words}"
            if isinstance(after, DaysLimit):
                return f"{after.max_days} days instead of {words}"
        return {
            "break": "the break at another time",
            "wish": "without the wish against working then",
            "options": f"waking hours {_WAKING_STEP_MINUTES // 60} h longer at either end",
            "skill": "serves this queue, too (counted within a day of this moment only)",
            "hire": f"one more agent like this one (contract {agent.contract_id})",
        }.get(fix.kind.value, "")


class _FixSearch:
    """Tries fixes: those the solver knows, then longer waking hours and hires."""

    def __init__(
        self, desk: _Desk, found: CoverReasons, moment: ExplainedMoment, deadline: float
    ) -> None:
        self.desk, self.found, self.moment, self.deadline = desk, found, moment, deadline
        self.span = found.start, found.end

    def over(self) -> bool:
        return time.monotonic() > self.deadline

    def run(self) -> tuple[tuple[Fix, ...], dict[str, int], int]:
        """Return fixes, tries by kind, and how many agents were left out."""
        from solver.explain import cheapest_fixes, ranked

        tried = cheapest_fixes(
            self.desk.here, self.found, may_loosen=self.desk.may_loosen, should_stop=self.over
        )
        fixes = list(tried.fixes)
        counts = {kind.value: count for kind, count in tried.tries}
        for kind, tries in (("options", self._waking()), ("hire", self._hires())):
            for fix in tries:
                counts[kind] = counts.get(kind, 0) + 1
                if fix is not None:
                    fixes.append(fix)
                if self.over():
                    break
        return ranked(fixes), counts, tried.left

    def _waking(self) -> Iterator[Fix | None]:
        """Let agents who sleep within an hour of the moment work an hour beyond their day."""
        from scheduler.planning.explain import agent_alone
        from solver.explain import fix_by_options

        desk, tries = self.desk, 0
        asleep = {
            agent.agent_id
            for reason in self.moment.reasons
            if reason.code == "asleep"
            for agent in reason.agents
        }
        for agent_idx, person in enumerate(desk.placed.compiled.people):
            agent = person.agent
            if agent.agent_id not in asleep or tries >= _MOST_WAKING:
                continue
            waking = agent.waking_hours or desk.placed.planning.waking_hours
            longer = WakingHours(
                max(0, waking.from_minute - _WAKING_STEP_MINUTES),
                min(1440, waking.until_minute + _WAKING_STEP_MINUTES),
            )
            if not self._awake(agent_idx, longer):
                continue
            tries += 1
            own = desk.here.single(agent_idx).problem
            own = agent_alone(desk.placed.planning, replace(agent, waking_hours=longer), own)
            yield fix_by_options(desk.here, agent_idx, own, self.span)

    def _awake(self, agent_idx: int, waking: WakingHours) -> bool:
        from scheduler.timegrid.timeline import place_at
        from scheduler.timegrid.zones import local_of

        person = self.desk.placed.compiled.people[agent_idx]
        start = self.moment.start_utc
        minute = local_of(start, place_at(person.timeline, start).zone).wall.minute
        return waking.from_minute <= minute < waking.until_minute

    def _hires(self) -> Iterator[Fix | None]:
        """Hire one more like agents with the skill whose options hold the moment, one a crew."""
        from solver.explain import ReasonCode, fix_by_hire

        desk = self.desk
        able = (
            ReasonCode.ON_QUEUE,
            ReasonCode.ELSEWHERE,
            ReasonCode.MISSED,
            ReasonCode.COSTS_MORE,
            ReasonCode.OTHER_TIME,
            ReasonCode.AT_LIMIT,
            ReasonCode.RESTING,
        )
        crews: dict[tuple[str, str, object], int] = {}
        for row in self.found.reasons:
            if row.code in able:
                agent = desk.agent(row.agent_idx)
                groups = desk.here.problem.agents[row.agent_idx].groups
                crews.setdefault((agent.site_id, agent.contract_id, groups), row.agent_idx)
        for agent_idx in sorted(crews.values(), key=self._hour_cents)[:_MOST_HIRES]:
            yield fix_by_hire(desk.here, agent_idx, time_limit_seconds=_HIRE_SECONDS)

    def _hour_cents(self, agent_idx: int) -> tuple[float, int]:
        """Return what an hour of an agent costs at least, and the agent for equal ones."""
        problem = self.desk.here.problem
        rows = slice(*problem.option_range(agent_idx))
        table = problem.options
        hourly = 60 * table.wages_cents[rows] / np.maximum(1, table.paid_minutes[rows])
        return float(hourly.min()), agent_idx
