"""Cover: the plain greedy split against enumeration, the incremental kernels against the split."""

import itertools
import random

import numpy as np
import pytest

from solver.cover import best_split
from solver.kernels.cover import (
    add_shift,
    add_shifts,
    agent_gains,
    remove_shift,
    remove_shifts,
    worth_of,
)
from solver.kernels.cover_state import cover_state
from solver.pricing.tables import agent_tables
from solver.problem import unit_values
from solver.rules import Pin
from solver.score import score
from solver.search.state import CoverArrays, RosterState, to_slot_roster
from tests.solver.random_problems import ALL_KINDS, random_problem

IDLE_CENTS = 7
FROM_START = np.zeros(1, dtype=np.int32)


def random_slot(rng):
    queues = rng.randint(1, 4)
    groups = [
        tuple(q for q in range(queues) if rng.random() < 0.5) for _ in range(rng.randint(1, 4))
    ]
    need = [rng.randint(0, 4) for _ in range(queues)]
    prices = [tuple(sorted((rng.randint(0, 90) for _ in range(3)), reverse=True)) for _ in need]
    return groups, need, prices


def worth(met, need, prices):
    return sum(
        sum(unit_values(n, p)[: min(m, n)]) for m, n, p in zip(met, need, prices, strict=True)
    )


def enumerated_worth(heads, groups, need, prices):
    """Try every way to send every single agent somewhere."""
    places = [(*groups[group], None) for group, count in heads.items() for _ in range(count)]
    best = 0
    for way in itertools.product(*places):
        met = [way.count(queue) for queue in range(len(need))]
        best = max(best, worth(met, need, prices))
    return best


def test_unit_values_follow_the_tiers():
    assert unit_values(1, (80, 50, 30)) == (80,)
    assert unit_values(2, (80, 50, 30)) == (80, 30)
    assert unit_values(3, (80, 50, 30)) == (80, 50, 30)
    assert unit_values(6, (80, 50, 30)) == (80, 80, 50, 50, 30, 30)
    assert unit_values(0, (80, 50, 30)) == ()


@pytest.mark.parametrize("seed", range(120))
def test_greedy_split_is_optimal(seed):
    rng = random.Random(seed)
    groups, need, prices = random_slot(rng)
    heads = {index: rng.randint(0, 2) for index in range(len(groups))}
    values = [unit_values(n, p) for n, p in zip(need, prices, strict=True)]
    flow = best_split(heads, groups, need, values)
    met = [0] * len(need)
    for (group, queue), amount in flow.items():
        assert amount > 0
        assert queue in groups[group]
        met[queue] += amount
    for group, count in heads.items():
        assert sum(a for (g, _), a in flow.items() if g == group) <= count
    assert worth(met, need, prices) == enumerated_worth(heads, groups, need, prices)


def one(group):
    return np.array([group], dtype=np.int32)


class Slots:
    """Cover of one or more slots kept by the kernels, beside plain counts of heads."""

    def __init__(self, groups, need, prices, most_heads=100):
        self.groups, self.prices = groups, [tuple(map(int, p)) for p in prices]
        self.need = np.array(need, dtype=np.int64).reshape(len(self.prices), -1)
        price = np.array(prices, dtype=np.int64).reshape(-1, 3)
        self.cover = cover_state(self.need, price, groups, IDLE_CENTS, most_heads=most_heads)
        self.heads = [[0] * len(groups) for _ in range(self.need.shape[1])]
        self.worth = 0

    def gains(self, group, dtype=np.float64):
        out = np.full(self.need.shape[1], np.nan, dtype=dtype)
        agent_gains(self.cover, FROM_START, one(group), out)
        return out

    def add(self, group, slot):
        self.heads[slot][group] += 1
        gained = add_shift(self.cover, slot, slot + 1, -1, -1, FROM_START, one(group))
        self.worth += gained
        return gained

    def remove(self, group, slot):
        self.heads[slot][group] -= 1
        lost = remove_shift(self.cover, slot, slot + 1, -1, -1, FROM_START, one(group))
        self.worth -= lost

    def best(self, slot):
        """Return the worth of the best split of a slot, and how many heads it leaves idle."""
        need = self.need[:, slot].tolist()
        values = [unit_values(n, p) for n, p in zip(need, self.prices, strict=True)]
        heads = dict(enumerate(self.heads[slot]))
        met = [0] * len(need)
        for (_, queue), amount in best_split(heads, self.groups, need, values).items():
            met[queue] += amount
        return worth(met, need, self.prices), sum(heads.values()) - sum(met)

    def check(self):
        """The split is a best one, and every array says the same of it."""
        cover, best = self.cover, [self.best(slot) for slot in range(len(self.heads))]
        assert self.worth == sum(worth for worth, _ in best)
        assert worth_of(self.need, cover.prices, cover.met) == self.worth
        assert cover.idle[0] == cover.free.sum() == sum(idle for _, idle in best)
        assert cover.heads.tolist() == [sum(heads) for heads in self.heads]
        assert min(cover.flow.min(initial=0), cover.free.min(initial=0)) == 0
        arcs = [(g, q) for q in range(len(self.prices)) for g in cover.arc_group[
            cover.queue_from[q] : cover.queue_from[q + 1]]]  # fmt: skip
        assert sorted(arcs) == [(g, q) for g, group in enumerate(self.groups) for q in group]
        for slot, heads in enumerate(self.heads):
            flow = dict(zip(arcs, cover.flow[slot].tolist(), strict=True))
            free = cover.free[slot].tolist()
            for queue, need in enumerate(self.need[:, slot].tolist()):
                here = {g: n for (g, q), n in flow.items() if q == queue and n}
                met = sum(here.values())
                assert cover.met[slot, queue] == met <= need
                served = [free[g] for g, group in enumerate(self.groups) if queue in group]
                assert cover.spare[slot, queue] == sum(served)
                values = unit_values(need, self.prices[queue])
                assert cover.next_cents[slot, queue] == (values[met] if met < need else -1)
                assert cover.last_cents[slot, queue] == (values[met - 1] if met else 0) or not met
                for target in range(len(self.prices)):
                    may = any(target in self.groups[g] for g in here)
                    bits = int(cover.sources[slot, target, queue // 64])
                    assert (bits >> queue % 64) & 1 == may
            for group, count in enumerate(heads):
                assert sum(n for (g, _), n in flow.items() if g == group) + free[group] == count


def change_at_random(slots, rng, changes, *, share):
    """Add and remove heads; what `agent_gains` says of a head is what adding it gains."""
    for _ in range(changes):
        slot, group = rng.randrange(len(slots.heads)), rng.randrange(len(slots.groups))
        if slots.heads[slot][group] and rng.random() < share:
            slots.remove(group, slot)
        else:
            before = slots.cover.idle[0]
            foreseen = slots.gains(group)[slot] if rng.random() < 0.5 else None
            gained = slots.add(group, slot)
            if foreseen is not None:
                assert foreseen == (-IDLE_CENTS if slots.cover.idle[0] > before else gained)


@pytest.mark.parametrize("seed", range(60))
def test_kernels_keep_the_best_split_under_any_changes(seed):
    rng = random.Random(1000 + seed)
    slots = Slots(*random_slot(rng))
    for _ in range(40):
        change_at_random(slots, rng, 1, share=0.45)
        slots.check()
        heads = dict(enumerate(slots.heads[0]))
        if sum(heads.values()) <= 4:
            best = enumerated_worth(heads, slots.groups, slots.need[:, 0].tolist(), slots.prices)
            assert slots.worth == best


@pytest.mark.parametrize(("queues", "sizes"), [(20, 4), (63, 3), (64, 2), (65, 3), (150, 3)])
def test_kernels_keep_the_best_split_of_many_queues(queues, sizes):
    rng = random.Random(queues)
    groups = [(), *(tuple(sorted(rng.sample(range(queues), rng.randint(1, sizes)))) for _ in
              range(3 * queues // 2))]  # fmt: skip
    need = [[rng.randint(0, 4) for _ in range(2)] for _ in range(queues)]
    prices = [sorted(rng.sample(range(90), 3), reverse=True) for _ in range(queues)]
    slots = Slots(groups, need, prices)
    for share in (0.1, 0.5, 0.9):  # filling up, to and fro, emptying
        for _ in range(4):
            change_at_random(slots, rng, queues, share=share)
            slots.check()


def test_a_group_is_worth_what_one_more_head_of_it_gains():
    """All groups at once, from the definition: the best split with the head less that without."""
    rng = random.Random(5)
    groups = [tuple(sorted(rng.sample(range(70), rng.randint(0, 3)))) for _ in range(60)]
    slots = Slots(groups, [rng.randint(0, 2) for _ in range(70)], [(9, 5, 0), (8, 6, 2)] * 35)
    change_at_random(slots, rng, 120, share=0.2)
    for group in range(len(groups)):
        gains = slots.gains(group)
        assert slots.gains(group, np.float32).tolist() == gains.tolist()
        worth, idle = slots.best(0)
        slots.heads[0][group] += 1
        more, more_idle = slots.best(0)
        slots.heads[0][group] -= 1
        assert gains[0] == (-IDLE_CENTS if more_idle > idle else more - worth)
    slots.check()


def test_shifts_follow_break_horizon_and_changes_of_group():
    need, prices = np.full((3, 10), 2), [(90, 50, 30)] * 3
    slots = Slots([(0,), (1,), (2,)], need, prices)
    seg_from, seg_group = np.array([[0, 4, 6, 10, 12], [0, 1, 2, 0, 1]], dtype=np.int32)
    out = np.empty(10)
    agent_gains(slots.cover, seg_from, seg_group, out)
    assert out.tolist() == [90] * 10
    gained = add_shift(slots.cover, 3, 14, 5, 7, seg_from, seg_group)
    assert gained == 90 * 5
    expected = np.zeros((10, 3))
    expected[3, 0] = expected[4, 1] = 1
    expected[7:, 2] = 1
    assert np.array_equal(slots.cover.met, expected)
    agent_gains(slots.cover, seg_from, seg_group, out)
    assert out.tolist() == [90, 90, 90, 30, 30, 90, 90, 30, 30, 30]
    two = np.array([[0, 3], [2, 14], [-1, 5], [-1, 7]])
    assert add_shifts(slots.cover, *two, seg_from, seg_group) == 2 * 90 + 5 * 30
    assert remove_shifts(slots.cover, *two, seg_from, seg_group) == 2 * 90 + 5 * 30
    assert np.array_equal(slots.cover.met, expected)
    assert remove_shift(slots.cover, 3, 14, 5, 7, seg_from, seg_group) == gained
    assert not slots.cover.met.any()
    assert not slots.cover.heads.any()


def test_counters_are_wide_enough_or_refuse():
    assert Slots([(0,)], [1], [(9, 5, 3)], most_heads=32768).cover.flow.dtype == np.int32
    slots = Slots([(0,)], [32767], [(9, 5, 3)], most_heads=32767)
    cover, most, group = slots.cover, 32767, one(0)
    assert cover.flow.dtype == np.int16
    start, none = np.zeros(most, dtype=np.int64), np.full(most, -1)
    add_shifts(cover, start, start + 1, none, none, FROM_START, group)
    assert cover.flow[0, 0] == cover.met[0, 0] == most
    with pytest.raises(OverflowError, match="more agents"):
        add_shift(cover, 0, 1, -1, -1, FROM_START, group)
    remove_shift(cover, 0, 1, -1, -1, FROM_START, group)
    add_shift(cover, 0, 1, -1, -1, FROM_START, group)
    assert cover.flow[0, 0] == cover.heads[0] == most


def test_nobody_there_cannot_be_taken_out():
    slots = Slots([(0,), (0, 1), ()], [1, 1], [(9, 5, 3)] * 2)
    slots.add(0, 0)
    for group in (1, 2):
        with pytest.raises(ValueError, match="no agent"):
            slots.remove(group, 0)
        slots.heads[0][group] = 0
    slots.check()


@pytest.mark.parametrize("seed", range(12))
def test_the_state_of_a_roster_costs_what_its_score_says(seed):
    kinds = tuple(kind for kind in ALL_KINDS if kind is not Pin)  # pins shut other options out
    problem = random_problem(seed, agents=4, days=3, queues=3, kinds=kinds)
    rng = random.Random(seed)
    cover = CoverArrays(problem)
    empty = sum(
        sum(unit_values(n, queue.short_cents)) for queue in problem.queues for n in queue.need
    )
    assert cover.empty_cents == empty
    state = RosterState(problem, agent_tables(problem), cover)
    table, kept = problem.options, []
    for _ in range(12):
        agent_idx = rng.randrange(len(problem.agents))
        low, high = problem.option_range(agent_idx)
        by_day = {
            int(table.day[row]): row for row in rng.sample(range(low, high), (high - low) // 2)
        }
        at = [rng.randint(table.break_from[row], table.break_until[row]) for row in by_day.values()]
        pairs = sorted(zip(by_day.values(), at, strict=True))
        state.put(agent_idx, np.array(pairs, dtype=np.int64).reshape(-1, 2))
        now = sum(score(problem, to_slot_roster(problem, state.rosters)).values())
        assert state.cost_cents == now
        kept.append((state.snapshot(), now))
    rosters, cents = rng.choice(kept)
    state.restore(rosters)
    assert state.cost_cents == cents
    assert all(a is b for a, b in zip(state.snapshot(), rosters, strict=True))
