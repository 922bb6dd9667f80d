"""The README's commands, and the script that runs them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.readme_commands import commands_of, run_all

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SERVER = {"serve", "worker", "import"}
"""Commands that the page on the server shows: they need one, or are one."""


def test_each_line_is_a_command_that_can_be_pasted() -> None:
    commands = commands_of(README)
    assert commands[:2] == ["make demo", "make test"]
    programs = {command.split()[0] for command in commands[2:]}
    assert programs <= {
        ".venv/bin/helio",
        "python3.11",
        "my-venv/bin/python",
        "my-venv/bin/helio",
    }
    for command in commands:
        assert not re.search(r"^\$|\\$|<[^>]*>|\.\.\.|://", command), command


def test_every_command_of_the_program_is_shown() -> None:
    from cli.application import app

    named = {info.name or info.callback.__name__ for info in app.registered_commands}
    shown = set(re.findall(r"helio (\w+)", "\n".join(commands_of(README))))
    assert named - SERVER == shown
    pages = (PROJECT / "docs" / "server.md").read_text(encoding="utf-8")
    groups = {group.name for group in app.registered_groups}
    assert SERVER | groups | {"solve"} == set(re.findall(r"`helio (\w+)", pages))


def test_no_shell_block_is_overlooked() -> None:
    assert len(re.findall(r"```(?:sh|bash|shell|console)", README)) == README.count("```sh\n")
    assert README.count("```sh\n") == len(re.findall(r"^```sh\n", README, flags=re.MULTILINE))


def test_commands_are_read_in_order_and_comments_are_not() -> None:
    text = (
        "a\n```sh\n# first\nfirst --x\n\n  second\n```\n```text\nnot me\n```\n```sh\nthird\n```\n"
    )
    assert commands_of(text) == ["first --x", "second", "third"]


def test_a_command_that_fails_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = ["make demo", "echo one > one", "cat one", "echo lost; exit 3", "cat nowhere"]
    assert run_all(commands, tmp_path, os.environ) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("skip  make demo")
    assert [line.split()[1] for line in lines if line.startswith("exit")] == ["0", "0", "3", "1"]
    assert "lost" in lines
    assert lines[-1] == "2 passed, 2 failed"
