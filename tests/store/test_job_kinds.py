from __future__ import annotations

import pytest

from scheduler.domain.job import JobKind, JobState
from scheduler.domain.webhook import Webhook
from scheduler.store import ConflictError, Store
from tests.store.test_ledger import PERIOD, make_job

FORECAST = {"kind": JobKind.FORECAST, "options": {"backtest": True, "levels": [80, 95]}}


def test_a_kind_and_its_options_are_kept(store: Store) -> None:
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        solve = unit.jobs.add(make_job("s"))
        forecast = unit.jobs.add(make_job("f", **FORECAST))
    with store.reading() as unit:
        assert (unit.jobs.get("s"), unit.jobs.get("f")) == (solve, forecast)
        assert [one.job_id for one in unit.jobs.list()] == ["f", "s"]
        for kind, names in ((JobKind.SOLVE, ["s"]), (JobKind.FORECAST, ["f"])):
            assert [one.job_id for one in unit.jobs.list(kind=kind)] == names
        assert unit.jobs.list(kind=JobKind.SIMULATION) == ()


def test_a_key_stands_for_one_kind_and_its_options(store: Store) -> None:
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        unit.jobs.add(make_job("f", **FORECAST), idempotency_key="k")
    with store.writing() as unit:
        again = unit.jobs.add(make_job("g", **FORECAST), idempotency_key="k")
        assert again.job_id == "f"
    for changes in (
        {"kind": JobKind.SOLVE},
        {"kind": JobKind.REQUIREMENTS, "options": FORECAST["options"]},
        {"kind": JobKind.FORECAST, "options": {"backtest": False}},
    ):
        with pytest.raises(ConflictError), store.writing() as unit:
            unit.jobs.add(make_job("h", **changes), idempotency_key="k")


def test_only_solves_are_told_of_when_they_end(store: Store) -> None:
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        unit.webhooks.add(Webhook("w", "https://example.org", "secret", ()))
        unit.jobs.add(make_job("s"))
        for name in ("f", "waits"):
            unit.jobs.add(make_job(name, **FORECAST))
    for name in ("s", "f"):
        store.begin(name, "x")
        assert store.finish(name, 1, JobState.DONE, "ref", None)
    assert store.ask_to_stop("waits") is JobState.STOPPED
    with store.reading() as unit:
        (message,) = unit.webhooks.messages("w")
        assert message.event == "solve.ended"
