from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.measure import Meter, cpu_seconds
from benchmarks.run import full_plan, page
from benchmarks.runs import Generated
from solver.result import Progress
from tests.benchmarks.instances import TINY

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    returncode: object
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, as the shell would."""

    def command(*arguments: object) -> Done:
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["benchmarks", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            main()
        out, err = capsys.readouterr()
        return Done(leaving.value.code, out, err)

    return command


def test_a_tiny_instance_from_file_to_roster(run: Run, tmp_path: Path) -> None:
    file, out = tmp_path / "Tiny.txt", tmp_path / "roster.txt"
    file.write_text(TINY, encoding="ascii")
    done = run("curtois", "--file", file, "--cpu-seconds", 600, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["status"] == "optimal"
    assert row["feasible"]
    assert row["cost"] == row["bound"]
    assert row["peak_mb"] > 20
    assert len(out.read_text(encoding="ascii").splitlines()) == 2
    assert "2 agents" in done.stderr
    plain = json.loads(run("plain", "--file", file, "--json").stdout)
    assert (plain["cost"], plain["violations"]) == (row["cost"], 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("curtois", "--file", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("curtois", "--file", str(PROJECT / "README.md")), "before the first section"),
        (("curtois", "--file", str(PROJECT / "README.md"), "--cpu-seconds", "0"), "--cpu-seconds"),
        (("curtois", "--file", str(PROJECT / "README.md"), "--method", "magic"), "--method"),
        (
            ("curtois", "--file", str(PROJECT / "README.md"), "--out", "no/where.txt"),
            "no is no folder",
        ),
        (("follow-the-sun", "--load", "-1"), "--load"),
        (("follow-the-sun", "--interval", "20"), "--interval"),
        (("follow-the-sun", "--time-limit", "0"), "time_limit_seconds"),
        (("table", "--instances", str(PROJECT / "docs")), "no Instance*.txt"),
    ],
)
def test_bad_input_is_one_clear_answer(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_model_too_large_is_not_tried(run: Run) -> None:
    done = run("plain", "--agents", 400, "--json")
    assert json.loads(done.stdout)["status"] == "not tried: 0.6 million literals"


def test_help_fits_eighty_columns(run: Run) -> None:
    for command in ((), ("curtois",), ("follow-the-sun",), ("repair",), ("plain",), ("table",)):
        done = run(*command, "--help")
        assert done.returncode == 0
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert not command or "Example: python -m benchmarks" in " ".join(done.stdout.split())


def test_the_page_names_published_results_beside_ours(tmp_path: Path) -> None:
    for number in (8, 1, 10):
        (tmp_path / f"Instance{number}.txt").write_text("", encoding="ascii")
    plan = full_plan(tmp_path, quick=False)
    assert [file.stem for file, _ in plan.instances] == ["Instance1", "Instance8", "Instance10"]
    assert [seconds for _, seconds in plan.instances] == [120, 600, 120]
    runs = [run_.generated for run_ in plan.generated]
    assert len(set(runs)) == len(runs)
    assert {made.agents for made in runs} == {60, 400, 1200, 5000}
    assert Generated(400, interval_minutes=15) in runs
    names = [file.stem for file, _ in plan.instances] + [str(made) for made in runs]
    rows = [{"name": name, "status": "failed: x|y"} for name in names]
    rows[1] |= {"cost": 1305, "bound": 1299, "gap": 0.0046, "status": "cpu_limit"}
    text = page(plan, rows, [])
    assert "| Instance8 | 28/30/4 | 1300 | 1308 | 8995 / 1323 |" in text
    assert "| **1,305** | 1,299 | 0.46 % | cpu_limit |" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    first = [line.count("|") for line in lines if line.startswith(("| I", "| i"))]
    assert len(set(first)) == 1
    assert len(lines) == len(names) + 4


def test_the_meter_stops_at_its_cpu_time_and_knows_the_first_roster() -> None:
    meter = Meter(cpu_seconds() + 0.05, quiet=True)
    assert not meter.should_stop()
    meter.on_progress(Progress(0.1, None, None, "setup"))
    meter.on_progress(Progress(0.4, 12, None, "greedy"))
    meter.on_progress(Progress(0.9, 11, 10, "prices"))
    assert meter.first_roster_seconds == 0.4
    while not meter.should_stop():
        sum(range(10_000))
    assert meter.out_of_cpu
    assert meter.cpu_seconds >= meter.cpu_limit_seconds  # type: ignore[operator]


def test_cpu_time_of_running_children_counts() -> None:
    before = cpu_seconds()
    program = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    running = cpu_seconds()
    child.communicate(b"\n")
    ended = cpu_seconds()
    assert running - before >= 0.45
    assert ended - before >= 0.45
