"""Rosters of public shift-scheduling instances: text, and a judge of their own.

The judge reads the instance and nothing of the solver: it says whether `curtois_problem` and the
solver kept the meaning of the format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from benchmarks.curtois import Instance, InstanceError, Person
from benchmarks.curtois_problem import type_order
from solver.problem import PlanningProblem
from solver.roster import Choice, SlotRoster

__all__ = [
    "OFF",
    "Judgement",
    "Plan",
    "judge",
    "plan_of",
    "read_roster",
    "slot_roster",
    "write_roster",
]

OFF = -1
Plan = tuple[tuple[int, ...], ...]
"""For each agent and day the index of a shift type, or `OFF`."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a roster is worth by the rules of the format.

    Parameters
    ----------
    violations : tuple of str
        One sentence per hard rule broken.
    on_requests, off_requests, under, over : int
        Parts of the cost.
    """

    violations: tuple[str, ...]
    on_requests: int
    off_requests: int
    under: int
    over: int

    @property
    def cost(self) -> int:
        """All parts together."""
        return self.on_requests + self.off_requests + self.under + self.over


def plan_of(problem: PlanningProblem, instance: Instance, roster: SlotRoster) -> Plan:
    """Return the shift type of each agent and day of a roster that the solver made."""
    order = type_order(instance)
    plan = [[OFF] * instance.days for _ in instance.staff]
    for choice in roster.choices:
        slot = int(problem.options.start[choice.option_idx])
        day, rank = divmod(slot, len(order))
        plan[choice.agent_idx][day] = order[rank]
    return tuple(tuple(row) for row in plan)


def slot_roster(problem: PlanningProblem, instance: Instance, plan: Plan) -> SlotRoster:
    """Return a plan as the solver's roster.

    Raises
    ------
    InstanceError
        If a shift of the plan does not exist as an option: a day off, a type the agent never works.
    """
    rank_of = {idx: rank for rank, idx in enumerate(type_order(instance))}
    table = problem.options
    row_of = {
        (agent, start): row
        for row, (agent, start) in enumerate(
            zip(table.agent.tolist(), table.start.tolist(), strict=True)
        )
    }
    choices = []
    for agent, row in enumerate(plan):
        for day, type_idx in enumerate(row):
            if type_idx == OFF:
                continue
            option = row_of.get((agent, day * len(rank_of) + rank_of[type_idx]))
            if option is None:
                person, kind = instance.staff[agent], instance.types[type_idx]
                raise InstanceError(
                    f"agent {person.agent_id!r} cannot work {kind.type_id!r} on day {day}"
                )
            choices.append(Choice(agent, day, option))
    return SlotRoster(tuple(choices))


def write_roster(problem: PlanningProblem, instance: Instance, roster: SlotRoster) -> str:
    """Return a roster as text: a line per agent, a cell per day, tabs between, ``-`` for off."""
    lines = (
        "\t".join("-" if kind == OFF else instance.types[kind].type_id for kind in row)
        for row in plan_of(problem, instance, roster)
    )
    return "".join(f"{line}\n" for line in lines)


def read_roster(text: str, instance: Instance) -> Plan:
    """Read a roster's text: cells apart by tabs (an empty one is a day off) or by blanks.

    Raises
    ------
    InstanceError
        If its shape is not the instance's or a shift type is unknown.
    """
    type_idx = {kind.type_id: idx for idx, kind in enumerate(instance.types)}
    type_idx |= {"-": OFF, "": OFF}
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    while len(lines) > len(instance.staff) and not lines[-1].strip():
        lines.pop()
    if len(lines) != len(instance.staff):
        raise InstanceError(f"{len(lines)} lines for {len(instance.staff)} agents")
    plan = []
    for person, line in zip(instance.staff, lines, strict=True):
        cells = [cell.strip() for cell in (line.split("\t") if "\t" in line else line.split())]
        if len(cells) == instance.days + 1 and not cells[-1]:
            cells.pop()
        if len(cells) != instance.days:
            raise InstanceError(
                f"agent {person.agent_id!r}: {len(cells)} cells for {instance.days} days"
            )
        unknown = sorted(set(cells) - set(type_idx))
        if unknown:
            raise InstanceError(f"agent {person.agent_id!r}: unknown shift type {unknown[0]!r}")
        plan.append(tuple(type_idx[cell] for cell in cells))
    return tuple(plan)


def judge(instance: Instance, plan: Plan) -> Judgement:
    """Return every hard rule that a plan breaks, and what it costs."""
    violations = tuple(
        f"{person.agent_id}: {broken}"
        for person, row in zip(instance.staff, plan, strict=True)
        for broken in _broken(instance, person, row)
    )
    on = sum(wish.weight for wish in instance.on if plan[wish.agent_idx][wish.day] != wish.type_idx)
    off = sum(
        wish.weight for wish in instance.off if plan[wish.agent_idx][wish.day] == wish.type_idx
    )
    under = over = 0
    for row in instance.cover:
        assigned = sum(days[row.day] == row.type_idx for days in plan)
        under += row.under * max(0, row.need - assigned)
        over += row.over * max(0, assigned - row.need)
    return Judgement(violations, on, off, under, over)


def _broken(instance: Instance, person: Person, row: Sequence[int]) -> Iterator[str]:
    types = instance.types
    for day, (kind, following) in enumerate(pairwise(row)):
        if kind != OFF and following in types[kind].blocked_next:
            yield f"{types[following].type_id} on the day after {types[kind].type_id} (day {day})"
    for idx, most in enumerate(person.max_shifts):
        if most is not None and row.count(idx) > most:
            yield f"{row.count(idx)} shifts of {types[idx].type_id}, {most} are the most"
    minutes = sum(types[kind].minutes for kind in row if kind != OFF)
    if not person.min_minutes <= minutes <= person.max_minutes:
        yield f"{minutes} minutes, not {person.min_minutes} to {person.max_minutes}"
    first = 0
    for working, block in groupby(kind != OFF for kind in row):
        length = len(list(block))
        inside = first > 0 and first + length < len(row)
        if working and length > person.max_run:
            yield f"{length} days of work from day {first}, {person.max_run} are the most"
        if inside and length < (person.min_run if working else person.min_off):
            yield f"only {length} days of {'work' if working else 'rest'} from day {first}"
        first += length
    weekends = {day // 7 for day, kind in enumerate(row) if kind != OFF and day % 7 >= 5}
    if len(weekends) > person.max_weekends:
        yield f"{len(weekends)} weekends, {person.max_weekends} are the most"
    for day in sorted(person.days_off):
        if row[day] != OFF:
            yield f"work on day {day}, a day off"
