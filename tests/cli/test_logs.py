"""Log lines: JSON or sentences, and nothing in them that people typed."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.jobs.engine import StopReason
from scheduler.logs import FIELDS, JsonLines, Sentences, logged, set_up_logs

SECRET = "Noor van Dijk"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    set_up_logs(as_json=True, stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def fail() -> None:
    raise ValueError(f"row of {SECRET}")


def raised() -> logging.LogRecord:
    try:
        fail()
    except ValueError:
        return logging.LogRecord("x", logging.ERROR, "f", 1, "defect", (), sys.exc_info())


def test_of_an_error_only_kind_and_place_are_told():
    told = json.loads(JsonLines().format(raised()))
    assert told["error"] == "ValueError"
    assert "test_logs.py" in told["frames"][-1]
    for form in (JsonLines(), Sentences()):
        assert SECRET not in form.format(raised())
    assert SECRET in JsonLines(debug=True).format(raised())


@given(st.text(), st.sampled_from(FIELDS), st.text())
def test_a_record_is_one_line_whatever_is_in_it(message: str, name: str, value: str):
    record = logging.LogRecord("x", logging.INFO, "f", 1, message.replace("%", "%%"), (), None)
    setattr(record, name, value)
    record.names = SECRET
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert json.loads(line)[name] == value
    assert SECRET not in line


def test_a_message_that_does_not_fit_its_arguments_is_no_fault():
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d agents", ("many",), None)
    assert json.loads(JsonLines().format(record))["message"] == "%d agents"


class View:
    job_id, attempt = "0f3c", 2

    def __init__(self, reason: StopReason | None) -> None:
        self._reason = reason

    def should_stop(self) -> StopReason | None:
        return self._reason


@pytest.mark.parametrize(
    ("reason", "ended"),
    [(None, "done"), (StopReason.CANCELLED, "cancelled"), (StopReason.LOST, "lost")],
)
def test_jobs_tell_their_begin_and_end(lines: io.StringIO, reason: StopReason | None, ended: str):
    handlers = logged({"solve": lambda _ctx, ref: ref[::-1]})
    assert handlers["solve"](View(reason), SECRET) == SECRET[::-1]
    begin, end = map(json.loads, lines.getvalue().splitlines())
    assert (begin["job_id"], begin["attempt"], begin["kind"]) == ("0f3c", 2, "solve")
    assert (end["ended"], end["job_id"]) == (ended, "0f3c")
    assert end["ms"] >= 0
    assert SECRET not in lines.getvalue()


def test_a_job_that_fails_is_told_without_its_message(lines: io.StringIO):
    def broken(_ctx: View, ref: str) -> str:
        raise ValueError(ref)

    with pytest.raises(ValueError, match=SECRET):
        logged({"solve": broken})["solve"](View(None), SECRET)
    assert json.loads(lines.getvalue().splitlines()[-1])["ended"] == "failed"
    assert SECRET not in lines.getvalue()


def test_libraries_speak_up_only_when_something_is_wrong(lines: io.StringIO):
    logging.getLogger("httpx").info("GET https://example.org/calendars/secret")
    logging.getLogger("sqlalchemy.engine").info("INSERT %s", SECRET)
    logging.getLogger("heliotrope.access").info("answered")
    logging.getLogger("dbos").warning("something")
    assert [json.loads(line)["message"] for line in lines.getvalue().splitlines()] == [
        "answered",
        "something",
    ]
