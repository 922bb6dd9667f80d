"""Who changed what, when, from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.service import Service, require

if TYPE_CHECKING:
    from scheduler.store import TrailEntry, Unit

__all__ = ["NamedEntry", "read_trail"]


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry of the trail.

    Parameters
    ----------
    name : str, optional
        Present name of the principal who made the change; None for programs.
    """

    entry: TrailEntry
    name: str | None


def read_trail(
    service: Service,
    caller: Principal,
    *,
    who: str | None = None,
    what: str | None = None,
    key: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> tuple[NamedEntry, ...]:
    """Return changes, the latest first.

    Parameters
    ----------
    who : str, optional
        Id of a principal, or name of a program.
    what : str, optional
        Sort of record, such as ``agents`` or ``rosters``.
    key : str, optional
        Which record.
    before : int, optional
        Only entries older than this one: the last of the page before.

    Raises
    ------
    DeniedError
        If the caller may not.
    """
    require(caller, Operation.TRAIL_READ)
    with service.store.reading() as unit:
        entries = unit.trail.list(who=who, subject=what, key=key, before=before, limit=limit)
        names = {each: _name(unit, each) for each in {entry.who for entry in entries}}
    return tuple(NamedEntry(entry, names[entry.who]) for entry in entries)


def _name(unit: Unit, principal_id: str) -> str | None:
    from scheduler.store import NotFoundError

    try:
        return unit.principals.get(principal_id).name
    except NotFoundError:
        return None
