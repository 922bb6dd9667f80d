"""Measure solver and service: ``python -m benchmarks``, one command per kind of problem."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from benchmarks.curtois import InstanceError, read_instance
from benchmarks.curtois_problem import problem_of
from benchmarks.measure import Meter
from benchmarks.run import full_plan, run_table
from benchmarks.runs import (
    Generated,
    Row,
    cpu_params,
    run_curtois,
    run_follow_the_sun,
    run_plain,
)
from benchmarks.service_load import MissingError
from scheduler.errors import InputError
from solver import SolveParams, SolverError

__all__ = ["main"]

_WRONG_INPUT, _DEFECT, _SKIPPED, _INTERRUPTED = 2, 70, 77, 130
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 80},
)

File = Annotated[Path, typer.Option("--file", help="Text of a public instance.")]
CpuSeconds = Annotated[float, typer.Option(help="CPU time in seconds, of all threads together.")]
Agents = Annotated[int, typer.Option(min=1, max=20_000, help="Number of agents.")]
Load = Annotated[float, typer.Option(help="Hours of need by contract hours.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed.")]
Interval = Annotated[int, typer.Option(help="Minutes of a slot, 15 or 30.")]
Breaks = Annotated[int, typer.Option(help="Starts a break may have: 1, 3 or 5.")]
TimeLimit = Annotated[float, typer.Option(help="Wall time in seconds.")]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Threads.")]
Method = Annotated[str, typer.Option(help="auto, cpsat, columns or prices.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


@app.callback()
def _benchmarks() -> None:
    """Measure the solver on public and on generated problems, and the service."""


@app.command(
    "curtois",
    epilog="Example: python -m benchmarks curtois --file Instance4.txt --cpu-seconds 120 "
    "--out roster.txt --json",
)
def curtois(
    file: File,
    cpu_seconds: CpuSeconds = 120.0,
    workers: Workers = 1,
    seed: Seed = 1,
    method: Method = "auto",
    out: Annotated[Path | None, typer.Option(help="Write the roster here.")] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Checker program (Python) for the roster; needs --out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Solve a public shift-scheduling instance within a limit on CPU time."""
    _above_zero("--cpu-seconds", cpu_seconds)
    if verify is not None and (out is None or not verify.is_file()):
        raise typer.BadParameter("name a checker that exists, and --out", param_hint="--verify")
    if out is not None and not out.resolve().parent.is_dir():
        raise typer.BadParameter(f"{out.parent} is no folder", param_hint="--out")
    params = _params(cpu_params, cpu_seconds, workers=workers, seed=seed, method=method)
    meter = Meter(cpu_seconds)
    _show(run_curtois(file, params, meter, out=out, verifier=verify), as_json=as_json)


@app.command(
    "follow-the-sun",
    epilog="Example: python -m benchmarks follow-the-sun --agents 400 --load 0.9 --seed 1 "
    "--time-limit 60 --json",
)
def follow_the_sun(
    agents: Agents = 400,
    load: Load = 0.9,
    seed: Seed = 1,
    interval: Interval = 30,
    break_positions: Breaks = 1,
    time_limit: TimeLimit = 60.0,
    workers: Workers = 2,
    processes: Annotated[
        int, typer.Option(min=0, max=64, help="Local processes that do parts of the search.")
    ] = 0,
    method: Method = "auto",
    as_json: AsJson = False,
) -> None:
    """Generate a follow-the-sun problem of four weeks and solve it."""
    generated = _generated(agents, load, seed, interval, break_positions)
    params = _params(
        SolveParams, time_limit_seconds=time_limit, workers=workers, seed=seed, method=method
    )
    row = run_follow_the_sun(generated, params, Meter(), processes=processes)
    _show(row, as_json=as_json)


@app.command(
    "threads",
    epilog="Example: python -m benchmarks threads --agents 1200 --json",
)
def threads(
    agents: Agents = 1200,
    load: Load = 0.9,
    seed: Seed = 1,
    passes: Annotated[int, typer.Option(min=1, help="Price passes, each way.")] = 8,
    workers: Annotated[int, typer.Option(min=2, max=256, help="Threads to compare with one.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Time the same price passes in one thread and in several, in turn."""
    from benchmarks.threads import run_threads

    generated = _generated(agents, load, seed, 30, 1)
    _show(run_threads(generated, passes, workers, Meter()), as_json=as_json)


@app.command(
    "repair",
    epilog="Example: python -m benchmarks repair --agents 1200 --sick-calls 50 --json or "
    "python -m benchmarks repair --planning examples/dutch-247 --copies 20",
)
def repair(
    agents: Agents = 1200,
    sick_calls: Annotated[int, typer.Option(min=1, help="How many sick calls.")] = 50,
    load: Load = 0.9,
    seed: Seed = 1,
    interval: Interval = 30,
    planning: Annotated[
        Path | None,
        typer.Option(help="A planning folder instead: its law, and an audit of each repair."),
    ] = None,
    copies: Annotated[
        int, typer.Option(min=1, max=200, help="How many times the folder's agents and need.")
    ] = 20,
    time_limit: TimeLimit = 60.0,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Solve a problem, then repair sick calls one at a time."""
    params = _params(SolveParams, time_limit_seconds=time_limit, workers=workers, seed=seed)
    if planning is not None:
        from benchmarks.company import run_company_repairs

        _show(run_company_repairs(planning, copies, sick_calls, params, Meter()), as_json=as_json)
        return
    from benchmarks.repairs import run_repairs

    generated = _generated(agents, load, seed, interval, 1)
    _show(run_repairs(generated, sick_calls, params, Meter()), as_json=as_json)


@app.command(
    "erlang-speed",
    epilog="Example: python -m benchmarks erlang-speed --pyworkforce .venv-pw/bin/python --json",
)
def erlang_speed(
    rows: Annotated[int, typer.Option(min=1, max=5_000_000, help="Rows of the table.")] = 1_000_000,
    seed: Seed = 1,
    pyworkforce: Annotated[
        Path | None, typer.Option(help="A Python that has pyworkforce 0.5.1, to compare.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Rows for that library's loop.")] = 2000,
    patience_rows: Annotated[int, typer.Option(min=1, help="Rows for Erlang A.")] = 20_000,
    as_json: AsJson = False,
) -> None:
    """Find the fewest agents for a table of a million intervals in one call."""
    from benchmarks.erlang_speed import run_erlang_speed

    if pyworkforce is None:
        _note("No library to compare with: name its interpreter with --pyworkforce PYTHON.")
    elif not pyworkforce.is_file():
        raise typer.BadParameter(f"{pyworkforce} is no file", param_hint="--pyworkforce")
    _show(run_erlang_speed(rows, seed, pyworkforce, sample, patience_rows), as_json=as_json)


@app.command(
    "forecast-accuracy",
    epilog="Example: python -m benchmarks forecast-accuracy --bank bank_calls.csv --json",
)
def forecast_accuracy(
    bank: Annotated[
        Path | None, typer.Option(help="CSV of a bank's calls, to be judged as well.")
    ] = None,
    seed: Seed = 1,
    origins: Annotated[int, typer.Option(min=1, max=9, help="Forecasts, 14 days apart.")] = 6,
    as_json: AsJson = False,
) -> None:
    """Forecast 14 days from several past days on, beside the seasonal naive forecast."""
    from benchmarks.forecast_accuracy import run_forecast_accuracy

    if bank is None or not bank.is_file():
        _note("No calls of the bank: name their file with --bank PATH.")
        bank = None
    _show(run_forecast_accuracy(bank, seed, origins), as_json=as_json)


@app.command(
    "plain",
    epilog="Example: python -m benchmarks plain --file Instance4.txt --cpu-seconds 120 --json",
)
def plain(
    file: Annotated[
        Path | None, typer.Option(help="Text of a public instance; else a problem is generated.")
    ] = None,
    agents: Agents = 60,
    load: Load = 0.9,
    seed: Seed = 1,
    interval: Interval = 30,
    break_positions: Breaks = 1,
    time_limit: TimeLimit = 60.0,
    cpu_seconds: Annotated[
        float | None, typer.Option(help="CPU time in seconds instead of wall time.")
    ] = None,
    workers: Workers = 2,
    as_json: AsJson = False,
) -> None:
    """Solve with the CP-SAT model that anybody would write, to compare."""
    if cpu_seconds is not None:
        _above_zero("--cpu-seconds", cpu_seconds)
        params = _params(cpu_params, cpu_seconds, workers=workers, seed=seed)
    else:
        params = _params(SolveParams, time_limit_seconds=time_limit, workers=workers, seed=seed)
    meter = Meter(cpu_seconds)
    if file is not None:
        problem, name = problem_of(read_instance(file)), file.stem
    else:
        problem = _generated(agents, load, seed, interval, break_positions).problem()
        name = f"follow-the-sun {agents}"
    _show(run_plain(problem, name, params, meter), as_json=as_json)


@app.command(
    "service-load",
    epilog="Example: python -m benchmarks service-load --agents 1200 --rounds 5 --json",
)
def service_load(
    agents: Agents = 1200,
    days: Annotated[int, typer.Option(min=7, max=364, help="Days of published shifts.")] = 28,
    connections: Annotated[
        int, typer.Option(min=1, max=1000, help="Connections that ask at a time.")
    ] = 16,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Bursts each way, in turn.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, max=600, help="Length of a burst.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Load an agent's own shifts and an empty route in turn (needs wrk; 77 without)."""
    from benchmarks.service_load import Load, run_service_load

    load = Load(agents, days, connections, rounds, seconds)
    with tempfile.TemporaryDirectory() as scratch:
        _show(run_service_load(load, Path(scratch), Meter()), as_json=as_json)


@app.command(
    "service-workers",
    epilog="Example: python -m benchmarks service-workers --parts 20 --part-seconds 1 --json",
)
def service_workers(
    parts: Annotated[int, typer.Option(min=2, max=60, help="Parts of the job.")] = 20,
    part_seconds: Annotated[float, typer.Option(help="CPU time of each part in seconds.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Runs each way, in turn.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Do a split job with one worker and with two (needs PostgreSQL; 77 without)."""
    from benchmarks.service_workers import Split, run_service_workers

    _above_zero("--part-seconds", part_seconds)
    split = Split(parts, part_seconds, rounds)
    with tempfile.TemporaryDirectory() as scratch:
        _show(run_service_workers(split, Path(scratch), Meter()), as_json=as_json)


@app.command(
    "table",
    epilog="Example: python -m benchmarks table --instances DIR --quick",
)
def table(
    instances: Annotated[
        Path | None, typer.Option(help="Folder with the files Instance*.txt.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Append the table to this file.")] = Path(
        "benchmarks/results.md"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="A few small rows only.")] = False,
    without_plain: Annotated[
        bool, typer.Option("--without-plain", help="Leave out the plain CP-SAT model.")
    ] = False,
    workers: Workers = 2,
) -> None:
    """Measure the whole table, every row in a process of its own (takes hours)."""
    if instances is not None and not any(instances.glob("Instance*.txt")):
        raise typer.BadParameter(f"no Instance*.txt in {instances}", param_hint="--instances")
    if instances is None:
        _note("No public instances: name their folder with --instances DIR.")
    verifier = None if instances is None else instances / "verify.py"
    if verifier is not None and not verifier.is_file():
        _note("No verify.py beside the instances: our own judge alone.")
        verifier = None
    plan = full_plan(instances, quick=quick)
    if without_plain:
        plan = type(plan)(plan.instances, plan.generated, plain=False)
    with tempfile.TemporaryDirectory() as scratch:
        text = run_table(
            plan, workers=workers, verifier=verifier, scratch=Path(scratch), tell=_note
        )
    try:
        with out.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        sys.stdout.write(text)
        raise InstanceError(f"{out} cannot be written: {error}") from None
    _note(f"Appended to {out}.")


def _generated(agents: int, load: float, seed: int, interval: int, breaks: int) -> Generated:
    if not 0 < load <= 10:
        raise typer.BadParameter("must be above 0 and at most 10", param_hint="--load")
    if interval not in (15, 30):
        raise typer.BadParameter("must be 15 or 30", param_hint="--interval")
    if breaks not in (1, 3, 5):
        raise typer.BadParameter("must be 1, 3 or 5", param_hint="--break-positions")
    return Generated(agents, load, seed, interval, breaks)


def _above_zero(name: str, value: float) -> None:
    if not 0 < value <= 86_400:
        raise typer.BadParameter("must be above 0 and at most 86400", param_hint=name)


def _params(make: Any, *arguments: Any, **settings: Any) -> SolveParams:
    """Make solver settings; what they refuse is a usage error."""
    if settings.get("method", "auto") not in ("auto", "cpsat", "columns", "prices"):
        raise typer.BadParameter("must be auto, cpsat, columns or prices", param_hint="--method")
    try:
        params: SolveParams = make(*arguments, **settings)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return params


def _show(row: Row, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(row) + "\n")
        return
    width = max(map(len, row)) + 2
    for name, value in row.items():
        shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
        sys.stdout.write(f"{name:<{width}}{shown}\n")


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main() -> NoReturn:
    """Run a command; faults are sentences on standard error, never a traceback."""
    try:
        app(prog_name="python -m benchmarks")
    except (InstanceError, InputError, SolverError) as error:
        _note(str(error))
        sys.exit(_WRONG_INPUT)
    except MissingError as error:
        _note(f"Skipped: {error}")
        sys.exit(_SKIPPED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if os.environ.get("HELIOTROPE_DEBUG"):
            traceback.print_exc()
        what = " ".join(str(error).split())[:300]
        _note(f"The benchmark failed: {type(error).__name__}: {what}")
        sys.exit(_DEFECT)
    sys.exit(0)


if __name__ == "__main__":
    main()
