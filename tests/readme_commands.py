"""Runs every command of the README as a stranger would, and fails when one fails.

``python tests/readme_commands.py`` takes the lines of the README's ``sh`` blocks in order and runs
them in a copy of the project, with the environment of this Python as its ``.venv``. What the
project's gate has run before (`make demo`, `make test`) is named and not run again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 600
RUN_BEFORE = re.compile(r"make (demo|test)|git clone .*|cd .*")
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "out", "build", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)


def commands_of(markdown: str) -> list[str]:
    """Return the lines of all ``sh`` blocks, without empty lines and comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)
    lines = (line.strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def run_all(commands: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Run commands in order, each in a shell of its own; print what came of each.

    Returns
    -------
    int
        How many failed. None stops the others.
    """
    passed = failed = 0
    for command in commands:
        if RUN_BEFORE.fullmatch(command):
            print(f"skip  {command}  (run by the gate before this)", flush=True)
            continue
        started = time.monotonic()
        code, output = _run(command, folder, environment)
        seconds = time.monotonic() - started
        print(f"exit {code}  {seconds:5.1f} s  {command}", flush=True)
        if code == 0:
            passed += 1
        else:
            failed += 1
            print(output, flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return failed


def _run(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 124, f"not done after {LIMIT_SECONDS} s"
    return done.returncode, done.stdout.decode(errors="replace")


def main() -> int:
    """Run the README's commands; return 1 when one fails or there are none."""
    commands = commands_of((PROJECT / "README.md").read_text(encoding="utf-8"))
    if not commands:
        print("README.md has no commands")
        return 1
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{Path(sys.prefix) / 'bin'}{os.pathsep}{environment['PATH']}"
    environment["COLUMNS"] = "80"
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work) / "heliotrope"
        shutil.copytree(PROJECT, copy, ignore=LEFT_BEHIND)
        (copy / ".venv").symlink_to(sys.prefix)
        return 1 if run_all(commands, copy, environment) else 0


if __name__ == "__main__":
    sys.exit(main())
