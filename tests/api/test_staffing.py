"""From contacts to a judged roster through a real server, on both databases."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from api.schemas import staffing_results as told
from scheduler.domain.access import Role
from scheduler.intake.planning_folder import read_document
from scheduler.staffing.requirements import required_agents
from tests.api.server import Running, running_server
from tests.api.staffing_jobs import CSV, ended, good, history
from tests.cli.service import helio, serving
from tests.contract.world import planning
from tests.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

QUICK = {
    "HELIOTROPE_BEAT_SECONDS": "0.3",
    "HELIOTROPE_FENCE_SECONDS": "1",
    "HELIOTROPE_DEAD_SECONDS": "2",
}


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


def with_contacts(offered: str = "6", shrinkage: str = "0.2") -> dict[str, Any]:
    """Return the planning of one site whose need is contacts."""
    document = planning("ams")
    document["demand"] = [
        {"queue_id": row["queue_id"], "interval_start": row["interval_start"],
         "offered": offered, "aht_s": "180"}
        for row in document.pop("requirements")
    ]  # fmt: skip
    document["queues"][0] |= {"shrinkage": shrinkage, "patience_s": 120}
    return document


def bring(client: httpx.Client, period_id: str, document: dict[str, Any]) -> str:
    """Import a planning; return the period's version as an entity tag."""
    good(client.put(f"/v1/periods/{period_id}/planning", json=document))
    return good(client.get(f"/v1/periods/{period_id}")).headers["etag"]


def done(client: httpx.Client, submitted: httpx.Response, model: type[BaseModel]) -> dict[str, Any]:
    """Wait for a job that was just submitted to be done; return its result, which fits a model."""
    where = good(submitted).headers["location"]
    assert submitted.status_code == 202
    job = ended(client, where)
    assert job["state"] == "done", job
    result: dict[str, Any] = good(client.get(f"{where}/result")).json()
    exact: type[BaseModel] = type("Exact", (model,), {"model_config": {"extra": "forbid"}})
    exact.model_validate(result)
    return result


def rows_of(client: httpx.Client, table: str, queue_id: str) -> list[dict[str, Any]]:
    where: dict[str, Any] = {"queue_id": queue_id, "limit": 500}
    rows = good(client.get(f"/v1/{table}", params=where)).json()["rows"]
    return [row["values"] for row in rows]


def test_requirements_are_worked_out_and_written(server: Running, admin: httpx.Client) -> None:
    document = with_contacts()
    mail = document["queues"][0] | {"queue_id": "mail-ams", "channel": "email", "priority": 2}
    document["queues"].append({k: v for k, v in mail.items() if k != "patience_s"})
    document["demand"] += [
        row | {"queue_id": "mail-ams", "offered": "1.5"} for row in document["demand"][:12]
    ]
    tag = bring(admin, "need", document)
    key = {"Idempotency-Key": "need-1"}
    submitted = admin.post("/v1/requirements/jobs", json={"period_id": "need"}, headers=key)
    result = done(admin, submitted, told.RequirementsResultTold)
    queue, deferred = result["queues"]
    busy = [each for each in queue["intervals"] if each["offered"]]
    assert len(busy) == 36
    kept = [each for each in deferred["intervals"] if each["gross"] or each["has_demand"]]
    assert any(not each["gross"] for each in kept), "levelled: not always where contacts come in"
    # 6 calls of 180 s in half an hour: 0.6 Erlang; 80 % in 20 s by the calculator, then shrinkage
    asked = {"calls": 6, "aht_s": 180, "target": 0.8, "target_s": 20, "shrinkage": 0.2}
    one = good(admin.get("/v1/erlang", params=asked)).json()
    (fewest,) = (row for row in one["rows"] if row["is_fewest"])
    assert {(each["net"], each["gross"]) for each in busy} == {(fewest["agents"], fewest["gross"])}
    hours = 18 * fewest["gross"] + sum(each["gross"] for each in kept) / 2
    assert result["totals"]["hours"] == pytest.approx(hours)
    both = zip(queue["intervals"], deferred["intervals"], strict=True)
    at_once = [one["gross"] + other["gross"] for one, other in both]
    assert result["totals"]["most"] == max(at_once)
    again = admin.post("/v1/requirements/jobs", json={"period_id": "need"}, headers=key).json()
    assert again["requirements_id"] == submitted.json()["requirements_id"]
    other = {"period_id": "need", "queue_id": "phone-ams"}
    assert admin.post("/v1/requirements/jobs", json=other, headers=key).status_code == 409

    where = f"{submitted.headers['location']}/apply"
    assert admin.post(where).status_code == 428
    assert admin.post(where, headers={"If-Match": '"99"'}).status_code == 412
    assert rows_of(admin, "requirements", "phone-ams") == []
    applied = good(admin.post(where, headers={"If-Match": tag}))
    assert (applied.json()["table"], applied.json()["added"]) == (
        "requirements", 36 + len(kept)
    )  # fmt: skip
    assert admin.post(where, headers={"If-Match": tag}).status_code == 412
    rows = rows_of(admin, "requirements", "phone-ams")
    assert {row["agents"] for row in rows} == {fewest["gross"]}
    assert len(rows_of(admin, "requirements", "mail-ams")) == len(kept)
    assert len(rows_of(admin, "demand", "phone-ams")) == 36, "demand stays"
    trail = good(admin.get("/v1/trail", params={"what": "requirements"})).json()
    assert trail["entries"][0]["after"]["rows"] == 36 + len(kept)

    # no shrinkage twice, and no demand twice: the planning needs the same agents as before
    planned = good(admin.get("/v1/periods/need/planning")).text
    whole = read_document(planned).planning
    assert whole is not None
    needed = required_agents(whole)
    assert {queue_id: list(agents) for queue_id, agents in needed.items()} == {
        each["queue_id"]: [interval["gross"] for interval in each["intervals"]]
        for each in result["queues"]
    }
    second = admin.post("/v1/requirements/jobs", json={"period_id": "need"})
    assert done(admin, second, told.RequirementsResultTold)["totals"] == result["totals"]
    # a row that a person wrote is kept until told otherwise
    (first,) = good(
        admin.get("/v1/requirements", params={"queue_id": "phone-ams", "limit": 1})
    ).json()["rows"]
    at = f"/v1/requirements/{first['row_id']}"
    match = {"If-Match": f'"{first["version"]}"'}
    good(admin.put(at, json=first["values"] | {"agents": 9}, headers=match))
    now = {"If-Match": applied.headers["etag"]}
    refused = admin.post(where, headers=now)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "replace=true" in refused.json()["detail"]
    replaced = good(admin.post(where, headers=now, params={"replace": True}))
    assert replaced.json()["version"] == int(now["If-Match"].strip('"')) + 1
    assert {row["agents"] for row in rows_of(admin, "requirements", "phone-ams")} == {
        fewest["gross"]
    }
    assert good(admin.get("/v1/solves")).json()["solves"] == [], "solves alone are solves"


def test_simulation_of_a_solved_roster(server: Running, admin: httpx.Client) -> None:
    bring(admin, "sim", with_contacts(shrinkage="0"))
    asked = {"period_id": "sim", "time_limit_seconds": 20, "gap_target": 0.9, "workers": 1}
    submitted = good(admin.post("/v1/solves", json=asked))
    solve = ended(admin, submitted.headers["location"])
    roster_id = solve["roster_id"]
    body = {"roster_id": roster_id, "replications": 40, "seed": 3}
    made = admin.post("/v1/simulations", json=body)
    result = done(admin, made, told.SimulationResultTold)
    assert (result["replications"], result["replications_asked"]) == (40, 40)
    assert result["channels"][0]["outcome"] == result["queues"][0]["outcome"]
    offered = result["total"]["offered"]
    assert offered["low"] < 36 * 6 < offered["high"]
    by_hour = sum(hour["outcome"]["offered"]["mean"] for hour in result["hours"])
    assert by_hour == pytest.approx(offered["mean"], rel=1e-4)
    again = done(admin, admin.post("/v1/simulations", json=body), told.SimulationResultTold)
    assert again["total"] == result["total"], "a seed stands for figures"
    other = admin.post("/v1/simulations", json=body | {"seed": 4})
    assert done(admin, other, told.SimulationResultTold)["total"] != result["total"]
    simulation_id = made.json()["simulation_id"]
    assert admin.get(f"/v1/solves/{simulation_id}").status_code == 404
    assert admin.get(f"/v1/simulations/{solve['solve_id']}").status_code == 404
    listed = good(admin.get("/v1/simulations", params={"period_id": "sim"})).json()
    assert [each["simulation_id"] for each in listed["simulations"]][-1] == simulation_id
    seen = list(events(admin, f"/v1/simulations/{simulation_id}/events"))
    assert seen[-1][0] == "end"
    assert seen[-1][1]["state"] == "done"
    assert any("replications" in data.get("phase", "") for name, data in seen)


def events(client: httpx.Client, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with client.stream("GET", where) as answer:
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_a_stopped_simulation_keeps_what_it_has(server: Running, admin: httpx.Client) -> None:
    roster_id = busy_roster(admin, "stop", "1500")
    made = admin.post("/v1/simulations", json={"roster_id": roster_id, "replications": 1000})
    where = good(made).headers["location"]
    early = admin.get(f"{where}/result")
    assert (early.status_code, early.json()["code"]) == (409, "not_ended")
    for name, _ in events(admin, f"{where}/events"):
        assert name == "progress"
        break
    good(admin.delete(where))
    job = ended(admin, where, seconds=30)
    assert job["state"] == "stopped"
    result = good(admin.get(f"{where}/result")).json()
    assert 1 <= result["replications"] < result["replications_asked"] == 1000
    # one that has not begun ends without a result: it waits behind the next
    long = admin.post("/v1/simulations", json={"roster_id": roster_id, "replications": 1000})
    waits = admin.post("/v1/simulations", json={"roster_id": roster_id, "seed": 2})
    good(admin.delete(waits.headers["location"]))
    assert ended(admin, waits.headers["location"])["state"] == "stopped"
    none = admin.get(f"{waits.headers['location']}/result")
    assert (none.status_code, none.json()["code"]) == (404, "no_result")
    good(admin.delete(long.headers["location"]))
    ended(admin, long.headers["location"])


def busy_roster(client: httpx.Client, period_id: str, offered: str) -> str:
    """Return a roster, brought by hand, that meets very many contacts."""
    document = with_contacts(offered)
    bring(client, period_id, document)
    head = {name: document[name] for name in ("horizon", "currency")}
    shift = {
        "agent_id": "ams-01", "start_utc": "2027-03-22T08:00Z", "end_utc": "2027-03-22T14:00Z",
        "start_local": "2027-03-22T09:00", "zone": "Europe/Amsterdam", "fold": 0,
        "paid_minutes": 360, "breaks": [], "pinned": False,
        "activities": [{"queue_id": "phone-ams", "start_utc": "2027-03-22T08:00Z",
                        "end_utc": "2027-03-22T14:00Z"}],
    }  # fmt: skip
    roster = {"format": "heliotrope-roster/1", **head, "shifts": [shift]}
    brought = good(client.post(f"/v1/periods/{period_id}/rosters", json=roster))
    roster_id: str = brought.json()["roster_id"]
    return roster_id


@pytest.mark.slow
def test_killed_in_a_simulation_it_runs_anew(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"replications": 40, "seed": 5}
    with serving(tmp_path, **QUICK) as first:
        token = helio(tmp_path, "user", "add", "root", "--role", "admin", "--token").stdout.strip()
        with first.client(token) as client:
            asked["roster_id"] = busy_roster(client, "kill", "4000")
            where = good(client.post("/v1/simulations", json=asked)).headers["location"]
            for name, _ in events(client, f"{where}/events"):
                assert name == "progress"
                break
        first.process.kill()
        first.process.wait(10)
    with serving(tmp_path, **QUICK) as second, second.client(token) as client:
        job = ended(client, where)
        assert (job["state"], job["attempt"]) == ("done", 2), job
        result = good(client.get(f"{where}/result")).json()
        assert result["replications"] == 40
        listed = helio(tmp_path, "jobs", "list").stdout
        assert "simulation" in listed, listed
        assert second.end() == 0


REFUSED = [
    ("/v1/requirements/jobs", {"period_id": "no-such"}, 404, None),
    ("/v1/requirements/jobs", {"period_id": "bare"}, 422, "/period_id"),
    ("/v1/requirements/jobs", {"period_id": "bad", "queue_id": "fone"}, 422, "/queue_id"),
    ("/v1/requirements/jobs", {"period_id": "bad", "queue": "phone-ams"}, 422, "/queue"),
    ("/v1/requirements/jobs", {}, 422, "/period_id"),
    ("/v1/simulations", {"roster_id": "no-such"}, 404, None),
    ("/v1/simulations", {"roster_id": "5b1c", "replications": 0}, 422, "/replications"),
    ("/v1/simulations", {"roster_id": "5b1c", "replications": 10**30}, 422, "/replications"),
    ("/v1/simulations", {"roster_id": "5b1c", "seed": -1}, 422, "/seed"),
    ("/v1/simulations", {"roster_id": "5b1c", "routing": "random"}, 422, "/routing"),
    ("/v1/simulations", {"roster_id": "x" * 10_000}, 422, "/roster_id"),
    ("/v1/simulations", {"roster_id": "a\x00b"}, 422, None),
]


def test_what_is_wrong_is_told_before_there_is_a_job(server: Running, admin: httpx.Client) -> None:
    bring(admin, "bad", with_contacts())
    bring(admin, "bare", planning("ams") | {"name": "Bare"})
    before = jobs_there(server)
    for path, body, status, pointer in REFUSED:
        answer = admin.post(path, json=body)
        assert answer.status_code == status, f"{path} {body}: {answer.text}"
        if pointer is not None:
            assert answer.json()["faults"][0]["pointer"] == pointer, answer.text
    questions: list[tuple[dict[str, Any], str]] = [
        ({"calls": 1}, "/aht_s"),
        ({"calls": -1, "aht_s": 180}, "/calls"),
        ({"calls": "nan", "aht_s": 180}, "/calls"),
        ({"calls": 10, "aht_s": 180, "model": "a"}, "/model"),
        ({"calls": 10, "aht_s": 180, "max_abandon": 0.1}, "/max_abandon"),
        ({"calls": 10, "aht_s": 180, "concurrency": 2, "patience_s": 9}, "/concurrency"),
        ({"calls": 10**6, "aht_s": 10**7, "interval_s": 1}, "/calls"),
        ({"calls": 10, "aht_s": 180, "agents": 10**400}, "/agents"),
    ]
    for asked, pointer in questions:
        answer = admin.get("/v1/erlang", params=asked)
        assert answer.status_code == 422, f"{asked}: {answer.text}"
        assert answer.json()["faults"][0]["pointer"] == pointer, answer.text
        assert "--" not in answer.json()["detail"]
    assert jobs_there(server) == before


def jobs_there(server: Running) -> int:
    with server.service.store.reading() as unit:
        return len(unit.jobs.list(limit=1000))


def test_planners_in_scope_alone(server: Running, admin: httpx.Client) -> None:
    roster_id = busy_roster(admin, "scope", "6")
    made = good(admin.post("/v1/simulations", json={"roster_id": roster_id, "replications": 1}))
    need = good(admin.post("/v1/requirements/jobs", json={"period_id": "scope"}))
    places = [made.headers["location"], need.headers["location"]]
    for where in places:
        ended(admin, where)
    _, near = server.person("near", Role.PLANNER, site_ids=("ams",))
    _, far = server.person("far", Role.PLANNER, site_ids=("pbm",))
    _, agent = server.person("me", Role.AGENT, agent_id="ams-01")
    for client, is_allowed in ((near, True), (far, False), (agent, False)):
        answers = [client.get(f"{where}{end}") for where in places for end in ("", "/result")]
        answers += [client.delete(where) for where in places]
        body = {"roster_id": roster_id, "replications": 1}
        answers.append(client.post("/v1/simulations", json=body))
        answers.append(client.post("/v1/requirements/jobs", json={"period_id": "scope"}))
        match = {"If-Match": '"99"'}
        stale = client.post(f"{places[1]}/apply", headers=match)
        assert stale.status_code == (412 if is_allowed else 403)
        statuses = {answer.status_code for answer in answers}
        assert statuses <= ({200, 202} if is_allowed else {403}), statuses
        listed = client.get("/v1/simulations")
        if client is agent:
            assert listed.status_code == 403
        else:
            assert bool(listed.json()["simulations"]) == is_allowed
    asked: dict[str, Any] = {"calls": 100, "aht_s": 180, "target_s": 20}
    for client, status in ((near, 200), (far, 200), (agent, 403)):
        assert client.get("/v1/erlang", params=asked).status_code == status
    assert good(far.get("/v1/erlang", params=asked)).json()["fewest"] == 14


def test_from_history_to_a_judged_roster(server: Running, admin: httpx.Client) -> None:
    document = with_contacts(shrinkage="0")
    document["demand"] = [document["demand"][0] | {"offered": "99"}]
    tag = bring(admin, "path", document)
    text = history(weeks=10)
    asked: dict[str, Any] = {"period_id": "path", "backtest": True}
    made = admin.post("/v1/forecasts", params=asked, content=text, headers=CSV)
    result = done(admin, made, told.ForecastResultTold)
    assert len(result["rows"]) == 3 * 48
    (queue,) = result["queues"]
    assert queue["backtest"]["interval"]["wape"] <= queue["backtest"]["naive_interval"]["wape"]
    assert {each["level"] for each in queue["backtest"]["coverage"]} == {80, 95}
    busy = [row for row in result["rows"] if row["offered"]]
    assert all(8 <= datetime.fromisoformat(row["start"]).hour < 14 for row in busy)
    assert 36 * 3 < queue["contacts"] < 36 * 9
    assert all(
        wide[0] <= low <= row["offered"] + 1 and row["offered"] - 1 <= high <= wide[1]
        for row in busy
        for (low, high), wide in [row["bounds"]]
    )

    where = made.headers["location"]
    assert admin.post(f"{where}/apply", headers={"If-Match": '"99"'}).status_code == 412
    applied = good(admin.post(f"{where}/apply", headers={"If-Match": tag}))
    assert (applied.json()["added"], applied.json()["removed"]) == (36, 1)
    rows = rows_of(admin, "demand", "phone-ams")
    assert {(row["interval_start"][:16], float(row["offered"])) for row in rows} == {
        (row["start"][:16], row["offered"]) for row in busy
    }
    trail = good(admin.get("/v1/trail", params={"what": "demand"})).json()["entries"][0]
    assert (trail["before"]["rows"], trail["after"]["rows"]) == (1, 36)

    need = admin.post("/v1/requirements/jobs", json={"period_id": "path"})
    hours = done(admin, need, told.RequirementsResultTold)["totals"]
    assert hours["contacts"] == pytest.approx(queue["contacts"])
    match = {"If-Match": applied.headers["etag"]}
    good(admin.post(f"{need.headers['location']}/apply", headers=match))
    body = {"period_id": "path", "time_limit_seconds": 20, "gap_target": 0.9, "workers": 1}
    solve = ended(admin, good(admin.post("/v1/solves", json=body)).headers["location"])
    order = {"roster_id": solve["roster_id"], "replications": 20}
    simulated = done(admin, admin.post("/v1/simulations", json=order), told.SimulationResultTold)
    offered = simulated["queues"][0]["outcome"]["offered"]
    assert offered["low"] <= queue["contacts"] <= offered["high"]
    assert simulated["queues"][0]["promise"] == "80 % in 20 s"


def test_a_period_without_need_gets_it_from_rows(server: Running, admin: httpx.Client) -> None:
    bring(admin, "earlier", with_contacts())
    new = {"period_id": "later", "copy_of": "earlier", "start": "2027-03-25", "days": 2}
    tag = good(admin.post("/v1/periods", json=new)).headers["etag"]
    rows: list[dict[str, Any]] = [
        {"queue": queue, "interval_start_utc": start, "interval_min": int(minutes),
         "offered": float(offered), "aht_s": float(aht)}
        for queue, start, minutes, offered, _, _, aht in csv.reader(history().splitlines()[1:])
    ]  # fmt: skip
    body = {"period_id": "later", "history": {"rows": rows}, "levels": [50]}
    made = admin.post("/v1/forecasts", json=body, headers={"Idempotency-Key": "later"})
    result = done(admin, made, told.ForecastResultTold)
    assert result["levels"] == [50]
    assert result["queues"][0]["backtest"] is None
    good(admin.post(f"{made.headers['location']}/apply", headers={"If-Match": tag}))
    planned = good(admin.get("/v1/periods/later/planning")).json()
    assert {row["interval_start"][:10] for row in planned["demand"]} == {"2027-03-25", "2027-03-26"}
    again = admin.post("/v1/forecasts", json=body, headers={"Idempotency-Key": "later"})
    assert again.json()["forecast_id"] == made.json()["forecast_id"]
    rows[0]["offered"] += 1
    other = admin.post("/v1/forecasts", json=body, headers={"Idempotency-Key": "later"})
    assert other.status_code == 409, "another history under the same key"


@pytest.mark.parametrize(
    ("spoilt", "code", "line", "pointer"),
    [
        (lambda text: text.replace(",6,,,180", ",-6,,,180", 1), "out_of_range", True, "/offered"),
        (lambda text: text.replace(",180\n", ",0\n", 1), "out_of_range", True, "/aht_s"),
        (lambda text: text + text.splitlines()[1] + "\n", "duplicate_interval", True, None),
        (lambda text: text.replace("phone-ams", "fone-ams"), "unknown_id", False, "/queue"),
        (lambda text: text.replace(",180\n", ",\n"), "missing_value", False, "/aht_s"),
        (lambda text: "\n".join(text.splitlines()[:200]), "history_too_short", True, None),
        (lambda text: text.replace(",2027-", ",2028-"), "history_too_short", False, "/queue"),
        (lambda text: text.replace("offered,", "offred,", 1), None, True, None),
        (lambda text: "", None, None, None),
        (lambda text: "\x00" * 50, None, None, None),
        (lambda text: text.replace(",30,", ",45,"), "off_grid", True, None),
    ],
)
def test_a_history_that_cannot_be_used(
    server: Running, admin: httpx.Client, spoilt: Any, code: str | None, line: bool | None,
    pointer: str | None,
) -> None:  # fmt: skip
    if "spoilt" not in {p["period_id"] for p in admin.get("/v1/periods").json()["periods"]}:
        bring(admin, "spoilt", with_contacts())
    before = jobs_there(server)
    text = spoilt(history())
    as_csv = admin.post("/v1/forecasts", params={"period_id": "spoilt"}, content=text, headers=CSV)
    as_json = admin.post("/v1/forecasts", json={"period_id": "spoilt", "history": {"csv": text}})
    for answer in (as_csv, as_json):
        assert answer.status_code == 422, answer.text
        fault = answer.json()["faults"][0]
        if code is not None:
            assert fault["code"] == code, answer.text
        if line is not None:
            assert ("line" in fault) == line, answer.text
        if pointer is not None:
            assert fault["pointer"] == pointer, answer.text
    assert jobs_there(server) == before


def test_rows_and_options_of_a_forecast_that_are_wrong(
    server: Running, admin: httpx.Client
) -> None:
    bring(admin, "wrong", with_contacts())
    row = {"queue": "phone-ams", "interval_start_utc": "2027-02-30T08:00Z", "offered": 1}
    good_history = {"csv": history()}
    for body, status, pointer in (
        ({"period_id": "wrong", "history": {"rows": [row]}}, 422,
         "/history/rows/0/interval_start_utc"),
        ({"period_id": "wrong", "history": {"rows": [row | {"offered": -1}]}}, 422,
         "/history/rows/0/offered"),
        ({"period_id": "wrong", "history": {"rows": [row | {"x": 1}]}}, 422, "/history/rows/0/x"),
        ({"period_id": "wrong", "history": {}}, 422, "/history"),
        ({"period_id": "wrong", "history": {"csv": "", "rows": []}}, 422, "/history"),
        ({"period_id": "wrong", "history": good_history, "levels": [0]}, 422, "/levels/0"),
        ({"period_id": "wrong", "history": good_history, "levels": [80, 80]}, 422, "/levels"),
        ({"period_id": "wrong", "history": good_history, "levels": []}, 422, "/levels"),
        ({"period_id": "wrong", "history": good_history, "aht_s": 0}, 422, "/aht_s"),
        ({"period_id": "nowhere", "history": {"csv": "x"}}, 404, None),
        ({"history": good_history}, 422, "/period_id"),
        ([], 422, ""),
    ):  # fmt: skip
        answer = admin.post("/v1/forecasts", json=body)
        assert answer.status_code == status, f"{body}: {answer.text}"
        if pointer is not None:
            assert answer.json()["faults"][0]["pointer"] == pointer, answer.text
    for content, kind, status in (
        (b"{", "application/json", 400), (b"x", "text/plain", 415), (b"", "", 415),
        (b'{"period_id": "\\ud800"}', "application/json", 400), (b"\xff", "application/json", 400),
    ):  # fmt: skip
        answer = admin.post("/v1/forecasts", content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, f"{content!r} {kind}: {answer.text}"
    assert admin.post("/v1/forecasts", content=history(), headers=CSV).status_code == 422
    levels: dict[str, Any] = {"period_id": "wrong", "level": [0]}
    answer = admin.post("/v1/forecasts", params=levels, content=history(), headers=CSV)
    assert answer.status_code == 422, answer.text
