"""Does a test notice when a number of the law is loosened? One number at a time, by one step.

    python benchmarks/loosen_limits.py --out docs/loosened.md
    python benchmarks/loosen_limits.py --only weekly_rest

In a copy of the project, each number of a rule pack is set one step looser (a minute, a day, a
shift; a quarter of an hour for breaks, which rosters give in quarters), and the tests of the
audit, of the compiler, and of the packs themselves are run. The page that is written says which of
them failed; a number that no test guards makes the exit code 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from scheduler.labour import Limit, Night, Pack, shipped_packs
from scheduler.labour.pack_file import pack_to_document

PROJECT = Path(__file__).resolve().parents[1]
COPIED = ("scheduler", "solver", "cli", "api", "tests", "docs")
SUITES = {
    "audit": (
        "tests/audit/test_law_rest.py",
        "tests/audit/test_law_hours.py",
        "tests/audit/test_law_days.py",
        "tests/audit/test_nights.py",
        "tests/audit/test_netherlands_edges.py",
    ),
    "compiler": (
        "tests/planning/test_netherlands.py",
        "tests/planning/test_limits.py",
        "tests/planning/test_netherlands_edges.py",
    ),
    "packs": ("tests/labour/test_facts.py",),
}
STEPS = {
    "max_minutes": 1,
    "extended_max_minutes": 1,
    "extended_rest_minutes": -1,
    "max_minutes_week": 1,
    "from_nights": 1,
    "min_minutes": -1,
    "after_night_ending_after_minute": 1,
    "ending_after_minute": 1,
    "reduced_minutes": -1,
    "reduced_times": 1,
    "reduced_window_minutes": -1,
    "window_minutes": 1,
    "or_min_minutes": -1,
    "or_window_minutes": 1,
    "or_part_minutes": -1,
    "max_days": 1,
    "max_shifts": 1,
    "gap_minutes": -1,
    "nights": 1,
    "max_count": 1,
    "min_count": -1,
    "over_minutes": 1,
    "part_minutes": -1,
    "within_minutes": 1,
    "times_days": -1,
    "or_times_days": -1,
    "or_rest_days_days": -1,
    "from_minute": 1,
    "until_minute": -1,
}
"""What one step looser is, by field."""

WEEKS = {"AverageHours": 1, "NightCount": -1, "FreeSundays": 1}
"""A longer average and fewer weeks to count nights in are looser."""


@dataclass(frozen=True, slots=True)
class Loosened:
    """A pack with one number one step looser.

    Parameters
    ----------
    number : str
        Limit and field, such as ``daily_rest.min_minutes``.
    before, after : object
        The number as it is and as it was set.
    """

    number: str
    before: object
    after: object
    pack: Pack


def loosened(pack: Pack) -> Iterator[Loosened]:
    """Yield the pack once for each of its numbers, that number one step looser."""
    if pack.night is not None:
        for field, before, after in _numbers(pack.night):
            night = dataclasses.replace(pack.night, **{field: after})
            yield Loosened(f"night.{field}", before, after, dataclasses.replace(pack, night=night))
    for idx, limit in enumerate(pack.limits):
        for field, before, after in _numbers(limit):
            changed = dataclasses.replace(limit, **{field: after})
            limits = (*pack.limits[:idx], changed, *pack.limits[idx + 1 :])
            looser = dataclasses.replace(pack, limits=limits)
            yield Loosened(f"{limit.name}.{field}", before, after, looser)


def _numbers(provision: Limit | Night) -> Iterator[tuple[str, Any, Any]]:
    kind = type(provision).__name__
    for field in dataclasses.fields(provision):
        value = getattr(provision, field.name)
        if field.name == "extended_counts":
            for idx, (times, days) in enumerate(value):
                for pair in ((times + 1, days), (times, days - 7)):
                    yield field.name, value, (*value[:idx], pair, *value[idx + 1 :])
        elif field.name == "weeks":
            yield field.name, value, value + WEEKS[kind]
        elif field.name in STEPS and isinstance(value, int):
            step = STEPS[field.name]
            if kind == "BreakTime" and field.name == "min_minutes":
                step *= 15
            if value + step >= 0:
                yield field.name, value, value + step


def main(arguments: Sequence[str] | None = None) -> int:
    """Loosen every number, write the page; return 1 when one is not guarded."""
    parser = argparse.ArgumentParser(description="Loosen each number of a rule pack; run tests.")
    parser.add_argument("--pack", default="NL", help="id of a shipped pack (default: NL)")
    parser.add_argument("--jobs", type=int, default=2, help="tests run side by side (default: 2)")
    parser.add_argument("--only", default="", help="numbers whose name holds this text")
    parser.add_argument("--out", type=Path, help="write the table to this file")
    options = parser.parse_args(arguments)
    pack = shipped_packs()[options.pack]
    rows = [row for row in loosened(pack) if options.only in row.number]
    if not rows:
        parser.error(f"no number of {options.pack} holds {options.only!r}")
    with tempfile.TemporaryDirectory() as scratch:
        copies: Queue[Path] = Queue()
        for job in range(options.jobs):
            copies.put(_copy(Path(scratch) / str(job)))
        failing = [suite for suite in SUITES if not _passes(copies.queue[0], suite)]
        if failing:
            sys.stderr.write(f"fail without any change: {', '.join(failing)}\n")
            return 2

        def judge(row: Loosened) -> dict[str, bool]:
            copy = copies.get()
            path = copy / "scheduler/labour/packs" / f"{options.pack.lower()}.yaml"
            original = path.read_text(encoding="utf-8")
            try:
                # JSON is YAML; the reader takes every scalar as text anyhow.
                path.write_text(json.dumps(pack_to_document(row.pack)), encoding="utf-8")
                return {suite: not _passes(copy, suite) for suite in SUITES}
            finally:
                path.write_text(original, encoding="utf-8")
                copies.put(copy)

        with ThreadPoolExecutor(options.jobs) as pool:
            verdicts = []
            for row, verdict in zip(rows, pool.map(judge, rows), strict=True):
                verdicts.append(verdict)
                noticed = [suite for suite, failed in verdict.items() if failed]
                sys.stdout.write(f"{row.number:<50} {', '.join(noticed) or 'NOBODY'}\n")
                sys.stdout.flush()
    page = _page(pack, rows, verdicts)
    if options.out is not None:
        options.out.write_text(page, encoding="utf-8")
    return int(not all(any(verdict.values()) for verdict in verdicts))


def _copy(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(PROJECT / "pyproject.toml", folder)
    for name in COPIED:
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    return folder


def _passes(copy: Path, suite: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SUITES[suite]]
    done = subprocess.run(
        command, cwd=copy, capture_output=True, check=False, env=_environment(copy)
    )
    if done.returncode not in (0, 1, 2):
        raise SystemExit(done.stdout.decode() + done.stderr.decode())
    return done.returncode == 0


def _environment(copy: Path) -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": str(copy)}


def _page(pack: Pack, rows: Sequence[Loosened], verdicts: Sequence[dict[str, bool]]) -> str:
    lines = [
        f"# Loosened numbers of the pack {pack.pack_id}",
        "",
        "Each number one step looser, one at a time, and whose tests then failed. Made by",
        "`python benchmarks/loosen_limits.py --out docs/loosened.md`.",
        "",
        "| number | from | to | " + " | ".join(SUITES) + " |",
        "|---|---|---|" + "---|" * len(SUITES),
    ]
    for row, verdict in zip(rows, verdicts, strict=True):
        marks = " | ".join("fails" if verdict[suite] else "-" for suite in SUITES)
        lines.append(f"| `{row.number}` | {row.before} | {row.after} | {marks} |")
    guarded = sum(any(verdict.values()) for verdict in verdicts)
    judged = sum(verdict["audit"] or verdict["compiler"] for verdict in verdicts)
    lines += [
        "",
        f"{guarded} of {len(rows)} are noticed, {judged} by a test of what the audit or the",
        "compiler do with them. The others are numbers that no roster can be judged by (the least",
        "part of a break, which rosters give in one piece).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
