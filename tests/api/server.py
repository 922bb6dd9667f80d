"""A real server on a spare port of this machine, for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from pydantic import SecretStr

from api.app import create_app, guarded
from scheduler.app import App, migrate, serving
from scheduler.clock import system_clock
from scheduler.domain.access import Principal, Role
from scheduler.jobs.engine import EngineRole
from scheduler.service import Service
from scheduler.settings import Settings
from scheduler.usecases.manage_access import first_principal, make_token

__all__ = ["Running", "running_server"]


@dataclass(frozen=True, slots=True)
class Running:
    """A server under test."""

    service: Service
    url: str

    def person(
        self,
        name: str,
        role: Role,
        *,
        agent_id: str | None = None,
        site_ids: tuple[str, ...] = (),
        password: str | None = None,
    ) -> tuple[Principal, httpx.Client]:
        """Let somebody in; return who it is and a client with a token."""
        store = self.service.store
        principal = first_principal(
            store, name, role, agent_id=agent_id, site_ids=site_ids, password=password
        )
        text, _ = make_token(store, self.service.clock, principal.principal_id, by="test")
        return principal, self.client(text)

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client, with a token or without."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60.0)


@contextmanager
def running_server(folder: Path, *, database_url: str | None = None) -> Iterator[Running]:
    """Serve on loopback for the block, solves in this process."""
    url = None if database_url is None else SecretStr(database_url)
    settings = Settings(data_dir=folder, database_url=url, _env_file=None)
    app = App(settings, system_clock)
    if database_url is not None:
        migrate(app)
    with serving(app, EngineRole.EMBEDDED) as service:
        with socket.socket() as spare:
            spare.bind(("127.0.0.1", 0))
            port = spare.getsockname()[1]
        config = uvicorn.Config(
            guarded(create_app(service), service), host="127.0.0.1", port=port, log_config=None,
            proxy_headers=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        try:
            yield Running(service, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(20)
