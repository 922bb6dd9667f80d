"""Solve a planning on a server, and bring the roster back as if it had been solved here."""

from __future__ import annotations

import io
import json
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from scheduler.domain.job import JobParams, JobState
from scheduler.errors import Fault
from scheduler.usecases.remote_link import Link, RemoteError
from scheduler.usecases.solve_planning import Solved

if TYPE_CHECKING:
    from scheduler.domain import Planning, Roster

__all__ = ["RemoteProgress", "RemoteSolve", "Sending", "pack_planning", "solve_remotely"]

_LOOK_SECONDS = 0.1
_LONGEST_PERIOD_ID = 100


@dataclass(frozen=True, slots=True)
class RemoteProgress:
    """How a solve on a server stands; the same members as ``solver.Progress``."""

    elapsed_seconds: float
    cost_cents: int | None
    bound_cents: int | None
    phase: str
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """A planning as it goes over the wire.

    Parameters
    ----------
    period_id : str
        The planning period that it becomes on the server.
    """

    planning: Planning
    period_id: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RemoteSolve:
    """How a solve on a server ended.

    Parameters
    ----------
    solve_id : str, optional
        None when it was stopped before it was submitted.
    planning : Planning
        What the server solved, which may hold more than was sent.
    solved : Solved, optional
        None when it was stopped before there was a roster. The audit was made here; how long the
        activities took, and what shorter stints would cover, the server does not tell.
    """

    solve_id: str | None
    planning: Planning
    solved: Solved | None


def pack_planning(
    folder: Path,
    planning: Planning,
    pack_files: Sequence[str],
    *,
    period_id: str | None = None,
    as_document: bool = False,
) -> Sending:
    """Return a planning to send: a folder as a zip archive of the files that were read, no others.

    What is not one flat folder (a document, or rule packs from elsewhere) goes as a document.

    Parameters
    ----------
    folder : pathlib.Path
        What `planning` was read from.
    pack_files : sequence of str
        The names of its rule packs' files, as far as they are the folder's own.
    period_id : str, optional
        By default the name of the folder or document.
    as_document : bool
        Send `planning` itself: it is not what the folder's files say.

    Raises
    ------
    RemoteError
        If the name cannot be that of a period.
    """
    from scheduler.intake.columns import TABLES
    from scheduler.intake.document import canonical_text
    from scheduler.intake.setting_keys import SETTINGS_FILE

    place = folder.resolve()
    period = period_id or (place.name if place.is_dir() else place.stem)
    if not 0 < len(period) <= _LONGEST_PERIOD_ID or not period.isprintable():
        raise RemoteError(f"--period takes at most {_LONGEST_PERIOD_ID} printable characters.")
    names = [SETTINGS_FILE, *(f"{table.stem}.csv" for table in TABLES), *pack_files]
    flat = len(pack_files) == len(planning.rule_packs) and not as_document
    if (
        flat
        and (place / SETTINGS_FILE).is_file()
        and all(Path(name).name == name for name in names)
    ):
        files = [place / name for name in dict.fromkeys(names) if (place / name).is_file()]
        if {*pack_files} <= {file.name for file in files}:
            return Sending(planning, period, "application/zip", _zipped(files))
    text = canonical_text(planning)
    return Sending(planning, period, "application/json", text.encode())


def _zipped(files: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def solve_remotely(
    link: Link,
    sending: Sending,
    params: JobParams,
    *,
    on_progress: Callable[[RemoteProgress], None],
    should_stop: Callable[[], bool],
) -> RemoteSolve:
    """Send a planning, have it solved, and return the roster with an audit made here.

    Parameters
    ----------
    should_stop : callable
        Whether to end early: the server then keeps the best roster it has.

    Raises
    ------
    RemoteError
        If the server cannot be reached, refuses, or the solve fails there.
    """
    on_progress(RemoteProgress(0.0, None, None, "sending"))
    link.ask("GET", "/v1/me")  # a wrong token is told before megabytes are sent
    period = f"/v1/periods/{quote(sending.period_id, safe='')}"
    link.ask(
        "PUT", f"{period}/planning", content=sending.body,
        headers={"Content-Type": sending.media_type},
    )  # fmt: skip
    if should_stop():
        return RemoteSolve(None, sending.planning, None)
    asked = {
        "period_id": sending.period_id,
        "time_limit_seconds": params.time_limit_seconds,
        "seed": params.seed,
        "gap_target": params.gap_target,
        "workers": params.workers,
    }
    key = {"Idempotency-Key": uuid.uuid4().hex}  # sent twice, it is one solve
    solve_id = _text(link.ask("POST", "/v1/solves", body=asked, headers=key), "solve_id")
    try:
        roster_id = _watched(link, solve_id, on_progress, should_stop)
        if roster_id is None:
            return RemoteSolve(solve_id, sending.planning, None)
        return _brought_back(link, solve_id, roster_id, sending, period)
    except RemoteError as error:
        raise RemoteError(f"{error}\nThe solve is known there as {solve_id}.") from None


def _watched(
    link: Link,
    solve_id: str,
    on_progress: Callable[[RemoteProgress], None],
    should_stop: Callable[[], bool],
) -> str | None:
    """Follow a solve to its end; return its roster, None when it was stopped without one."""
    path = f"/v1/solves/{solve_id}"
    on_progress(RemoteProgress(0.0, None, None, "waiting"))
    with _stopping(link, path, should_stop):
        for name, told in link.events(f"{path}/events"):
            if name == "progress":
                on_progress(_progress(told))
            elif name == "end":
                break
    if told.get("state") == JobState.FAILED:
        raise RemoteError(f"The solve failed on the server: {told.get('fault') or 'no reason'}.")
    found = told.get("roster_id")
    return found if isinstance(found, str) else None


def _progress(told: Mapping[str, Any]) -> RemoteProgress:
    seconds = told.get("seconds")
    return RemoteProgress(
        float(seconds) if isinstance(seconds, int | float) else 0.0,
        told.get("cost_cents"),
        told.get("bound_cents"),
        str(told.get("phase", "")),
        told.get("gap"),
    )


@contextmanager
def _stopping(link: Link, path: str, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Tell the server to stop as soon as somebody asks for it within the block."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            if should_stop():
                with suppress(RemoteError):  # whoever watches hears of it
                    link.ask("DELETE", path)
                return

    thread = threading.Thread(target=look, name="remote-stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def _brought_back(
    link: Link, solve_id: str, roster_id: str, sending: Sending, period: str
) -> RemoteSolve:
    from scheduler.audit import audit_roster, shortfalls
    from scheduler.intake.roster_json import roster_from_json

    document = link.ask("GET", f"/v1/rosters/{roster_id}/document")
    roster = roster_from_json(document, file="the server's roster")
    planning, odd = _solved_planning(link, roster, sending, period)
    notices = _notices(link.ask("GET", f"/v1/rosters/{roster_id}/audit"))
    solved = Solved(
        roster=roster,
        report=audit_roster(planning, roster),
        notices=(*odd, *notices),
        shortfalls=shortfalls(planning, roster),
        lost_minutes=0,
        activity_seconds=0.0,
    )
    return RemoteSolve(solve_id, planning, solved)


def _solved_planning(
    link: Link, roster: Roster, sending: Sending, period: str
) -> tuple[Planning, tuple[Fault, ...]]:
    """Return the planning that was solved: what was sent, or what the server made of it."""
    from scheduler.intake.planning_folder import read_document

    if roster.input_sha256 == sending.planning.input_sha256:
        return sending.planning, ()
    kept = link.ask("GET", f"{period}/planning")
    there = read_document(json.dumps(kept, ensure_ascii=False), name=sending.period_id).planning
    if there is not None and there.input_sha256 == roster.input_sha256:
        return there, ()
    notice = Fault(
        "other_input",
        sending.period_id,
        "the planning that was sent",
        hint="The server solved another one, changed there meanwhile: the audit may not fit.",
    )
    return sending.planning, (notice,)


def _notices(audit: object) -> tuple[Fault, ...]:
    """Return what the solve noticed, as the server's audit carries it."""
    found = audit.get("notices", ()) if isinstance(audit, dict) else ()
    members = Fault.__dataclass_fields__.keys()
    notices = []
    for row in found:
        with suppress(TypeError):
            notices.append(Fault(**{name: row[name] for name in members if name in row}))
    return tuple(notices)


def _text(answer: object, name: str) -> str:
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise RemoteError("The server's answer is not one of Heliotrope's; is the address right?")
    return found
