"""What only a real process shows: import cost, encodings, pipes, defects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELIOTROPE_")}
    kept.pop("NO_COLOR", None)
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"} | extra


def test_commands_that_do_not_solve_import_nothing_heavy(out: Path, tmp_path: Path):
    commands = [
        ["--help"],
        ["solve", "--help"],
        ["new", str(tmp_path / "demo")],
        ["validate", str(tmp_path / "demo")],
        ["audit", str(out), str(out)],
        ["show", str(out)],
        ["explain", str(out), "--queue", "phone-nl", "--at", "2027-03-28T03:00Z", "--no-fixes"],
        ["export", str(out), "--format", "ics"],
        ["erlang", "--calls", "100", "--aht-s", "180"],
        ["requirements", str(tmp_path / "demo")],
    ]
    # Needs are worked out on arrays: a tenth of a second, for the commands that show or judge them.
    # Later commands run in the same process, so those without needs come first.
    by_need = {"audit", "show", "explain", "erlang", "requirements"}
    commands.sort(key=lambda args: args[0] in by_need)
    script = f"""
import contextlib, os, sys
from cli.main import main
heavy = {{"ortools", "numba", "scipy", "pandas", "statsmodels", "solver", "fastapi", "sqlmodel"}}
for args in {commands!r}:
    sys.argv = ["helio", *args]
    with open(os.devnull, "w") as void, contextlib.redirect_stdout(void):
        with contextlib.suppress(SystemExit):
            main()
    barred = heavy if args[0] in {by_need!r} else heavy | {{"numpy"}}
    found = barred & {{name.partition(".")[0] for name in sys.modules}}
    assert not found, (args, found)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def run(*args: object, **extra: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, args)],
        env=environment(**extra),
        capture_output=True,
        check=False,
    )


def test_a_terminal_without_unicode_gets_ascii(out: Path):
    done = run("show", out, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    text = done.stdout.decode("ascii")
    assert "A02 Sjoer" in text
    assert any(line.startswith("rostered") and "@" in line for line in text.splitlines())
    assert ":::" in text


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_no_colour_codes_in_a_pipe(out: Path, extra: dict[str, str]):
    for args in (("show", out), ("audit", out, out), ("--help",), ("show",)):
        done = run(*args, **extra)
        assert b"\x1b" not in done.stdout + done.stderr


def test_a_reader_that_leaves_is_no_error(out: Path):
    command = f"{sys.executable} -m cli.main show {out} --json | head -c 3; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["{", "0"]


def shell(line: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m cli.main {line}"],
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_closed_standard_output_is_no_error(out: Path):
    for stream in ("1>&-", "2>&-"):
        done = shell(f"show {out} {stream}")
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_and_not_called_a_defect(out: Path):
    for line in ("--version", f"show {out}", f"export {out} --format csv"):
        done = shell(f"{line} >/dev/full")
        assert done.returncode == 2
        assert done.stderr == "Standard output cannot be written to: No space left on device.\n"
    assert shell(f"audit {out} {out} --json >/dev/full").returncode in (1, 2)


def test_a_dumb_terminal_gets_plain_help_and_usage_errors():
    for line, code in (("solve --help", 0), ("--help", 0), ("solve", 2), ("show x --day 3", 2)):
        done = shell(line, TERM="dumb")
        assert done.returncode == code
        assert (done.stdout + done.stderr).isascii()
        assert max(map(len, (done.stdout + done.stderr).splitlines())) <= 80


def test_a_defect_is_one_sentence_unless_debugging(out: Path):
    script = "import cli.commands.roster as r, cli.main as m, sys\n"
    script += "def broken(*a, **k): raise RuntimeError('the sun went out')\n"
    script += "r.Screen = broken; sys.argv = ['helio', 'show', 'x']; m.main()"
    for debug, lines in (("0", 2), ("1", 10)):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment(HELIOTROPE_DEBUG=debug),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 70
        assert "RuntimeError: the sun went out" in done.stderr
        assert ("Traceback" in done.stderr) == (debug == "1")
        assert (len(done.stderr.splitlines()) >= lines) or debug == "0"
