"""Fence and reaper against a clock of our own; every silence is judged by when a beat was taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.clock import fixed_clock
from scheduler.jobs.context import Run
from scheduler.jobs.liveness import Fence, LivenessSettings, Reaper
from scheduler.jobs.memory_ledger import MemoryLedger

SETTINGS = LivenessSettings(2, 10, 30)
NOW = datetime(2027, 3, 1, tzinfo=UTC)


class Steady:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class SlowLedger(MemoryLedger):
    """Takes its time to write a beat."""

    def __init__(self, write: Callable[[], None]) -> None:
        super().__init__()
        self.write = write

    def beat(self, executor_id: str, host: str) -> None:
        self.write()
        super().beat(executor_id, host)


def fence_on(steady: Steady, write: Callable[[], None] = lambda: None) -> Fence:
    return Fence(SlowLedger(write), "me", "here", SETTINGS, steady=steady)


@given(st.lists(st.tuples(st.floats(0, 15), st.floats(0, 15)), max_size=12), st.floats(0, 15))
def test_a_run_is_lost_as_soon_as_one_gap_between_beats_was_too_long(
    beats: list[tuple[float, float]], after: float
) -> None:
    steady = Steady()
    writing = [0.0]

    def write() -> None:
        steady.now += writing[0]

    fence = fence_on(steady, write)
    fence.beat()
    is_lost = fence.guard()
    taken = [steady.now]
    for pause, writing[0] in beats:
        steady.now += pause
        taken.append(steady.now)
        fence.beat()
    steady.now += after
    gaps = [later - earlier for earlier, later in zip(taken, [*taken[1:], steady.now], strict=True)]
    assert is_lost() == any(gap > SETTINGS.fence_seconds for gap in gaps)
    assert fence.is_confirmed == (gaps[-1] <= SETTINGS.fence_seconds)


def test_a_beat_that_failed_does_not_count_and_a_run_begun_later_is_not_lost() -> None:
    steady = Steady()

    def write() -> None:
        if steady.now < 1020:
            raise ConnectionError

    fence = fence_on(steady, write)
    with pytest.raises(ConnectionError):
        fence.beat()
    assert not fence.is_confirmed
    steady.now = 1020
    fence.beat()
    is_lost = fence.guard()
    steady.now = 1030
    assert not is_lost()
    steady.now = 1030.1
    assert is_lost()


def test_a_handler_that_does_not_stop_is_overdue_half_a_fence_later() -> None:
    steady = Steady()
    fence = fence_on(steady)
    fence.beat()
    deaf, waiting = (Run(each, each, is_lost=fence.guard()) for each in ("deaf", "waiting"))
    deaf.is_handling = True
    steady.now += 10.1
    assert fence.overdue((deaf, waiting)) == ()
    steady.now += 5
    assert fence.overdue((deaf, waiting)) == ()
    steady.now += 0.1
    assert fence.overdue((deaf, waiting)) == (deaf,)
    assert steady.now - 1000 < SETTINGS.dead_seconds


@pytest.mark.parametrize("numbers", [(0, 10, 30), (10, 10, 30), (2, 16, 30), (2, 40, 30)])
def test_settings_that_cannot_be_are_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="_seconds"):
        LivenessSettings(*numbers)


class Pending:
    """An engine that has some runs of this version, and some that it cannot queue again."""

    def __init__(self, own: dict[str, int], other: dict[str, int]) -> None:
        self.own = own
        self.other = other
        self.moved: list[str] = []

    def pending_by_executor(self) -> dict[str, int]:
        return {**self.other, **self.own}

    def requeue(self, executor_ids: list[str]) -> None:
        self.moved += executor_ids
        for name in executor_ids:
            self.own.pop(name, None)


def test_the_dead_stay_listed_until_nothing_of_any_version_is_left() -> None:
    ledger = MemoryLedger(fixed_clock(NOW - timedelta(seconds=31)))
    for name in ("old", "done", "idle"):
        ledger.beat(name, "there")
    ledger._clock = fixed_clock(NOW)
    ledger.beat("me", "here")
    engine = Pending({"done": 2, "me": 1}, {"old": 1})
    reaper = Reaper(ledger, engine, SETTINGS, is_settled=lambda: True, steady=Steady())
    assert reaper.reap() == ("done", "old")
    listed = {each.executor_id for each in ledger.executors(dead_after=timedelta(seconds=30))}
    assert listed == {"me", "old"}
    engine.other.clear()
    assert reaper.reap() == ()
    listed = {each.executor_id for each in ledger.executors(dead_after=timedelta(seconds=30))}
    assert listed == {"me"}
    assert engine.own == {"me": 1}


def test_what_a_process_on_no_list_has_is_taken_over_after_dead() -> None:
    steady = Steady()
    engine = Pending({"ghost": 1}, {})
    reaper = Reaper(MemoryLedger(), engine, SETTINGS, is_settled=lambda: True, steady=steady)
    assert reaper.reap() == ()
    steady.now += 30
    assert reaper.reap() == ()
    steady.now += 0.1
    assert reaper.reap() == ("ghost",)
    assert engine.moved == ["ghost"]


def test_nobody_is_judged_until_the_own_beat_was_unbroken_for_a_fence() -> None:
    steady = Steady()
    fence = fence_on(steady)
    engine = Pending({"ghost": 1}, {})
    ledger = MemoryLedger(fixed_clock(NOW - timedelta(seconds=31)))
    ledger.beat("ghost", "there")
    ledger._clock = fixed_clock(NOW)
    reaper = Reaper(ledger, engine, SETTINGS, is_settled=lambda: fence.is_settled, steady=steady)
    assert reaper.reap() == ()
    fence.beat()
    steady.now += 11
    assert reaper.reap() == ()
    fence.beat()
    steady.now += 9
    fence.beat()
    assert reaper.reap() == ()
    steady.now += 1
    assert reaper.reap() == ("ghost",)
