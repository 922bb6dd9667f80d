"""Periods one after the other: what one publishes is history of the next, and is judged there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.clock import fixed_clock
from scheduler.domain import Horizon, Planning, Shift, WallTime
from scheduler.domain.access import Role
from scheduler.errors import InputError
from scheduler.intake.document import canonical_text, instant_text, to_document
from scheduler.intake.planning_folder import read_document
from scheduler.store import RosterFigures, Store, Unit, open_store
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of
from scheduler.usecases.carry_history import with_published
from scheduler.usecases.import_planning import period_of_document
from tests.api.server import Running, running_server
from tests.builders import (
    flat_requirements,
    make_agent,
    make_contract,
    make_past_shift,
    make_pin,
    make_planning,
)
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

FRIDAY = date(2027, 3, 26)
SPRING = Horizon(date(2027, 3, 22), FRIDAY, "Europe/Amsterdam")
MOST_A_WEEK = 1500
HOUR = timedelta(hours=1)


def company(horizon: Horizon) -> Planning:
    """Five agents around the clock, with hours for two thirds of what is needed in a week."""
    contract = make_contract(
        min_minutes_week=0, target_minutes_week=MOST_A_WEEK, max_minutes_week=MOST_A_WEEK,
        night_allowed=True,
    )  # fmt: skip
    agents = tuple(make_agent(f"a{idx}") for idx in range(1, 6))
    return make_planning(
        name="Spring", horizon=horizon, contracts=(contract,), agents=agents,
        requirements=flat_requirements(horizon),
    )  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    with running_server(tmp_path_factory.mktemp("server"), database_url=url) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Running) -> httpx.Client:
    return server.person("root", Role.ADMIN)[1]


def solved(client: httpx.Client, period_id: str) -> dict[str, Any]:
    """Solve a period; return the roster's figures."""
    asked = {"period_id": period_id, "time_limit_seconds": 4, "workers": 1}
    solve = client.post("/v1/solves", json=asked).json()
    with client.stream("GET", f"/v1/solves/{solve['solve_id']}/events") as answer:
        told = [line for line in answer.iter_lines() if line.startswith("data: ")]
    end = json.loads(told[-1].removeprefix("data: "))
    assert end["state"] == "done", end
    found: dict[str, Any] = client.get(f"/v1/rosters/{end['roster_id']}").json()
    assert found["hard_findings"] == 0
    return found


def published(client: httpx.Client, roster: dict[str, Any]) -> list[dict[str, Any]]:
    """Publish a roster; return its shifts."""
    match = {"If-Match": f'"{roster["version"]}"'}
    done = client.post(f"/v1/rosters/{roster['roster_id']}/publish", headers=match)
    assert done.json()["state"] == "published", done.text
    found: list[dict[str, Any]] = client.get(f"/v1/rosters/{roster['roster_id']}/document").json()[
        "shifts"
    ]
    return found


def next_period(client: httpx.Client) -> None:
    """Add the period behind the spring, with need."""
    asked = {"period_id": "next", "copy_of": "spring", "start": FRIDAY.isoformat(), "days": 6}
    made = client.post("/v1/periods", json=asked)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/periods/next"), made.text
    assert made.json()["horizon"]["end"] == "2027-04-01"
    need = to_document(company(NEXT))["requirements"]
    assert client.post("/v1/requirements/batch", json={"rows": need}).status_code == 200


def with_spring(client: httpx.Client) -> None:
    body = canonical_text(company(SPRING))
    kind = {"Content-Type": "application/json"}
    assert client.put("/v1/periods/spring/planning", content=body, headers=kind).status_code == 200


def ends(shifts: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(shift["agent_id"], shift["end_utc"]) for shift in shifts}


def test_the_next_period_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    with running_server(tmp_path) as running:
        client = running.person("root", Role.ADMIN)[1]
        with_spring(client)
        before = published(client, solved(client, "spring"))
        next_period(client)
        planning = client.get("/v1/periods/next/planning").json()
        assert ends(planning["history"]) == ends(before)
        after = published(client, solved(client, "next"))
        judge_by_hand([*before, *after])
        spring = client.get("/v1/periods/spring/planning").json()
        assert spring["history"] == [], "what comes later is no history"


def test_a_start_too_soon_after_the_last_night_is_not_published(admin: httpx.Client) -> None:
    with_spring(admin)
    thursday = datetime(2027, 3, 25, 23, tzinfo=UTC)  # midnight in Amsterdam
    nights = [by_hand("a1", thursday - HOUR - 24 * HOUR * back) for back in (0, 1)]
    head = {"start": SPRING.start.isoformat(), "end": FRIDAY.isoformat(), "zone": SPRING.zone}
    roster = roster_of([*nights, by_hand("a2", thursday - 40 * HOUR)]) | {"horizon": head}
    kept = admin.post("/v1/periods/spring/rosters", json=roster)
    assert kept.json()["hard_findings"] == 0, kept.text
    before = published(admin, kept.json())
    next_period(admin)
    planning = admin.get("/v1/periods/next/planning").json()
    assert ends(planning["history"]) == ends(before)
    refuse_a_start_too_soon(admin, before)


def judge_by_hand(shifts: list[dict[str, Any]]) -> None:
    """Rest between any two shifts, and hours of the week through which the seam runs."""
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    minutes: dict[str, int] = defaultdict(int)
    for shift in shifts:
        start, end = (datetime.fromisoformat(shift[key]) for key in ("start_utc", "end_utc"))
        spans[shift["agent_id"]].append((start, end))
        if date.fromisoformat(shift["start_local"][:10]) < date(2027, 3, 29):
            minutes[shift["agent_id"]] += shift["paid_minutes"]
    for own in spans.values():
        own.sort()
        rests = [later[0] - sooner[1] for sooner, later in pairwise(own)]
        assert min(rests) >= 8 * HOUR
        assert sum(rest < 11 * HOUR for rest in rests) <= 1, "NL: eight hours once a week"
    assert max(minutes.values()) <= MOST_A_WEEK
    assert sum(minutes.values()) > 4 * MOST_A_WEEK, "there was need for nearly all hours"


def refuse_a_start_too_soon(client: httpx.Client, before: list[dict[str, Any]]) -> None:
    """A shift an hour after the last published night ended is found, and not published."""
    last = max(before, key=lambda shift: shift["end_utc"])
    ended = datetime.fromisoformat(last["end_utc"])
    soon = by_hand(last["agent_id"], ended + HOUR)
    other = next(s["agent_id"] for s in before if s["agent_id"] != last["agent_id"])
    kept = client.post("/v1/periods/next/rosters", json=roster_of([soon]))
    assert kept.status_code == 201, kept.text
    roster = kept.json()
    rules = found_hard(client, roster["roster_id"])
    assert rules, "the rest is broken"
    assert {finding["agent_id"] for finding in rules} == {last["agent_id"]}
    match = {"If-Match": kept.headers["etag"]}
    refused = client.post(f"/v1/rosters/{roster['roster_id']}/publish", headers=match)
    assert (refused.status_code, refused.json()["code"]) == (409, "hard_findings")
    assert refused.json()["fault_count"] == roster["hard_findings"] == len(rules)
    assert ("1 hard finding;" in refused.json()["detail"]) == (len(rules) == 1)
    rested = [s for s in before if s["agent_id"] == other]
    free = max(datetime.fromisoformat(s["end_utc"]) for s in rested) + 40 * HOUR
    fine = client.post("/v1/periods/next/rosters", json=roster_of([by_hand(other, free)]))
    rest = [f for f in found_hard(client, fine.json()["roster_id"]) if "rest" in f["rule"]]
    assert rest == []


def found_hard(client: httpx.Client, roster_id: str) -> list[dict[str, Any]]:
    findings = client.get(f"/v1/rosters/{roster_id}/audit").json()["findings"]
    return [finding for finding in findings if finding["severity"] == "hard"]


def by_hand(agent_id: str, start: datetime) -> dict[str, Any]:
    """A shift of five hours without a break, on the half hour."""
    start = start.replace(minute=0)
    shown = local_of(start, "Europe/Amsterdam")
    span = {"start_utc": instant_text(start), "end_utc": instant_text(start + 5 * HOUR)}
    return {
        **span, "agent_id": agent_id, "start_local": str(shown.wall), "zone": "Europe/Amsterdam",
        "fold": shown.fold, "paid_minutes": 300, "breaks": [],
        "activities": [{**span, "queue_id": "q1"}], "pinned": False,
    }  # fmt: skip


def roster_of(shifts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": "heliotrope-roster/1",
        "horizon": {"start": "2027-03-26", "end": "2027-04-01", "zone": "Europe/Amsterdam"},
        "currency": "EUR",
        "shifts": shifts,
    }


def test_a_period_is_added_renamed_and_refused(server: Running, admin: httpx.Client) -> None:
    planning = replace(company(SPRING), history_from=date(2027, 1, 1))
    document = to_document(planning) | {"announced": {"times_on": "2027-02-01"}}
    first = admin.put("/v1/periods/first/planning", json=document)
    assert first.status_code == 200, first.text
    asked = {"period_id": "a b.é", "copy_of": "first", "start": "2027-04-05", "end": "2027-04-19"}
    made = admin.post("/v1/periods", json=asked)
    assert made.status_code == 201, made.text
    assert made.json() | {"version": 1} == {
        "period_id": "a b.é", "name": "a b.é", "version": 1,
        "site_ids": ["amsterdam"], "queue_ids": ["q1"],
        "horizon": {"start": "2027-04-05", "end": "2027-04-19", "zone": "Europe/Amsterdam"},
    }  # fmt: skip
    at = made.headers["location"]
    assert admin.get(at).json() == made.json()
    with server.service.store.reading() as unit:
        kept = json.loads(unit.periods.get("a b.é").settings)
        old = json.loads(unit.periods.get("first").settings)
    changed = {"name", "horizon", "announced"}
    assert "announced" in old
    assert "announced" not in kept
    assert {k: v for k, v in kept.items() if k not in changed} == {
        k: v for k, v in old.items() if k not in changed
    }
    assert (kept["name"], kept["horizon"]) == ("a b.é", made.json()["horizon"])
    named = admin.put(at, json={"name": "  April "}, headers={"If-Match": made.headers["etag"]})
    assert (named.json()["name"], named.headers["etag"]) == ("April", '"2"')
    again = admin.put(at, json={"name": "May"}, headers={"If-Match": made.headers["etag"]})
    assert again.status_code == 412
    assert admin.post("/v1/periods", json=asked).status_code == 409
    lost = admin.post("/v1/periods", json=asked | {"copy_of": "nothing", "period_id": "x"})
    assert lost.status_code == 404
    odd: list[tuple[dict[str, Any], str]] = [
        ({"period_id": "a/b"}, "/period_id"), ({"period_id": ".."}, "/period_id"),
        ({"period_id": "\0"}, "/period_id"), ({"period_id": "\ud800"}, "/period_id"),
        ({"name": " "}, "/name"), ({"name": "a\0"}, "/name"),
        ({"start": "2027-02-30"}, "/start"), ({"start": "9999-12-31"}, "/start"),
        ({"end": "2027-04-05"}, "/end"), ({"end": "2029-04-05"}, "/end"), ({"days": 7}, "/end"),
        ({"end": None}, "/end"), ({"start": "2199-12-31", "end": None, "days": 1}, "/days"),
        ({"days": 0, "end": None}, "/days"), ({"start": 20270405}, "/start"),
    ]  # fmt: skip
    for change, pointer in odd:
        body = json.dumps(asked | {"period_id": "x"} | change)
        kind = {"Content-Type": "application/json"}
        refused = admin.post("/v1/periods", content=body, headers=kind)
        assert refused.status_code == 422, (change, refused.text)
        assert refused.json()["faults"][0]["pointer"] == pointer, change
    far = server.person("far", Role.PLANNER, site_ids=("perth",))[1]
    assert far.post("/v1/periods", json=asked | {"period_id": "x"}).status_code == 403
    near = server.person("near", Role.PLANNER, site_ids=("amsterdam",))[1]
    assert near.post("/v1/periods", json=asked | {"period_id": "x"}).status_code == 201


# What published shifts become, without a solve.


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("carry") / "heliotrope.db"
    store = open_store(f"sqlite:///{path}", clock=fixed_clock(datetime(2027, 3, 1, tzinfo=UTC)))
    store.migrate()
    return store


def a_shift(agent_id: str, start: datetime, hours: int) -> Shift:
    shown = local_of(start, "Europe/Amsterdam")
    end = start + hours * HOUR
    wall = WallTime(shown.wall.day, shown.wall.minute)
    return Shift(agent_id, start, end, wall, "Europe/Amsterdam", shown.fold, 60 * hours)


def publish(unit: Unit, period_id: str, shifts: list[Shift]) -> None:
    planning = company(SPRING)
    period = period_of_document(period_id, planning, to_document(planning))
    unit.periods.add(period)
    figures = RosterFigures("0" * 64, 0, 0, 0)
    draft = unit.rosters.add(period_id, b"{}", shifts, figures)
    unit.rosters.publish(draft.roster_id, draft.version, "me")


def carried(store: Store, planning: Planning, *rosters: list[Shift]) -> Planning:
    """Return a planning after rosters of other periods were published, in that order."""
    with store.writing() as unit:
        for idx, shifts in enumerate(rosters):
            publish(unit, f"p{idx}", shifts)
        found = with_published(unit, planning, "own")
        unit.connection.rollback()
    return found


NEXT = Horizon(FRIDAY, date(2027, 4, 1), SPRING.zone)
SEAM, _ = horizon_bounds(NEXT)


def starts(planning: Planning, agent_id: str = "a1") -> list[datetime]:
    return [past.start for past in planning.history if past.agent_id == agent_id]


def test_rows_of_history_win_over_what_was_planned(template: Store) -> None:
    worked = make_past_shift("a1", "2027-03-24T09:30", 480)
    planning = replace(company(NEXT), history=(worked,))
    planned = [
        a_shift("a1", worked.start - HOUR // 2, 8),  # began half an hour later in truth
        a_shift("a1", worked.end - HOUR, 4),
        a_shift("a1", worked.start + 24 * HOUR, 8),
        a_shift("a1", SEAM, 8),  # the horizon's own first instant
        a_shift("a1", SEAM - HOUR, 8),
        a_shift("stranger", worked.start, 8),
    ]
    merged = carried(template, planning, planned)
    assert starts(merged) == [worked.start, worked.start + 24 * HOUR, SEAM - HOUR]
    assert starts(merged, "stranger") == []
    assert carried(template, planning, [planned[0]]) == planning
    assert carried(template, merged, planned) == merged
    first, second = [a_shift("a1", SEAM - 9 * HOUR, 8)], [a_shift("a1", SEAM - 8 * HOUR, 8)]
    later = carried(template, company(NEXT), first, second)
    assert starts(later) in ([first[0].start], [second[0].start]), "never both"


def test_what_no_planning_may_hold_is_left_out(template: Store) -> None:
    shifts = [a_shift("a1", SEAM - 24 * HOUR * day + 9 * HOUR, 8) for day in (1, 2, 3, 4)]
    agent = make_agent("a1", employed_from=date(2027, 3, 23), employed_until=date(2027, 3, 25))
    planning = replace(company(NEXT), agents=(agent, *company(NEXT).agents[1:]))
    assert len(starts(carried(template, company(NEXT), shifts))) == 4
    assert len(starts(carried(template, planning, shifts))) == 2
    begun = replace(company(NEXT), history_from=date(2027, 3, 24))
    assert len(starts(carried(template, begun, shifts))) == 2
    old = [a_shift("a1", SEAM - 900 * 24 * HOUR, 8)]
    assert carried(template, company(NEXT), old) == company(NEXT)


def test_a_pin_before_a_published_shift_has_ended_is_refused(template: Store) -> None:
    night = a_shift("a1", SEAM - 2 * HOUR, 8)
    at_six = make_pin("a1", "2027-03-26T06:00", 240)
    pinned = replace(company(NEXT), pins=(at_six,))
    assert len(carried(template, pinned, [night]).history) == 1
    early = replace(pinned, pins=(replace(at_six, start=at_six.start - HOUR),))
    with pytest.raises(InputError) as caught:
        carried(template, early, [night])
    (fault,) = caught.value.faults
    assert fault.column == "/pins/0/start_local"
    assert "p0" in str(fault)


hours_back = st.integers(1, 200)
drawn = st.lists(
    st.tuples(st.sampled_from(["a1", "a2"]), hours_back, st.integers(4, 12)), max_size=8
)


def apart(rows: list[tuple[str, int, int]]) -> list[Shift]:
    """Shifts of which none overlaps another of the same agent."""
    kept: list[Shift] = []
    for agent_id, back, hours in rows:
        new = a_shift(agent_id, SEAM - back * HOUR, hours)
        if all(
            new.agent_id != old.agent_id or new.end <= old.start or old.end <= new.start
            for old in kept
        ):
            kept.append(new)
    return kept


@settings(max_examples=20, deadline=None)
@given(history=drawn, first=drawn, second=drawn, from_day=st.none() | st.integers(1, 8))
def test_what_comes_of_it_is_a_planning_like_any_other(
    template: Store,
    history: list[tuple[str, int, int]],
    first: list[tuple[str, int, int]],
    second: list[tuple[str, int, int]],
    from_day: int | None,
) -> None:
    begins = None if from_day is None else FRIDAY - timedelta(days=from_day)
    rows = tuple(
        make_past_shift(one.agent_id, str(one.start_local), (one.end - one.start) // (HOUR / 60))
        for one in apart(history)
        if begins is None or one.start_local.day >= begins
    )
    planning = replace(company(NEXT), history=rows, history_from=begins)
    rosters = [apart(first), apart(second)]
    merged = carried(template, planning, *rosters)
    read = read_document(canonical_text(merged))
    assert read.faults == ()
    assert read.planning is not None
    if merged != planning:
        assert read.planning == merged, "and its digest is right"
    assert merged.history[: len(rows)] == rows
    spans = {(past.agent_id, past.start, past.end) for past in merged.history}
    for shift in (*rosters[0], *rosters[1]):  # nothing is lost without a reason
        crossed = any(
            agent_id == shift.agent_id and start < shift.end and shift.start < end
            for agent_id, start, end in spans
        )
        too_old = begins is not None and shift.start_local.day < begins
        assert crossed or too_old
