"""Deal parts of the search out, collect the answers, and do what is lost here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from solver.codec_binary import problem_to_bytes
from solver.errors import CodecError
from solver.parts.bench import Bench, flat, rosters_of
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
from solver.pricing.pricer import AgentRoster
from solver.search.budget import Budget

__all__ = ["RunMany", "Team"]

_PARTS_BY_EXCHANGE = 4
_MOST_EXCHANGES = 8
_FEWEST_AGENTS, _MOST_AGENTS = 12, 128
_POLL_SECONDS = 0.1
_PATIENCE_SECONDS, _FIRST_PATIENCE_SECONDS = 10.0, 120.0
_MOST_SILENCES = 3

_Answer = TypeVar("_Answer", bound=Answer)
Prices = NDArray[np.float32]
Slopes = NDArray[np.float64]
Agents = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RunMany:
    """How to have parts done elsewhere.

    Parameters
    ----------
    call : callable
        Applies `solver.parts.run_part` to each message, wherever, and returns or yields the
        answers, best as soon as they are there. An answer may be missing, late or come twice: what
        is missing is done here. It is called from a thread of its own, one call after the other,
        unless a call has not ended when its answers are no longer waited for.
    parts : int
        Into how many parts the agents are dealt at a time; best as many as there are processes.
    """

    call: Callable[[Sequence[bytes]], Iterable[bytes]]
    parts: int

    def __post_init__(self) -> None:
        if not 1 <= self.parts <= 1024:
            raise ValueError("parts must be 1 to 1024")


class Team:
    """The other processes, as one search sees them.

    Every part's answer is the same wherever it is worked out, so answers lost, late or in another
    order change the time that a search takes and nothing else. The problem is sent ahead while the
    search begins here; a process that has lost it since, or never had it, gets it with a part.

    Parameters
    ----------
    run_many : RunMany
        The way to them.
    bench : Bench
        The problem, for parts that are lost.
    """

    def __init__(self, run_many: RunMany, bench: Bench) -> None:
        self._call, self.parts, self._bench = run_many.call, run_many.parts, bench
        self._problem = problem_to_bytes(bench.problem, compress=True)
        self._name = name_of(self._problem)
        self._silences, self._ready, self._greeted = 0, False, threading.Event()
        threading.Thread(target=self._greet, daemon=True).start()

    @property
    def present(self) -> bool:
        """Whether somebody knows the problem and has answered of late."""
        return self._ready and self._silences < _MOST_SILENCES

    def wait(self, budget: Budget) -> None:
        """Wait until the problem has arrived, where it matters that all passes go the same way."""
        started = time.monotonic()
        while not self._greeted.wait(_POLL_SECONDS):
            if budget.over() or time.monotonic() - started > _FIRST_PATIENCE_SECONDS:
                return

    def _greet(self) -> None:
        nobody = np.zeros(0, dtype=np.int64)
        prices = np.zeros(self._bench.market.need.shape, dtype=np.float32)
        part = BoundPart(nobody, prices, np.zeros((0, 2)))
        message = pack(part, self._name, self._problem)
        ready = False
        for _ in range(_MOST_SILENCES):
            with suppress(Exception):  # see `_listen`
                for data in self._call([message] * self.parts):
                    with suppress(CodecError):
                        ready = ready or isinstance(unpack(data).record, BoundAnswer)
            if ready:
                break
        self._ready = ready
        self._greeted.set()

    def exchanges(self, agents: int) -> int:
        """Return how often a pass of so many agents is to bring the prices together.

        Blocks learn from the same prices at a time: four such for each exchange lose little.
        """
        few = -(-self.parts // _PARTS_BY_EXCHANGE)
        many = min(_MOST_EXCHANGES, agents // (_FEWEST_AGENTS * self.parts))
        small = -(-agents // (_MOST_AGENTS * self.parts))
        return max(1, min(max(few, many, small), agents))

    def turns(
        self, agents: Agents, mu: Prices, slopes: Slopes, alpha: float, budget: Budget
    ) -> list[tuple[Agents, PriceAnswer]] | None:
        """Give agents one turn each, all parts from the same prices; None when stopped early."""
        shares = [agents[part :: self.parts] for part in range(min(self.parts, len(agents)))]
        parts = [PricePart(share, mu, slopes[share], alpha) for share in shares]
        answers = self._ask(parts, PriceAnswer, budget)
        return None if answers is None else list(zip(shares, answers, strict=True))

    def values(self, mu: Prices, slopes: Slopes, budget: Budget | None) -> Slopes | None:
        """Return the cost less pay of every agent's best roster; None when stopped early."""
        agents = np.arange(len(self._bench.tables))
        blocks = np.array_split(agents, max(self.parts, -(-len(agents) // _MOST_AGENTS)))
        parts = [BoundPart(block, mu, slopes[block]) for block in blocks if len(block)]
        answers = self._ask(parts, BoundAnswer, budget)
        if answers is None:
            return None
        return np.concatenate([answer.values for answer in answers])

    def roundings(
        self,
        rosters: Sequence[AgentRoster | None],
        prices: Sequence[Prices],
        blends: NDArray[np.float64],
        seeds: Sequence[int],
        budget: Budget,
    ) -> list[tuple[list[AgentRoster], set[int]]]:
        """Round the same rosters once for each of some prices.

        Returns
        -------
        list of (rosters, set of int)
            Lawful rosters, each with the agents that have their pins only; as many as came back.
        """
        counts, shifts = flat(rosters)
        seconds = budget.left - min(1.0, 0.1 * budget.left)
        parts = [
            RoundingPart(counts, shifts, mu, blends, seed, max(seconds, 0.01))
            for mu, seed in zip(prices, seeds, strict=True)
        ]
        found = self._find(parts, RoundingAnswer, budget, patience=seconds)
        return [
            (
                [cast(AgentRoster, roster) for roster in rosters_of(self._bench.problem, answer)],
                set(answer.without_roster.tolist()),
            )
            for answer in found.values()
        ]

    def _ask(
        self, parts: Sequence[Part], kind: type[_Answer], budget: Budget | None
    ) -> list[_Answer] | None:
        """Return all answers in the order of the parts; None when stopped early."""
        found = self._find(parts, kind, budget)
        for index, part in enumerate(parts):
            if index not in found:
                if _over(budget):
                    return None
                found[index] = cast(_Answer, self._bench.answer(part))
        return [found[index] for index in range(len(parts))]

    def _find(
        self,
        parts: Sequence[Part],
        kind: type[_Answer],
        budget: Budget | None,
        *,
        patience: float = 0.0,
    ) -> dict[int, _Answer]:
        """Return the answers that come back, by the index of the part, in its order."""
        messages = [pack(part, self._name) for part in parts]
        names = [unpack(message).name for message in messages]
        by_name = dict(zip(names, parts, strict=True))
        found: dict[str, _Answer] = {}
        if self.present:
            patience += _PATIENCE_SECONDS
            unknown = self._collect(messages, by_name, kind, found, budget, patience)
            if unknown and not _over(budget):
                again = [pack(by_name[name], self._name, self._problem) for name in unknown]
                patience += _FIRST_PATIENCE_SECONDS
                self._collect(again, by_name, kind, found, budget, patience)
        return {index: found[name] for index, name in enumerate(names) if name in found}

    def _collect(
        self,
        messages: Sequence[bytes],
        by_name: dict[str, Part],
        kind: type[_Answer],
        found: dict[str, _Answer],
        budget: Budget | None,
        patience: float,
    ) -> list[str]:
        """Add the answers to `found`; return the parts whose problem was not known.

        Ends when all answers are there, the call ends or fails, nothing comes for `patience`
        seconds, or the search is over.
        """
        inbox: SimpleQueue[bytes | None] = SimpleQueue()
        ended = threading.Event()
        threading.Thread(
            target=_listen, args=(self._call, messages, inbox, ended), daemon=True
        ).start()
        unknown: dict[str, None] = {}
        heard_at, heard = time.monotonic(), False
        while len(unknown) + len(found) < len(by_name):
            if _over(budget):
                heard = True  # nobody's fault
                break
            try:
                data = inbox.get(timeout=_POLL_SECONDS)
            except Empty:
                if time.monotonic() - heard_at > patience:
                    break
                continue
            if data is None:
                break
            heard_at = time.monotonic()
            with suppress(CodecError):
                message = unpack(data)
                part = by_name.get(message.about)
                if part is None or message.about in found:
                    continue
                if isinstance(message.record, UnknownProblem):
                    unknown[message.about] = None
                    heard = True
                elif isinstance(message.record, kind) and self._bench.fits(part, message.record):
                    unknown.pop(message.about, None)
                    found[message.about] = message.record
                    heard = True
        ended.set()
        self._silences = 0 if heard else self._silences + 1
        return list(unknown)


def _over(budget: Budget | None) -> bool:
    return budget is not None and budget.over()


def _listen(
    call: Callable[[Sequence[bytes]], Iterable[bytes]],
    messages: Sequence[bytes],
    inbox: SimpleQueue[bytes | None],
    ended: threading.Event,
) -> None:
    """Pass answers on as they come, then None."""
    # Whatever way an executor fails, its parts are lost and done by whoever asked for them.
    with suppress(Exception):
        for answer in call(messages):
            inbox.put(answer)
            if ended.is_set():
                break
    inbox.put(None)
