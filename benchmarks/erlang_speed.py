"""A million rows of required agents in one call, against a loop over a well-known library.

Rows are like those of a large company's tables: most intervals are small, a few are huge (loads
spread evenly over the logarithm from 0.1 to 2,000 Erlang, one row in a hundred empty), with
handling times of 2 to 15 minutes and the usual targets. All rows differ; equal ones are not looked
up once.
"""

from __future__ import annotations

import json
import resource
import subprocess
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.runs import Row
from scheduler.staffing.fewest import Targets, fewest_agents

__all__ = ["run_erlang_speed"]

_INTERVAL_S = 1800.0
_TARGETS = ((0.8, 20.0), (0.8, 15.0), (0.7, 30.0), (0.9, 20.0), (0.9, 10.0))
_LOOP = """
import json, sys, time
from pyworkforce.queuing import ErlangC
rows = json.load(sys.stdin)
start, found = time.perf_counter(), []
for calls, aht, level, seconds in rows:
    queue = ErlangC(transactions=calls, aht=aht / 60, interval=30, asa=seconds / 60, shrinkage=0)
    found.append(queue.required_positions(service_level=level)["raw_positions"])
print(json.dumps([time.perf_counter() - start, found]))
"""

Table = dict[str, NDArray[np.float64]]


def run_erlang_speed(
    rows: int, seed: int, pyworkforce: Path | None, sample: int, patience_rows: int
) -> Row:
    """Return the rates of both, and how their figures differ.

    Parameters
    ----------
    rows : int
        Rows of the table that one call works out.
    seed : int
        Of the table.
    pyworkforce : Path, optional
        A Python interpreter that has pyworkforce 0.5.1; without it only our own rate is measured.
    sample : int
        Rows, every so manieth of the table, that the library's loop works out.
    patience_rows : int
        Rows of the same table worked out with Erlang A.
    """
    table = _table(rows, seed)
    start = time.perf_counter()
    found = _fewest(table)
    seconds = time.perf_counter() - start
    row: Row = {
        "rows": rows,
        "seed": seed,
        "distinct_rows": int(np.unique(np.column_stack(tuple(table.values())), axis=0).shape[0]),
        "mean_load_erlang": round(float(table["load"].mean()), 1),
        "seconds": round(seconds, 3),
        "rows_per_second": round(rows / seconds),
    }
    part = {name: values[:patience_rows] for name, values in table.items()}
    start = time.perf_counter()
    _fewest(part, patience_s=120.0)
    row["erlang_a_rows_per_second"] = round(patience_rows / (time.perf_counter() - start))
    row["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if pyworkforce is not None:
        busy = np.flatnonzero(table["load"] > 0)
        row |= _compare(table, found, busy[:: max(1, busy.size // sample)][:sample], pyworkforce)
        row["times_as_fast"] = round(rows / seconds / float(str(row["library_rows_per_second"])))
    return row


def _table(rows: int, seed: int) -> Table:
    rng = np.random.default_rng(seed)
    aht_s = rng.uniform(120.0, 900.0, rows)
    load = np.exp(rng.uniform(np.log(0.1), np.log(2000.0), rows))
    load[rng.random(rows) < 0.01] = 0.0
    goals = np.array(_TARGETS)[rng.integers(0, len(_TARGETS), rows)]
    calls = load * _INTERVAL_S / aht_s
    return {"calls": calls, "aht": aht_s, "load": load, "level": goals[:, 0], "wait": goals[:, 1]}


def _fewest(table: Table, *, patience_s: float | None = None) -> NDArray[np.int64]:
    targets = Targets(service_level=table["level"], target_s=table["wait"])
    return fewest_agents(table["load"], table["aht"], targets, patience_s=patience_s)


def _compare(
    table: Table, found: NDArray[np.int64], picked: NDArray[np.int64], python: Path
) -> Row:
    """Work out a sample of the rows with the library, in a process of its own."""
    names = ("calls", "aht", "level", "wait")
    sample = [[float(table[name][idx]) for name in names] for idx in picked]
    answer = subprocess.run(
        [str(python), "-c", _LOOP],
        input=json.dumps(sample),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, theirs = json.loads(answer.stdout)
    ours = found[picked]
    return {
        "library_rows": len(sample),
        "library_rows_per_second": round(len(sample) / seconds, 1),
        "library_one_too_many": int((np.array(theirs) == ours + 1).sum()),
        "library_differs_otherwise": int(
            ((np.array(theirs) != ours) & (np.array(theirs) != ours + 1)).sum()
        ),
    }
