"""The guard before every request: names, sizes, depth, and answers for defects."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.guard import Guard, json_depth
from api.problems import MEDIA_TYPE, defect, problem, problem_of
from scheduler.errors import Fault, InputError, InternalError, SchedulerError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\[]{}é'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\'), inner, max_size=3)
    ),
    max_leaves=20,
)


def depth_of(value: object) -> int:
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 0


@given(values, st.booleans())
def test_depth_is_that_of_the_value(value: object, ascii_only: bool) -> None:
    assert json_depth(json.dumps(value, ensure_ascii=ascii_only).encode()) == depth_of(value)


def test_depth_of_what_is_no_json_is_found_in_one_go() -> None:
    began = time.process_time()
    assert json_depth(b'"' + b'\\"' * 1_000_000) == 0
    assert json_depth(b"[" * 1_000_000) == 1_000_000
    assert json_depth(b"]" * 10) == 0
    assert time.process_time() - began < 10


async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse({"bytes": len(body), "id": request.state.request_id})


async def broken(_request: Request) -> Response:
    raise RuntimeError("secret detail")


@pytest.fixture
def client() -> httpx.Client:
    routes = [Route("/echo", echo, methods=["POST"]), Route("/broken", broken)]
    inner = Starlette(routes=routes, exception_handlers={Exception: defect})
    app = Guard(inner, most_bytes=1000)
    return httpx.Client(transport=_Sync(app), base_url="http://here")


class _Sync(httpx.BaseTransport):
    """Calls an ASGI application without a server."""

    def __init__(self, app: Guard) -> None:
        self._inner = httpx.ASGITransport(app=app, raise_app_exceptions=True)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        import asyncio

        async def ask() -> httpx.Response:
            answer = await self._inner.handle_async_request(request)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)

        request.read()
        inner = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.content
        )
        request = inner
        return asyncio.run(ask())


def test_bodies_up_to_the_limit_pass_and_no_more(client: httpx.Client) -> None:
    assert client.post("/echo", content=b"x" * 1000).json()["bytes"] == 1000
    answer = client.post("/echo", content=b"x" * 1001)
    assert (answer.status_code, answer.headers["content-type"]) == (413, MEDIA_TYPE)
    assert answer.json()["code"] == "too_large"


def test_deep_json_is_refused_and_deep_text_is_not(client: httpx.Client) -> None:
    deep = b"[" * 65 + b"]" * 65
    answer = client.post("/echo", content=deep, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_deep")
    assert client.post("/echo", content=deep).status_code == 200
    flat = json.dumps({"a": "[" * 500}).encode()
    kind = {"content-type": "application/json; charset=utf-8"}
    assert client.post("/echo", content=flat, headers=kind).status_code == 200


def test_every_answer_has_a_name_and_safe_headers(client: httpx.Client) -> None:
    answer = client.post("/echo", content=b"", headers={"x-request-id": "my-request-1"})
    assert answer.headers["x-request-id"] == answer.json()["id"] == "my-request-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    forged = client.post("/echo", content=b"", headers={"x-request-id": "a b\tc" * 9})
    assert len(forged.headers["x-request-id"]) == 32


def test_a_defect_is_told_without_its_details(client: httpx.Client) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text


def test_faults_point_into_the_body() -> None:
    faults = (
        Fault("unknown_id", "agents", "a site", column="/agents/3/site_id", value="x"),
        Fault("missing_value", "agent", "a name", column="na/me"),
    )
    answer = problem_of(InputError(faults), instance="/v1/agents", request_id="r")
    body = json.loads(bytes(answer.body))
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in body["faults"]] == ["/agents/3/site_id", "/na~1me"]
    assert body["type"] == "/problems/bad_input"


def test_a_disagreement_of_ours_says_nothing_of_what_it_is() -> None:
    answer = problem_of(InternalError("the audit says 3, the solver 4"))
    assert answer.status_code == 500
    assert b"audit" not in bytes(answer.body)


def test_unknown_codes_count_as_defects() -> None:
    assert problem_of(SchedulerError("?")).status_code == 500


@pytest.mark.parametrize(
    "path", ["/v1/calendars/helio_c_secret.ics", "//v1//calendars/helio_c_secret\n.ics/x"]
)
def test_a_problem_does_not_repeat_the_secret_of_a_calendar(path: str) -> None:
    told = bytes(problem(401, "unauthenticated", "No.", instance=path).body).decode()
    assert "secret" not in told
    assert "calendars/..." in told
