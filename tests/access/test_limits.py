"""Lock-out and rates, against a slower and plainer telling of the same rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.access.limits import (
    NAME_RULE,
    Buckets,
    address_key,
    client_address,
    locked_until,
)

START = datetime(2027, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_the_fifth_failure_locks_for_a_minute_and_the_fourth_does_not():
    failures = [at(n) for n in range(4)]
    assert locked_until(failures, at(4)) is None
    failures.append(at(14.9))
    assert locked_until(failures, at(14.9)) == at(15.9)
    assert locked_until(failures, at(15.8)) == at(15.9)
    assert locked_until(failures, at(15.9)) is None
    assert locked_until([*failures[:4], at(15)], at(15)) is None, "the first one is too long ago"


def test_locks_double_up_to_an_hour_for_whoever_goes_on():
    now, failures, lengths = 0.0, [], []
    for _ in range(9):
        failures += [at(now)] * 5
        end = locked_until(failures, at(now))
        lengths.append((end - at(now)) / timedelta(minutes=1))
        now = (end - START) / timedelta(minutes=1)
    assert lengths == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    quiet = now + 24 * 60
    assert locked_until(failures, at(quiet)) is None
    again = locked_until([*failures, *[at(quiet)] * 5], at(quiet))
    assert again == at(quiet + 1), "a day without failures is forgiven"


def test_a_day_is_a_day():
    once = [at(0)] * 5
    assert locked_until([*once, *[at(1439)] * 5], at(1439)) == at(1441)
    assert locked_until([*once, *[at(1440)] * 5], at(1440)) == at(1441)


gaps = st.lists(st.sampled_from((0, 0, 0, 1, 2, 4, 15, 16, 61, 1440)), max_size=60)


@given(gaps, st.integers(0, 90))
@settings(deadline=None, max_examples=150)
def test_knocking_on_a_lock_changes_nothing_and_order_does_not_matter(minutes, later):
    failures = [at(minute) for minute in accumulate(minutes)]
    now = sum(minutes) + later
    end = locked_until(failures, at(now))
    assert end is None or timedelta(0) < end - at(now) <= NAME_RULE.longest
    assert locked_until(sorted(failures, reverse=True), at(now)) == end
    if end is not None:
        knocks = [at(now) + (end - at(now)) * share for share in (0, 0.3, 0.99)]
        assert locked_until([*failures, *knocks], at(now) + (end - at(now)) * 0.99) == end
        assert locked_until([*failures, *knocks], end) is None
    for moment in {*failures, at(now)}:
        assert locked_until(failures, moment) == _plainly(failures, moment)


def _plainly(failures: list[datetime], now: datetime) -> datetime | None:
    """Live through the failures one by one, keeping what a person at the door would note down."""
    locked, noted, times_locked, counted = START - timedelta(days=9), [], 0, []
    for failure in failures:
        if failure > now or failure < locked:
            continue
        if counted and (failure - counted[-1]).total_seconds() >= 86_400:
            times_locked = 0
        counted.append(failure)
        noted.append(failure)
        if sum((failure - one).total_seconds() < 900 for one in noted) == 5:
            times_locked += 1
            minutes = [1, 2, 4, 8, 16, 32][times_locked - 1] if times_locked <= 6 else 60
            locked, noted = failure + timedelta(minutes=minutes), []
    return locked if locked > now else None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address: str, key: str):
    assert address_key(address) == key


class Hand:
    """A clock whose hand is moved by the test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@given(
    st.lists(
        st.tuples(st.sampled_from((0, 0, 0, 0, 3, 10, 90)), st.sampled_from("ab")), max_size=80
    )
)
@settings(deadline=None)
def test_never_more_than_a_burst_and_what_time_gave(steps):
    clock = Hand()
    buckets = Buckets(clock, burst=3, per_minute=6)
    taken: dict[str, list[datetime]] = {"a": [], "b": []}
    for seconds, key in steps:
        clock.now += timedelta(seconds=seconds)
        wait = buckets.take(key)
        if wait is None:
            taken[key].append(clock.now)
            for first, begin in enumerate(taken[key]):
                passed = (clock.now - begin).total_seconds()
                assert len(taken[key]) - first <= 3 + passed / 10 + 1e-6
        else:
            assert timedelta(0) < wait <= timedelta(seconds=10)
            clock.now += wait + timedelta(milliseconds=1)
            assert buckets.take(key) is None
            taken[key].append(clock.now)


def test_buckets_are_bounded_and_the_busy_one_is_kept():
    clock = Hand()
    buckets = Buckets(clock, burst=1, per_minute=1, most_keys=100)
    assert buckets.take("busy") is None
    for n in range(5000):
        assert buckets.take(f"other {n}") is None
        assert buckets.take(f"other {n}") is not None
        assert buckets.take("busy") is not None
        assert len(buckets) <= 100
    clock.now -= timedelta(days=1)
    assert buckets.take("busy") is not None, "a clock set back gives nothing"


def test_many_threads_take_no_more_than_there_is():
    buckets = Buckets(Hand(), burst=50, per_minute=1)
    taken: list[bool] = []
    threads = [
        Thread(target=lambda: taken.extend(buckets.take("a") is None for _ in range(40)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 50


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("192.0.2.9", "198.51.100.1", (), "192.0.2.9"),
        ("192.0.2.9", "198.51.100.1", ("10.0.0.0/8",), "192.0.2.9"),
        ("10.0.0.1", "", ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "203.0.113.7, 198.51.100.1", ("10.0.0.1",), "198.51.100.1"),
        ("10.0.0.1", "203.0.113.7,198.51.100.1 , 10.0.0.2", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "203.0.113.7, nonsense", ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, ", ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", ("10.0.0.0/8",), "10.0.0.3"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("fd00::1", "2001:db8::1", ("fd00::/8", "10.0.0.0/8"), "2001:db8::1"),
        ("unknown", "198.51.100.1", ("0.0.0.0/0",), "unknown"),
        ("10.0.0.1", "," * 50_000, ("10.0.0.0/8",), "10.0.0.1"),
    ],
)
def test_a_proxy_is_believed_only_where_it_is_ours(peer, forwarded, trusted, client):
    assert client_address(peer, forwarded, trusted=trusted) == client
