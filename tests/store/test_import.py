from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.domain import Horizon, Planning
from scheduler.domain.period import Period
from scheduler.intake.columns import TABLES
from scheduler.intake.document import to_document
from scheduler.store import BadRowError, Store, TableChange
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.read_input import read_planning
from tests.builders import make_agent, make_planning, make_site

EXAMPLE = Path(__file__).parents[2] / "examples" / "dutch-247"


@pytest.fixture(scope="module")
def example() -> Planning:
    return read_planning(EXAMPLE)


def keep(store: Store, planning: Planning, period_id: str = "p") -> tuple[TableChange, ...]:
    """Import a planning and make a period of its sites and queues."""
    document = to_document(planning)
    settings = {key: value for key, value in document.items() if key not in stems()}
    period = Period(
        period_id,
        planning.name,
        planning.horizon,
        json.dumps(settings),
        tuple(site.site_id for site in planning.sites),
        tuple(queue.queue_id for queue in planning.queues),
    )
    with store.writing(by="planner") as unit:
        if not [one for one in unit.periods.list() if one.period_id == period_id]:
            unit.periods.add(period)
        return unit.rows.replace_period(document, instants=horizon_bounds(planning.horizon))


def stems() -> set[str]:
    return {table.stem for table in TABLES}


def document_of(store: Store, horizon: Horizon, period_id: str = "p") -> dict[str, Any]:
    with store.reading() as unit:
        return unit.periods.document(period_id, instants=horizon_bounds(horizon))


def everything(store: Store) -> dict[str, Any]:
    with store.reading() as unit:
        return {stem: unit.rows.list(stem, limit=100_000) for stem in stems()}


def test_an_imported_folder_is_read_back_as_it_was(
    store: Store, example: Planning, tmp_path: Path
) -> None:
    changes = keep(store, example)
    document = to_document(example)
    assert {one.table: one.added for one in changes} == {
        stem: len(document[stem])  # type: ignore[arg-type]
        for stem in stems()
    }
    found = document_of(store, example.horizon)
    assert found == document
    path = tmp_path / "planning.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    assert read_planning(path).input_sha256 == example.input_sha256


def test_the_same_import_twice_changes_nothing(store: Store, example: Planning) -> None:
    keep(store, example)
    before = everything(store)
    with store.reading() as unit:
        entries = len(unit.trail.list(limit=10_000))
    changes = keep(store, example)
    assert all((one.added, one.changed, one.removed) == (0, 0, 0) for one in changes)
    assert everything(store) == before
    with store.reading() as unit:
        assert len(unit.trail.list(limit=10_000)) == entries


def test_an_import_replaces_what_it_speaks_of(store: Store, example: Planning) -> None:
    keep(store, example)
    document: dict[str, Any] = copy.deepcopy(to_document(example))
    document["agents"][3]["name"] = "Somebody Else"
    del document["skills"][10]
    document["wishes"].reverse()
    document["demand"] = document["demand"][:5]
    document["pins"] = []
    with store.writing(by="planner") as unit:
        changes = unit.rows.replace_period(document, instants=horizon_bounds(example.horizon))
        agent = unit.rows.get("agents", document["agents"][3]["agent_id"])
    assert (agent.version, agent.values["name"]) == (2, "Somebody Else")
    assert document_of(store, example.horizon) == document
    done = {one.table: one for one in changes}
    assert done["agents"] == TableChange("agents", changed=1)
    assert done["demand"].removed == len(to_document(example)["demand"]) - 5  # type: ignore[arg-type]
    assert done["pins"].removed == 2
    assert done["sites"] == TableChange("sites")
    with store.reading() as unit:
        first = unit.trail.list(subject="agents", key=agent.values["agent_id"])[0]  # type: ignore[arg-type]
        assert (first.who, first.change.verb) == ("planner", "put")
        assert first.change.after == agent.values
        replaced = unit.trail.list(subject="skills")[0].change
        assert replaced.before is not None
        lost = json.loads(unit.blobs.get(str(replaced.before["sha256"])))
        assert to_document(example)["skills"][10] in lost  # type: ignore[index]


def test_two_folders_do_not_mix(store: Store, example: Planning) -> None:
    other = make_planning()
    keep(store, example)
    keep(store, other, "other")
    assert document_of(store, example.horizon) == to_document(example)
    assert document_of(store, other.horizon, "other") == to_document(other)
    changed = make_planning(agents=(make_agent(), make_agent("a2")))
    keep(store, changed, "other")
    assert document_of(store, example.horizon) == to_document(example)
    assert document_of(store, other.horizon, "other")["agents"] == to_document(changed)["agents"]


def test_periods_one_after_the_other_keep_their_own_need_pins_and_history(store: Store) -> None:
    def planning(week: int) -> dict[str, Any]:
        document: dict[str, Any] = copy.deepcopy(to_document(make_planning()))
        start = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(weeks=week)
        agent = {"agent_id": document["agents"][0]["agent_id"]}
        queue = {"queue_id": document["queues"][0]["queue_id"]}
        document["horizon"] = {
            "start": f"{start:%Y-%m-%d}",
            "end": f"{start + timedelta(weeks=1):%Y-%m-%d}",
            "zone": "UTC",
        }
        local = {**agent, "zone": "Australia/Sydney", "fold": 0}
        document["requirements"] = [
            {
                **queue,
                "interval_start": f"{start + timedelta(hours=h):%Y-%m-%dT%H:00Z}",
                "agents": h,
            }
            for h in (0, 1, 167)
        ]
        document["pins"] = [
            {**local, "start_local": f"{start:%Y-%m-%d}T11:00", "duration_minutes": 480 + 15 * week}
        ]
        document["history"] = [
            {
                **local,
                "start_local": f"{start - timedelta(days=2):%Y-%m-%d}T09:00",
                "end_utc": f"{start - timedelta(days=2):%Y-%m-%d}T17:00Z",
            }
        ]
        return document

    def instants(document: dict[str, Any]) -> tuple[datetime, datetime]:
        named = document["horizon"]
        return (
            datetime.fromisoformat(named["start"]).replace(tzinfo=UTC),
            datetime.fromisoformat(named["end"]).replace(tzinfo=UTC),
        )

    weeks = [planning(week) for week in range(3)]
    with store.writing() as unit:
        for document in (weeks[1], weeks[0], weeks[2], weeks[1]):
            unit.rows.replace_period(document, instants=instants(document))
            unit.rows.replace_period(document, instants=instants(document))
        assert len(unit.rows.list("pins")) == 3
        assert len(unit.rows.list("requirements")) == 9
        starts = [row.values["start_local"] for row in unit.rows.list("history")]
        assert sorted(starts) == ["2027-03-06T09:00", "2027-03-13T09:00"]
        for document, seen in zip(weeks, (0, 1, 2), strict=True):
            begin, end = instants(document)
            settings = json.dumps({"name": "x"})
            horizon = Horizon(begin.date(), end.date(), "UTC")
            unit.periods.add(Period(f"{begin}", "x", horizon, settings, ("amsterdam",), ("q1",)))
            found = unit.periods.document(f"{begin}", instants=(begin, end))
            for stem in ("pins", "requirements"):
                assert found[stem] == document[stem]
            assert len(found["history"]) == seen  # type: ignore[arg-type]


def test_a_document_that_does_not_fit_leaves_nothing(store: Store) -> None:
    good = to_document(make_planning())
    site = to_document(make_planning())["sites"][0]  # type: ignore[index]
    spoilt: list[dict[str, Any]] = [
        {**good, "sites": [{**site, "colour": "red"}]},
        {**good, "sites": [site, site]},
        {**good, "sites": [{**site, "name": None}]},
        {**good, "sites": [{**site, "name": 5}]},
        {**good, "sites": [{**site, "name": "\0"}]},
        {**good, "sites": [{**site, "name": "\ud83d"}]},
        {**good, "skills": [{"agent_id": "nobody", "kind": "language", "value": "nl"}]},
        {**good, "queues": [{**good["queues"][0], "priority": 2**63}]},  # type: ignore[index]
        {**good, "queues": [{**good["queues"][0], "priority": True}]},  # type: ignore[index]
    ]
    for document in spoilt:
        with pytest.raises(BadRowError), store.writing() as unit:
            unit.rows.replace_period(document, instants=horizon_bounds(make_planning().horizon))
    assert all(rows == () for rows in everything(store).values())


def test_thirty_thousand_rows_are_imported_in_seconds(store: Store) -> None:
    planning = make_planning(sites=(make_site(),))
    document: dict[str, Any] = to_document(planning)
    begin, _ = horizon_bounds(planning.horizon)
    queue_id = document["queues"][0]["queue_id"]
    document["demand"] = [
        {
            "queue_id": queue_id,
            "interval_start": f"{begin + timedelta(minutes=15 * idx):%Y-%m-%dT%H:%MZ}",
            "offered": "12.5",
            "aht_s": "240",
        }
        for idx in range(30_000)
    ]
    instants = begin, begin + timedelta(days=400)
    before = time.process_time()
    with store.writing() as unit:
        unit.rows.replace_period(document, instants=instants)
    seconds = time.process_time() - before
    with store.reading() as unit:
        assert len(unit.rows.list("demand", limit=50_000)) == 30_000
    assert seconds < 5, "an order of magnitude, not a benchmark"
