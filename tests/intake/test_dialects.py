"""However a spreadsheet writes the same rows, the same planning and digest come of them."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from scheduler.domain import Planning
from scheduler.intake.columns import TABLES
from scheduler.intake.planning_folder import read_planning

from .folders import GOOD, write

NAMES = ["Noor de Vries", 'Daan "Dé" Bakker', "Ramdin, Shanti", "Li; Wei\nZhang", "Tab\there"]
DECIMALS = {c.name for table in TABLES for c in table.columns if c.kind.is_decimal}


def rows_of(file: str) -> list[list[str]]:
    rows = [list(row) for row in csv.reader(io.StringIO(GOOD[file]))]
    if file == "agents.csv":
        for row, name in zip(rows[1:], NAMES, strict=False):
            row[1] = name
        rows += [[f"x{i}", name, *rows[-1][2:]] for i, name in enumerate(NAMES)]
    return rows


def plain(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def spreadsheet(rng: random.Random, rows: list[list[str]]) -> bytes:
    """Write rows in some dialect: the writer here is our own, the standard library's reads it."""
    delimiter = rng.choice(",;\t")
    line_end = rng.choice(["\n", "\r\n", "\r"])
    quote_all, comma = rng.random() < 0.3, delimiter != "," and rng.random() < 0.5
    order = rng.sample(range(len(rows[0])), len(rows[0]))
    extra_columns, blanks = rng.randint(0, 2), " " * rng.randint(0, 2)

    def cell(value: str, column: str) -> str:
        if comma and column in DECIMALS:
            value = value.replace(".", ",")
        if quote_all or any(char in value for char in f'{delimiter}"\n\t'):
            return '"' + value.replace('"', '""').replace("\n", line_end) + '"'
        return f"{blanks}{value}{blanks}"

    lines = []
    for row in rows:
        cells = [cell(row[idx], rows[0][idx]) for idx in order]
        lines.append(delimiter.join(cells + [""] * extra_columns))
        if rng.random() < 0.1:
            lines.append(rng.choice(["", delimiter * len(order), "  "]))
    lead = rng.choice(["", line_end, f"sep={delimiter}{line_end}"])
    tail = rng.choice(["", line_end, line_end * 3, line_end + delimiter * 4 + line_end])
    bom = b"\xef\xbb\xbf" if rng.random() < 0.5 else b""
    return bom + (lead + line_end.join(lines) + tail).encode()


def read(changes: Mapping[str, str | bytes | None]) -> Planning:
    with tempfile.TemporaryDirectory() as name:
        intake = read_planning(write(Path(name), changes))
    assert intake.planning is not None, "\n".join(map(str, intake.faults))
    return intake.planning


@pytest.fixture(scope="module")
def straight() -> Planning:
    return read({"agents.csv": plain(rows_of("agents.csv"))})


@pytest.mark.parametrize("seed", range(60))
def test_every_dialect_gives_the_same_planning(seed: int, straight: Planning) -> None:
    rng = random.Random(seed)
    files = {file: spreadsheet(rng, rows_of(file)) for file in GOOD if file.endswith(".csv")}
    assert read(files) == straight


def test_the_straight_reading_is_right(straight: Planning) -> None:
    assert [agent.name for agent in straight.agents] == [*NAMES[:3], *NAMES]
    assert len(straight.input_sha256) == 64
    assert straight.demand[2].start.isoformat() == "2027-03-28T01:00:00+00:00"


def test_the_order_of_settings_is_no_content() -> None:
    swapped = GOOD["planning.yaml"].replace("AUD: 0.61, USD: 0.92", "USD: 0.92, AUD: 0.61")
    assert read({"planning.yaml": swapped}) == read({})


def test_another_content_has_another_digest() -> None:
    digest = read({}).input_sha256
    for file, old, new in (
        ("agents.csv", "27.50", "27.51"),
        ("planning.yaml", "wish_cents: 300", "wish_cents: 301"),
        ("pins.csv", "2027-03-23T09:00", "2027-03-23T09:15"),
    ):
        assert read({file: GOOD[file].replace(old, new)}).input_sha256 != digest
    assert read({"agents.csv": GOOD["agents.csv"].replace("27.50", "27.5")}).input_sha256 == digest


def test_line_numbers_are_physical_lines(tmp_path: Path) -> None:
    text = '\r\n"agent_id";kind;value\r\n"a1";language;"n\r\nl"\r\n\r\n;;\r\na1;"colour";red\r\n'
    faults = read_planning(write(tmp_path, {"skills.csv": text.encode()})).faults
    skills = [(f.line, f.column, f.code) for f in faults if f.file == "skills.csv"]
    assert skills == [(3, "value", "bad_text"), (7, "kind", "unknown_value")]
