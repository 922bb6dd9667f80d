"""How many agents a number of contacts asks for, or what a number of agents makes of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.staffing.erlang import Measures

__all__ = ["MOST_LOAD", "AgentsQuestion", "AgentsRow", "AgentsView", "calculate_agents"]

MOST_LOAD = 1_000_000
"""Largest load in Erlang that is worked out."""

_DEFAULT_LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class AgentsQuestion:
    """Contacts of one interval, and the agents or the targets to judge them by.

    Parameters
    ----------
    calls : float
        Contacts offered in the interval, 0 or more.
    interval_s, aht_s : float
        Length of the interval and average handling time in seconds, above 0. The handling time is
        that of a contact at this concurrency.
    model : {"c", "a"}, optional
        Erlang C (everybody waits) or Erlang A (who waits may hang up); by default A where a
        patience is given.
    patience_s : float, optional
        Mean patience in seconds, above 0; Erlang A only.
    agents : int, optional
        Agents to judge, 0 or more, at work and not on a break.
    level : float, optional
        Share of contacts to answer within `target_s`, above 0 to 1. With neither agents nor any
        other target it is 0.8.
    target_s : float
        Longest wait that still counts as in time.
    max_wait_s, max_abandon, max_occupancy : float, optional
        Further targets: mean wait in seconds, share that hangs up, share of time busy.
    concurrency : int
        Contacts that an agent has side by side.
    shrinkage : float
        Share of rostered time lost, 0 to below 1.

    Raises
    ------
    ValueError
        With one sentence that names the option, if a figure is out of range.
    """

    calls: float
    interval_s: float
    aht_s: float
    model: str | None = None
    patience_s: float | None = None
    agents: int | None = None
    level: float | None = None
    target_s: float = 20.0
    max_wait_s: float | None = None
    max_abandon: float | None = None
    max_occupancy: float | None = None
    concurrency: int = 1
    shrinkage: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not math.isfinite(value):
                raise ValueError(f"{_option(field.name)} must be a finite number")
        _ask(self.calls >= 0, "calls", "0 or more")
        for name in ("interval_s", "aht_s", "patience_s", "max_wait_s"):
            value = getattr(self, name)
            _ask(value is None or value > 0, name, "above 0 seconds")
        _ask(self.target_s >= 0, "target_s", "0 or more seconds")
        for name in ("level", "max_abandon", "max_occupancy"):
            value = getattr(self, name)
            _ask(value is None or 0 < value <= 1, name, "above 0 to 1, such as 0.8 or 80%")
        _ask(self.agents is None or self.agents >= 0, "agents", "0 or more")
        _ask(self.concurrency >= 1, "concurrency", "1 or more")
        _ask(0 <= self.shrinkage < 1, "shrinkage", "0 to below 1, such as 0.3 or 30%")
        _ask(self.model in (None, "c", "a"), "model", "c or a")
        if self.model == "a" and self.patience_s is None:
            raise ValueError("--model a needs --patience-s: how long callers wait before they go")
        if self.model == "c" and self.patience_s is not None:
            raise ValueError("--patience-s goes with --model a: in Erlang C nobody hangs up")
        if self.max_abandon is not None and self.patience_s is None:
            raise ValueError("--max-abandon needs --patience-s: in Erlang C nobody hangs up")
        if self.concurrency > 1 and self.patience_s is not None:
            raise ValueError("--concurrency does not go with --patience-s: who writes waits")
        most = max(self.load_erlang, float(self.agents or 0) * self.concurrency)
        if most > MOST_LOAD:
            raise ValueError(f"a load or agents beyond {MOST_LOAD:,} Erlang cannot be meant")

    @property
    def load_erlang(self) -> float:
        """Offered load: contacts x handling time / interval."""
        return self.calls * self.aht_s / self.interval_s

    @property
    def has_target(self) -> bool:
        """Whether any target was given."""
        return any(
            value is not None
            for value in (self.level, self.max_wait_s, self.max_abandon, self.max_occupancy)
        )


def _option(name: str) -> str:
    return "--target" if name == "level" else "--" + name.replace("_", "-")


def _ask(good: bool, name: str, expected: str) -> None:
    if not good:
        raise ValueError(f"{_option(name)} must be {expected}")


@dataclass(frozen=True, slots=True)
class AgentsRow:
    """What so many agents make of the contacts.

    Parameters
    ----------
    gross : int
        Agents to roster, so that `agents` are at work.
    mean_wait_s : float, optional
        Of all who were offered; None where the queue grows without end.
    service_level, service_level_excl_short_abandons : float
        Shares answered in time: of all offered, and of those who did not hang up in time.
    meets : bool, optional
        Whether all targets are met; None without any.
    is_fewest, is_asked : bool
        Whether this is the least number that meets them, and the number asked about.
    """

    agents: int
    gross: int
    service_level: float
    service_level_excl_short_abandons: float
    p_wait: float
    mean_wait_s: float | None
    p_abandon: float
    occupancy: float
    meets: bool | None
    is_fewest: bool
    is_asked: bool


@dataclass(frozen=True, slots=True)
class AgentsView:
    """The answer.

    Parameters
    ----------
    question : AgentsQuestion
        As asked, with the default target where there was neither agents nor target.
    model : {"c", "a"}
        What was used.
    fewest : int, optional
        The least number of agents that meets all targets; None where none were asked for.
    rows : tuple of AgentsRow
        By agents: the fewest with one fewer and one more beside it, and the number asked about.
    """

    question: AgentsQuestion
    model: str
    load_erlang: float
    fewest: int | None
    rows: tuple[AgentsRow, ...]


def calculate_agents(question: AgentsQuestion) -> AgentsView:
    """Return the fewest agents for the targets, or the measures at a number, or both."""
    if question.agents is None and not question.has_target:
        question = replace(question, level=_DEFAULT_LEVEL)
    fewest = _fewest(question) if question.has_target else None
    numbers = set() if fewest is None else {max(fewest - 1, 0), fewest, fewest + 1}
    if question.agents is not None:
        numbers.add(question.agents)
    return AgentsView(
        question=question,
        model="c" if question.patience_s is None else "a",
        load_erlang=question.load_erlang,
        fewest=fewest,
        rows=tuple(_rows(question, sorted(numbers), fewest)),
    )


def _fewest(question: AgentsQuestion) -> int:
    from scheduler.staffing.channels import fewest_agents_with_slots
    from scheduler.staffing.fewest import Targets

    found = fewest_agents_with_slots(
        question.load_erlang,
        question.aht_s,
        question.concurrency,
        Targets(
            service_level=question.level,
            target_s=question.target_s,
            max_wait_s=question.max_wait_s,
            max_abandon=question.max_abandon,
            max_occupancy=question.max_occupancy,
        ),
        patience_s=question.patience_s,
    )
    return int(found)


def _rows(question: AgentsQuestion, numbers: list[int], fewest: int | None) -> Iterator[AgentsRow]:
    from scheduler.staffing.shrinkage import gross_agents

    made = _measures(question, numbers)
    for idx, agents in enumerate(numbers):
        wait_s = float(made.asa_s[idx])
        yield AgentsRow(
            agents=agents,
            # The decimal as typed: 0.3 is three tenths, not the float beside it.
            gross=gross_agents(agents, Decimal(str(round(question.shrinkage, 9)))),
            service_level=float(made.service_level[idx]),
            service_level_excl_short_abandons=float(made.service_level_excl_short_abandons[idx]),
            p_wait=float(made.p_wait[idx]),
            mean_wait_s=wait_s if math.isfinite(wait_s) else None,
            p_abandon=float(made.p_abandon[idx]),
            occupancy=float(made.occupancy[idx]),
            # More agents never do worse, so the fewest divide those that meet from those that fail.
            meets=None if fewest is None else agents >= fewest,
            is_fewest=agents == fewest,
            is_asked=agents == question.agents,
        )


def _measures(question: AgentsQuestion, numbers: list[int]) -> Measures:
    from scheduler.staffing.erlang import erlang_a, erlang_c

    slots = [agents * question.concurrency for agents in numbers]
    load, aht_s, target_s = question.load_erlang, question.aht_s, question.target_s
    if question.patience_s is None:
        return erlang_c(load, aht_s, slots, target_s)
    return erlang_a(load, aht_s, slots, target_s, patience_s=question.patience_s)
