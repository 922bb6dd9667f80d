"""Cover: the plain greedy split against enumeration, the incremental kernels against the split."""

import itertools
import random

import numpy as np
import pytest

from solver.cover import best_split
from solver.kernels.cover import add_shift, agent_gains, remove_shift
from solver.problem import unit_values


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


@pytest.mark.parametrize("seed", range(60))
def test_kernels_keep_the_best_split_under_any_changes(seed):
    rng = random.Random(1000 + seed)
    groups, need, prices = random_slot(rng)
    queues = len(need)
    serves = np.zeros((len(groups), queues), dtype=np.bool_)
    for index, group in enumerate(groups):
        serves[index, list(group)] = True
    needs = np.array(need, dtype=np.int64).reshape(queues, 1)
    price = np.array(prices, dtype=np.int64)
    flow = np.zeros((1, queues, len(groups)), dtype=np.int32)
    met = np.zeros((1, queues), dtype=np.int32)
    free = np.zeros((1, len(groups)), dtype=np.int32)
    dirty = np.ones(1, dtype=np.uint8)
    cache = np.zeros((1, len(groups)), dtype=np.int64)
    values = [unit_values(n, p) for n, p in zip(need, prices, strict=True)]
    heads = dict.fromkeys(range(len(groups)), 0)

    def best():
        split = best_split(heads, groups, need, values)
        reached = [sum(a for (_, q), a in split.items() if q == queue) for queue in range(queues)]
        return worth(reached, need, prices)

    total = 0
    for _ in range(40):
        group = rng.randrange(len(groups))
        at = np.array([group], dtype=np.int64)
        arrays = (needs, price, serves, flow, met, free, dirty)
        if heads[group] and rng.random() < 0.45:
            heads[group] -= 1
            total -= remove_shift(0, 1, -1, -1, at, *arrays)
        else:
            gain = np.zeros(1)
            agent_gains(at, needs, price, serves, flow, met, dirty, cache, 7, gain)
            heads[group] += 1
            before = total
            total += add_shift(0, 1, -1, -1, at, *arrays)
            assert gain[0] == (total - before if total > before else -7)
        assert total == best()
        assert flow.min() >= 0
        assert free.min() >= 0
        for index, count in heads.items():
            assert flow[0, :, index].sum() + free[0, index] == count
            assert not flow[0, ~serves[index], index].any()
