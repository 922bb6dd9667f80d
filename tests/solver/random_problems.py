"""Random planning problems with every rule kind: small enough to enumerate, odd enough to bite.

Each problem has at least one lawful roster, the pins alone, unless `HoursMinimum` is asked for. Day
0 may be cut by the horizon, days may be 92, 96 or 100 slots long, the last option may run past the
end, carry shifts may reach into the horizon, groups may change within it, and pins may break rules
on their own (they never overlap each other or the carry).
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace

from solver.problem import (
    SLOT_MINUTES,
    AgentInput,
    CarryShift,
    OptionTable,
    PlanningProblem,
    QueueNeed,
)
from solver.rules import (
    ALWAYS_END,
    ALWAYS_FROM,
    CountCost,
    CountLimit,
    DaysLimit,
    HoursIfCount,
    HoursLimit,
    HoursMinimum,
    HoursTarget,
    MaxConsecutiveDays,
    MaxSeries,
    MinConsecutiveDays,
    MinDaysOff,
    MinRest,
    Pin,
    RollingHours,
    Rule,
    SeriesRest,
    ShortRests,
    WeeklyRest,
    WindowsLimit,
)

DAY_SLOTS = 96
HOUR_SLOTS = 4
ALL_KINDS: tuple[type, ...] = (
    MinRest,
    WeeklyRest,
    MaxConsecutiveDays,
    HoursLimit,
    DaysLimit,
    HoursTarget,
    CountCost,
    Pin,
    ShortRests,
    MaxSeries,
    SeriesRest,
    RollingHours,
    CountLimit,
    HoursIfCount,
    WindowsLimit,
)
LAWFUL_KINDS: tuple[type, ...] = (*ALL_KINDS, MinConsecutiveDays, MinDaysOff)
"""Every kind that the pins alone always keep."""
EVERY_KIND: tuple[type, ...] = (*LAWFUL_KINDS, HoursMinimum)
COLUMNS = (
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
    "own_night_cents",
    "wish_cents",
    "weekend",
    "evening",
    "flags",
    "pinned",
)


def option_table(rows: list[dict[str, int]]) -> OptionTable:
    """Build an option table from rows; columns left out are 0, the break window -1.

    Rows are sorted by agent, day, start and end; a row's position afterwards is its index.
    """
    rows = sorted(rows, key=lambda row: (row["agent"], row["day"], row["start"], row["end"]))
    columns = {
        name: [
            row.get(name, -1 if name.startswith("break_") and name != "break_slots" else 0)
            for row in rows
        ]
        for name in COLUMNS
    }
    return OptionTable(**columns)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Days:
    """Slot bounds of an agent's days; ``bounds[d] .. bounds[d + 1]`` is day ``d``."""

    bounds: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.bounds) - 1


def _days(rng: random.Random, days: int, slots: int) -> _Days:
    bounds = [-rng.choice([0, 0, 20, 44, 80])]
    odd_day = rng.randrange(days) if rng.random() < 0.4 else -1
    while bounds[-1] < slots:
        length = rng.choice([92, 100]) if len(bounds) - 1 == odd_day else DAY_SLOTS
        bounds.append(bounds[-1] + length)
    return _Days(tuple(bounds))


def _carry(rng: random.Random, days: _Days) -> tuple[CarryShift, ...]:
    """Draw shifts before the horizon, one a day at most, never overlapping."""
    carry: list[CarryShift] = []
    later_start = 10**6
    for back in range(rng.choice([0, 1, 3, 7])):
        if back == 0 and days.bounds[0] < -HOUR_SLOTS and rng.random() < 0.5:
            day, first, last = 0, days.bounds[0], -1
        else:
            day = -back - 1
            first = days.bounds[0] + DAY_SLOTS * day
            last = first + DAY_SLOTS - 1
        if rng.random() < 0.25:
            continue
        start = rng.randint(first, min(last, -1))
        end = min(start + HOUR_SLOTS * rng.randint(3, 9), later_start)
        if end > start and all(shift.day != day for shift in carry):
            carry.append(CarryShift(start, end, day))
            later_start = start
    return tuple(reversed(carry))


def _agent_options(
    rng: random.Random,
    agent_idx: int,
    days: _Days,
    slots: int,
    options_per_day: int,
    break_positions: int,
    phase: int,
    slot_minutes: int,
) -> list[dict[str, int]]:
    rows = []
    for day in range(days.count):
        first, last = max(0, days.bounds[day]), min(slots, days.bounds[day + 1]) - 1
        if first > last or rng.random() < 0.1:
            continue
        seen = set()
        for _ in range(rng.randint(max(1, options_per_day - 1), options_per_day)):
            start = rng.choice(range(first, last + 1, 4))
            end = start + HOUR_SLOTS * rng.randint(3, 9) + rng.choice([0, 0, 2])
            if (start, end) in seen:
                continue
            seen.add((start, end))
            length = end - start
            break_slots = 0 if length < 22 or rng.random() < 0.3 else rng.choice([2, 2, 3])
            row = {
                "agent": agent_idx,
                "day": day,
                "start": start,
                "end": end,
                "paid_minutes": slot_minutes * (length - break_slots),
                "wages_cents": length * rng.randint(250, 400),
                "own_night_cents": rng.choice([0, 0, rng.randint(1, 4000)]),
                "wish_cents": rng.choice([0, 0, 1500]),
                "weekend": int((day + phase) % 7 >= 5),
                "evening": int((start - days.bounds[day]) >= 48),
            }
            if break_slots:
                earliest = start + 8
                latest = end - 8 - break_slots
                row |= {
                    "break_slots": break_slots,
                    "break_from": earliest,
                    "break_until": min(latest, earliest + rng.randint(0, break_positions - 1)),
                }
            rows.append(row)
    return rows


def _choose_pins(
    rng: random.Random, rows: list[dict[str, int]], carry: tuple[CarryShift, ...]
) -> None:
    """Mark rows as pins, at most one a day, not overlapping each other or the carry."""
    taken = [(shift.start, shift.end) for shift in carry]
    days: set[int] = set()
    for row in rng.sample(rows, min(len(rows), rng.choice([1, 1, 2, 4]))):
        free = all(row["end"] <= start or end <= row["start"] for start, end in taken)
        if free and row["day"] not in days:
            row["pinned"] = 1
            days.add(row["day"])
            taken.append((row["start"], row["end"]))


def _periods(rng: random.Random, day_count: int) -> list[tuple[int, int]]:
    """Cut the days into periods as weeks would: a first stump, then equal ones."""
    length = rng.choice([3, 7]) if day_count > 3 else rng.choice([2, 7])
    first = rng.randint(1, length)
    cuts = [0, *range(first, day_count, length), day_count]
    return [(low, high) for low, high in itertools.pairwise(cuts) if low < high]


def _agent_rules(
    rng: random.Random,
    agent_idx: int,
    days: _Days,
    carry: tuple[CarryShift, ...],
    kinds: tuple[type, ...],
    slot_minutes: int,
) -> list[Rule]:
    def on(kind: type, chance: float) -> bool:
        return kind in kinds and rng.random() < chance

    rules: list[Rule] = []
    # Every agent has a rest rule, be it of 0 slots: shifts of one agent never overlap.
    rest = rng.choice([0, 32, 44, 48, 48]) if MinRest in kinds else 0
    rules.append(MinRest(agent_idx, rest))
    if on(WeeklyRest, 0.6):
        rest, window = rng.choice([(144, 672), (100, 400), (60, 240), (140, 480), (80, 250)])
        rules.append(WeeklyRest(agent_idx, rest, window))
    if on(MaxConsecutiveDays, 0.6):
        rules.append(MaxConsecutiveDays(agent_idx, rng.choice([2, 2, 3, 4, 6])))
    for period, (low, high) in enumerate(_periods(rng, days.count)):
        within = [shift for shift in carry if shift.day >= -rng.randint(1, 3) and period == 0]
        minutes = sum((shift.end - shift.start) * slot_minutes for shift in within)
        span = high - low
        if on(HoursLimit, 0.35):
            most = rng.randint(span * 120, span * 480) + rng.choice([0, minutes, minutes])
            rules.append(HoursLimit(agent_idx, low, high, most, minutes))
        if on(DaysLimit, 0.35):
            before = len({shift.day for shift in within})
            most = rng.randint(span // 2, span) + rng.choice([0, before, before])
            rules.append(DaysLimit(agent_idx, low, high, most, before))
        if on(HoursTarget, 0.7):
            target = rng.randint(0, span * 480)
            least = rng.randint(0, target)
            rates = rng.choice([(2000, 4000), (1999, 777), (60, 0), (0, 3601)])
            rules.append(
                HoursTarget(agent_idx, low, high, target, rates[0], least, rates[1], minutes)
            )
    for flag in ("weekend", "evening"):
        if on(CountCost, 0.6):
            steps = sorted(rng.choice([0, 500, 3000, 7001]) for _ in range(rng.randint(1, 4)))
            rules.append(CountCost(agent_idx, flag, tuple(steps)))
    return rules


def _flag_shifts(
    rng: random.Random,
    rows: list[dict[str, int]],
    carry: tuple[CarryShift, ...],
    slot_minutes: int,
) -> tuple[CarryShift, ...]:
    """Give options and carry their flags: 1 for starts late in a day, 2 by chance."""
    late = rng.choice([40, 60, 72])

    def flags(start: int) -> int:
        return int(start % DAY_SLOTS >= late) + 2 * int(rng.random() < 0.3)

    for row in rows:
        row["flags"] = flags(row["start"])
        row["premium_cents"] = rng.choice([0, 0, 900])
    return tuple(
        replace(shift, flags=flags(shift.start), paid_minutes=slot_minutes * rng.choice([12, 24]))
        for shift in carry
    )


def _scope(rng: random.Random, slots: int) -> tuple[int, int]:
    if rng.random() < 0.5:
        return ALWAYS_FROM, ALWAYS_END
    low = rng.randrange(-2 * DAY_SLOTS, slots)
    return low, low + rng.randrange(DAY_SLOTS, 5 * DAY_SLOTS)


def _law_rules(
    rng: random.Random,
    agent_idx: int,
    day_count: int,
    slots: int,
    kinds: tuple[type, ...],
    slot_minutes: int,
) -> list[Rule]:
    """Draw rules that look at flags, hold for a time only, or look at more than one rest."""

    def on(kind: type, chance: float = 0.3) -> bool:
        return kind in kinds and rng.random() < chance

    def scope() -> tuple[int, int]:
        return _scope(rng, slots)

    def flag() -> int:
        return rng.choice([1, 2])

    rules: list[Rule] = []
    first = rng.randrange(day_count)
    days = (first, first + rng.randint(2, 7))
    if on(MinRest):
        rules.append(MinRest(agent_idx, rng.choice([40, 56, 80]), rng.choice([0, 1, 2]), *scope()))
    if on(ShortRests):
        demands = rng.choice([((0, 60),), ((0, 48), (flag(), 90)), ((flag(), 110),)])
        window = rng.choice([96, 300, 672])
        rules.append(ShortRests(agent_idx, demands, rng.choice([0, 1, 1, 2]), window, *scope()))
    if on(WeeklyRest):
        rest, window, *instead = rng.choice(
            [(144, 400, 260, 700, 90), (120, 300, 150, 320, 60), (90, 240, 100, 400, 30), (90, 250)]
        )
        scoped = dict(zip(("from_slot", "end_slot"), scope(), strict=True))
        rules.append(WeeklyRest(agent_idx, rest, window, *instead, **scoped))
    if on(MaxConsecutiveDays):
        rules.append(MaxConsecutiveDays(agent_idx, rng.choice([1, 2, 3]), *scope()))
    if on(MaxSeries):
        gap = rng.choice([60, 90, 120, 150])
        rules.append(
            MaxSeries(agent_idx, rng.choice([1, 2, 3]), gap, rng.choice([0, 1, 2]), *scope())
        )
    if on(SeriesRest):
        gap, rest = rng.choice([(120, 90), (80, 120), (100, 184)])
        rules.append(SeriesRest(agent_idx, flag(), rng.choice([1, 2, 2, 3]), gap, rest, *scope()))
    if on(RollingHours):
        window = rng.choice([96, 96, 200])
        most = rng.choice([480, 540, 700]) * slot_minutes // SLOT_MINUTES
        rules.append(RollingHours(agent_idx, window, most, *scope()))
    if on(CountLimit):
        rules.append(
            CountLimit(agent_idx, flag(), *days, rng.choice([0, 1, 2]), rng.choice([0, 1]))
        )
    if on(HoursIfCount):
        rules.append(
            HoursIfCount(agent_idx, flag(), *days, rng.randint(0, 3), rng.choice([480, 900]), 60, 1)
        )
    if on(WindowsLimit):
        starts = sorted(rng.sample(range(-200, slots, 100), rng.randint(1, 3)))
        windows = tuple((start, start + rng.choice([30, 90])) for start in starts)
        rules.append(WindowsLimit(agent_idx, windows, rng.choice([0, 1, 1, 2]), rng.choice([0, 1])))
    return rules


def _minimum_rules(
    rng: random.Random, agent_idx: int, day_count: int, kinds: tuple[type, ...]
) -> list[Rule]:
    """Draw rules that ask for more work, or for more days off, than there might be."""

    def on(kind: type, chance: float = 0.7) -> bool:
        return kind in kinds and rng.random() < chance

    rules: list[Rule] = []
    if on(MinConsecutiveDays):
        rules.append(MinConsecutiveDays(agent_idx, rng.choice([1, 2, 2, 3, 4])))
    if on(MinDaysOff):
        rest = rng.choice([0, 0, 100, 120, 144, 180])
        rules.append(MinDaysOff(agent_idx, rng.choice([1, 2, 2, 3]), rest))
    if on(HoursMinimum):
        first = rng.randrange(day_count)
        end = min(day_count, first + rng.randint(1, 7))
        least = rng.randint(0, (end - first) * 200)
        rules.append(HoursMinimum(agent_idx, first, end, least, rng.choice([0, 0, 180])))
    return rules


def _need(rng: random.Random, slots: int, most: int) -> tuple[int, ...]:
    need: list[int] = []
    while len(need) < slots:
        need += [rng.choice([0, *range(most + 1)])] * rng.choice([4, 8, 16, 32])
    return tuple(need[:slots])


def random_problem(
    seed: int,
    *,
    agents: int = 2,
    days: int = 4,
    queues: int = 2,
    options_per_day: int = 2,
    break_positions: int = 3,
    kinds: tuple[type, ...] = ALL_KINDS,
    slot_minutes: int = SLOT_MINUTES,
) -> PlanningProblem:
    """Draw a planning problem; the same arguments give the same problem.

    Parameters
    ----------
    seed : int
        Seed of every draw.
    agents, days, queues : int
        Size; the horizon has ``96 * days`` slots, an agent one local day more where days are cut.
    options_per_day : int
        Most shift options of an agent on one day.
    break_positions : int
        Most slots at which a break may start.
    kinds : tuple of type
        Rule kinds that may occur; without `MinRest` agents still have one of 0 slots. Kinds that
        are not in `ALL_KINDS` change nothing of what the others draw.
    slot_minutes : int
        Length of a slot; paid minutes follow.

    Returns
    -------
    PlanningProblem
        Lawful with its pins alone, except for `HoursMinimum`.
    """
    size = f"{seed}/{agents}/{days}/{queues}/{options_per_day}/{break_positions}"
    rng, law, least = (random.Random(f"{name}{size}") for name in ("", "law/", "least/"))
    slots = DAY_SLOTS * days
    groups = [
        (),
        *(
            tuple(sorted(rng.sample(range(queues), rng.randint(1, queues))))
            for _ in range(min(agents, 3) + 1)
        ),
    ]
    inputs, rows, rules, laws, minima = [], [], [], [], []
    for agent_idx in range(agents):
        calendar = _days(rng, days, slots)
        carry = _carry(rng, calendar)
        turns = [(0, rng.randrange(1, len(groups)))]
        if rng.random() < 0.3:
            turns.append((rng.randrange(1, slots), rng.randrange(len(groups))))
        off = tuple(rng.choice([0, 0, 0, 2500]) for _ in range(calendar.count))
        mine = _agent_options(
            rng,
            agent_idx,
            calendar,
            slots,
            options_per_day,
            break_positions,
            rng.randrange(7),
            slot_minutes,
        )
        if Pin in kinds and rng.random() < 0.5:
            _choose_pins(rng, mine, carry)
        rows += mine
        rules += _agent_rules(rng, agent_idx, calendar, carry, kinds, slot_minutes)
        laws += _law_rules(law, agent_idx, calendar.count, slots, kinds, slot_minutes)
        minima += _minimum_rules(least, agent_idx, calendar.count, kinds)
        carry = _flag_shifts(law, mine, carry, slot_minutes)
        inputs.append(AgentInput(f"a{agent_idx}", calendar.count, off, tuple(turns), carry))
    table = option_table(rows)
    rules += [Pin(int(table.agent[row]), row) for row in range(len(table)) if table.pinned[row]]
    rng.shuffle(rules)
    rules += laws
    law.shuffle(rules)
    for rule in minima:
        rules.insert(least.randint(0, len(rules)), rule)
    return PlanningProblem(
        slots=slots,
        queues=tuple(
            QueueNeed(
                f"q{queue_idx}",
                _need(rng, slots, max(1, agents * 2 // 3)),
                tuple(sorted(rng.sample([0, 300, 1500, 2500, 4000], 3), reverse=True)),
            )
            for queue_idx in range(queues)
        ),
        groups=tuple(groups),
        agents=tuple(inputs),
        options=table,
        rules=tuple(rules),
        idle_cents=rng.choice([0, 50]),
        slot_minutes=slot_minutes,
    )
