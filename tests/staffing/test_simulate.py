"""One simulated queue against Erlang A and C; its intervals; the event loop against simpy."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.staffing.erlang import erlang_a, erlang_c
from scheduler.staffing.simulate import Outcome, simulate_queueing
from scheduler.staffing.simulate_report import sums_of
from scheduler.staffing.simulate_run import Contacts, replay
from scheduler.staffing.simulate_world import Desks, Route, Stream, World

CASES = 20
CONTACTS = 24_000


def balance(load: float, agents: int, impatience: float) -> tuple[float, float]:
    """Mean number waiting and at work of Erlang A, from the flows between neighbouring states."""
    shares = [1.0]
    while shares[-1] > 1e-18 * sum(shares) or len(shares) <= agents + 1:
        here = len(shares)
        shares.append(shares[-1] * load / (min(here, agents) + max(here - agents, 0) * impatience))
    whole = sum(shares)
    waiting = sum(max(n - agents, 0) * share for n, share in enumerate(shares)) / whole
    return waiting, sum(min(n, agents) * share for n, share in enumerate(shares)) / whole


def random_cases() -> list[dict[str, float]]:
    rng = np.random.default_rng(7)
    cases = []
    for _ in range(CASES):
        agents, aht_s = int(rng.integers(1, 40)), float(rng.uniform(60, 600))
        load = agents * float(rng.uniform(0.6, 1.25))
        patience_s, target_s = float(rng.uniform(30, 600)), float(rng.uniform(5, 60))
        cases.append(
            {
                "load": load,
                "aht_s": aht_s,
                "agents": agents,
                "patience_s": patience_s,
                "target_s": target_s,
            }
        )
    return cases


def expected_of(case: dict[str, float]) -> dict[str, float]:
    found = erlang_a(
        case["load"],
        case["aht_s"],
        case["agents"],
        case["target_s"],
        patience_s=case["patience_s"],
    )
    waiting, working = balance(
        case["load"], int(case["agents"]), case["aht_s"] / case["patience_s"]
    )
    wait_s = waiting / case["load"] * case["aht_s"]
    assert float(found.asa_s) == pytest.approx(wait_s, rel=1e-6)
    return {
        "service_level": float(found.service_level),
        "service_level_excl_short_abandons": float(found.service_level_excl_short_abandons),
        "abandon_share": wait_s / case["patience_s"],
        "mean_wait_s": wait_s,
        "occupancy": working / case["agents"],
    }


def simulated(case: dict[str, float], *, slower: float = 1.0, seed: int) -> Outcome:
    per_hour = case["load"] * 3600 / case["aht_s"]
    return simulate_queueing(
        per_hour,
        case["aht_s"] * slower,
        int(case["agents"]),
        case["target_s"],
        patience_s=case["patience_s"],
        hours=2 + math.ceil(CONTACTS / 20 / per_hour),
        warm_up_hours=2,
        seed=seed,
        confidence=0.999,
    )


def outside(outcome: Outcome, expected: dict[str, float]) -> list[str]:
    return [name for name, value in expected.items() if not getattr(outcome, name).holds(value)]


def test_twenty_systems_with_patience_agree_with_erlang_a() -> None:
    """100 intervals at 99.9 %: a true model has one outside in one run of ten, seldom two."""
    misses = {
        idx: found
        for idx, case in enumerate(random_cases())
        if (found := outside(simulated(case, seed=idx), expected_of(case)))
    }
    assert sum(map(len, misses.values())) <= 1, misses


def test_a_handling_time_wrong_by_a_twentieth_is_noticed() -> None:
    """Nearly each case alone would tell, in an interval as cautious as above."""
    noticed = [
        bool(outside(simulated(case, slower=1.05, seed=idx), expected_of(case)))
        for idx, case in enumerate(random_cases())
    ]
    assert sum(noticed) >= 16


def test_intervals_cover_as_often_as_they_say() -> None:
    exact = erlang_c(4.0, 60.0, 6, 10.0)
    names = {"service_level": exact.service_level, "mean_wait_s": exact.asa_s}
    names["occupancy"] = exact.occupancy
    held = dict.fromkeys(names, 0)
    for seed in range(120):
        outcome = simulate_queueing(240, 60, 6, 10, hours=4, replications=10, seed=seed)
        for name, value in names.items():
            held[name] += getattr(outcome, name).holds(float(value))
    # 95 % of 120 are 114; four standard deviations are 10. Mean waits, skewed, come to 92 %.
    assert all(103 <= count <= 119 for count in held.values()), held


def test_the_model_of_chats_is_erlang_c_with_slots() -> None:
    """120 chats of 660 s in half an hour, two at once, 26 agents: the worked row of the page."""
    outcome = simulate_queueing(
        240, 660, 26, 30, at_once=2, hours=50, warm_up_hours=4, confidence=0.999
    )
    exact = erlang_c(44.0, 660.0, 52, 30.0)
    assert outcome.service_level.holds(float(exact.service_level))
    assert outcome.occupancy.holds(float(exact.occupancy))
    assert outcome.mean_wait_s.holds(float(exact.asa_s))


def test_handling_times_that_vary_less_wait_less() -> None:
    """M/G/1: the mean wait goes with (1 + cv^2) / 2 (Pollaczek and Khinchine)."""
    for cv in (0.0, 0.5, 1.5):
        outcome = simulate_queueing(
            36, 60, 1, handling_cv=cv, hours=300, replications=20, seed=3, confidence=0.999
        )
        assert outcome.mean_wait_s.holds(0.6 / 0.4 * 60 * (1 + cv * cv) / 2)


def test_without_agents_everybody_hangs_up_or_waits() -> None:
    gone = simulate_queueing(60, 60, 0, patience_s=60, replications=3)
    assert gone.service_level.mean == 0
    assert gone.occupancy.mean is None
    assert gone.abandon_share.mean == pytest.approx(1, abs=0.01)
    assert gone.mean_wait_s.mean == pytest.approx(60, rel=0.06)
    kept = simulate_queueing(60, 60, 0, hours=2, replications=3)
    assert kept.pending.mean == kept.offered.mean
    assert kept.mean_wait_s.mean == pytest.approx(1800, rel=0.1)


def test_few_contacts_prove_little_even_when_all_are_in_time() -> None:
    found = simulate_queueing(1, 60, 50, hours=3, replications=5)
    contacts = 5 * (found.offered.mean or 0)
    assert found.service_level.mean == found.service_level.high == 1
    # Wilson's interval, with the t of five replications.
    assert found.service_level.low == pytest.approx(contacts / (contacts + 2.7764**2), rel=1e-4)
    alone = simulate_queueing(60, 60, 2, replications=1).service_level
    assert (alone.low, alone.high) == (None, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"contacts_per_hour": 0}, "contacts_per_hour must be above 0"),
        ({"aht_s": math.inf}, "aht_s must be above 0"),
        ({"agents": -1}, "agents must be 0 or more"),
        ({"patience_s": 0}, "patience_s must be above 0"),
        ({"hours": 1}, "warm_up_hours must be below the 1 hours, not 1"),
        ({"hours": 0}, "hours must be 1 or more"),
        ({"warm_up_hours": -1}, "warm_up_hours must be 0 or more"),
        ({"replications": 0}, "replications must be 1 or more"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"confidence": 1}, "confidence must be above 0 and below 1"),
        ({"handling_cv": -0.1}, "handling_cv must be 0 or more"),
        ({"target_s": -1}, "target_s must be 0 or more"),
    ],
)
def test_figures_out_of_range_are_refused(wrong: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        simulate_queueing(**({"contacts_per_hour": 60, "aht_s": 60, "agents": 2} | wrong))


def random_world(seed: int) -> tuple[World, Contacts, Desks]:
    """A small world with everything in it: skills, tiers, slots, patience, deadlines, breaks."""
    rng = np.random.default_rng(seed)
    horizon, at_once = 7000.0, rng.choice([1, 2, 3], 4)
    streams = tuple(
        Stream(
            queue_id=f"q{idx}",
            channel="chat",
            kind="written",
            priority=int(rng.integers(1, 3)),
            target_s=20.0,
            patience_s=math.inf,
            deadline_s=math.inf,
            share=int(6 // count),
            shrinkage=0.0,
            open_s=None,
            turns_away=False,
            start_s=np.zeros(0),
            offered=np.zeros(0),
            aht_s=np.zeros(0),
        )
        for idx, count in enumerate(at_once)
    )
    routes = []
    for _ in range(5):
        served = rng.permutation(4)[: rng.integers(1, 5)].tolist()
        cut = int(rng.integers(0, len(served) + 1))
        tiers = tuple(tuple(part) for part in (served[:cut], served[cut:]) if part)
        routes.append(Route(int(rng.choice([-1, served[0]])), tiers, 0.0))
    rows = []
    for agent in range(int(rng.integers(1, 7))):
        edges = np.sort(rng.uniform(0, horizon, 2 * rng.integers(1, 4)))
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            middle = (left + right) / 2  # two activities without a pause
            rows += [
                (agent, rng.integers(5), left, middle),
                (agent, rng.integers(5), middle, right),
            ]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    desks = Desks(columns[0], columns[1], columns[2], columns[3], rng.choice([1.0, 1.6], len(rows)))
    size = int(rng.integers(1, 120))
    since = np.sort(rng.uniform(0, horizon, size))
    stream = rng.integers(0, 4, size)
    patient = rng.random(size) < 0.4
    leaves = np.where(patient, np.inf, since + rng.exponential(200.0, size))
    deadline = np.where(stream == 3, since + 900, np.inf)
    none = np.zeros(0)
    contacts = Contacts(
        stream,
        since,
        rng.exponential(300, size),
        np.where(stream == 3, np.inf, leaves),
        deadline,
        none.astype(np.int64),
        none,
    )
    start = datetime(2027, 3, 1, tzinfo=UTC)
    return World(start, horizon, 1800.0, streams, tuple(routes), desks, 6), contacts, desks


class Naive:
    """The same rules in simpy, without any bookkeeping: everybody is looked at every time."""

    def __init__(self, world: World, contacts: Contacts, desks: Desks) -> None:
        self.world, self.contacts, self.desks = world, contacts, desks
        self.env = simpy.Environment()
        self.desk = dict.fromkeys(range(10), -1)
        self.hands: dict[int, list[int]] = {agent: [] for agent in range(10)}
        self.idle_since = dict.fromkeys(range(10), 0.0)
        self.line: list[int] = []
        self.answered = dict.fromkeys(range(contacts.stream.size), (math.inf, -1))
        for idx in range(contacts.stream.size):
            self.env.process(self.contact(idx))
        for desk in range(desks.agent.size):
            self.env.process(self.duty(desk))
        self.env.run(until=world.seconds)

    def served(self, agent: int) -> Route | None:
        return (
            None if self.desk[agent] < 0 else self.world.routes[self.desks.route[self.desk[agent]]]
        )

    def room(self, agent: int) -> int:
        used = (self.world.streams[self.contacts.stream[idx]].share for idx in self.hands[agent])
        return self.world.capacity - sum(used)

    def fits(self, agent: int, contact: int) -> bool:
        queue, route = int(self.contacts.stream[contact]), self.served(agent)
        known = route is not None and any(queue in tier for tier in route.tiers)
        return known and self.world.streams[queue].share <= self.room(agent)

    def contact(self, idx: int) -> simpy.events.ProcessGenerator:
        yield self.env.timeout(self.contacts.since_s[idx])
        queue = int(self.contacts.stream[idx])

        def rank(agent: int) -> tuple[bool, int, int, float]:
            route = self.served(agent)
            assert route is not None
            breadth = len({queue for tier in route.tiers for queue in tier})
            away = route.assigned != queue
            return away, breadth, -self.room(agent), self.idle_since[agent]

        able = [agent for agent in self.desk if self.fits(agent, idx)]
        if able:
            self.take(min(able, key=rank), idx)
            return
        self.line.append(idx)
        if self.contacts.leaves_s[idx] < math.inf:
            yield self.env.timeout(self.contacts.leaves_s[idx] - self.env.now)
            if idx in self.line:
                self.line.remove(idx)

    def take(self, agent: int, idx: int) -> None:
        self.hands[agent].append(idx)
        self.idle_since[agent] = self.env.now
        self.answered[idx] = (self.env.now, self.desk[agent])
        self.env.process(self.handling(agent, idx, self.desks.slowness[self.desk[agent]]))

    def handling(self, agent: int, idx: int, slowness: float) -> simpy.events.ProcessGenerator:
        yield self.env.timeout(self.contacts.work_s[idx] * slowness)
        self.hands[agent].remove(idx)
        self.look(agent)

    def look(self, agent: int) -> None:
        self.idle_since[agent] = self.env.now
        route = self.served(agent)
        while route is not None:
            able = [idx for idx in self.line if self.fits(agent, idx)]
            if not able:
                return

            def rank(idx: int, route: Route = route) -> tuple[int, float]:
                tiers = enumerate(route.tiers)
                tier = next(n for n, own in tiers if self.contacts.stream[idx] in own)
                due = self.contacts.due_s[idx]
                return tier, due if due < math.inf else self.contacts.since_s[idx]

            chosen = min(able, key=rank)
            self.line.remove(chosen)
            self.take(agent, chosen)

    def duty(self, desk: int) -> simpy.events.ProcessGenerator:
        agent = int(self.desks.agent[desk])
        yield self.env.timeout(self.desks.start_s[desk])
        self.desk[agent] = desk
        self.look(agent)
        yield self.env.timeout(self.desks.end_s[desk] - self.env.now)
        if self.desk[agent] == desk:
            self.desk[agent] = -1


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_every_contact_meets_the_agent_that_the_rules_say(seed: int) -> None:
    world, contacts, desks = random_world(seed)
    naive = Naive(world, contacts, desks)
    found = replay(world, contacts, desks)
    expected_s = [naive.answered[idx][0] for idx in range(contacts.stream.size)]
    expected_desk = [naive.answered[idx][1] for idx in range(contacts.stream.size)]
    assert found.answered_s == pytest.approx(expected_s, abs=1e-6)
    assert found.desk.tolist() == expected_desk


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_sums_add_up(seed: int) -> None:
    world, contacts, desks = random_world(seed)
    done = replay(world, contacts, desks)
    sums = sums_of(world, contacts, desks, done)
    totals = {name: float(values.sum()) for name, values in sums.items()}
    assert totals["offered"] == contacts.stream.size
    assert totals["offered"] == totals["answered"] + totals["abandoned"] + totals["pending"]
    assert totals["present_s"] == pytest.approx(float((desks.end_s - desks.start_s).sum()))
    assert np.all(sums["busy_s"] <= sums["present_s"] + 1e-6)
    hours = {part: np.zeros((len(world.streams) + 1, world.hours)) for part in ("busy_s", "wait_s")}
    fates = dict.fromkeys(
        ("answered_in_time", "decided", "decided_excl_short", "late", "fell_due"), 0
    )
    for idx, (answered, desk) in enumerate(zip(done.answered_s, done.desk, strict=True)):
        queue = int(contacts.stream[idx])
        hour = int(contacts.since_s[idx] // 3600)
        gone = min(answered, float(contacts.leaves_s[idx]), world.seconds)
        wait_s = gone - contacts.since_s[idx]
        hours["wait_s"][queue, hour] += wait_s
        due = float(contacts.due_s[idx])
        if due < math.inf:
            slowness = desks.slowness[desk] if desk >= 0 else 1.0
            in_time = answered + contacts.work_s[idx] * slowness <= due
            known = answered < math.inf or due <= world.seconds
            fates["answered_in_time"] += in_time
            fates["fell_due"] += known
            fates["late"] += known and not in_time
        else:
            quick, waits_on = wait_s <= 20, answered == math.inf and gone == world.seconds
            fates["answered_in_time"] += quick and answered < math.inf
            fates["decided"] += not (quick and waits_on)
            fates["decided_excl_short"] += not (quick and answered == math.inf)
        if desk >= 0:
            finished = answered + contacts.work_s[idx] * desks.slowness[desk]
            share = world.streams[queue].share / world.capacity
            for other in np.flatnonzero(desks.agent == desks.agent[desk]):
                row = world.routes[desks.route[other]].assigned
                for hour in range(world.hours):
                    left = max(answered, desks.start_s[other], hour * 3600)
                    right = min(finished, desks.end_s[other], (hour + 1) * 3600)
                    hours["busy_s"][row, hour] += max(0.0, right - left) * share
    assert {name: totals[name] for name in fates} == fates
    assert sums["wait_s"] == pytest.approx(hours["wait_s"], abs=1e-6)
    assert sums["busy_s"] == pytest.approx(hours["busy_s"], abs=1e-6)
