"""Rules left out change no verdict: random rules, options, pins and history of one agent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.planning.dominance import binding
from scheduler.planning.possible import Possible
from solver import (
    ALWAYS_END,
    ALWAYS_FROM,
    AgentInput,
    CarryShift,
    Choice,
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    MaxConsecutiveDays,
    MaxSeries,
    MinRest,
    OptionTable,
    Pin,
    PlanningProblem,
    RollingHours,
    Rule,
    SeriesRest,
    ShortRests,
    SlotRoster,
    WeeklyRest,
    WindowsLimit,
    check,
)

DAYS = 14


def random_options(rng: random.Random) -> list[dict[str, int]]:
    """Up to three shifts a day, some with flags; now and then a day's only one is a pin."""
    rows = []
    pins = rng.choice((0.0, 0.2, 0.5))
    for day in range(DAYS):
        pinned = rng.random() < pins
        for _ in range(1 if pinned else rng.randrange(4)):
            start, length = day * 96 + rng.randrange(0, 88, 4), rng.choice((16, 24, 32, 40))
            row = {"agent": 0, "day": day, "start": start, "end": start + length}
            row |= {"paid_minutes": length * 15 - rng.choice((0, 30)), "pinned": int(pinned)}
            row |= {"flags": rng.choice((0, 0, 1, 2, 3)), "break_from": -1, "break_until": -1}
            rows.append(row)
    return sorted(rows, key=lambda row: (row["day"], row["start"], row["end"]))


def random_carry(rng: random.Random) -> tuple[CarryShift, ...]:
    return tuple(
        CarryShift(
            start := day * 96 + rng.randrange(0, 60, 4), start + 32, day, 480, rng.choice((0, 1))
        )
        for day in range(-12, 0)
        if rng.random() < rng.choice((0.2, 0.8))
    )


def random_law(rng: random.Random) -> Iterator[Rule]:
    """Several rules of one or two kinds, of few values: so that some are weaker than others."""
    kinds = rng.sample(range(11), 2)
    for _ in range(rng.randrange(2, 6)):
        scope = rng.choice(
            (
                (ALWAYS_FROM, ALWAYS_END),
                (ALWAYS_FROM, ALWAYS_END),
                (0, 480),
                (400, 900),
                (2000, 3000),
            )
        )
        flag = rng.choice((0, 1, 2))
        first = rng.randrange(DAYS - 1)
        days = rng.choice(((0, 7), (7, 14), (0, 14), (first, rng.randrange(first + 1, DAYS + 1))))
        carried = rng.choice((0, 0, 300))
        count = rng.randrange(1, 6)
        sundays = tuple((day * 96, day * 96 + 96) for day in (-1, 6, 13) if rng.random() < 0.7)
        every: tuple[Rule, ...] = (
            MinRest(0, rng.choice((32, 44, 56)), flag, *scope),
            ShortRests(0, rng.choice((((0, 44),), ((0, 44), (1, 56)))), 1, 672, *scope),
            weekly_rest(rng, scope),
            MaxConsecutiveDays(0, rng.choice((2, 3, 4, 5)), *scope),
            MaxSeries(0, rng.choice((2, 3, 5)), 144, flag, *scope),
            SeriesRest(0, flag or 1, rng.choice((2, 3)), 144, rng.choice((44, 184)), *scope),
            RollingHours(0, 96, rng.choice((420, 510, 540, 630, 720)), *scope),
            HoursLimit(0, *days, rng.choice((1200, 2400, 3000, 4800)), carried),
            CountLimit(0, flag or 1, *days, count, carried // 150),
            HoursIfCount(0, flag or 1, *days, count, rng.choice((1200, 2400)), carried, 1),
            WindowsLimit(0, sundays, rng.choice((0, 1, 2)), carried // 300),
        )
        yield every[rng.choice((*kinds, 0)) if rng.random() < 0.9 else 0]


def weekly_rest(rng: random.Random, scope: tuple[int, int]) -> WeeklyRest:
    """With or without an alternative."""
    instead = rng.choice(((0, 0, 0), (288, 1344, 128)))
    return WeeklyRest(0, rng.choice((128, 144)), rng.choice((672, 576)), *instead, *scope)


def random_case(seed: int) -> tuple[PlanningProblem, list[Rule], list[Rule], Possible]:
    rng = random.Random(seed)
    rows = random_options(rng)
    table = OptionTable(
        **{
            column.name: np.array([row.get(column.name, 0) for row in rows], dtype=np.int32)
            for column in fields(OptionTable)
        }
    )
    carry = random_carry(rng) if rng.random() < 0.6 else ()
    contract: list[Rule] = []
    for first in (0, 7):
        most = rng.choice((900, 1800, 3000))
        contract.append(HoursLimit(0, first, first + 7, most, rng.choice((0, 480))))
        if rng.random() < 0.5:
            contract.append(DaysLimit(0, first, first + 7, rng.choice((2, 4, 6)), 0))
    law = list(random_law(rng))
    pins = tuple(Pin(0, int(row)) for row in np.flatnonzero(table.pinned))
    agent = AgentInput("a", DAYS, (0,) * DAYS, ((0, 0),), carry)
    problem = PlanningProblem(DAYS * 96, (), ((),), (agent,), table, pins, 0)
    columns = {column.name: getattr(table, column.name) for column in fields(OptionTable)}
    return problem, contract, law, Possible.of(DAYS, columns, carry)


def lawful(problem: PlanningProblem, rules: list[Rule], rows: list[int]) -> bool:
    table = problem.options
    choices = tuple(Choice(0, int(table.day[row]), row, -1) for row in rows)
    judged = check(replace(problem, rules=(*problem.rules, *rules)), SlotRoster(choices))
    return all(each.forgiven for each in judged)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_every_roster_is_judged_as_before(seed: int) -> None:
    problem, contract, law, possible = random_case(seed)
    kept, binds = binding(contract, law, possible)
    rng = random.Random(seed)
    table = problem.options
    for _ in range(8):
        share = rng.choice((0.2, 0.4, 0.6, 0.9))
        rows = []
        for day in range(DAYS):
            here = np.flatnonzero(table.day == day).tolist()
            if here and (table.pinned[here[0]] or rng.random() < share):
                rows.append(rng.choice(here))
        # A lawful roster is rare by chance: take shifts out until it is one, and judge each.
        while rows:
            full, pruned = (
                lawful(problem, [*contract, *law], rows),
                lawful(problem, [*kept, *binds.values()], rows),
            )
            assert full == pruned, (
                rows,
                [rule for idx, rule in enumerate(law) if idx not in binds],
            )
            loose = [row for row in rows if not table.pinned[row]]
            if full or not loose:
                break
            rows.remove(rng.choice(loose))


def options(
    paid: list[int],
    flags: list[int] | None = None,
    *,
    pinned: tuple[int, ...] = (),
    carry: tuple[CarryShift, ...] = (),
) -> Possible:
    """One shift a day from 09:00, that long; 0 for none; some days' are pins."""
    rows = [(day, minutes) for day, minutes in enumerate(paid) if minutes]
    start = [day * 96 + 36 for day, _ in rows]
    columns = {
        "day": [day for day, _ in rows],
        "start": start,
        "end": [first + minutes // 15 for first, (_, minutes) in zip(start, rows, strict=True)],
        "paid_minutes": [minutes for _, minutes in rows],
        "flags": [(flags or [0] * len(paid))[day] for day, _ in rows],
        "pinned": [int(day in pinned) for day, _ in rows],
    }
    arrays = {name: np.array(values, dtype=np.int32) for name, values in columns.items()}
    return Possible.of(len(paid), arrays, carry)


WEEK = HoursLimit(0, 0, 7, 2400)


@pytest.mark.parametrize(
    ("rule", "stays"),
    [
        (HoursLimit(0, 0, 7, 2400), False),  # the contract says the same
        (HoursLimit(0, 0, 7, 2399), True),
        (HoursLimit(0, 0, 7, 2000, 0), True),
        (HoursLimit(0, 0, 5, 2399, 0), True),
        (HoursLimit(0, 0, 4, 1920), False),  # four shifts of 8 h
        (HoursLimit(0, 0, 4, 1919), True),
        (CountLimit(0, 1, 0, 7, 2), False),  # two days have such a shift
        (CountLimit(0, 1, 0, 7, 2, 1), True),
        (CountLimit(0, 1, 0, 7, 1), True),
        (CountLimit(0, 2, 0, 7, 0), False),
        (HoursIfCount(0, 1, 0, 7, 3, 60), False),
        (HoursIfCount(0, 1, 0, 7, 2, 60), True),
        (MinRest(0, 44, 2), False),  # no shift carries the flag
        (MinRest(0, 44, 1), True),
        (MinRest(0, 44, 0, 3000, 4000), False),  # no shift starts then
        (WindowsLimit(0, ((0, 96), (576, 672)), 1), True),
        (WindowsLimit(0, ((0, 96), (672, 768)), 1), False),
        (RollingHours(0, 96, 480 + 960), False),  # 8 h and what is left of 24 h
        (RollingHours(0, 96, 480 + 959), True),
    ],
)
def test_rules_at_the_edge_of_what_can_bind(rule: Rule, stays: bool) -> None:
    possible = options([480] * 7, [0, 1, 0, 1, 0, 0, 0])
    kept, binds = binding([WEEK], [rule], possible)
    assert bool(binds) == stays
    replaced = isinstance(rule, HoursLimit) and stays and rule.end_day == 7
    assert kept == ([] if replaced else [WEEK])


def test_the_strictest_of_a_kind_stays() -> None:
    possible = options([480] * 7)
    law = [
        MinRest(0, 32),
        ShortRests(0, ((0, 44), (1, 56)), 1, 672),
        MinRest(0, 44),
        WeeklyRest(0, 144, 672, 288, 1344, 128),
        WeeklyRest(0, 144, 672),
        MaxConsecutiveDays(0, 6),
        MaxConsecutiveDays(0, 5, 0, 3),
    ]
    _, binds = binding([WEEK], law, possible)
    assert set(binds) == {2, 4, 5}
    scoped = MaxConsecutiveDays(0, 5, 0, 100)
    _, binds = binding([WEEK], [MaxConsecutiveDays(0, 6, -5, 9999), scoped], possible)
    assert binds == {0: MaxConsecutiveDays(0, 6), 1: scoped}


def test_what_pins_and_history_break_makes_nothing_superfluous() -> None:
    """They are forgiven a rule that they break on their own; a milder one they keep still binds."""
    late = CarryShift(-20, -4, -1, 240, 1)  # ends at 23:00, ten hours before the first pin
    law = [MinRest(0, 44), MinRest(0, 32), MaxConsecutiveDays(0, 2), MaxConsecutiveDays(0, 3)]
    law += [WeeklyRest(0, 576, 672), WeeklyRest(0, 560, 672)]
    tight = options([480] * 7, pinned=(0, 1, 3), carry=(late,))
    assert set(binding([WEEK], law, tight)[1]) == set(range(6))
    loose = options([480] * 7, pinned=(1,))
    assert set(binding([WEEK], law, loose)[1]) == {0, 2, 4}


def test_pins_count_beyond_the_contract() -> None:
    """Three pins of 8 h in a week of at most 10 h, or of one day: 24 h, not 10 or 8."""
    possible = options([480] * 14, pinned=(0, 1, 2))
    second = HoursLimit(0, 7, 14, 600)
    over = HoursLimit(0, 0, 14, 3 * 480 + 600 - 1)
    assert binding([HoursLimit(0, 0, 7, 600), second], [over], possible)[1]
    days = [DaysLimit(0, 0, 7, 1), DaysLimit(0, 7, 14, 1)]
    over = HoursLimit(0, 0, 14, 4 * 480 - 1)
    assert binding([WEEK, HoursLimit(0, 7, 14, 2400), *days], [over], possible)[1]
    enough = replace(over, max_minutes=4 * 480)
    assert not binding([WEEK, HoursLimit(0, 7, 14, 2400), *days], [enough], possible)[1]


def test_flags_of_the_history_count() -> None:
    night = CarryShift(-40, -10, -1, 450, 1)
    for rule in (MinRest(0, 56, 1), MaxSeries(0, 5, 144, 1), SeriesRest(0, 1, 1, 144, 184)):
        assert not binding([WEEK], [rule], options([480] * 7))[1]
        assert binding([WEEK], [rule], options([480] * 7, carry=(night,)))[1]


def test_the_rest_after_a_shift_bounds_the_work_of_a_day() -> None:
    """8 h, 11 h of rest, and 5 h of the next shift within 24 h."""
    possible = options([480] * 7)
    rest = MinRest(0, 44)
    assert set(binding([WEEK], [rest, RollingHours(0, 96, 480 + 300)], possible)[1]) == {0}
    assert set(binding([WEEK], [rest, RollingHours(0, 96, 480 + 299)], possible)[1]) == {0, 1}
    later = MinRest(0, 44, 0, 96, 9999)  # not after the first shift
    assert set(binding([WEEK], [later, RollingHours(0, 96, 480 + 300)], possible)[1]) == {0, 1}


def test_an_alternative_is_milder() -> None:
    either, plain = WeeklyRest(0, 144, 672, 288, 1344, 128), WeeklyRest(0, 144, 672)
    assert set(binding([WEEK], [either, plain], options([480] * 7))[1]) == {1}
    milder = WeeklyRest(0, 140, 672)
    assert set(binding([WEEK], [either, milder], options([480] * 7))[1]) == {0, 1}
