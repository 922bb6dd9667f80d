"""Bring a whole planning into the database, for one period; all of it or nothing."""

from __future__ import annotations

import json
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import Operation
from scheduler.domain import Planning
from scheduler.domain.access import Principal
from scheduler.domain.period import Period
from scheduler.errors import Fault, InputError
from scheduler.intake.columns import TABLES
from scheduler.intake.document import to_document
from scheduler.intake.planning_folder import Intake, read_document, read_planning
from scheduler.service import Service, require
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.carry_history import with_published

if TYPE_CHECKING:
    from scheduler.store import Store, TableChange, Unit

__all__ = [
    "Imported",
    "check_period_id",
    "import_at_desk",
    "import_document",
    "import_zip",
    "period_of_document",
    "read_period",
]

_MOST_FILES = 100
_UNPACKED_BY_PACKED = 10
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed.

    Parameters
    ----------
    period : Period
        As it is now.
    changes : tuple of TableChange
        Rows added, changed and removed, by table.
    notices : tuple of Fault
        What is odd but can be used.
    input_sha256 : str
        Digest of the planning, as a roster of it will name it.
    """

    period: Period
    changes: tuple[TableChange, ...]
    notices: tuple[Fault, ...]
    input_sha256: str


def import_at_desk(store: Store, period_id: str, folder: Path) -> Imported:
    """Import a planning folder, or a ``.json`` document, from this machine's disk; see `_keep`.

    For the command line: whoever runs it owns the database.
    """
    return _keep(store, "command line", period_id, read_planning(folder))


def import_document(service: Service, caller: Principal, period_id: str, text: str) -> Imported:
    """Import a planning document; see `_keep`."""
    require(caller, Operation.PLANNING_IMPORT)
    return _keep(service.store, caller.principal_id, period_id, read_document(text))


def import_zip(service: Service, caller: Principal, period_id: str, data: bytes) -> Imported:
    """Import a planning folder that comes as a zip archive; see `_keep`.

    Only files of the folder itself are unpacked, up to ten times the largest body in all.
    """
    require(caller, Operation.PLANNING_IMPORT)
    most = _UNPACKED_BY_PACKED * service.settings.body_limit_mb * 1024 * 1024
    with tempfile.TemporaryDirectory(prefix="heliotrope-") as name:
        folder = Path(name) / "planning"
        folder.mkdir()
        _unpack(data, folder, most=most)
        return _keep(service.store, caller.principal_id, period_id, read_planning(folder))


def _keep(store: Store, by: str, period_id: str, read: Intake) -> Imported:
    """Keep a planning's rows and its period in one transaction.

    Sites, contracts, agents and queues are added or changed; the rows of its agents, and the need
    of its queues within the horizon, are replaced.

    Raises
    ------
    InputError
        With everything that is wrong; then nothing was changed.
    """
    planning = read.planning
    if planning is None:
        raise InputError(read.faults)
    check_period_id(period_id)
    document = to_document(planning)
    period = period_of_document(period_id, planning, document)
    with store.writing(by=by) as unit:
        changes = unit.rows.replace_period(document, instants=horizon_bounds(planning.horizon))
        kept = _put_period(unit, period)
    return Imported(kept, changes, read.notices, planning.input_sha256)


def check_period_id(period_id: str) -> None:
    """Refuse an id that cannot stand in an address.

    Raises
    ------
    InputError
        If it is empty, longer than 100 characters, `.` or `..`, or holds `/` or what cannot be
        printed.
    """
    is_long = not 0 < len(period_id) <= _LONGEST_ID
    if is_long or not period_id.isprintable() or "/" in period_id or period_id in (".", ".."):
        expected = f"an id of at most {_LONGEST_ID} printable characters without a slash"
        shown = period_id[:_LONGEST_ID].encode(errors="backslashreplace").decode()
        fault = Fault("bad_text", "period", expected, column="/period_id", value=shown)
        raise InputError((fault,))


def _put_period(unit: Unit, period: Period) -> Period:
    from scheduler.store import NotFoundError

    try:
        present = unit.periods.get(period.period_id)
    except NotFoundError:
        return unit.periods.add(period)
    wanted = replace(period, version=present.version)
    return present if wanted == present else unit.periods.put(wanted)


def period_of_document(period_id: str, planning: Planning, document: Mapping[str, Any]) -> Period:
    """Return the period that a planning document describes."""
    stems = {table.stem for table in TABLES}
    settings = {key: value for key, value in document.items() if key not in stems}
    return Period(
        period_id=period_id,
        name=planning.name,
        horizon=planning.horizon,
        settings=json.dumps(settings, sort_keys=True, ensure_ascii=False),
        site_ids=tuple(site.site_id for site in planning.sites),
        queue_ids=tuple(queue.queue_id for queue in planning.queues),
    )


def read_period(unit: Unit, period_id: str) -> Planning:
    """Return the planning of a period as the rows are now.

    What other periods have published before its horizon is history of it, too; see
    `scheduler.usecases.carry_history.with_published`.

    Raises
    ------
    InputError
        If the rows do not make a planning: a reference that leads nowhere, need outside opening
        hours, overlapping stays.
    """
    period = unit.periods.get(period_id)
    document = unit.periods.document(period_id, instants=horizon_bounds(period.horizon))
    read = read_document(json.dumps(document, ensure_ascii=False), name=period_id)
    if read.planning is None:
        raise InputError(read.faults)
    return with_published(unit, read.planning, period_id)


def _unpack(data: bytes, folder: Path, *, most: int) -> None:
    """Unpack the files of an archive's one folder, or of its top.

    Raises
    ------
    InputError
        If it is no archive, is damaged, too large, or holds what a planning does not.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > _MOST_FILES:
                raise _bad_zip(f"at most {_MOST_FILES} files")
            left = most
            for info in members:
                name = _plain_name(info)
                with archive.open(info) as source:
                    content = source.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise _bad_zip(f"at most {most:,} bytes once unpacked")
                target = folder / name
                if target.exists():
                    raise _bad_zip("each file once", name)
                target.write_bytes(content)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError) as error:
        raise _bad_zip("a zip archive that is whole") from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise _bad_zip("an archive without encryption, compressed as usual") from error


def _plain_name(info: zipfile.ZipInfo) -> str:
    """Return a member's file name; it stands at the top or in one folder, and is a plain file."""
    path = PurePosixPath(info.filename.replace("\\", "/"))
    mode = info.external_attr >> 16
    odd = path.is_absolute() or ".." in path.parts or len(path.parts) not in (1, 2)
    if odd or (stat.S_IFMT(mode) not in (0, stat.S_IFREG)) or not path.name.isprintable():
        raise _bad_zip("plain files at the top of the archive, or in one folder", info.filename)
    return path.name


def _bad_zip(expected: str, value: str | None = None) -> InputError:
    return InputError((Fault("bad_zip", "body", expected, value=value),))
