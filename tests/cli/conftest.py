"""Run ``helio`` inside the test's process, as ``main`` runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import main
from tests.cli.rosters import write_hand_made


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Helio = Callable[..., Ran]


@pytest.fixture
def helio(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Helio:
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("HELIOTROPE_DEBUG", "HELIOTROPE_WORKERS", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["helio", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        out, err = capsys.readouterr()
        return Ran(int(leaving.value.code or 0), out, err)

    return run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with the hand-made roster and its planning."""
    folder = tmp_path / "out"
    write_hand_made(folder)
    return folder


At = Callable[..., Ran]


@pytest.fixture
def at(helio: Helio, monkeypatch: pytest.MonkeyPatch) -> At:
    """Run ``helio`` in a folder, with settings of its own."""

    def run(folder: Path, *args: object, **settings: str) -> Ran:
        with monkeypatch.context() as patch:
            for name in os.environ:
                if name.startswith("HELIOTROPE_"):
                    patch.delenv(name)
            for name, value in settings.items():
                patch.setenv(name, value)
            patch.chdir(folder)
            return helio(*args)

    return run
