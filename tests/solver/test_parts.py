"""Parts done elsewhere: the same answers wherever, and nothing else is read."""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.follow_the_sun import generate
from solver import CountCost, SolveParams, check, problem_to_bytes, solve
from solver.errors import CodecError
from solver.parts import RunMany, local_processes
from solver.parts.bench import Bench, Benches, flat
from solver.parts.messages import (
    MAGIC,
    BoundAnswer,
    BoundPart,
    PriceAnswer,
    PricePart,
    RoundingAnswer,
    RoundingPart,
    UnknownProblem,
    name_of,
    pack,
    unpack,
)
from solver.parts.team import Team
from solver.pricing.tables import agent_tables
from solver.search.budget import Budget
from solver.search.prices import PriceSearch, market_of
from solver.search.rounding import Rounding
from solver.search.state import CoverArrays
from tests.solver.test_solve import problem_of

PREAMBLE = struct.Struct("<8sIIQ32s")
NAME = "ab" * 32
Call = Callable[[Sequence[bytes]], Iterable[bytes]]


def numbers(shape: tuple[int, ...], kind: str, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return rng.integers(-(2**20), 2**20, shape).astype(kind)


@st.composite
def records(draw: st.DrawFn) -> Any:
    n, q, s, d = (draw(st.integers(0, 4)) for _ in range(4))
    seed = draw(st.integers(0, 2**31 - 1))
    real = st.floats(allow_nan=False, allow_infinity=False)
    mu, shifts = numbers((q, s), "f4", seed), numbers((s, 2), "i4", seed)
    indices, slopes = numbers((n,), "i4", seed), numbers((n, 2), "f8", seed)
    return draw(
        st.sampled_from(
            (
                PricePart(indices, mu, slopes, draw(real)),
                PriceAnswer(mu, numbers((n, d), "i4", seed), numbers((n, d), "i4", seed + 1)),
                BoundPart(indices, mu, slopes),
                BoundAnswer(slopes[:, 0]),
                RoundingPart(indices, shifts, mu, slopes[:, 1], seed, draw(real)),
                RoundingAnswer(indices, shifts, numbers((d,), "i4", seed)),
                UnknownProblem(),
            )
        )
    )


PART = PricePart(np.arange(3, dtype="i4"), numbers((2, 5), "f4", 1), numbers((3, 2), "f8", 2), 0.1)
DATA = pack(PART, NAME, b"problem")


def resealed(data: bytes) -> bytes:
    """Give altered bytes a checksum that fits."""
    magic, version, header, problem, _ = PREAMBLE.unpack_from(data)
    body = data[PREAMBLE.size : len(data) - problem]
    digest = sha256(body).digest()
    return PREAMBLE.pack(magic, version, header, problem, digest) + data[PREAMBLE.size :]


@given(record=records(), problem=st.binary(max_size=20))
def test_what_is_written_is_read_back(record: Any, problem: bytes) -> None:
    data = pack(record, NAME, problem)
    read = unpack(data)
    assert type(read.record) is type(record)
    for field in fields(record):
        ours, theirs = getattr(record, field.name), getattr(read.record, field.name)
        assert np.array_equal(ours, theirs)
        assert np.shape(ours) == np.shape(theirs)
    assert (read.about, read.problem) == (NAME, problem)
    assert read.name == unpack(pack(record, NAME)).name  # the same with the problem and without
    assert pack(read.record, NAME, problem) == data


@settings(max_examples=300)
@given(st.data())
def test_malformed_messages_are_refused(data: st.DataObject) -> None:
    """Cut, lengthened or altered anywhere, with a checksum that fits or not."""
    how = data.draw(st.sampled_from(("cut", "more", "flip", "flip sealed", "anything")))
    at = data.draw(st.integers(0, len(DATA) - 1))
    if how == "cut":
        altered = DATA[:at]
    elif how == "more":
        altered = DATA + bytes(data.draw(st.integers(1, 9)))
    elif how == "anything":
        altered = data.draw(st.binary(max_size=200))
    else:
        flipped = DATA[at] ^ (1 << data.draw(st.integers(0, 7)))
        altered = DATA[:at] + bytes([flipped]) + DATA[at + 1 :]
    if how == "flip sealed":
        try:
            unpack(resealed(altered))
        except (CodecError, struct.error):
            return  # either it says something else that is well-formed, or it is refused
        return
    if how == "flip" and at >= len(DATA) - len(b"problem"):
        assert name_of(unpack(altered).problem) != name_of(b"problem")  # refused when it is opened
        return
    with pytest.raises(CodecError):
        unpack(altered)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h.update(kind="Pickle"), "kind"),
        (lambda h: h.update(kind=["PricePart"]), "kind"),
        (lambda h: h.update(about="x"), "about"),
        (lambda h: h.update(more=1), "header"),
        (lambda h: h["shapes"].pop(), "shapes"),
        (lambda h: h["shapes"].__setitem__(0, [4]), "slopes: expected 4 n"),
        (lambda h: h["shapes"].__setitem__(1, [5, 2**40]), "ends before"),
        (lambda h: h["shapes"].__setitem__(1, [2, -5]), "mu"),
        (lambda h: h["shapes"].__setitem__(1, [2, True]), "mu"),
        (lambda h: h["shapes"].__setitem__(1, [2]), "mu"),
        (lambda h: h["shapes"].__setitem__(1, [0, 5]), "end at byte"),
        (lambda h: h["shapes"].__setitem__(2, [3, 3]), "slopes"),
        (lambda h: h.update(kind="BoundPart", shapes=h["shapes"][:3]), "end at byte"),
    ],
)
def test_a_header_that_lies_is_refused(change: Callable[[Any], object], message: str) -> None:
    length = PREAMBLE.unpack_from(DATA)[2]
    header = json.loads(DATA[PREAMBLE.size : PREAMBLE.size + length])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + PREAMBLE.size) % 8)
    rest = DATA[PREAMBLE.size + length :]
    data = PREAMBLE.pack(MAGIC, 1, len(text), 7, bytes(32)) + text + rest
    with pytest.raises(CodecError, match=message):
        unpack(resealed(data))


def test_no_number_is_not_a_number() -> None:
    for bad in (np.nan, np.inf):
        with pytest.raises(CodecError, match="finite"):
            unpack(pack(BoundAnswer(np.array([bad])), NAME))
    with pytest.raises(CodecError, match="version 2"):
        unpack(DATA[:8] + struct.pack("<I", 2) + DATA[12:])


PLAIN = problem_of(days=14, agents=30)
FAIR = tuple(
    CountCost(agent, flag, (0, 300 + 70 * agent, 4000))
    for agent in range(30)
    for flag in ("weekend", "evening")
)
PROBLEM = replace(PLAIN, rules=PLAIN.rules + FAIR)
TABLES, MARKET, COVER = agent_tables(PROBLEM), market_of(PROBLEM), CoverArrays(PROBLEM)


def budget() -> Budget:
    return Budget(SolveParams(time_limit_seconds=600))


def team_of(call: Call, parts: int = 3) -> Team:
    team = Team(RunMany(call, parts), Bench(PROBLEM, TABLES, MARKET, COVER))
    team.wait(budget())
    return team


def price_search(team: Team | None = None) -> PriceSearch:
    return PriceSearch(PROBLEM, TABLES, MARKET, workers=1, seed=4, team=team)


def honest(benches: Benches | None = None) -> Call:
    known = benches or Benches()
    return lambda messages: map(known.run, messages)


def learnt(team: Team | None) -> tuple[PriceSearch, int | None]:
    prices = price_search(team)
    for index in range(6):
        assert prices.one_pass(1500.0 * 0.7**index, budget())
    return prices, prices.bound(*prices.recent_prices())


def shuffling(seed: int) -> Call:
    """Answers in any order, some lost, damaged, twice, of an earlier call, or of nothing."""
    rng, known, before = random.Random(seed), Benches(), [b"", b"\x00" * 80]

    def call(messages: Sequence[bytes]) -> Iterable[bytes]:
        answers = [known.run(message) for message in messages]
        mixed = [a for a in answers for _ in range(rng.choice((0, 1, 1, 1, 2)))]
        mixed += rng.sample(before, min(len(before), 2))
        broken = bytearray(answers[0])
        broken[rng.randrange(len(broken))] ^= 16
        mixed.append(bytes(broken))
        before.extend(answers)
        rng.shuffle(mixed)
        yield from mixed
        if rng.random() < 0.2:
            raise ConnectionError("gone")

    return call


def forgetting() -> Call:
    """Every process has just been restarted: each message meets a new one."""
    return lambda messages: [Benches().run(message) for message in messages]


def lying(messages: Sequence[bytes]) -> Iterable[bytes]:
    """Well-formed answers that do not fit their parts."""
    for message in messages:
        received = unpack(message)
        nothing = np.zeros((0, 0))
        yield pack(BoundAnswer(np.zeros(1)), received.name)
        yield pack(PriceAnswer(nothing, nothing, nothing), received.name)
        if isinstance(received.record, PricePart):
            shape = (len(received.record.agents), 14)
            rows = np.full(shape, len(PROBLEM.options) - 1)
            yield pack(PriceAnswer(received.record.mu * 0, rows, rows * 0), received.name)


def test_loss_order_and_repetition_change_nothing() -> None:
    same, bound = learnt(team_of(honest()))
    calls = {f"shuffling {seed}": shuffling(seed) for seed in range(4)}
    calls |= {"forgetting": forgetting()}
    for name, call in calls.items():
        prices, other = learnt(team_of(call))
        assert np.array_equal(prices.mu, same.mu), name
        assert np.array_equal(prices.slopes, same.slopes), name
        assert all(map(np.array_equal, prices.rosters, same.rosters)), name
        assert other == bound, name


def test_a_process_that_does_not_know_the_problem_gets_it() -> None:
    team = team_of(forgetting())

    def nothing_here(part: object) -> Any:
        raise AssertionError("a part was done here")

    team._bench.answer = nothing_here  # type: ignore[method-assign]
    assert learnt(team)[1] is not None


def test_one_part_moves_prices_as_one_thread_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Team, "exchanges", lambda self, agents: 7)  # as often as here
    here, there = price_search(), price_search(team_of(honest(), 1))
    rng = np.random.default_rng(3)
    for _ in range(3):
        # Few ties: sums of changes are rounded otherwise than prices that change step by step.
        start = rng.integers(0, 6000, here.mu.shape).astype(np.float32)
        here.mu, there.mu = start.copy(), start.copy()
        assert here.one_pass(400.0, budget())
        assert there.one_pass(400.0, budget())
        assert there.shared
        assert np.allclose(here.mu, there.mu, atol=0.01)
        assert all(map(np.array_equal, here.rosters, there.rosters))
        assert np.array_equal(here.slopes, there.slopes)
    assert here.slopes.any()


def test_summed_moves_stay_above_the_price_of_idling() -> None:
    prices = price_search(team_of(honest(), 10))
    least = []
    for _ in range(4):
        assert prices.one_pass(9000.0, budget())
        least.append(prices.mu.min())
    assert min(least) == -PROBLEM.idle_cents  # lower ones would prove too much


def test_answers_that_do_not_fit_are_not_used() -> None:
    known = Benches()
    told = [False]

    def first_honest(messages: Sequence[bytes]) -> Iterable[bytes]:
        honest_now, told[0] = not told[0], True
        return list(map(known.run, messages)) if honest_now else lying(messages)

    prices, team = price_search(), team_of(first_honest)
    mine = price_search(team)
    assert team.present
    for _ in range(3):
        assert mine.one_pass(500.0, budget())
    assert not team.present  # silent too often: from here on all is done here
    assert mine.one_pass(500.0, budget())
    assert all(roster is not None for roster in mine.rosters)
    mu, slopes = np.rint(mine.mu), np.rint(mine.slopes)
    assert mine.bound(mu, slopes) == prices.bound(mu, slopes)


def test_parts_add_up_to_the_bound_exactly() -> None:
    alone = price_search()
    rng = np.random.default_rng(5)
    for parts in (1, 2, 7, 40):
        mu = rng.integers(-50, 9000, alone.mu.shape).astype(np.float32)
        slopes = rng.integers(0, 900, alone.slopes.shape).astype(np.float64)
        calls = 0

        def counted(messages: Sequence[bytes], known: Benches = Benches()) -> Iterable[bytes]:  # noqa: B008
            nonlocal calls
            calls += len(messages)
            return map(known.run, messages)

        team = team_of(counted, parts)
        before = calls
        assert price_search(team).bound(mu, slopes) == alone.bound(mu, slopes)
        assert calls == before + min(parts, 30)


def test_a_bench_refuses_what_does_not_fit_its_problem() -> None:
    bench = Bench(PROBLEM, TABLES, MARKET, COVER)
    mu, slopes = np.zeros(MARKET.need.shape, dtype=np.float32), np.zeros((1, 2))
    agents = np.array([0], dtype=np.int32)
    counts, shifts = flat([None] * 30)
    mine = np.array([[0, -1]], dtype=np.int32)
    blends = np.zeros(1)
    for part in (
        BoundPart(agents + 30, mu, slopes),
        BoundPart(agents - 1, mu, slopes),
        BoundPart(agents, mu + np.float32(0.5), slopes),
        BoundPart(agents, mu, slopes + 0.5),
        BoundPart(agents, mu[:, 1:], slopes),
        PricePart(agents, mu[1:], slopes, 1.0),
        RoundingPart(counts[1:], shifts, mu, blends, 1, 1.0),
        RoundingPart(counts, mine, mu, blends, 1, 1.0),
        RoundingPart(np.eye(1, 30, 3, dtype=np.int32)[0], mine, mu, blends, 1, 1.0),
        RoundingPart(np.eye(1, 30, 0, dtype=np.int32)[0], mine * [1, -4], mu, blends, 1, 1.0),
        RoundingPart(counts, shifts, mu, blends, -1, 1.0),
        RoundingPart(counts, shifts, mu, blends, 1, -1.0),
    ):
        with pytest.raises(CodecError):
            bench.answer(part)


def test_processes_keep_two_problems_and_open_the_named_one_only() -> None:
    benches = Benches()
    problems = [problem_to_bytes(problem_of(days=7, agents=n)) for n in (2, 3, 4)]

    def ask(index: int, *, along: bytes = b"") -> type:
        part = BoundPart(np.zeros(0), np.zeros((2, 7 * 96)), np.zeros((0, 2)))
        return type(unpack(benches.run(pack(part, name_of(problems[index]), along))).record)

    assert ask(0) is UnknownProblem
    with pytest.raises(CodecError, match="not the one"):
        ask(0, along=problems[1])
    for index in (0, 1, 2):
        assert ask(index, along=problems[index]) is BoundAnswer
    assert [ask(index) for index in (0, 1, 2)] == [UnknownProblem, BoundAnswer, BoundAnswer]


def test_unlawful_rosters_from_elsewhere_are_not_taken() -> None:
    bench = Bench(PROBLEM, TABLES, MARKET, COVER)
    rounding = Rounding(PROBLEM, TABLES, COVER, MARKET, seed=1)
    rounding.greedy(budget())
    none = np.zeros(0, dtype=np.int32)
    counts, shifts = flat(rounding.best)
    part = RoundingPart(counts, shifts, np.zeros(MARKET.need.shape, np.float32), none, 1, 1.0)
    assert bench.fits(part, RoundingAnswer(counts, shifts, none))
    every_day = [
        np.array([[low + 12 * day, -1] for day in range(14)])
        for low in (PROBLEM.option_range(agent)[0] for agent in range(30))
    ]
    assert not bench.fits(part, RoundingAnswer(*flat(every_day), none))
    assert not bench.fits(part, RoundingAnswer(*flat([None, *rounding.best[1:]]), none))
    assert not bench.fits(part, RoundingAnswer(counts, shifts[::-1], none))


def test_threads_of_an_executor_share_what_they_know() -> None:
    known = Benches()
    with ThreadPoolExecutor(4) as pool:
        prices, bound = learnt(team_of(lambda messages: pool.map(known.run, messages)))
    same, expected = learnt(team_of(honest()))
    assert np.array_equal(prices.mu, same.mu)
    assert bound == expected


def test_a_silent_executor_does_not_delay_a_stop() -> None:
    started = time.monotonic()
    asked: list[int] = []

    def hangs(messages: Sequence[bytes]) -> Iterable[bytes]:
        asked.append(len(messages))
        if len(asked) > 1:
            time.sleep(5)
        return map(known.run, messages)

    known = Benches()
    team = team_of(hangs)
    search = price_search(team)
    stop = Budget(SolveParams(), should_stop=lambda: time.monotonic() - started > 0.5)
    assert not search.one_pass(100.0, stop)
    assert len(asked) > 1
    assert time.monotonic() - started < 3


def test_a_work_limit_gives_the_same_result_twice() -> None:
    params = SolveParams(time_limit_seconds=60, work_limit=1500, method="prices")
    first, second = (
        solve(PROBLEM, params, run_many=RunMany(call, 3)) for call in (honest(), shuffling(9))
    )
    assert (first.roster, first.bound_cents) == (second.roster, second.bound_cents)


@pytest.mark.slow
def test_two_processes_do_as_well_as_two_threads() -> None:
    problem = generate(60, 0.9, 1)
    params = SolveParams(time_limit_seconds=6, method="prices")
    threads = solve(problem, params)
    phases = set()
    with local_processes(2) as run_many:
        nobody = BoundPart(np.zeros(0), np.zeros((0, 0)), np.zeros((0, 2)))
        assert all(run_many.call([pack(nobody, NAME)] * 2))  # they have started
        answers = []

        def call(messages: Sequence[bytes]) -> Iterable[bytes]:
            for answer in run_many.call(messages):
                answers.append(type(unpack(answer).record))
                yield answer

        processes = solve(
            problem,
            params,
            run_many=RunMany(call, 2),
            on_progress=lambda progress: phases.add(progress.phase),
        )
    assert {PriceAnswer, BoundAnswer, RoundingAnswer} <= set(answers)
    assert {"prices", "rounding"} <= phases
    assert not check(problem, processes.roster)
    assert processes.bound_cents <= min(threads.cost_cents, processes.cost_cents)
    assert threads.bound_cents <= processes.cost_cents


SCRIPT = """
import sys, time
from solver.parts import local_processes
from solver.parts.messages import BoundPart, pack, unpack
import numpy as np
if __name__ == "__main__":
    part = pack(BoundPart(np.zeros(0), np.zeros((0, 0)), np.zeros((0, 2))), "0" * 64)
    with local_processes(2) as run_many:
        answers = [*run_many.call([part, b"nonsense", part])]
        print([bool(answer) for answer in answers], flush=True)
        if sys.argv[1:]:
            time.sleep(60)
    print("closed")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("killed", [False, True])
def test_local_processes_end_with_their_context_or_their_parent(
    killed: bool, tmp_path: Any
) -> None:
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    command = [sys.executable, str(file), *(["wait"] if killed else [])]
    paths = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    mark = f"test-{os.getpid()}-{killed}"
    script = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "HELIOTROPE_TEST": mark},
    )
    assert script.stdout is not None
    assert script.stdout.readline() == "[True, False, True]\n"
    assert len(marked(mark)) >= (3 if killed else 0)
    if killed:
        script.send_signal(signal.SIGKILL)
        script.wait()
    else:
        assert script.communicate(timeout=30) == ("closed\n", "")
    deadline = time.monotonic() + 10
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not marked(mark)


def marked(mark: str) -> list[str]:
    """Return the running processes that carry a mark in their environment."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in file.read_text(encoding="utf-8", errors="replace"):
                found.append(file.parent.name)
    return found
