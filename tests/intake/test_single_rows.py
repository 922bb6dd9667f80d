"""Rows that come by themselves mean what they mean in a planning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scheduler.errors import InputError
from scheduler.intake.columns import TABLES
from scheduler.intake.document import to_document
from scheduler.intake.single_rows import read_row, read_rows
from scheduler.usecases.read_input import read_planning

EXAMPLE = Path(__file__).parents[2] / "examples" / "dutch-247"


def test_rows_of_a_document_read_back_as_they_are() -> None:
    document = to_document(read_planning(EXAMPLE))
    for table in TABLES:
        rows = document[table.stem]
        assert isinstance(rows, list)
        assert list(read_rows(table.stem, json.dumps({"rows": rows})).rows) == rows
        for row in rows[:3]:
            assert read_row(table.stem, json.dumps(row)).rows == (row,)


def test_decimals_keep_every_digit_and_words_their_kind() -> None:
    agent = {
        "agent_id": "a", "name": "A", "site_id": "s", "contract_id": "c", "currency": "EUR",
    }  # fmt: skip
    text = json.dumps(agent)[:-1] + ', "hourly_rate": 27.12345678901234567}'
    (row,) = read_row("agents", text).rows
    assert row["hourly_rate"] == "27.12345678901234567"


def test_references_are_told_once_each() -> None:
    rows = [{"agent_id": who, "kind": "channel", "value": "phone"} for who in ("a", "a", "b")]
    read = read_rows("skills", json.dumps({"rows": rows}))
    assert read.references == (("agent_id", "agents", "a"), ("agent_id", "agents", "b"))


@pytest.mark.parametrize(
    ("stem", "text", "code", "pointer"),
    [
        ("sites", "{", "bad_json", None),
        ("sites", "[]", "wrong_type", None),
        ("sites", '{"a": NaN}', "bad_json", None),
        ("sites", '{"site_id": "s", "site_id": "t"}', "duplicate_key", "/site_id"),
        ("sites", '{"sited": "s"}', "unknown_column", "/sited"),
        ("skills", '{"agent_id": "a", "kind": "smell", "value": "x"}', "unknown_value", "/kind"),
        ("time_off", '{"agent_id": "a", "kind": "x", "from": "2027-01-02", "until": "2027-01-01"}',
         "wrong_order", "/until"),
    ],
)  # fmt: skip
def test_faults_of_a_row_point_into_it(
    stem: str, text: str, code: str, pointer: str | None
) -> None:
    with pytest.raises(InputError) as raised:
        read_row(stem, text)
    assert (code, pointer) in {(fault.code, fault.column) for fault in raised.value.faults}


def test_nothing_is_taken_of_rows_of_which_one_is_wrong() -> None:
    good = {"agent_id": "a", "kind": "channel", "value": "phone"}
    with pytest.raises(InputError) as raised:
        read_rows("skills", json.dumps({"rows": [good, {**good, "level": "Z9"}], "more": 1}))
    assert {fault.column for fault in raised.value.faults} == {"/rows/1/level", "/more"}
    with pytest.raises(InputError) as raised:
        read_rows("skills", '{"rows": {}}')
    assert raised.value.faults[0].column == "/rows"
    assert read_rows("skills", '{"rows": []}').rows == ()
