"""Seeded follow-the-sun problems: agents in seven zones, jagged needs, clock changes inside.

The 28 local days from Monday 8 March 2027 hold the clock changes of Amsterdam (28 March) and Sydney
(4 April); Vancouver has kept one time all year since 2026. Need is a share (the load) of the
contract hours, spread over slots and queues along where agents with the skills are awake and
available, then rounded up or down in each slot independently: deliberately jagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.world import AWAKE_HOURS, WAKING_FROM_HOUR, ZONES, World, draw_world
from scheduler.timegrid.zones import clock_instant, start_of_day
from solver.problem import AgentInput, OptionTable, PlanningProblem, QueueNeed
from solver.rules import (
    CountCost,
    HoursLimit,
    HoursTarget,
    MaxConsecutiveDays,
    MinDaysOff,
    MinRest,
    Rule,
)

__all__ = ["FIRST_DAY", "Statistics", "build_problem", "generate", "statistics"]

FIRST_DAY, DAYS = "2027-03-08", 28
_SHORT_CENTS, _IDLE_CENTS = (8000, 5000, 3000), 100
_SHORTEST_HOURS, _LONGEST_HOURS, _BREAK_FROM_HOURS = 4, 9, 6
_BREAK_MINUTES = 30
_REST_HOURS, _MOST_DAYS, _FREE_HOURS = 11, 6, 36
_UNDER_TARGET_CENTS = 2000
_WEEKEND_CENTS = (0, 0, 0, 0, 3000, 3000, 4500, 4500)
_NOISE, _PART_HOURS = 0.15, 4
_EVENING_HOUR, _NIGHT_HOUR = 20 - WAKING_FROM_HOUR, 22 - WAKING_FROM_HOUR
_EVENING, _NIGHT, _SATURDAY, _SUNDAY = 20, 40, 25, 50
_BLOCK_AGENTS = 200
_COLUMNS = (
    "agent",
    "day",
    "start",
    "end",
    "paid_minutes",
    "break_slots",
    "break_from",
    "break_until",
    "wages_cents",
    "premium_cents",
    "wish_cents",
    "weekend",
    "evening",
)


def generate(
    agents: int,
    load: float,
    seed: int,
    *,
    interval_minutes: int = 30,
    days: int = DAYS,
    first_day: str = FIRST_DAY,
    break_positions: int = 1,
) -> PlanningProblem:
    """Return the problem of a seed; the same arguments give the same problem.

    Parameters
    ----------
    agents : int
        Number of agents; queues and skill sets grow with it.
    load : float
        Hours of need by contract hours, above 0 (0.9 is usual, 1.1 overloaded).
    seed : int
        Seed of people and needs. People are the same for any load and interval.
    interval_minutes : int
        Length of a slot: 15 or 30.
    days : int
        Local days of each agent.
    first_day : str
        ISO date of the first one.
    break_positions : int
        Slots in which the break may start, an odd number around the middle of the shift.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if not 0 < load <= 10:
        raise ValueError("load must be above 0 and at most 10")
    world = draw_world(agents, seed, days=days, first_day=date.fromisoformat(first_day))
    return build_problem(
        world,
        load,
        seed,
        interval_minutes=interval_minutes,
        break_positions=break_positions,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Shifts:
    """The shifts of any day, by start, then end; hours after 07:00, slots from the start.

    `premium_minutes` (3, shifts) holds surcharge minutes on weekdays, Saturdays and Sundays.
    """

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    paid_minutes: NDArray[np.int32]
    break_slots: NDArray[np.int32]
    break_middle: NDArray[np.int32]
    premium_minutes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Slots per hour, the length of the horizon, and 07:00 and midnight per zone and day."""

    per_hour: int
    slots: int
    waking: NDArray[np.int32]
    midnight: NDArray[np.int32]


def build_problem(
    world: World,
    load: float,
    seed: int,
    *,
    interval_minutes: int = 30,
    break_positions: int = 1,
) -> PlanningProblem:
    """Return the problem of a world that is drawn already; parameters as for `generate`."""
    if interval_minutes not in (15, 30):
        raise ValueError("interval_minutes must be 15 or 30")
    if break_positions not in (1, 3, 5):
        raise ValueError("break_positions must be 1, 3 or 5")
    grid = _grid(world, interval_minutes)
    shifts = _shifts(grid.per_hour)
    due = _due_minutes(world)
    options = _options(world, grid, shifts, break_positions // 2)
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(6)[5])
    need = _need(world, grid, shifts, due, load, rng)
    scale = interval_minutes / 30
    queues = tuple(
        QueueNeed(
            f"Q{idx + 1:02d}",
            tuple(need[idx].tolist()),
            (
                round(_SHORT_CENTS[0] * weight * scale),
                round(_SHORT_CENTS[1] * weight * scale),
                round(_SHORT_CENTS[2] * weight * scale),
            ),
        )
        for idx, weight in enumerate(world.queue_weight)
    )
    return PlanningProblem(
        grid.slots,
        queues,
        world.groups,
        _agents(world, grid),
        options,
        _rules(world, grid.per_hour, due),
        round(_IDLE_CENTS * scale),
        grid.per_hour,
        interval_minutes,
    )


def _grid(world: World, interval_minutes: int) -> _Grid:
    """Lay the slots from the first local midnight of anybody to the last."""
    dates = [world.first_day + timedelta(days=day) for day in range(world.days + 1)]
    start = min(start_of_day(dates[0], zone) for zone in ZONES)
    end = max(start_of_day(dates[-1], zone) for zone in ZONES)

    def slot(instant: datetime) -> int:
        return (instant.astimezone(UTC) - start) // timedelta(minutes=interval_minutes)

    waking = [
        [slot(clock_instant(day, 60 * WAKING_FROM_HOUR, zone)) for day in dates[:-1]]
        for zone in ZONES
    ]
    midnight = [[slot(start_of_day(day, zone)) for day in dates] for zone in ZONES]
    return _Grid(
        60 // interval_minutes,
        slot(end),
        np.array(waking, dtype=np.int32),
        np.array(midnight, dtype=np.int32),
    )


def _shifts(per_hour: int) -> _Shifts:
    """List the shifts of a day: 4 to 9 hours in whole hours, from each whole hour."""
    pairs = [
        (start, start + hours)
        for start in range(AWAKE_HOURS)
        for hours in range(_SHORTEST_HOURS, _LONGEST_HOURS + 1)
        if start + hours <= AWAKE_HOURS
    ]
    start, end = np.array(pairs, dtype=np.int32).T
    break_slots = np.where(end - start >= _BREAK_FROM_HOURS, _BREAK_MINUTES * per_hour // 60, 0)
    premium = [[_premium_minutes(kind, *pair) for pair in pairs] for kind in range(3)]
    return _Shifts(
        start,
        end,
        (60 * (end - start) - 60 * break_slots // per_hour).astype(np.int32),
        break_slots.astype(np.int32),
        (((end - start) * per_hour - break_slots) // 2).astype(np.int32),
        np.array(premium),
    )


def _premium_minutes(kind: int, start: int, end: int) -> float:
    """Return the surcharge minutes of a shift: the highest of night, evening and weekend.

    The unpaid break is taken off the hours with the lowest surcharge.
    """
    whole_day = (0, _SATURDAY, _SUNDAY)[kind]
    percent = [
        max(whole_day, _NIGHT if hour >= _NIGHT_HOUR else _EVENING if hour >= _EVENING_HOUR else 0)
        for hour in range(start, end)
    ]
    unpaid = _BREAK_MINUTES * min(percent) if end - start >= _BREAK_FROM_HOURS else 0
    return (60 * sum(percent) - unpaid) / 100


def _due_minutes(world: World) -> NDArray[np.int32]:
    """Return the contract minutes due per agent and ISO week: less with leave, in half hours."""
    due = np.zeros((world.agents, len(world.weeks())), dtype=np.int32)
    for week, (first, end) in enumerate(world.weeks()):
        there = (end - first) - world.on_leave[:, first:end].sum(axis=1)
        due[:, week] = 30 * (world.contract_hours * 2 * there // 7)
    return due


def _open(world: World, shifts: _Shifts, agents: slice, days: slice) -> NDArray[np.bool_]:
    """Return which shifts are possible, (agents, days, shifts)."""
    return (shifts.start >= world.from_hour[agents, days, None]) & (
        shifts.end <= world.until_hour[agents, days, None]
    )


def _day_kinds(world: World) -> NDArray[np.int64]:
    """Return 0 for weekdays, 1 for Saturdays, 2 for Sundays."""
    return np.array([max(0, world.weekday(day) - 4) for day in range(world.days)])


def _options(world: World, grid: _Grid, shifts: _Shifts, break_spread: int) -> OptionTable:
    """Fill the option columns, a block of agents at a time."""
    blocks = [
        slice(low, min(low + _BLOCK_AGENTS, world.agents))
        for low in range(0, world.agents, _BLOCK_AGENTS)
    ]
    every_day = slice(0, world.days)
    rows = sum(int(_open(world, shifts, block, every_day).sum()) for block in blocks)
    columns = {name: np.empty(rows, dtype=np.int32) for name in _COLUMNS}
    nothing = np.zeros(rows, dtype=np.int32)
    kinds = _day_kinds(world)
    low = 0
    for block in blocks:
        agent, day, shift = np.nonzero(_open(world, shifts, block, every_day))
        agent += block.start
        part = slice(low, low + len(agent))
        low += len(agent)
        at = grid.waking[world.zone[agent, day], day]
        rate = world.rate_cents[agent]
        from_break = at + shifts.start[shift] * grid.per_hour + shifts.break_middle[shift]
        with_break = shifts.break_slots[shift] > 0
        columns["agent"][part] = agent
        columns["day"][part] = day
        columns["start"][part] = at + shifts.start[shift] * grid.per_hour
        columns["end"][part] = at + shifts.end[shift] * grid.per_hour
        columns["paid_minutes"][part] = shifts.paid_minutes[shift]
        columns["break_slots"][part] = shifts.break_slots[shift]
        columns["break_from"][part] = np.where(with_break, from_break - break_spread, -1)
        columns["break_until"][part] = np.where(with_break, from_break + break_spread, -1)
        columns["wages_cents"][part] = (shifts.paid_minutes[shift] * rate + 30) // 60
        surcharge = shifts.premium_minutes[kinds[day], shift]
        columns["premium_cents"][part] = np.floor(surcharge * rate / 60 + 0.5)
        columns["wish_cents"][part] = _missed_wish(world, shifts, agent, day, shift)
        columns["weekend"][part] = kinds[day] > 0
        columns["evening"][part] = shifts.end[shift] > _EVENING_HOUR
    return OptionTable(own_night_cents=nothing, flags=nothing, pinned=nothing, **columns)


def _missed_wish(
    world: World,
    shifts: _Shifts,
    agent: NDArray[np.int64],
    day: NDArray[np.int64],
    shift: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Return what the wish of the day costs where the shift goes against it."""
    wish = world.wish[agent, day]
    against = (
        (wish == 1)
        | (wish == 2) & (shifts.end[shift] > 18 - WAKING_FROM_HOUR)
        | (wish == 3) & (shifts.start[shift] < 10 - WAKING_FROM_HOUR)
    )
    return np.where(against, world.wish_cents[agent, day], 0).astype(np.int32)


def _presence(
    world: World, grid: _Grid, shifts: _Shifts, due: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the mean agents per group and slot if all spread their hours over their options."""
    presence = np.zeros((len(world.groups), grid.slots))
    covered = np.zeros((len(shifts.start), AWAKE_HOURS * grid.per_hour))
    for shift, (start, end) in enumerate(zip(shifts.start, shifts.end, strict=True)):
        covered[shift, start * grid.per_hour : end * grid.per_hour] = 1.0
        pause = start * grid.per_hour + shifts.break_middle[shift]
        covered[shift, pause : pause + shifts.break_slots[shift]] = 0.0
    everybody = slice(0, world.agents)
    for week, (first, end) in enumerate(world.weeks()):
        possible = np.zeros(world.agents)
        for day in range(first, end):
            open_shifts = _open(world, shifts, everybody, slice(day, day + 1))[:, 0]
            possible += open_shifts @ shifts.paid_minutes.astype(np.float64)
        weight = np.where(possible > 0, due[:, week] / np.maximum(possible, 1.0), 0.0)
        for day in range(first, end):
            open_shifts = _open(world, shifts, everybody, slice(day, day + 1))[:, 0]
            agent, worked_shift = np.nonzero(open_shifts)
            place = world.zone[agent, day].astype(np.int64) * len(world.groups)
            key = (place + world.group[agent, day]) * len(shifts.start) + worked_shift
            size = len(ZONES) * len(world.groups) * len(shifts.start)
            worked = np.bincount(key, weights=weight[agent], minlength=size)
            by_zone = worked.reshape(len(ZONES), len(world.groups), -1) @ covered
            for zone, on_duty in enumerate(by_zone):
                at = grid.waking[zone, day]
                presence[:, at : at + on_duty.shape[1]] += on_duty
    return presence


def _need(
    world: World,
    grid: _Grid,
    shifts: _Shifts,
    due: NDArray[np.int32],
    load: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Share out the load over queues and slots, then round each slot up or down by chance."""
    serves = np.zeros((len(world.groups), len(world.queue_weight)))
    for group, served in enumerate(world.groups):
        serves[group, list(served)] = world.queue_size[list(served)]
    serves /= serves.sum(axis=1, keepdims=True)
    wanted = serves.T @ _presence(world, grid, shifts, due)
    hours = np.arange(grid.slots) / grid.per_hour
    knots = np.arange(0, hours[-1] + 2 * _PART_HOURS, _PART_HOURS)
    for queue in range(len(wanted)):
        noise = rng.uniform(-_NOISE, _NOISE, len(knots))
        wanted[queue] *= 1 + np.interp(hours, knots, noise)
    total = wanted.sum()
    if total > 0:
        wanted *= load * int(due.sum()) / 60 * grid.per_hour / total
    return np.floor(wanted + rng.random(wanted.shape)).astype(np.int64)


def _agents(world: World, grid: _Grid) -> tuple[AgentInput, ...]:
    off_cents = np.where(world.wish == 4, world.wish_cents, 0)
    agents = []
    for idx in range(world.agents):
        held = world.group[idx]
        changes = [0, *(np.nonzero(np.diff(held))[0] + 1).tolist()]
        groups = tuple(
            (int(grid.midnight[world.zone[idx, day], day]) if day else 0, int(held[day]))
            for day in changes
        )
        name = f"A{idx + 1:04d}"
        agents.append(AgentInput(name, world.days, tuple(off_cents[idx].tolist()), groups))
    return tuple(agents)


def _rules(world: World, per_hour: int, due: NDArray[np.int32]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    weeks = world.weeks()
    for idx in range(world.agents):
        most = 60 * int(world.contract_hours[idx])
        rules.append(MinRest(idx, _REST_HOURS * per_hour))
        rules.append(MaxConsecutiveDays(idx, _MOST_DAYS))
        rules.append(MinDaysOff(idx, 1, _FREE_HOURS * per_hour))
        rules.extend(HoursLimit(idx, first, end, most) for first, end in weeks)
        rules.extend(
            HoursTarget(idx, first, end, int(due[idx, week]), _UNDER_TARGET_CENTS, 0, 0)
            for week, (first, end) in enumerate(weeks)
        )
        rules.append(CountCost(idx, "weekend", _WEEKEND_CENTS))
    return tuple(rules)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Size of a generated problem.

    Parameters
    ----------
    options_per_agent_day : float
        Mean shift options, days without any included.
    skill_sets : int
        Distinct sets of queues that somebody serves at some time.
    need_hours, contract_hours : float
        Hours of need over all queues; contract hours due.
    """

    agents: int
    queues: int
    slots: int
    options: int
    options_per_agent_day: float
    skill_sets: int
    need_hours: float
    contract_hours: float

    @property
    def load(self) -> float:
        """Hours of need by contract hours."""
        return self.need_hours / self.contract_hours if self.contract_hours else 0.0


def statistics(problem: PlanningProblem) -> Statistics:
    """Return the size of a problem made by `generate`."""
    agent_days = sum(agent.days for agent in problem.agents)
    held = {problem.groups[group] for agent in problem.agents for _, group in agent.groups}
    need = sum(sum(queue.need) for queue in problem.queues)
    due = sum(rule.target_minutes for rule in problem.rules if isinstance(rule, HoursTarget))
    return Statistics(
        len(problem.agents),
        len(problem.queues),
        problem.slots,
        len(problem.options),
        round(len(problem.options) / agent_days, 2),
        len(held),
        need * problem.slot_minutes / 60,
        due / 60,
    )
