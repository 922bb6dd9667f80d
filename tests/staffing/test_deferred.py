"""Work with deadlines: the worked example, and an independent clerk who does what is due first."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.staffing.deferred import Work, backlog, least_peak, levelled_agents

MAILS = (40, 60, 50, 30, 20, 20, 30, 30, 20, 10)
PER_HOUR = 9


@pytest.mark.parametrize(("hours", "agents"), [(1, 7), (2, 5), (4, 3), (8, 3), (10, 2)])
def test_worked_example(hours: int, agents: int) -> None:
    work = [mails / PER_HOUR for mails in MAILS]
    assert math.ceil(least_peak(work, hours)) == agents
    # The same as requirements, with room after the last arrival.
    count = len(work) + hours
    pieces = [Work(hour, hour + hours - 1, amount) for hour, amount in enumerate(work)]
    found = levelled_agents(count, pieces)
    assert max(found) == agents
    assert in_time(found, pieces)


def test_worked_example_of_backlog() -> None:
    assert backlog(MAILS, 3 * PER_HOUR) == [13, 46, 69, 72, 65, 58, 61, 64, 57, 40]


def in_time(agents: list[int], work: list[Work]) -> bool:
    """Earliest deadline first, interval by interval, in exact arithmetic."""
    waiting: list[tuple[int, int, Fraction]] = []
    coming = sorted(range(len(work)), key=lambda idx: work[idx].first)
    for now, count in enumerate(agents):
        while coming and work[coming[0]].first <= now:
            idx = coming.pop(0)
            heapq.heappush(waiting, (work[idx].last, idx, Fraction(work[idx].agents)))
        left = Fraction(count) + Fraction(1, 10**5)
        while waiting and left > 0:
            last, idx, amount = heapq.heappop(waiting)
            done = min(left, amount)
            left -= done
            if amount > done:
                heapq.heappush(waiting, (last, idx, amount - done))
        if waiting and waiting[0][0] <= now:
            return False
    return not waiting and not coming


@st.composite
def loads(draw: st.DrawFn) -> tuple[int, list[Work]]:
    count = draw(st.integers(1, 40))
    reach = draw(st.integers(1, 20))
    firsts = sorted(draw(st.lists(st.integers(0, count - 1), max_size=12)))
    amounts = st.integers(0, 900).map(lambda hundredths: hundredths / 100)
    return count, [Work(first, min(first + reach, count) - 1, draw(amounts)) for first in firsts]


def fewest_all_the_time(count: int, work: list[Work]) -> int:
    """The least constant number of agents, by trying."""
    agents = 0
    while not in_time([agents] * count, work):
        agents += 1
    return agents


@given(loads(), st.data())
@settings(max_examples=150, deadline=None)
def test_everything_is_done_in_time_with_the_least_peak(
    given_work: tuple[int, list[Work]], data: st.DataObject
) -> None:
    count, work = given_work
    busy = data.draw(st.none() | st.lists(st.floats(0, 30), min_size=count, max_size=count))
    stint = data.draw(st.integers(1, 4))
    found = levelled_agents(count, work, busy, stint=stint)
    assert len(found) == count
    assert in_time(found, work)
    assert max(found, default=0) == fewest_all_the_time(count, work)
    if stint == 1:
        for idx in range(count):
            fewer = [*found]
            fewer[idx] -= 1
            assert found[idx] == 0 or not in_time(fewer, work), "one could be spared"


def test_work_goes_where_it_is_quiet() -> None:
    # 6 agent-hours within a day of 24, busy but for the hours from 14 to 20.
    busy = [9.0] * 14 + [2.0] * 6 + [9.0] * 4
    assert levelled_agents(24, [Work(0, 23, 6.0)], busy) == [0] * 14 + [1] * 6 + [0] * 4
    # What is due before must be done all the same.
    found = levelled_agents(24, [Work(0, 3, 2.0), Work(3, 23, 4.0)], busy)
    assert (sum(found[:4]), sum(found[14:20])) == (2, 4)
    # A quiet quarter does not tear a stint apart.
    ragged = [9.0, 1.0, 9.0, 9.0, 9.0, 3.0, 3.0, 9.0]
    assert levelled_agents(8, [Work(0, 7, 2.0)], ragged, stint=2) == [0, 0, 0, 0, 1, 1, 0, 0] or (
        levelled_agents(8, [Work(0, 7, 2.0)], ragged, stint=2) == [1, 1, 0, 0, 0, 0, 0, 0]
    )


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        ([Work(0, 1, -1.0)], "work in row 0 must be 0 or more, not -1"),
        ([Work(0, 1, 1.0), Work(1, 1, math.nan)], "work in row 1"),
        ([Work(0, 4, 1.0)], "within the 4 intervals"),
        ([Work(2, 1, 1.0)], "due after it arrives"),
        ([Work(1, 3, 1.0), Work(0, 3, 1.0)], "in the order of arrival"),
        ([Work(0, 3, 1.0), Work(1, 2, 1.0)], "in the order of arrival"),
    ],
)
def test_bad_work_is_named(work: list[Work], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        levelled_agents(4, work)


def test_no_work_needs_nobody() -> None:
    assert levelled_agents(3, []) == [0, 0, 0]
    assert levelled_agents(3, [Work(0, 2, 0.0)]) == [0, 0, 0]
    assert levelled_agents(0, []) == []
