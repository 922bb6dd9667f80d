"""The shipped schema and the manual are those that the table of columns makes."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from scheduler.domain import Weights
from scheduler.intake.columns import TABLES, Column, table
from scheduler.intake.manual import SCHEMA_FILE, fill
from scheduler.intake.schema import json_schema, schema_text
from scheduler.intake.setting_keys import GROUPS

MANUAL = Path(__file__).parents[2] / "docs" / "planning-folder.md"
COLUMNS = [(t.stem, c) for t in TABLES for c in t.columns]
COLUMNS += [(g.name, c) for g in GROUPS for c in g.columns]


def test_the_shipped_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_manual_is_current() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    assert fill(text) == text


@pytest.mark.parametrize(("owner", "column"), COLUMNS, ids=[f"{o}.{c.name}" for o, c in COLUMNS])
def test_every_example_is_right(owner: str, column: Column) -> None:
    if column.many:
        assert [column.kind.read(part) for part in column.example.strip("[]").split(", ")]
    else:
        column.kind.read(column.example)


def test_every_weight_can_be_set() -> None:
    group = next(group for group in GROUPS if group.name == "weights")
    assert {column.name for column in group.columns} == set(Weights.__dataclass_fields__)


def test_references_and_labels_name_columns_that_exist() -> None:
    for one in TABLES:
        required = {column.name for column in one.columns if column.required}
        assert {one.key, one.label} - {None} <= required
        for column in one.columns:
            assert column.refers_to is None or table(column.refers_to).key == column.name
    with pytest.raises(KeyError):
        table("rotas")
