"""A public shift-scheduling instance as a planning problem, cost unit for cost unit.

A slot is a pair of day and shift type; each shift is one slot long. The types of a day stand in
such an order that those which may not follow a type are the first ones: then every forbidden
succession is a rest too short, and nothing else is.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from benchmarks.curtois import Instance, InstanceError, Person
from solver.problem import AgentInput, OptionTable, PlanningProblem, QueueNeed
from solver.rules import (
    CountLimit,
    HoursLimit,
    HoursMinimum,
    MaxConsecutiveDays,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Rule,
    WindowsLimit,
)

__all__ = ["problem_of", "type_order"]

_BITS = 31


def problem_of(instance: Instance) -> PlanningProblem:
    """Return the problem whose lawful rosters are the instance's, at the same cost.

    One cent stands for one unit of cost. Requests that cannot be granted are part of the cost.

    Raises
    ------
    InstanceError
        If successions are not nested, an agent needs more than 31 flags, or cover rows are
        missing or differ in what one too many costs.
    """
    order = type_order(instance)
    options, flags_of = _options(instance, order)
    on_day: dict[int, Counter[int]] = defaultdict(Counter)
    for request in instance.on:
        on_day[request.agent_idx][request.day] += request.weight
    agents = tuple(
        AgentInput(
            person.agent_id,
            instance.days,
            tuple(on_day[idx][day] for day in range(instance.days)),
            ((0, 0),),
        )
        for idx, person in enumerate(instance.staff)
    )
    rules = [rule for idx in range(len(agents)) for rule in _rules(instance, order, idx, flags_of)]
    queues, idle = _queues(instance, order)
    return PlanningProblem(
        instance.days * len(order),
        queues,
        (tuple(range(len(queues))),),
        agents,
        options,
        tuple(rules),
        idle,
        1,
        max(1, 1440 // len(order)),
    )


def type_order(instance: Instance) -> tuple[int, ...]:
    """Return the types in an order in which those blocked after any type come first.

    Raises
    ------
    InstanceError
        If there is none: the blocked sets are not nested.
    """
    times = Counter(blocked for kind in instance.types for blocked in kind.blocked_next)
    order = tuple(sorted(range(len(instance.types)), key=lambda idx: (-times[idx], idx)))
    for kind in instance.types:
        if kind.blocked_next != set(order[: len(kind.blocked_next)]):
            raise InstanceError(
                f"what may not follow {kind.type_id!r} and what may not follow other types is not "
                "nested as successions from clock times are; this reader needs that"
            )
    return order


def _possible_days(instance: Instance, person: Person) -> list[int]:
    return [day for day in range(instance.days) if day not in person.days_off]


def _most_of(instance: Instance, person: Person, type_idx: int) -> int:
    """Return how many shifts of a type can be worked at all, its own limit left aside."""
    run, off = person.max_run, max(1, person.min_off)
    cycles, rest = divmod(instance.days, run + off)
    return min(
        len(_possible_days(instance, person)),
        person.max_minutes // instance.types[type_idx].minutes,
        cycles * run + min(run, rest),
    )


class _Flags:
    """What the bits of one agent's flags stand for.

    Parameters
    ----------
    rest_slots : int
        Rest after every shift, without a flag.
    rests : list of int
        Longer rests; the flag of each is its place.
    of_type : dict of int to int
        Flags by type.
    counted : dict of int to int
        The flag that counts a type, for types whose limit can bind.
    """

    def __init__(self, instance: Instance, order: tuple[int, ...], person: Person) -> None:
        allowed = [(rank, idx) for rank, idx in enumerate(order) if person.max_shifts[idx] != 0]
        spans = {
            idx: _rest_span(
                len(order), rank, len(instance.types[idx].blocked_next), [r for r, _ in allowed]
            )
            for rank, idx in allowed
        }
        self.rest_slots = min((longest for _, longest in spans.values()), default=0)
        self.rests: list[int] = []
        self.of_type = dict.fromkeys(spans, 0)
        # A rest may lie anywhere in its type's span: the fewest points that meet all spans.
        for idx, (shortest, longest) in sorted(spans.items(), key=lambda item: item[1][1]):
            if shortest <= self.rest_slots:
                continue
            if not self.rests or self.rests[-1] < shortest:
                self.rests.append(longest)
            self.of_type[idx] = 1 << (len(self.rests) - 1)
        self.counted: dict[int, int] = {}
        bit = len(self.rests)
        for _, idx in allowed:
            most = person.max_shifts[idx]
            if most is not None and most < _most_of(instance, person, idx):
                self.counted[idx] = 1 << bit
                self.of_type[idx] |= 1 << bit
                bit += 1
        if bit > _BITS:
            raise InstanceError(
                f"agent {person.agent_id!r} needs {bit} flags for rests and limits of types; "
                f"{_BITS} are the most"
            )


def _rest_span(types: int, rank: int, blocked: int, allowed: list[int]) -> tuple[int, int]:
    """Return the least and the most rest after a type that blocks just the types it should.

    Parameters
    ----------
    types, rank, blocked : int
        Number of types, the type's place in their order, how many it blocks the day after.
    allowed : list of int
        Ranks of the types the agent may work, rising and not empty.
    """

    def rest_before(next_rank: int, days_later: int = 1) -> int:
        return days_later * types + next_rank - rank - 1

    shortest = max((rest_before(r) + 1 for r in allowed if r < blocked), default=0)
    free = [rest_before(r) for r in allowed if r >= blocked]
    return shortest, min([*free, rest_before(allowed[0], 2)])


def _options(instance: Instance, order: tuple[int, ...]) -> tuple[OptionTable, tuple[_Flags, ...]]:
    """Return one option per agent, day and type that is possible at all, and the flags."""
    wishes: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for request in instance.on:
        wishes[request.agent_idx, request.day].append((request.type_idx, request.weight, 0))
    for request in instance.off:
        wishes[request.agent_idx, request.day].append((request.type_idx, 0, request.weight))
    flags_of = tuple(_Flags(instance, order, person) for person in instance.staff)
    rows: list[tuple[int, int, int, int, int, int]] = []
    for agent, (person, flags) in enumerate(zip(instance.staff, flags_of, strict=True)):
        ranks = [(rank, idx) for rank, idx in enumerate(order) if idx in flags.of_type]
        if person.max_run == 0:
            continue
        for day in _possible_days(instance, person):
            for rank, idx in ranks:
                missed = sum(off if wished == idx else on for wished, on, off in wishes[agent, day])
                slot = day * len(order) + rank
                minutes = instance.types[idx].minutes
                rows.append((agent, day, slot, minutes, missed, flags.of_type[idx]))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6)
    if len(columns) and columns.max() >= 2**31:
        raise InstanceError("weights of one day add up to more than 2,147,483,647")
    agents, days, start, minutes_of, missed_of, flag = columns.astype(np.int32).T
    nothing = np.zeros(len(rows), dtype=np.int32)
    nowhere = np.full(len(rows), -1, dtype=np.int32)
    table = OptionTable(
        agent=agents,
        day=days,
        start=start,
        end=start + 1,
        paid_minutes=minutes_of,
        break_slots=nothing,
        break_from=nowhere,
        break_until=nowhere,
        wages_cents=nothing,
        premium_cents=nothing,
        own_night_cents=nothing,
        wish_cents=missed_of,
        weekend=(days % 7 >= 5).astype(np.int32),
        evening=nothing,
        flags=flag,
        pinned=nothing,
    )
    return table, flags_of


def _rules(
    instance: Instance, order: tuple[int, ...], idx: int, flags_of: tuple[_Flags, ...]
) -> list[Rule]:
    person, flags, days = instance.staff[idx], flags_of[idx], instance.days
    rules: list[Rule] = [MinRest(idx, flags.rest_slots)]
    rules.extend(MinRest(idx, rest, 1 << bit) for bit, rest in enumerate(flags.rests))
    rules.append(HoursLimit(idx, 0, days, person.max_minutes))
    if person.min_minutes > 0:
        rules.append(HoursMinimum(idx, 0, days, person.min_minutes))
    if 0 < person.max_run < days:
        rules.append(MaxConsecutiveDays(idx, person.max_run))
    if person.min_run > 1:
        rules.append(MinConsecutiveDays(idx, person.min_run))
    if person.min_off > 1:
        rules.append(MinDaysOff(idx, person.min_off))
    for type_idx, bit in flags.counted.items():
        most = person.max_shifts[type_idx]
        assert most is not None
        rules.append(CountLimit(idx, bit, 0, days, most))
    weekends = tuple(
        (day * len(order), min(day + 2, days) * len(order))
        for day in range(days)
        if day % 7 == 5 or (day == 0 and day % 7 == 6)
    )
    if person.max_weekends < len(weekends):
        rules.append(WindowsLimit(idx, weekends, person.max_weekends))
    return rules


def _queues(instance: Instance, order: tuple[int, ...]) -> tuple[tuple[QueueNeed, ...], int]:
    """Return one queue for each cost of a missing agent, and the cost of one too many."""
    rank_of = {idx: rank for rank, idx in enumerate(order)}
    cells = {(row.day, row.type_idx): row for row in instance.cover}
    if len(cells) != len(instance.cover):
        raise InstanceError("cover is given twice for the same day and shift type")
    if len(cells) != instance.days * len(order):
        raise InstanceError("cover needs one row for every day and shift type")
    overs = {row.over for row in instance.cover}
    if len(overs) != 1:
        raise InstanceError("one agent too many must cost the same on all days and shift types")
    needs: dict[int, list[int]] = {}
    for row in instance.cover:
        need = needs.setdefault(row.under, [0] * (instance.days * len(order)))
        need[row.day * len(order) + rank_of[row.type_idx]] = row.need
    queues = tuple(
        QueueNeed(f"under-{under}", tuple(needs[under]), (under, under, under))
        for under in sorted(needs)
    )
    return queues, overs.pop()
