"""Who may do what over HTTP: every operation, every sort of caller, written down by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from api.openapi import operations
from scheduler.domain.access import Role
from tests.api.server import Running, running_server
from tests.api.staffing_jobs import staffing_jobs
from tests.contract.world import World, fill, people, planning

WHO = (
    "nobody", "agent", "other agent", "planner of another site", "planner of the site",
    "planner of all sites", "administrator",
)  # fmt: skip

# What is asked for is of the site ams and of the agent that "agent" is. In the order of WHO:
# y: allowed, so anything but 401 and 403 (and 404: what is asked for is there); n: 403;
# h: 404 as if there were none, or 403; u: 401; o: open to all; z: as y, but there is none.
TABLE = """
o o o o o o o  health ready calendar log_in oidc_log_in oidc_callback
u y y y y y y  me my_tokens add_token set_own_password log_out renew_session
u y h h h h y  revoke_token
u y h h h h h  rotate_token
u y y n n n y  my_shifts
u y n n y y y  agent_shifts
u n n n y y y  add_agent_calendar
u n n n n n y  list_principals add_principal change_principal set_password
u n n n n n y  get_principal principal_tokens
u n n n n n y  metrics read_trail list_webhooks add_webhook
u n n n n n z  get_webhook delete_webhook list_deliveries test_webhook
u n n y y y y  list_workers demo_data

u n n y y y y  list_periods list_solves
u n n n y y y  get_period delete_period get_planning list_rosters
u n n n y y y  add_period rename_period bring_roster
u n n n n y y  import_planning
u n n n y y y  submit_solve get_solve stop_solve watch_solve
u n n n y y y  get_solve_roster explain_solve solve_progress
u n n y y y y  list_forecasts list_requirements_jobs list_simulations erlang
u n n n y y y  submit_forecast get_forecast stop_forecast watch_forecast
u n n n y y y  get_forecast_result apply_forecast
u n n n y y y  submit_requirements get_requirements_job stop_requirements_job
u n n n y y y  watch_requirements_job get_requirements_result apply_requirements
u n n n y y y  submit_simulation get_simulation stop_simulation watch_simulation
u n n n y y y  get_simulation_result
u n n n y y y  get_roster get_roster_document audit_roster roster_kpis diff_rosters
u n n n y y y  explain_roster publish_roster delete_roster

u n n y y y y  list_sites get_sites list_contracts get_contracts list_queues get_queues
u n n n n y y  add_sites put_sites delete_sites add_contracts put_contracts delete_contracts
u n n n n y y  add_queues put_queues delete_queues
u n n n n y y  add_many_sites add_many_contracts add_many_queues
u n n y y y y  list_demand get_demand add_demand put_demand delete_demand
u n n y y y y  list_requirements get_requirements add_requirements put_requirements
u n n y y y y  delete_requirements add_many_demand add_many_requirements
u n n y y y y  list_agents list_locations list_skills list_history list_pins
u n n n y y y  get_agents add_agents put_agents delete_agents
u n n n y y y  get_locations add_locations put_locations delete_locations
u n n n y y y  get_skills add_skills put_skills delete_skills
u n n n y y y  get_history add_history put_history delete_history
u n n n y y y  get_pins add_pins put_pins delete_pins
u n n n y y y  add_many_agents add_many_locations add_many_skills add_many_history add_many_pins
u y y y y y y  list_availability list_time_off list_wishes
u y n n y y y  get_availability get_time_off get_wishes
u n n n y y y  add_availability put_availability delete_availability add_many_availability
u y n n y y y  add_time_off put_time_off delete_time_off add_wishes put_wishes delete_wishes
u y n n y y y  add_many_time_off add_many_wishes
"""
_STALE = {"If-Match": '"99"'}
_LARGE = ("import_planning", "bring_roster")
"""Operations that are sent an empty body: who may not is told so before it is read."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A server with the company on it, and a client for each sort of caller."""

    running: Running
    world: World
    clients: dict[str, httpx.Client]
    row_ids: dict[str, str]
    calendar: str
    principal_id: str
    document: dict[str, Any]
    job_ids: dict[str, str]

    @property
    def admin(self) -> httpx.Client:
        return self.clients["administrator"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        _, root = running.person("root", Role.ADMIN)
        world = fill(running, root)
        clients = people(running, world)
        document = running.client().get("/v1/openapi.json").json()
        me, _ = running.person("spare", Role.AGENT, agent_id=world.ams.agent_ids[0])
        made = clients["agent"].post("/v1/me/tokens", json={"kind": "calendar"}).json()
        row_ids = _rows(root, document, world)  # a row of demand among them
        job_ids = staffing_jobs(root, world.ams.period_id, world.ams.queue_id)
        yield Stage(
            running, world, clients, row_ids, made["token"], me.principal_id, document, job_ids
        )


def _rows(admin: httpx.Client, document: dict[str, Any], world: World) -> dict[str, str]:
    """Add a row of the agent, or of the queue, to each table that has no ids; return their keys."""
    keys = {
        "sites": "ams", "contracts": "full", "agents": world.ams.agent_ids[0],
        "queues": world.ams.queue_id,
    }  # fmt: skip
    for _, path, operation in operations(document):
        found = re.fullmatch(r"add_(.+)", operation["operationId"])
        if found is None or f"get_{found[1]}" not in _ids(document) or found[1] in keys:
            continue
        if path == f"/v1/{found[1]}" and f"{path}/{{key}}" in document["paths"]:
            made = admin.post(path, json=_body(operation, world))
            assert made.status_code == 201, made.text
            keys[found[1]] = str(made.json()["row_id"])
    return keys


def _ids(document: dict[str, Any]) -> set[str]:
    return {operation["operationId"] for _, _, operation in operations(document)}


def _body(operation: dict[str, Any], world: World) -> Any:
    """Return the example of an operation's body about the site and agent of the table."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    body = _ours(content["example"], world)
    if operation["operationId"] == "add_period":
        body["period_id"] = "later"
    if "time_limit_seconds" in body:
        body["time_limit_seconds"] = 0.5
    if "password" in body and "name" not in body:
        body["password"] = "a phrase that nobody guesses"
    return body


def _ours(body: dict[str, Any], world: World) -> dict[str, Any]:
    ours = {
        "agent_id": world.ams.agent_ids[0], "site_id": "ams", "contract_id": "full",
        "queue_id": world.ams.queue_id, "period_id": world.ams.period_id,
        "copy_of": world.ams.period_id, "roster_id": world.ams.roster_ids[1],
    }  # fmt: skip
    changed = body | {name: value for name, value in ours.items() if name in body}
    if isinstance(changed.get("rows"), list):
        changed["rows"] = [_ours(row, world) for row in changed["rows"]]
    return changed


def _new_token(stage: Stage) -> str:
    """Return the id of a new token of the agent, to be spoilt."""
    before = _token_ids(stage)
    assert stage.clients["agent"].post("/v1/me/tokens", json={}).status_code == 201
    (made,) = _token_ids(stage) - before
    return made


def _token_ids(stage: Stage) -> set[str]:
    told = stage.clients["agent"].get("/v1/me/tokens", params={"limit": 500}).json()["tokens"]
    return {token["token_id"] for token in told}


def _ask(stage: Stage, who: str, method: str, path: str, operation: dict[str, Any]) -> int:
    name = operation["operationId"]
    ams = stage.world.ams
    stem = path.split("/")[2] if path.startswith("/v1/") else ""
    values = {
        "agent_id": ams.agent_ids[0], "token": stage.calendar,
        "token_id": _new_token(stage) if "{token_id}" in path else "",
        "principal_id": stage.principal_id, "period_id": ams.period_id, "solve_id": ams.solve_id,
        "roster_id": ams.roster_ids[1], "key": stage.row_ids.get(stem, ""),
        "webhook_id": "0" * 32,
    } | stage.job_ids  # fmt: skip
    headers = dict(_STALE) if "if-match" in str(operation.get("parameters")) else {}
    params: dict[str, Any] = {"against": ams.roster_ids[0]} if name == "diff_rosters" else {}
    if name == "erlang":
        params = {"calls": 1, "aht_s": 60}
    body = {} if name in _LARGE else _body(operation, stage.world)
    client = stage.clients[who]
    if name == "log_out" and who != "nobody":  # the token ends: not the one that others need
        made = client.post("/v1/me/tokens", json={}).json()["token"]
        client = stage.running.client(made)
    answer = client.request(
        method, path.format(**values), headers=headers, params=params, json=body
    )
    assert answer.status_code < 500, f"{who} {name}: {answer.text}"
    return answer.status_code


def _expected() -> dict[str, dict[str, str]]:
    expected: dict[str, dict[str, str]] = {}
    for line in filter(None, TABLE.splitlines()):
        words = line.split()
        for name in words[7:]:
            assert name not in expected, f"{name} stands in the table twice"
            expected[name] = dict(zip(WHO, words[:7], strict=True))
    return expected


def _right(letter: str, status: int) -> bool:
    match letter:
        case "y":
            return status not in (401, 403, 404, 405)
        case "n":
            return status == 403
        case "h":
            return status in (403, 404)
        case "u":
            return status == 401
        case "z":
            return status not in (401, 403, 405)
    return status != 403


def test_every_operation_for_every_caller(stage: Stage) -> None:
    expected = _expected()
    there = {operation["operationId"] for _, _, operation in operations(stage.document)}
    assert there == expected.keys(), "operations without a line in the table, or the reverse"
    wrong = []
    for method, path, operation in operations(stage.document):
        name = operation["operationId"]
        for who in WHO:
            status = _ask(stage, who, method, path, operation)
            if not _right(expected[name][who], status):
                wrong.append(f"{name} as {who}: {expected[name][who]}, but {status}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_told_of_what_is_not_there(stage: Stage) -> None:
    """To whom a whole subject is closed, what is there and what is not look the same."""
    ids = {
        "period_id": "no-such", "solve_id": "0" * 32, "roster_id": "0" * 32, "key": "999",
        "principal_id": "0" * 32, "webhook_id": "0" * 32, "forecast_id": "0" * 32,
        "requirements_id": "0" * 32, "simulation_id": "0" * 32,
    }  # fmt: skip
    expected = _expected()
    wrong = []
    for method, path, operation in operations(stage.document):
        name = operation["operationId"]
        wanted = re.findall(r"\{(\w+)\}", path)
        if not wanted or not ids.keys() >= set(wanted) or expected[name]["agent"] != "n":
            continue
        for who in ("agent", "other agent"):
            headers = dict(_STALE)
            body = {} if name in _LARGE else _body(operation, stage.world)
            params = {"against": "0" * 32} if name == "diff_rosters" else {}
            answer = stage.clients[who].request(
                method, path.format(**ids), headers=headers, json=body, params=params
            )
            if answer.status_code != 403:
                wrong.append(f"{name} as {who}: {answer.status_code}")
    asked = stage.clients["agent"].post("/v1/solves", json={"period_id": "no-such"})
    if asked.status_code != 403:
        wrong.append(f"submit_solve as agent: {asked.status_code}")
    assert not wrong, "\n".join(wrong)


def _agent(stage: Stage, site: str, **changes: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Return an agent's address, its row with changes, and the headers to put it with."""
    agent_id = {"ams": stage.world.ams, "pbm": stage.world.pbm}[site].agent_ids[1]
    found = stage.admin.get(f"/v1/agents/{agent_id}")
    match = {"If-Match": found.headers["etag"]}
    return f"/v1/agents/{agent_id}", found.json()["values"] | changes, match


def test_planner_keeps_to_own_agents(stage: Stage) -> None:
    near = stage.clients["planner of the site"]
    at, row, match = _agent(stage, "ams", name="Another")
    assert near.put(at, json=row, headers=match).status_code == 200
    at, row, match = _agent(stage, "pbm", name="Another")
    assert near.put(at, json=row, headers=match).status_code == 403
    at, row, match = _agent(stage, "pbm", site_id="ams")
    assert near.put(at, json=row, headers=match).status_code == 403, "an agent taken from others"
    at, row, match = _agent(stage, "ams", site_id="pbm")
    assert near.put(at, json=row, headers=match).status_code == 403, "an agent given to others"
    assert near.delete(_agent(stage, "pbm")[0], headers=_STALE).status_code == 403
    new = row | {"agent_id": "pbm-99", "site_id": "pbm"}
    assert near.post("/v1/agents", json=new).status_code == 403
    listed = near.get("/v1/agents").json()["rows"]
    assert {each["values"]["site_id"] for each in listed} == {"ams"}
    skills = near.get("/v1/skills", params={"limit": 500}).json()["rows"]
    assert {each["values"]["agent_id"][:3] for each in skills} == {"ams"}
    assert near.get("/v1/agents/pbm-01/shifts").status_code == 403


def test_rows_of_an_agent_do_not_change_hands(stage: Stage) -> None:
    near = stage.clients["planner of the site"]
    row = {"agent_id": "pbm-02", "kind": "channel", "value": "chat"}
    assert near.post("/v1/skills", json=row).status_code == 403
    made = near.post("/v1/skills", json=row | {"agent_id": "ams-02"})
    assert made.status_code == 201
    at, match = made.headers["location"], {"If-Match": made.headers["etag"]}
    assert near.put(at, json=row, headers=match).status_code == 403
    far = stage.clients["planner of another site"]
    assert far.put(at, json=row, headers=match).status_code == 403
    assert stage.clients["planner of all sites"].put(at, json=row, headers=match).is_success


def test_agents_ask_for_themselves_only(stage: Stage) -> None:
    me = stage.clients["agent"]
    row = {"agent_id": "ams-01", "from": "2027-07-01", "until": "2027-07-15", "kind": "leave"}
    made = me.post("/v1/time_off", json=row)
    assert made.status_code == 201
    at, match = made.headers["location"], {"If-Match": made.headers["etag"]}
    for other in ("ams-02", "pbm-01"):
        assert me.post("/v1/time_off", json=row | {"agent_id": other}).status_code == 403
        assert me.put(at, json=row | {"agent_id": other}, headers=match).status_code == 403
        assert me.get("/v1/time_off", params={"agent_id": other}).status_code == 403
        assert me.get(f"/v1/agents/{other}/shifts").status_code == 403
        theirs = stage.admin.post("/v1/time_off", json=row | {"agent_id": other})
        kept = {"If-Match": theirs.headers["etag"]}
        assert me.get(theirs.headers["location"]).status_code == 403
        assert me.put(theirs.headers["location"], json=row, headers=kept).status_code == 403
        assert me.delete(theirs.headers["location"], headers=kept).status_code == 403
    listed = me.get("/v1/time_off", params={"limit": 500}).json()["rows"]
    assert {each["values"]["agent_id"] for each in listed} == {"ams-01"}
    assert stage.clients["other agent"].delete(at, headers=match).status_code == 403
    assert me.delete(at, headers=match).status_code == 204


def test_a_period_of_two_sites_is_for_those_who_see_both(stage: Stage) -> None:
    both = planning("ams")
    for name, rows in planning("pbm").items():
        if isinstance(rows, list) and name != "contracts":
            both[name] = both[name] + rows
    assert stage.admin.put("/v1/periods/both/planning", json=both).status_code == 200
    for who, status in (
        ("planner of the site", 403), ("planner of another site", 403),
        ("planner of all sites", 200), ("agent", 403),
    ):  # fmt: skip
        client = stage.clients[who]
        assert client.get("/v1/periods/both").status_code == status, who
        assert client.get("/v1/periods/both/planning").status_code == status, who
        asked = client.post("/v1/solves", json={"period_id": "both", "time_limit_seconds": 0.5})
        assert asked.status_code == (202 if status == 200 else status), who
    listed = stage.clients["planner of the site"].get("/v1/periods").json()["periods"]
    assert "both" not in {period["period_id"] for period in listed}
    assert stage.world.ams.period_id in {period["period_id"] for period in listed}
    assert stage.world.pbm.period_id not in {period["period_id"] for period in listed}


def test_what_is_taken_away_is_gone_at_once(stage: Stage) -> None:
    somebody, client = stage.running.person("leaver", Role.PLANNER, site_ids=("ams",))
    at = f"/v1/principals/{somebody.principal_id}"
    assert client.get("/v1/periods").status_code == 200
    row: dict[str, Any] = {"name": "leaver", "role": "agent", "agent_id": "ams-02", "site_ids": []}
    assert _put(stage.admin, at, row).is_success
    assert client.get("/v1/periods").status_code == 403
    assert client.get("/v1/agents/ams-02/shifts").status_code == 200
    assert _put(stage.admin, at, row | {"is_active": False}).is_success
    assert client.get("/v1/me").status_code == 401


def _put(admin: httpx.Client, at: str, row: dict[str, Any]) -> httpx.Response:
    etag = admin.get(at).headers.get("etag")
    return admin.put(at, json=row, headers={} if etag is None else {"If-Match": etag})
