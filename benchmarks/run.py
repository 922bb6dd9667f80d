"""The whole table: every row measured in a process of its own, then written down.

Rows of public instances stand beside published results, and both families beside the CP-SAT model
that anybody would write.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import machine
from benchmarks.published import PUBLISHED, Pair, Published
from benchmarks.runs import Generated, Row

__all__ = ["FollowTheSunRun", "Plan", "Tell", "full_plan", "page", "run_table"]

Tell = Callable[[str], None]
PROJECT = Path(__file__).resolve().parents[1]
_SECONDS = {60: 60, 400: 60, 1200: 180, 5000: 720}
_CPU_SECONDS = {8: 600, 13: 600, 14: 600, 16: 600, 20: 1200, 21: 1200, 24: 1200}
_USUAL_CPU_SECONDS = 120
_SLACK_SECONDS = 900


@dataclass(frozen=True, slots=True)
class FollowTheSunRun:
    """A generated problem and the wall time it gets."""

    generated: Generated
    seconds: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    Parameters
    ----------
    instances : tuple of (Path, int)
        Files of public instances with the CPU seconds each gets.
    generated : tuple of FollowTheSunRun
        Generated problems.
    plain : bool
        Whether the plain CP-SAT model gets the same problems and times.
    """

    instances: tuple[tuple[Path, int], ...]
    generated: tuple[FollowTheSunRun, ...]
    plain: bool = True


def full_plan(instances: Path | None, *, quick: bool) -> Plan:
    """Return all rows of the table, or with `quick` a few small ones.

    Parameters
    ----------
    instances : Path or None
        Folder with the files ``Instance*.txt``.
    """
    files = sorted(instances.glob("Instance*.txt"), key=_number) if instances is not None else []
    if quick:
        small = tuple((file, 20) for file in files if _number(file) <= 4)
        return Plan(small, (FollowTheSunRun(Generated(60), 20),))
    generated = [
        FollowTheSunRun(Generated(agents, load, seed), seconds * (3 if load > 1 else 1))
        for agents, seconds in _SECONDS.items()
        for load in (0.7, 0.9, 1.1)
        for seed in ((1, 2, 3) if load == 0.9 else (1,))
    ]
    generated.append(FollowTheSunRun(Generated(400, interval_minutes=15), 3 * _SECONDS[400]))
    generated.append(FollowTheSunRun(Generated(400, break_positions=5), _SECONDS[400]))
    timed = tuple((file, _CPU_SECONDS.get(_number(file), _USUAL_CPU_SECONDS)) for file in files)
    return Plan(timed, tuple(generated))


def run_table(plan: Plan, *, workers: int, verifier: Path | None, scratch: Path, tell: Tell) -> str:
    """Measure every row of the plan, and return the page.

    Parameters
    ----------
    scratch : Path
        Folder for rosters.
    tell : callable
        Receives a line per row.
    """
    solved: list[Row] = []
    plain: list[Row] = []
    for file, seconds in plan.instances:
        common = ["--file", str(file), "--cpu-seconds", str(seconds), "--workers", str(workers)]
        ours = ["curtois", *common, "--out", str(scratch / f"{file.stem}.roster.txt")]
        if verifier is not None:
            ours += ["--verify", str(verifier)]
        solved.append(_row(ours, file.stem, tell, 2 * seconds))
        if plan.plain:
            plain.append(_row(["plain", *common], file.stem, tell, 2 * seconds))
    for run in plan.generated:
        command = _follow_the_sun(run, workers)
        solved.append(_row(["follow-the-sun", *command], _name(run), tell, run.seconds))
        if plan.plain:
            plain.append(_row(["plain", *command], _name(run), tell, run.seconds))
    return page(plan, solved, plain)


def _follow_the_sun(run: FollowTheSunRun, workers: int) -> list[str]:
    made = run.generated
    pairs = {
        "--agents": made.agents,
        "--load": made.load,
        "--seed": made.seed,
        "--interval": made.interval_minutes,
        "--break-positions": made.break_positions,
        "--time-limit": run.seconds,
        "--workers": workers,
    }
    return [str(part) for pair in pairs.items() for part in pair]


def _name(run: FollowTheSunRun) -> str:
    made = run.generated
    name = f"{made.agents} agents, load {100 * made.load:.0f} %, seed {made.seed}"
    if made.interval_minutes != 30:
        name += f", {made.interval_minutes} min"
    return name + (f", {made.break_positions} break starts" if made.break_positions > 1 else "")


def _row(command: Sequence[str], name: str, tell: Tell, seconds: float) -> Row:
    """Run one measured command; a failure is a row of its own."""
    tell(f"{command[0]}: {name} ...")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", *command, "--json"],
            cwd=PROJECT,
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds + _SLACK_SECONDS,
        )
        row: Row = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        row = {"status": "no answer in time"}
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        row = {"status": f"failed: {last[0][:60]}"}
    row["name"] = name
    tell(f"  cost {_thousands(row.get('cost'))}, {row['status']}")
    return row


def page(plan: Plan, solved: Sequence[Row], plain: Sequence[Row]) -> str:
    """Return the table as Markdown: machine, public instances, generated problems."""
    many = len(plan.instances)
    lines = [f"## {machine()}", ""]
    if many:
        lines += _instances_table(solved[:many], plain[:many])
    else:
        lines += ["No public instances: name their folder with `--instances DIR`.", ""]
    lines += _generated_table(plan.generated, solved[many:], plain[many:])
    return "\n".join(lines) + "\n"


def _instances_table(solved: Sequence[Row], plain: Sequence[Row]) -> Iterator[str]:
    yield "### Public instances"
    yield ""
    yield "Others: costs after 10 / 60 minutes; CPU and wall in seconds, memory in MB."
    yield ""
    yield from _header(
        "instance, size, best known, best 60 min, Gurobi, ejection chain, IP+VNS, fix-and-opt + SA,"
        " B&P 60 min, **ours**, bound, gap, status, verified, CPU, wall, memory, seed, workers,"
        " plain CP-SAT, its bound"
    )
    for idx, row in enumerate(solved):
        other = plain[idx] if plain else {}
        known = PUBLISHED.get(_number(Path(row["name"])), Published("?", 0))
        yield _line(
            row["name"],
            known.size,
            known.best_known or "?",
            _or_unknown(known.best_hour),
            *(
                _pair(pair)
                for pair in (
                    known.gurobi,
                    known.ejection_chain,
                    known.ip_vns,
                    known.fix_and_optimise,
                )
            ),
            _or_unknown(known.branch_and_price),
            f"**{_thousands(row.get('cost'))}**",
            *_figures(row),
            row["status"],
            _yes_or_no(row.get("verified")),
            *_means(row),
            row.get("seed", "-"),
            row.get("workers", "-"),
            *_plain_figures(other),
        )
    yield ""


def _generated_table(
    runs: Sequence[FollowTheSunRun], solved: Sequence[Row], plain: Sequence[Row]
) -> Iterator[str]:
    yield "### Follow the sun"
    yield ""
    yield "Cost in cents; seconds of wall time unless said otherwise, memory in MB."
    yield ""
    yield from _header(
        "problem, options, time limit, cost, bound, gap, gap without wages, first roster, status,"
        " violations, CPU, wall, memory, method, workers, plain CP-SAT, its bound"
    )
    for idx, (run, row) in enumerate(zip(runs, solved, strict=True)):
        other = plain[idx] if plain else {}
        yield _line(
            row["name"],
            _thousands(row.get("options")),
            run.seconds,
            _thousands(row.get("cost")),
            *_figures(row),
            _percent(row.get("gap_without_wages")),
            row.get("first_roster_seconds", "-"),
            row["status"],
            row.get("violations", "-"),
            *_means(row),
            row.get("method", "-"),
            row.get("workers", "-"),
            *_plain_figures(other),
        )
    yield ""


def _header(names: str) -> Iterator[str]:
    columns = [name.strip() for name in names.split(",")]
    yield _line(*columns)
    yield "|" + " --- |" * len(columns)


def _line(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def _figures(row: Row) -> tuple[str, str]:
    return _thousands(row.get("bound")), _percent(row.get("gap"))


def _means(row: Row) -> tuple[object, ...]:
    return tuple(row.get(name, "-") for name in ("cpu_seconds", "wall_seconds", "peak_mb"))


def _plain_figures(row: Row) -> tuple[str, str]:
    if not row:
        return "-", "-"
    cost = row.get("cost")
    said = _thousands(cost) if cost is not None else f"none ({row['status']})"
    return said, _thousands(row.get("bound"))


def _thousands(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "-"


def _percent(value: object) -> str:
    return f"{100 * value:.2f} %" if isinstance(value, int | float) else "-"


def _yes_or_no(value: object) -> str:
    return "-" if value is None else "yes" if value else "NO"


def _or_unknown(value: int | None) -> str:
    return "?" if value is None else str(value)


def _pair(pair: Pair) -> str:
    return f"{_or_unknown(pair[0])} / {_or_unknown(pair[1])}"


def _number(file: Path) -> int:
    """Return the number in a file's name; 0 without one."""
    found = re.search(r"\d+", file.stem)
    return int(found.group()) if found else 0
