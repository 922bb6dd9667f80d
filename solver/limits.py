"""What is refused before the search: sums beyond exact numbers, columns out of range, memory.

Counters of the kernels are small on purpose, and no kernel looks where it reads: a problem that
would leave their range is named here, before anything is computed or allocated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from solver.errors import SolverError
from solver.kernels.programme import Programme, state_cells
from solver.model.estimate import model_size
from solver.params import SolveParams
from solver.pricing.tables import Tables, agent_tables
from solver.problem import PlanningProblem
from solver.rules import CountCost, HoursTarget, Pin

__all__ = [
    "LimitError",
    "MemoryParts",
    "available_memory",
    "check_memory",
    "check_scale",
    "estimate_memory",
    "memory_parts",
]

_EXACT_CENTS = 2**53
_MOST_NUMBER = 2**30
_MOST_SMALL = 2**15 - 1
_MOST_NEED = 100_000
_COLUMN_BYTES, _MODEL_SIZE = 4, 20_000
_MODEL_BYTES = 13_000  # of CP-SAT per variable, measured
_BASE_BYTES = 250_000_000
_GIGABYTE = 1e9


class LimitError(SolverError):
    """A problem too large, or with numbers out of range; nothing has been computed."""


def check_scale(problem: PlanningProblem) -> None:
    """Refuse a problem whose numbers leave the range in which the solver is exact.

    Raises
    ------
    LimitError
        Naming the number or the sum, the agent, queue or rule it belongs to, and the limit.
    """
    for fault in _faults(problem):
        raise LimitError(fault)


def _faults(problem: PlanningProblem) -> Iterator[str]:
    if problem.slot_minutes <= 0:
        yield f"slot_minutes is {problem.slot_minutes}: a slot must be longer than nothing"
    if not 0 < problem.slots <= _MOST_NUMBER:
        yield f"the horizon has {problem.slots} slots: 1 to {_MOST_NUMBER} are possible"
    if not 0 <= problem.idle_cents <= _MOST_NUMBER:
        yield f"idle_cents is {problem.idle_cents}: 0 to {_MOST_NUMBER} are possible"
    yield from _of_queues(problem)
    yield from _of_options(problem)
    yield from _of_rules(problem)
    parts = _largest_sums(problem)
    total = sum(parts.values())
    if total >= _EXACT_CENTS:
        name, cents = max(parts.items(), key=lambda part: part[1])
        yield (
            f"costs could add up to {total} cents, {cents} of them as {name}: "
            f"sums are exact below {_EXACT_CENTS} only"
        )


def _of_queues(problem: PlanningProblem) -> Iterator[str]:
    for queue in problem.queues:
        most = max(queue.need, default=0)
        if most > _MOST_NEED:
            slot = queue.need.index(most)
            yield (
                f"queue {queue.queue_id!r} needs {most} agents in slot {slot}: "
                f"at most {_MOST_NEED} can be counted"
            )
        if queue.short_cents[0] > _MOST_NUMBER:
            yield f"queue {queue.queue_id!r}: short_cents is above {_MOST_NUMBER}"
    for group in problem.groups:
        if list(group) != sorted(set(group)) or any(
            not 0 <= queue < len(problem.queues) for queue in group
        ):
            yield f"skill group {group} does not list queues, each once and in order"
    for agent in problem.agents:
        froms = [slot for slot, _ in agent.groups]
        if froms != sorted(set(froms)):
            yield f"agent {agent.agent_id!r}: skill groups must follow each other in time"
        if any(abs(cents) > _MOST_NUMBER for cents in agent.off_cents):
            yield f"agent {agent.agent_id!r}: off_cents is beyond {_MOST_NUMBER}"
        numbers = [value for s in agent.carry for value in (s.start, s.end, s.day, s.paid_minutes)]
        if any(abs(value) > _MOST_NUMBER for value in numbers):
            yield f"agent {agent.agent_id!r}: a shift before the horizon is beyond {_MOST_NUMBER}"


def _of_options(problem: PlanningProblem) -> Iterator[str]:
    table = problem.options
    if not len(table):
        return

    def named(wrong: NDArray[np.bool_]) -> str | None:
        rows = np.flatnonzero(wrong)
        if not len(rows):
            return None
        agent = problem.agents[int(table.agent[rows[0]])].agent_id
        return f"option {rows[0]} of agent {agent!r}"

    for column in fields(table):
        values = getattr(table, column.name).astype(np.int64)
        where = named(np.abs(values) > _MOST_NUMBER)
        if where and column.name != "flags":
            yield f"{where}: {column.name} is beyond {_MOST_NUMBER}"
    where = named((table.paid_minutes < 0) | (table.paid_minutes > _MOST_SMALL))
    if where:
        yield f"{where}: paid_minutes must be 0 to {_MOST_SMALL}"
    with_break = table.break_slots > 0
    inside = (table.start <= table.break_from) & (table.break_from <= table.break_until)
    inside &= table.break_until.astype(np.int64) + table.break_slots <= table.end
    where = named((table.break_slots < 0) | (with_break & ~inside))
    if where:
        yield f"{where}: the break does not lie inside the shift"
    first = _first_of_days(problem)
    count = np.diff(first, append=len(table))
    if count.max() > _MOST_SMALL:
        row = int(first[count.argmax()])
        agent = problem.agents[int(table.agent[row])].agent_id
        yield (
            f"agent {agent!r} has {count.max()} options on day {table.day[row]}: "
            f"at most {_MOST_SMALL} can be told apart"
        )


def _first_of_days(problem: PlanningProblem) -> NDArray[np.int64]:
    """Return the first row of each agent's day that has options."""
    table = problem.options
    new = (np.diff(table.agent) != 0) | (np.diff(table.day) != 0)
    return np.concatenate(([0], np.flatnonzero(new) + 1)).astype(np.int64)


def _of_rules(problem: PlanningProblem) -> Iterator[str]:
    names: dict[type, tuple[str, ...]] = {}
    for rule in problem.rules:
        kind = type(rule)
        if not 0 <= rule.agent_idx < len(problem.agents):
            yield f"{kind.__name__} speaks of agent {rule.agent_idx}: there is no such agent"
            continue
        agent = problem.agents[rule.agent_idx].agent_id
        if kind not in names:
            names[kind] = tuple(field.name for field in fields(rule))
        for name in names[kind]:
            value = getattr(rule, name)
            if name != "flag" and isinstance(value, int) and abs(value) > _MOST_NUMBER:
                yield f"{kind.__name__} of agent {agent!r}: {name} is beyond {_MOST_NUMBER}"
        if isinstance(rule, CountCost) and rule.step_cents[-1] > _MOST_NUMBER:
            yield f"CountCost of agent {agent!r}: step_cents is beyond {_MOST_NUMBER}"
        if isinstance(rule, Pin) and not (
            0 <= rule.option_idx < len(problem.options)
            and problem.options.agent[rule.option_idx] == rule.agent_idx
        ):
            yield f"Pin of agent {agent!r}: option {rule.option_idx} is not the agent's"


def _largest_sums(problem: PlanningProblem) -> dict[str, int]:
    """Return how large each part of the cost of any roster can be, in cents."""
    table = problem.options
    shifts = 0
    if len(table):
        cents = np.zeros(len(table), dtype=np.int64)
        for name in ("wages_cents", "premium_cents", "own_night_cents", "wish_cents"):
            cents += np.abs(getattr(table, name).astype(np.int64))
        # One number a day and agent: these sums of at most 2**32 cents each are floats on purpose.
        shifts = int(np.maximum.reduceat(cents, _first_of_days(problem)).sum(dtype=np.float64))
    hours = counts = 0
    for rule in problem.rules:
        if isinstance(rule, HoursTarget):
            hours += rule.cents(-rule.carry_minutes)
        elif isinstance(rule, CountCost):
            counts += rule.cents(problem.agents[rule.agent_idx].days)
    return {
        "wages, premiums, nights and wishes": shifts,
        "days off": sum(abs(cents) for agent in problem.agents for cents in agent.off_cents),
        "contract hours missed": hours,
        "fairness": counts,
        "missing agents": sum(queue.short_cents[0] * sum(queue.need) for queue in problem.queues),
        "idle agents": 2 * problem.idle_cents * problem.slots * len(problem.agents),
    }


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """Where the memory of a solve goes, in bytes.

    Parameters
    ----------
    base : int
        Libraries and machine code.
    options, tables : int
        The option table; what the dynamic programme reads.
    workspaces : int
        States of the dynamic programme, of all threads.
    cover, prices : int
        The cover under way; prices and their means.
    model : int
        The whole model in CP-SAT, where it is built.
    """

    base: int
    options: int
    tables: int
    workspaces: int
    cover: int
    prices: int
    model: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def largest(self) -> str:
        """Name of the largest part."""
        return max(
            (field.name for field in fields(self)), key=lambda name: int(getattr(self, name))
        )


def memory_parts(
    problem: PlanningProblem, params: SolveParams, tables: Tables | None = None
) -> MemoryParts:
    """Estimate what a solve will allocate; nothing large is allocated here.

    Parameters
    ----------
    tables : Tables, optional
        The tables, where they are made already.
    """
    tables = agent_tables(problem) if tables is None else tables
    threads = 1 if params.work_limit else params.workers
    threads = max(1, min(threads, len(problem.agents)))
    exact = _workspace_bytes(tables.exact)
    strict = 0 if tables.strict is tables.exact else _workspace_bytes(tables.strict)
    queues, slots = len(problem.queues), problem.slots
    arcs = sum(len(group) for group in problem.groups)
    words = max(1, -(-queues // 64))
    count = 2 if 2 * len(problem.agents) <= _MOST_SMALL else 4
    heads = count * (arcs + len(problem.groups) + queues)
    cover = slots * (heads + queues * (4 + 4 + 8 + 8 + 8 * words + 8 + 4))
    days = max((agent.days for agent in problem.agents), default=0)
    small = params.method == "auto" and len(problem.options) <= _MODEL_SIZE
    size = model_size(problem) if small or params.method == "cpsat" else 0
    built = params.method == "cpsat" or size <= _MODEL_SIZE
    return MemoryParts(
        base=_BASE_BYTES,
        options=len(fields(problem.options)) * _COLUMN_BYTES * len(problem.options),
        tables=_arrays_bytes(tables.exact) + (strict > 0) * _arrays_bytes(tables.strict),
        workspaces=threads * (2 * exact + strict),
        cover=(threads + 1) * cover + 8 * 4 * queues * slots,
        prices=4 * queues * slots * (48 + 8) + 8 * days * len(problem.agents),
        model=_MODEL_BYTES * size if built else 0,
    )


def estimate_memory(
    problem: PlanningProblem, params: SolveParams, tables: Tables | None = None
) -> int:
    """Return about how many bytes a solve will need; see `memory_parts`."""
    return memory_parts(problem, params, tables).total


def _workspace_bytes(programme: Programme) -> int:
    """Return what `solver.pricing.pricer.workspace` would allocate for the states."""
    agents = len(programme.opt_lo) - 1
    cells = np.array([state_cells(programme, agent) for agent in range(agents)], dtype=np.int64)
    most = cells.reshape(-1, 3).max(axis=0, initial=1)
    return int(most.sum()) * int(programme.base.dtype.itemsize)


def _arrays_bytes(programme: Programme) -> int:
    return sum(int(array.nbytes) for array in programme)


def check_memory(
    problem: PlanningProblem,
    params: SolveParams,
    tables: Tables | None = None,
    *,
    available: int | None = None,
) -> None:
    """Refuse a problem that needs more memory than there is, before allocating it.

    Parameters
    ----------
    available : int, optional
        Bytes to make do with; by default what `available_memory` says.

    Raises
    ------
    LimitError
        With the estimate, what is there, and what takes most of it.
    """
    available = available_memory() if available is None else available
    if available is None:
        return
    parts = memory_parts(problem, params, tables)
    if parts.total > available:
        raise LimitError(
            f"this problem needs about {_shown(parts.total)} of memory "
            f"({_shown(getattr(parts, parts.largest))} of it for {parts.largest}), "
            f"{_shown(available)} are there"
        )


def _shown(number: int) -> str:
    gigabytes = number / _GIGABYTE
    return f"{gigabytes:.0f} GB" if gigabytes >= 10 else f"{gigabytes:.1f} GB"


def available_memory(root: Path = Path("/")) -> int | None:
    """Return the bytes that this process may still take, None where the system does not say.

    The least of what the machine has free (caches count as free) and what is left of the limits of
    its control groups.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` are looked for.
    """
    found = [_machine_memory(root)]
    groups = root / "sys" / "fs" / "cgroup"
    for folder, limit, used in (
        (groups, "memory.max", "memory.current"),
        (groups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        most, now = _number(folder / limit), _number(folder / used)
        if most is not None:
            caches = _field(folder / "memory.stat", "inactive_file") or 0
            found.append(max(0, most - max(0, (now or 0) - caches)))
    return min((value for value in found if value is not None), default=None)


def _machine_memory(root: Path) -> int | None:
    kilobytes = _field(root / "proc" / "meminfo", "MemAvailable:")
    if kilobytes is not None:
        return 1024 * kilobytes
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # absent, or "max"
        return None


def _field(path: Path, name: str) -> int | None:
    """Return the number after `name` in a file of lines."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    words = (line.split() for line in lines)
    return next((int(line[1]) for line in words if line and line[0] == name), None)
