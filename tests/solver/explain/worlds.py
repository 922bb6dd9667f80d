"""Lawful rosters by chance, and small problems by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence

from solver.check import check_agent
from solver.problem import AgentInput, CarryShift, OptionTable, PlanningProblem, QueueNeed
from solver.roster import Choice, SlotRoster
from solver.rules import Rule
from solver.score import score
from tests.solver.random_problems import DAY_SLOTS, option_table


def random_roster(problem: PlanningProblem, seed: int, chance: float = 0.6) -> SlotRoster:
    """Pins, and other options as long as the roster stays lawful."""
    rng, table = random.Random(seed), problem.options
    choices: list[Choice] = []
    for agent_idx in range(len(problem.agents)):
        rules = [rule for rule in problem.rules if rule.agent_idx == agent_idx]
        rows = list(range(*problem.option_range(agent_idx)))
        mine = [choice_of(table, row) for row in rows if table.pinned[row]]
        rng.shuffle(rows)
        for row in rows:
            if rng.random() > chance or any(c.day_idx == table.day[row] for c in mine):
                continue
            more = sorted([*mine, choice_of(table, row)])
            if all(found.forgiven for found in check_agent(problem, agent_idx, rules, more)):
                mine = more
        choices += mine
    return SlotRoster(tuple(sorted(choices)))


def choice_of(table: OptionTable, row: int) -> Choice:
    """A row taken, its break as early as may be."""
    return Choice(int(table.agent[row]), int(table.day[row]), row, int(table.break_from[row]))


def cents(problem: PlanningProblem, roster: SlotRoster) -> int:
    """What a roster costs in all."""
    return sum(score(problem, roster).values())


def shift(agent: int, day: int, from_hour: float, hours: float, **columns: int) -> dict[str, int]:
    """An option row: 4 EUR a slot, starting at an hour of its day."""
    start = DAY_SLOTS * day + round(from_hour * 4)
    length = round(hours * 4)
    row = {
        "agent": agent,
        "day": day,
        "start": start,
        "end": start + length,
        "paid_minutes": 15 * length,
        "wages_cents": 400 * length,
    }
    return row | columns


def world(
    rows: Sequence[dict[str, int]],
    rules: Sequence[Rule] = (),
    *,
    groups: Sequence[tuple[int, ...]] = ((0,), (1,), (0, 1), ()),
    agents: Sequence[int | tuple[tuple[int, int], ...]] = (0,),
    need: Sequence[int] = (1, 0),
    carry: tuple[CarryShift, ...] = (),
    days: int = 4,
) -> PlanningProblem:
    """Two queues with the same need all the time; each agent is given by its skill group."""
    slots = DAY_SLOTS * days
    return PlanningProblem(
        slots=slots,
        queues=tuple(
            QueueNeed(f"q{idx}", (units,) * slots, (2000, 1500, 1000))
            for idx, units in enumerate(need)
        ),
        groups=tuple(groups),
        agents=tuple(
            AgentInput(
                f"a{idx}",
                days,
                (0,) * days,
                ((0, group),) if isinstance(group, int) else group,
                carry if idx == 0 else (),
            )
            for idx, group in enumerate(agents)
        ),
        options=option_table(list(rows)),
        rules=tuple(rules),
        idle_cents=50,
    )


def taking(problem: PlanningProblem, *rows: int) -> SlotRoster:
    """The roster of some rows of the option table."""
    return SlotRoster(tuple(sorted(choice_of(problem.options, row) for row in rows)))
