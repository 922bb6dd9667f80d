"""Work on parts of the search, in whichever process on whichever machine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from solver.check import check
from solver.codec_binary import problem_from_bytes
from solver.errors import CodecError
from solver.kernels import FAR
from solver.kernels import prices as kernels
from solver.kernels.prices import Market
from solver.kernels.programme import Workspace
from solver.params import SolveParams
from solver.parts.messages import (
    Answer,
    BoundAnswer,
    BoundPart,
    Part,
    PriceAnswer,
    PricePart,
    RoundingAnswer,
    RoundingPart,
    UnknownProblem,
    name_of,
    pack,
    unpack,
)
from solver.pricing.pricer import AgentRoster, check_path, workspace
from solver.pricing.tables import Tables, agent_tables
from solver.problem import PlanningProblem
from solver.search.budget import Budget
from solver.search.prices import market_of
from solver.search.rounding import Rounding
from solver.search.state import CoverArrays, to_slot_roster
from solver.warm import warm_up

__all__ = ["Bench", "Benches", "flat", "rosters_of", "run_part"]

_KEPT = 2
_LONGEST_SECONDS = 7 * 86400.0
_NEVER = -2

Prices = NDArray[np.float32]


class Bench:
    """A problem with all that is needed to work on its parts; for many threads at a time.

    Parameters
    ----------
    problem, tables, market, cover
        The problem and its arrays.
    """

    def __init__(
        self, problem: PlanningProblem, tables: Tables, market: Market, cover: CoverArrays
    ) -> None:
        self.problem, self.tables, self.market, self.cover = problem, tables, market, cover
        self.days = max((table.days for table in tables), default=0)
        self._rate = (1.0 / np.maximum(market.need, 1)).astype(np.float32)
        self._spaces: list[Workspace] = []
        self._stuck: set[int] | None = None

    def answer(self, part: Part) -> Answer:
        """Do one part.

        Raises
        ------
        CodecError
            When the part does not fit the problem.
        """
        if part.mu.shape != self.market.need.shape:
            raise CodecError("mu: expected one price per queue and slot")
        if isinstance(part, RoundingPart):
            return self._round(part)
        agents = part.agents
        if len(agents) and not 0 <= agents.min() <= agents.max() < len(self.tables):
            raise CodecError(f"agents: expected indices below {len(self.tables)}")
        return self._pay(part) if isinstance(part, BoundPart) else self._take_turns(part)

    def _take_turns(self, part: PricePart) -> PriceAnswer:
        market, agents, mu = self.market, part.agents.astype(np.int64), part.mu.copy()
        wanted = np.zeros_like(mu)
        kernels.wanted(market.need, market.prices, mu, len(self.tables), wanted)
        shape = (len(self.tables), self.days)
        rows, breaks = np.full(shape, _NEVER, np.int32), np.full(shape, -1, np.int32)
        space = self._take_space()
        lost = kernels.take_turns(
            market,
            self.tables.exact,
            space,
            agents,
            np.zeros(self.problem.slots, dtype=np.float32),
            self._slopes(part),
            mu,
            wanted,
            self._rate,
            part.alpha,
            rows,
            breaks,
        )
        check_path(-FAR if lost else 0.0)
        self._spaces.append(space)
        return PriceAnswer(mu - part.mu, rows[agents], breaks[agents])

    def _pay(self, part: BoundPart) -> BoundAnswer:
        for name, prices in (("mu", part.mu), ("slopes", part.slopes)):
            if not np.array_equal(prices, np.rint(prices)):
                raise CodecError(f"{name}: expected whole cents")
        agents, values = part.agents.astype(np.int64), np.zeros(len(self.tables))
        space = self._take_space()
        scratch = np.empty((2, len(self.tables), self.days), dtype=np.int32)
        kernels.price_agents(
            self.market,
            self.tables.exact,
            space,
            agents,
            np.zeros(self.problem.slots, dtype=np.float32),
            self._slopes(part),
            part.mu.copy(),
            values,
            scratch[0],
            scratch[1],
        )
        check_path(float(values.min(initial=0.0)))
        values[values >= FAR / 2] = -FAR
        self._spaces.append(space)
        return BoundAnswer(values[agents])

    def _round(self, part: RoundingPart) -> RoundingAnswer:
        rosters = rosters_of(self.problem, part)
        if not 0 <= part.seed < 2**31 or not 0 < part.seconds <= _LONGEST_SECONDS:
            raise CodecError("seed, seconds: out of range")
        budget = Budget(SolveParams(time_limit_seconds=part.seconds, workers=1, seed=part.seed))
        rounding = Rounding(self.problem, self.tables, self.cover, self.market, seed=part.seed)
        rounding.from_prices(rosters, part.mu.copy(), budget, part.blends.tolist())
        without = np.array(sorted(rounding.without_roster), dtype=np.int32)
        return RoundingAnswer(*flat(rounding.best), without)

    def _slopes(self, part: PricePart | BoundPart) -> NDArray[np.float64]:
        slopes = np.zeros((len(self.tables), 2))
        slopes[part.agents] = part.slopes
        return slopes

    def _take_space(self) -> Workspace:
        try:
            return self._spaces.pop()
        except IndexError:
            return workspace(self.tables.exact, self.problem.slots)

    def fits(self, part: Part, answer: Answer) -> bool:
        """Whether an answer from elsewhere has the shape and the references that `answer` gives."""
        if isinstance(part, BoundPart):
            return isinstance(answer, BoundAnswer) and len(answer.values) == len(part.agents)
        if isinstance(part, RoundingPart):
            return isinstance(answer, RoundingAnswer) and self._is_lawful(answer)
        if not isinstance(answer, PriceAnswer) or answer.change.shape != part.mu.shape:
            return False
        rows, breaks, table = answer.rows, answer.breaks, self.problem.options
        if rows.shape != (len(part.agents), self.days) or rows.max(initial=-1) >= len(table):
            return False
        at, day = np.nonzero(rows >= 0)
        worked = rows[at, day]
        theirs = np.array_equal(table.agent[worked], part.agents[at])
        return (
            theirs
            and np.array_equal(table.day[worked], day)
            and _breaks_fit(self.problem, worked, breaks[at, day])
        )

    def _is_lawful(self, answer: RoundingAnswer) -> bool:
        """Whether a roster breaks nothing but what pins break on their own."""
        try:
            rosters = rosters_of(self.problem, answer)
        except CodecError:
            return False
        known = [roster for roster in rosters if roster is not None]
        if len(known) < len(rosters):
            return False
        if self._stuck is None:
            pins = Rounding(self.problem, self.tables, self.cover, self.market, seed=0).pinned
            broken = check(self.problem, to_slot_roster(self.problem, pins))
            self._stuck = {v.agent_idx for v in broken if v.rule != "HoursMinimum"}
        without = set(answer.without_roster.tolist())
        return all(
            violation.agent_idx in self._stuck
            or (violation.rule == "HoursMinimum" and violation.agent_idx in without)
            for violation in check(self.problem, to_slot_roster(self.problem, known))
        )


class Benches:
    """The latest problems a process was given, at most two; for many threads at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Bench] = OrderedDict()
        self._lock = Lock()

    def run(self, message: bytes) -> bytes:
        """Do one part; see `run_part`."""
        received = unpack(message)
        part = received.record
        if not isinstance(part, PricePart | BoundPart | RoundingPart):
            raise CodecError(f"expected a part, found {type(part).__name__}")
        bench = self._find(received.about, received.problem)
        return pack(UnknownProblem() if bench is None else bench.answer(part), received.name)

    def _find(self, name: str, problem: bytes) -> Bench | None:
        with self._lock:
            bench = self._kept.get(name)
            if bench is None and problem:
                if name_of(problem) != name:
                    raise CodecError("the problem sent along is not the one that is named")
                warm_up()
                bench = self._kept[name] = _bench(problem_from_bytes(problem))
            if bench is not None:
                self._kept.move_to_end(name)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return bench


def _bench(problem: PlanningProblem) -> Bench:
    return Bench(problem, agent_tables(problem), market_of(problem), CoverArrays(problem))


_HERE = Benches()


def run_part(message: bytes) -> bytes:
    """Do one part of a search that runs elsewhere.

    A process keeps the latest two problems. It answers that it does not know the problem when the
    part is about another one that was not sent along; nothing else outlives the call.

    Parameters
    ----------
    message : bytes
        What `solve(..., run_many=...)` gave to be done.

    Returns
    -------
    bytes
        The answer, to be handed back as it is.

    Raises
    ------
    CodecError
        When the message is something else, cut off or altered, or does not fit its problem.
    """
    return _HERE.run(message)


def flat(
    rosters: Sequence[AgentRoster | None],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return rosters as counts (-1 for None) and shifts, as `RoundingPart` holds them."""
    counts = np.array([-1 if roster is None else len(roster) for roster in rosters], np.int32)
    shifts = [roster for roster in rosters if roster is not None]
    return counts, np.concatenate([*shifts, np.zeros((0, 2), np.int64)]).astype(np.int32)


def rosters_of(
    problem: PlanningProblem, holder: RoundingPart | RoundingAnswer
) -> list[AgentRoster | None]:
    """Return the rosters that counts and shifts stand for.

    Raises
    ------
    CodecError
        When they are no rosters of this problem.
    """
    counts, shifts = holder.counts, holder.shifts.astype(np.int64)
    if len(counts) != len(problem.agents) or counts.min(initial=0) < -1:
        raise CodecError("counts: expected one per agent")
    lengths = np.maximum(counts, 0)
    if lengths.sum(dtype=np.int64) != len(shifts):
        raise CodecError("shifts: expected as many as the counts say")
    rows, table = shifts[:, 0], problem.options
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(table):
        raise CodecError("shifts: expected rows of the option table")
    theirs = np.repeat(np.arange(len(counts)), lengths)
    if not np.array_equal(table.agent[rows], theirs) or not _breaks_fit(
        problem, rows, shifts[:, 1]
    ):
        raise CodecError("shifts: expected each agent's own options and breaks inside them")
    parts = np.split(shifts, np.cumsum(lengths)[:-1]) if len(counts) else []
    return [None if count < 0 else part for count, part in zip(counts.tolist(), parts, strict=True)]


def _breaks_fit(problem: PlanningProblem, rows: NDArray[np.int64], at: NDArray[np.int64]) -> bool:
    """Whether breaks start where the options allow; -1 both ways for options without."""
    table = problem.options
    return bool(np.all((table.break_from[rows] <= at) & (at <= table.break_until[rows])))
