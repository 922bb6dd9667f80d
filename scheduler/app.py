"""The composition root: the one place where clock and settings are put together.

Heavy libraries are imported when they are needed, so that asking for help stays quick.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from scheduler.clock import Clock, system_clock
from scheduler.errors import Fault, InputError

if TYPE_CHECKING:
    from scheduler.settings import Settings

__all__ = ["App", "compose", "default_workers", "version"]


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
