from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import service_load
from benchmarks.__main__ import main
from benchmarks.measure import Meter
from benchmarks.service_load import Load, told
from benchmarks.service_workers import Split, run_service_workers
from tests.postgres import find_programs


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main()
    return leaving.value.code


def test_what_is_missing_is_named_and_the_measurement_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(monkeypatch, "service-load") == 77
    assert "Skipped: wrk is not installed" in capsys.readouterr().err
    monkeypatch.setattr("tests.postgres._ROOT", tmp_path)
    assert run(monkeypatch, "service-workers") == 77
    assert "Skipped: PostgreSQL is not installed" in capsys.readouterr().err


def test_help_fits_eighty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("service-load", "service-workers"):
        assert run(monkeypatch, command, "--help") == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 80
        assert "Example: python -m benchmarks" in " ".join(lines)


def test_the_last_line_of_wrk_is_read() -> None:
    line = {
        "requests": 500, "bytes": 1_000_000, "microseconds": 2_000_000, "p50": 1500, "p99": 9000,
        "failed": 3,
    }  # fmt: skip
    one = told(f"Running 2s test\n  many words\n\n{json.dumps(line)}\n")
    assert (one.requests_per_second, one.p50_ms, one.p99_ms) == (250, 1.5, 9)
    assert (one.bytes_each, one.failed) == (2000, 3)


@pytest.mark.slow
@pytest.mark.skipif(service_load.shutil.which("wrk") is None, reason="wrk is not installed")
def test_a_short_load_is_measured_whole(tmp_path: Path) -> None:
    load = Load(agents=30, days=14, connections=4, rounds=1, seconds=1)
    row = service_load.run_service_load(load, tmp_path, Meter(quiet=True))
    assert (row["shifts_each"], row["failed"]) == (10, 0)
    assert row["bytes_each"] > 3000
    for name in ("requests_per_second", "p99_ms"):
        assert row[f"empty_{name}"] > 0
        assert row[f"shifts_{name}"] > 0
    assert row["rate_by_empty"] == pytest.approx(
        row["shifts_requests_per_second"] / row["empty_requests_per_second"], abs=0.002
    )


@pytest.mark.slow
@pytest.mark.skipif(find_programs() is None, reason="PostgreSQL is not installed")
def test_two_workers_share_the_parts(tmp_path: Path) -> None:
    row = run_service_workers(Split(8, 0.25, 1), tmp_path, Meter(quiet=True))
    assert sum(row["parts_by_worker"][0]) == 8
    assert len(row["parts_by_worker"][0]) == 2
    assert row["one_worker_seconds"] >= 8 * 0.25
    assert row["two_workers_seconds"] >= 4 * 0.25
