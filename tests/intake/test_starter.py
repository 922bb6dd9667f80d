"""The starter folder is right as it is, on any date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.errors import InputError
from scheduler.intake.columns import TABLES
from scheduler.intake.planning_folder import read_planning
from scheduler.intake.starter import write_starter


@settings(max_examples=15, deadline=None)
@given(st.dates(date(2026, 1, 1), date(2036, 12, 31)))
def test_the_starter_validates_on_any_date(
    tmp_path_factory: pytest.TempPathFactory, start: date
) -> None:
    folder = tmp_path_factory.mktemp("starter") / "new" / "plan"
    written = write_starter(folder, start)
    assert {path.name for path in written} == {t.file for t in TABLES} | {
        "planning.yaml",
        "README.txt",
    }
    intake = read_planning(folder)
    assert [str(found) for found in (*intake.faults, *intake.notices)] == []
    assert intake.planning is not None
    horizon = intake.planning.horizon
    assert (horizon.start, horizon.end) == (start, start + timedelta(days=7))
    assert all(getattr(intake.planning, one.stem) for one in TABLES)


def test_the_comments_state_the_defaults(tmp_path: Path) -> None:
    write_starter(tmp_path, date(2027, 3, 22))
    file = tmp_path / "planning.yaml"
    plain = read_planning(tmp_path).planning
    text = file.read_text()
    # Prose stands after "# "; settings that can be switched on have no blank, or two, after "#".
    setting = re.compile(r"^#(?=\S|  )", re.MULTILINE)
    file.write_text(setting.sub("", text))
    spelled_out = read_planning(tmp_path)
    assert [str(fault) for fault in spelled_out.faults] == []
    assert file.read_text() != text
    assert spelled_out.planning == plain


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="new or empty"):
        write_starter(tmp_path, date(2027, 3, 22))
    with pytest.raises(InputError, match="new or empty"):
        write_starter(tmp_path / "mine.txt", date(2027, 3, 22))
    with pytest.raises(InputError, match="written"):
        write_starter(tmp_path / "mine.txt" / "below", date(2027, 3, 22))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
