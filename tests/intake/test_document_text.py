"""A document at hand as text means what it means in a file."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scheduler.intake.document import to_document
from scheduler.intake.planning_folder import read_document, read_planning

EXAMPLE = Path(__file__).parents[2] / "examples" / "dutch-247"


def test_text_file_and_folder_are_one_planning(tmp_path: Path) -> None:
    folder = read_planning(EXAMPLE).planning
    assert folder is not None
    text = json.dumps(to_document(folder))
    file = tmp_path / "planning.json"
    file.write_text(text, encoding="utf-8")
    assert read_document(text).planning == read_planning(file).planning == folder


@given(st.text(max_size=200) | st.recursive(st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_gives_faults_or_a_planning(text: str) -> None:
    read = read_document(text, name="body")
    assert read.planning is None
    assert read.faults
    assert all(fault.file == "body" for fault in read.faults)
