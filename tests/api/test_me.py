"""An agent's own shifts: what is answered, to whom, and that nobody is waited for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.routes.me import ShiftsTold
from scheduler.access.tokens import parse_token
from scheduler.domain import Activity, Break, Horizon, Shift, WallTime
from scheduler.domain.access import Principal, Role
from scheduler.domain.period import Period
from scheduler.store import RosterFigures, Store
from scheduler.store.database import Memo
from scheduler.usecases.manage_access import make_token
from tests.api.server import Running, running_server
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

ZONES = ("Europe/Amsterdam", "Australia/Sydney", "Asia/Kolkata", "America/St_Johns", "UTC")
QUEUES = ("phone", 'say "hé"', "back\\slash", "日本 \N{CHICKEN}", "<&>\t")
FIRST, LAST = datetime(2027, 3, 20, tzinfo=UTC), datetime(2027, 4, 10, tzinfo=UTC)


def shift(agent: str, day: int, hour: int, zone: str, queue: str) -> Shift:
    start = FIRST + timedelta(days=day, hours=hour)
    wall = start.astimezone(ZoneInfo(zone))
    middle, end = start + timedelta(hours=4), start + timedelta(hours=8, minutes=15)
    half = timedelta(minutes=30)
    return Shift(
        agent, start, end, WallTime(wall.date(), wall.hour * 60 + wall.minute), zone, wall.fold,
        465, (Break(middle, middle + half, paid=False), Break(end - half, end, paid=True)),
        (Activity(queue, start, middle), Activity("mail", middle + half, end - half)),
    )  # fmt: skip


OWN = tuple(
    shift("a", day, (7 * day) % 24, ZONES[day % len(ZONES)], QUEUES[day % len(QUEUES)])
    for day in range(20)
)


def wanted(shifts: tuple[Shift, ...]) -> dict[str, object]:
    """Write the answer by the standard library's own means."""

    def utc(moment: datetime) -> str:
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    def local(moment: datetime, zone: str) -> str:
        return moment.astimezone(ZoneInfo(zone)).isoformat()

    return {
        "shifts": [
            {
                "agent_id": one.agent_id,
                "start": local(one.start, one.zone),
                "end": local(one.end, one.zone),
                "start_utc": utc(one.start),
                "end_utc": utc(one.end),
                "zone": one.zone,
                "paid_minutes": one.paid_minutes,
                "breaks": [
                    {"start_utc": utc(b.start), "end_utc": utc(b.end), "paid": b.paid}
                    for b in one.breaks
                ],
                "activities": [
                    {"queue_id": a.queue_id, "start_utc": utc(a.start), "end_utc": utc(a.end)}
                    for a in one.activities
                ],
            }
            for one in shifts
        ]
    }


def publish(store: Store, period_id: str, shifts: tuple[Shift, ...]) -> None:
    with store.writing() as unit:
        kept = unit.rosters.add(period_id, b"{}", shifts, RosterFigures("0" * 64, 1, 1, 0))
        unit.rosters.publish(kept.roster_id, kept.version, "planner")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    url = None
    if request.param == "postgresql":
        found: PostgresServer = request.getfixturevalue("postgres_server")
        url = found.create_database()
    with running_server(tmp_path_factory.mktemp("server"), database_url=url) as running:
        store = running.service.store
        horizon = Horizon(date(2027, 3, 20), date(2027, 4, 10), "UTC")
        with store.writing() as unit:
            for period_id in ("first", "second"):
                unit.periods.add(Period(period_id, period_id, horizon, "{}", (), ()))
        publish(store, "first", (shift("a", 3, 1, "UTC", "superseded"),))
        publish(store, "first", (*OWN[:9], shift("b", 1, 0, "UTC", "another's")))
        publish(store, "second", OWN[9:])
        with store.writing() as unit:
            draft = (shift("a", 5, 1, "UTC", "draft"),)
            unit.rosters.add("first", b"{}", draft, RosterFigures("0" * 64, 1, 1, 0))
        yield running


@pytest.fixture(scope="module")
def agent(server: Running) -> httpx.Client:
    return server.person("ann", Role.AGENT, agent_id="a")[1]


def ask(client: httpx.Client, start: datetime, until: datetime) -> httpx.Response:
    stretch = {"from": start.isoformat(), "until": until.isoformat()}
    return client.get("/v1/me/shifts", params=stretch)


def test_shifts_are_shown_on_the_own_clock_and_in_utc(agent: httpx.Client) -> None:
    answer = ask(agent, FIRST, LAST)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == wanted(OWN)
    ShiftsTold.model_validate_json(answer.content)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) >= 8


def test_those_that_overlap_are_shown(agent: httpx.Client) -> None:
    second = timedelta(seconds=1)
    for start, until in (
        (OWN[2].start, OWN[2].start + second),
        (OWN[2].end - second, OWN[2].end),
        (OWN[2].end, OWN[3].start),
        (OWN[8].end, OWN[9].start + second),
        (OWN[5].start - second, OWN[12].end + second),
    ):
        overlap = tuple(one for one in OWN if one.start < until and one.end > start)
        assert ask(agent, start, until).json() == wanted(overlap)


def test_an_offset_names_the_same_moment(agent: httpx.Client) -> None:
    for text in ("2027-03-25T05:30:00+05:30", "2027-03-25t00:00z", "2027-03-24T20:00-04:00"):
        answer = agent.get("/v1/me/shifts", params={"from": text, "until": "2027-03-26T00:00Z"})
        assert (
            answer.json() == ask(agent, FIRST + timedelta(days=5), FIRST + timedelta(days=6)).json()
        )


@pytest.mark.parametrize(
    ("params", "code", "pointer"),
    [
        ({"from": "x"}, "bad_moment", "/from"),
        ({"from": ""}, "bad_moment", "/from"),
        ({"from": "1700000000"}, "bad_moment", "/from"),
        ({"from": "2027-03-25T00:00:60Z"}, "bad_moment", "/from"),
        ({"until": "\0\N{CHICKEN}" * 1500}, "bad_moment", "/until"),
        ({"from": "2027-03-25T00:00"}, "missing_offset", "/from"),
        ({"until": "2027-03-25"}, "missing_offset", "/until"),
        ({"from": "0001-01-01T00:00+14:00"}, "out_of_range", "/from"),
        ({"from": "9999-12-31T00:00Z"}, "out_of_range", "/from"),
        ({"from": "2027-03-25T00:00Z", "until": "2027-03-25T00:00Z"}, "wrong_order", "/until"),
        ({"from": "2027-03-25T00:00Z", "until": "2029-03-25T00:00Z"}, "wrong_order", "/until"),
    ],
)
def test_a_wrong_moment_is_pointed_at(
    agent: httpx.Client, params: dict[str, str], code: str, pointer: str
) -> None:
    answer = agent.get("/v1/me/shifts", params=params)
    assert answer.status_code == 422, answer.text
    fault = answer.json()["faults"][0]
    assert (fault["code"], fault["pointer"]) == (code, pointer)
    assert len(answer.content) < 2000


def test_the_ends_of_the_calendar_are_moments_like_others(agent: httpx.Client) -> None:
    for start, until in (("0001-01-01T00:00Z", "0001-01-02T00:00Z"), ("9999-12-30T00:00Z",) * 2):
        answer = agent.get("/v1/me/shifts", params={"from": start, "until": until[:-6] + "23:59Z"})
        assert (answer.status_code, answer.json()) == (200, {"shifts": []})


def test_access_taken_away_counts_at_once(server: Running) -> None:
    store, clock = server.service.store, server.service.clock
    principal, client = server.person("bea", Role.AGENT, agent_id="b")
    assert len(ask(client, FIRST, LAST).json()["shifts"]) == 1
    text, _ = make_token(store, clock, principal.principal_id, by="test")
    other = server.client(text)
    assert ask(other, FIRST, LAST).status_code == 200
    with store.writing() as unit:
        unit.tokens.revoke(parse_token(text).token_id)
    answer = ask(other, FIRST, LAST)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert ask(client, FIRST, LAST).status_code == 200
    change(store, principal, agent_id="a")
    assert ask(client, FIRST, LAST).json() == wanted(OWN)
    change(store, principal, agent_id="a", is_active=False)
    assert ask(client, FIRST, LAST).status_code == 401


def change(store: Store, principal: Principal, **values: Any) -> None:
    with store.writing() as unit:
        kept = unit.principals.stored(principal.principal_id)
        unit.principals.put(replace(kept, principal=replace(kept.principal, **values)))


def test_only_agents_have_own_shifts(server: Running) -> None:
    denied = ask(server.person("pia", Role.PLANNER)[1], FIRST, LAST)
    assert (denied.status_code, denied.json()["code"]) == (403, "denied")
    assert ask(server.person("root", Role.ADMIN)[1], FIRST, LAST).json() == {"shifts": []}
    assert ask(server.client(), FIRST, LAST).json()["code"] == "unauthenticated"
    assert ask(server.client("helio_p_x"), FIRST, LAST).status_code == 401
    bad = server.client("helio_p_x").get("/v1/me/shifts", params={"from": "x"})
    assert bad.status_code == 401  # who asks is found out first


def test_who_reads_does_not_wait_for_who_writes(server: Running, agent: httpx.Client) -> None:
    with server.service.store.writing() as unit:
        unit.blobs.put(b"written, not yet kept")
        began = time.monotonic()
        assert ask(agent, FIRST, LAST).json() == wanted(OWN)
        assert agent.get("/health").status_code == 200
        assert time.monotonic() - began < 10
    assert json.loads(agent.get("/v1/me/shifts").content) == {"shifts": []}


def test_another_roster_counts_at_once(server: Running, agent: httpx.Client) -> None:
    assert ask(agent, FIRST, LAST).json() == wanted(OWN)
    publish(server.service.store, "second", (OWN[12],))
    assert ask(agent, FIRST, LAST).json() == wanted((*OWN[:9], OWN[12]))
    publish(server.service.store, "first", (OWN[14],))
    assert ask(agent, FIRST, LAST).json() == wanted((OWN[12], OWN[14]))


def test_a_memo_keeps_the_latest() -> None:
    memo: Memo[int, list[int]] = Memo(2)
    made = [memo.get(key, partial(list, [key])) for key in (1, 2, 1, 3, 1, 2)]
    assert made == [[1], [2], [1], [3], [1], [2]]
    assert made[0] is made[2] is made[4]  # asked for again before it was the oldest
    assert made[1] is not made[5]
