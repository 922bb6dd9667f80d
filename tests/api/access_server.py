"""A real server whose clock tests move, with settings of their own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from api.app import create_app, guarded
from scheduler.app import App, migrate, serving
from scheduler.domain.access import Principal, Role
from scheduler.jobs.engine import EngineRole
from scheduler.service import Service
from scheduler.settings import Settings
from scheduler.usecases.manage_access import first_principal, make_token

__all__ = ["START", "AccessServer", "access_server", "answer_of", "listening", "spare_port"]

START = datetime(2027, 3, 1, 12, tzinfo=UTC)


@dataclass
class MovedClock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class AccessServer:
    """A server under test."""

    service: Service
    clock: MovedClock
    url: str

    def wait(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        # without certificates, which take longer to load than a request
        return httpx.Client(base_url=self.url, headers=headers, timeout=60.0, verify=False)

    def person(self, name: str, role: Role, **given: Any) -> tuple[Principal, httpx.Client]:
        store = self.service.store
        principal = first_principal(store, name, role, **given)
        text, _ = make_token(store, self.clock, principal.principal_id, by="test")
        return principal, self.client(text)

    def log_in(self, name: str, password: str, **headers: str) -> httpx.Response:
        """Log in three seconds later: an address may try twenty times a minute."""
        self.wait(3)
        asked = {"name": name, "password": password}
        return self.client().post("/v1/log-in", json=asked, headers=headers)

    @contextmanager
    def also(self, **settings: Any) -> Iterator[AccessServer]:
        """Serve the same database with other settings for the block."""
        changed = self.service.settings.model_copy(update=settings)
        with listening(replace(self.service, settings=changed)) as url:
            yield replace(self, service=replace(self.service, settings=changed), url=url)


def spare_port() -> int:
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        port: int = spare.getsockname()[1]
        return port


def answer_of(answer: httpx.Response, status: int, code: str = "") -> dict[str, Any]:
    """Return the body of an answer that has this status, a problem document from 400 on."""
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code, answer.text
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


@contextmanager
def listening(service: Service, port: int = 0) -> Iterator[str]:
    """Serve on loopback for the block, as `helio serve` does; yield the address."""
    port = port or spare_port()
    config = uvicorn.Config(
        guarded(create_app(service), service),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def access_server(folder: Path, database_url: str | None, **given: Any) -> Iterator[AccessServer]:
    """Serve a new database on loopback for the block."""
    url = None if database_url is None else SecretStr(database_url)
    port, clock = spare_port(), MovedClock()
    settings = Settings(
        data_dir=folder,
        database_url=url,
        public_url=f"http://127.0.0.1:{port}",
        _env_file=None,
        **given,
    )
    app = App(settings, clock)
    if database_url is not None:
        migrate(app)
    with (
        serving(app, EngineRole.EMBEDDED) as service,
        listening(service, port) as address,
    ):
        yield AccessServer(service, clock, address)
