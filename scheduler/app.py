"""The composition root: the one place where clock and settings are put together.

Heavy libraries are imported when they are needed, so that asking for help stays quick.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from scheduler.clock import Clock, system_clock
from scheduler.errors import Fault, InputError

if TYPE_CHECKING:
    from scheduler.jobs.engine import Engine, EngineRole
    from scheduler.service import Service
    from scheduler.settings import Settings
    from scheduler.store import Store
    from scheduler.tending import Duty

__all__ = [
    "App",
    "compose",
    "default_workers",
    "migrate",
    "open_kept",
    "open_ready",
    "serving",
    "version",
]

_GRACE_SECONDS = 10.0
_DELIVERY_SECONDS = 2.0
_CLEARING_SECONDS = 24 * 3600.0
_FIRST_CLEARING_SECONDS = (60.0, 600.0)


@dataclass(frozen=True, slots=True)
class App:
    """What use cases need from the outside.

    Parameters
    ----------
    settings : Settings
        From the environment.
    clock : Clock
        Tells the present instant.
    """

    settings: Settings
    clock: Clock


def compose(*, clock: Clock = system_clock) -> App:
    """Return the application of this process.

    Raises
    ------
    InputError
        If an environment variable has a value that cannot be.
    """
    from pydantic import ValidationError

    from scheduler.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        raise InputError(
            tuple(
                Fault(
                    "bad_setting",
                    f"environment variable HELIOTROPE_{str(problem['loc'][0]).upper()}",
                    _expected(problem["msg"]),
                    value=_shown(str(problem["loc"][0]), problem["input"]),
                )
                for problem in error.errors()
            )
        ) from None
    return App(settings, clock)


@contextmanager
def open_kept(app: App) -> Iterator[Store]:
    """Open the database of the settings for the block, whatever its revision.

    Raises
    ------
    StoreError
        If its address cannot be one.
    """
    from scheduler.store import open_store

    store = open_store(app.settings.store_url, clock=app.clock)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_ready(app: App) -> Iterator[Store]:
    """Open the database for the block: a new SQLite file is made ready, others must be.

    Raises
    ------
    StoreError
        If it cannot be reached, or is not at the newest revision.
    """
    from scheduler.store import StoreError

    with open_kept(app) as store:
        present, newest = store.check()
        if not present and app.settings.is_embedded:
            store.migrate()
        elif present != newest:
            raise StoreError(
                "The database is not at this version's revision. Run `helio db upgrade`."
            )
        yield store


def migrate(app: App) -> tuple[str, str]:
    """Bring the database to the newest revision; return the one before and the one now.

    Raises
    ------
    StoreError
        If it cannot be reached, or was made by a newer version.
    """
    with open_kept(app) as store:
        before, newest = store.check()
        store.migrate()
    return before, newest


@contextmanager
def serving(app: App, role: EngineRole) -> Iterator[Service]:
    """Put a server's parts together for the block, the job engine started.

    A server also tends: it delivers messages to webhooks and clears away what is old. Workers do
    not. A new SQLite file is made ready; any other database must be at the newest revision.

    Raises
    ------
    StoreError
        If the database cannot be reached, or is not at the newest revision.
    EngineError
        If another process already serves this file.
    """
    from scheduler.access.limits import Buckets
    from scheduler.jobs.durable import DurableEngine
    from scheduler.jobs.engine import EngineRole
    from scheduler.jobs.liveness import LivenessSettings
    from scheduler.logs import logged
    from scheduler.service import Service
    from scheduler.tending import Tender
    from scheduler.usecases.run_solve import handlers

    settings = app.settings
    with open_ready(app) as store:
        engine = DurableEngine(
            settings.store_url,
            store,
            logged(handlers(store, settings)),
            slots=settings.solve_slots,
            liveness=LivenessSettings(
                settings.beat_seconds, settings.fence_seconds, settings.dead_seconds
            ),
        )
        engine.start(role)
        tender = Tender(() if role is EngineRole.WORKER else _duties(app, store, engine))
        try:
            service = Service(settings, app.clock, store, engine, Buckets(app.clock))
            tender.start()
            yield service
        finally:
            tender.stop()
            engine.stop(_GRACE_SECONDS)


def _duties(app: App, store: Store, engine: Engine) -> tuple[Duty, ...]:
    """Return what a server does besides answering."""
    from scheduler.tending import Duty
    from scheduler.usecases.clear_away import clear_away
    from scheduler.usecases.send_webhooks import deliver_due

    rng, settings, clock = random.Random(), app.settings, app.clock

    def deliver(stopping: threading.Event) -> None:
        deliver_due(store, settings, rng, clock, should_stop=stopping.is_set)

    def clear(stopping: threading.Event) -> None:
        clear_away(store, engine, settings, clock, should_stop=stopping.is_set)

    first = rng.uniform(*_FIRST_CLEARING_SECONDS)  # servers that start together do not all begin
    return (
        Duty("webhooks", _DELIVERY_SECONDS, deliver),
        Duty("clearing", _CLEARING_SECONDS, clear, first_after_seconds=first),
    )


def _expected(message: str) -> str:
    if message.startswith("Value error, "):
        return f"a value {message.removeprefix('Value error, ')}"
    text = message.removeprefix("Input should be ").split(",")[0]
    return text if text.startswith(("a", "one")) else f"a value {text}"


def _shown(setting: str, value: object) -> str | None:
    """Return what was set, for the message about it; nothing of what may be secret."""
    if value is None or setting.endswith(("_secret", "_url")):
        return None
    return str(value)


def default_workers(settings: Settings) -> int:
    """Return the number of threads for a solve when nobody named one."""
    return settings.workers or max(1, min(len(os.sched_getaffinity(0)), 256))


def version() -> str:
    """Return the version of Heliotrope installed, ``unknown`` when it runs from a bare checkout."""
    try:
        return metadata.version("heliotrope")
    except metadata.PackageNotFoundError:
        return "unknown"
