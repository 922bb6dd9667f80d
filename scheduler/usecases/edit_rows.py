"""Rows of the planning's tables, one at a time: list, read, add, change, take away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import row_operation
from scheduler.domain.access import Principal, Role
from scheduler.errors import Fault, InputError, StateError
from scheduler.intake.columns import TABLES, Column, table
from scheduler.intake.faults import did_you_mean
from scheduler.intake.schema import row_schema
from scheduler.intake.single_rows import RowsRead, read_row
from scheduler.service import Service, require, require_ever

if TYPE_CHECKING:
    from scheduler.store import StoredRow, Unit

__all__ = [
    "ID_COLUMNS",
    "KEYS",
    "STEMS",
    "add_row",
    "delete_row",
    "example_of",
    "get_row",
    "list_rows",
    "put_row",
    "schema_of",
]

STEMS = tuple(each.stem for each in TABLES)
"""Names of the tables, in the order of the planning folder."""

KEYS = {each.stem: each.key for each in TABLES if each.key is not None}
"""The column by whose value a row is named, of tables that have one."""

ID_COLUMNS = {
    each.stem: tuple(column.name for column in each.columns if column.refers_to is not None)
    for each in TABLES
}
"""Columns that name rows of other tables."""

_PAGE = 500


def schema_of(stem: str) -> dict[str, Any]:
    """Return the JSON Schema of a row of a table."""
    return row_schema(table(stem))


def example_of(stem: str) -> dict[str, str | int]:
    """Return a row that is right by itself."""
    own = table(stem)
    chosen = {"date", "duration_minutes"}  # each is one of two
    text = {
        column.name: column.example
        for column in own.columns
        if column.required or column.name in chosen
    }
    (row,) = read_row(stem, json.dumps(text)).rows
    return {name: value for name, value in row.items() if isinstance(value, str | int)}


def list_rows(
    service: Service,
    caller: Principal,
    stem: str,
    *,
    where: Mapping[str, str | int] | None = None,
    after: int | None = None,
    limit: int = 100,
) -> tuple[StoredRow, ...]:
    """Return the rows of a table that the caller may read, in the order in which they were added.

    Parameters
    ----------
    stem : str
        Table, such as ``agents``.
    where : mapping, optional
        Values that columns must have.
    after : int, optional
        Only rows behind this `row_id`: the last one of the page before.

    Raises
    ------
    DeniedError
        If the caller may read none.
    """
    operation = row_operation(stem, write=False)
    require_ever(caller, operation)
    wanted = dict(where or {})
    if caller.role is Role.AGENT:
        wanted.setdefault("agent_id", str(caller.agent_id))
        require(caller, operation, agent_id=str(wanted["agent_id"]))
    found: list[StoredRow] = []
    with service.store.reading() as unit:
        scope = _Scope(unit, caller)
        while len(found) < limit:
            page = unit.rows.list(stem, where=wanted, after=after, limit=min(_PAGE, limit))
            found += [row for row in page if scope.holds(stem, row.values)]
            if len(page) < min(_PAGE, limit):
                break
            after = page[-1].row_id
    return tuple(found[:limit])


def get_row(service: Service, caller: Principal, stem: str, key: str | int) -> StoredRow:
    """Return one row.

    Parameters
    ----------
    key : str or int
        The id that the table is known by, or the `row_id` where it has none.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or the caller may not read it.
    """
    require_ever(caller, row_operation(stem, write=False))
    with service.store.reading() as unit:
        row = unit.rows.get(stem, key)
        _require(unit, caller, stem, (row.values,), write=False)
    return row


def add_row(service: Service, caller: Principal, stem: str, text: str) -> StoredRow:
    """Add the row that a JSON object holds.

    Raises
    ------
    InputError
        If anything is wrong with it, or it refers to something that is not there.
    ConflictError
        If there is one with its id.
    DeniedError
        If the caller may not.
    """
    require_ever(caller, row_operation(stem, write=True))
    read = read_row(stem, text)
    (values,) = read.rows
    with service.store.writing(by=caller.principal_id) as unit:
        _check_references(unit, read)
        _require(unit, caller, stem, (values,), write=True)
        return unit.rows.add(stem, values)


def put_row(
    service: Service, caller: Principal, stem: str, key: str | int, text: str, version: int
) -> StoredRow:
    """Replace a row by the one that a JSON object holds; its id stays.

    Parameters
    ----------
    version : int
        The version that the caller has seen.

    Raises
    ------
    InputError, ConflictError, NotFoundError, DeniedError
        As of `add_row`, or if it was changed meanwhile.
    """
    require_ever(caller, row_operation(stem, write=True))
    read = read_row(stem, text)
    (values,) = read.rows
    own = table(stem)
    with service.store.writing(by=caller.principal_id) as unit:
        before = unit.rows.get(stem, key)
        if own.key is not None and values[own.key] != before.values[own.key]:
            expected = f"{before.values[own.key]}: the id of a row stays"
            raise InputError((Fault("wrong_id", stem, expected, column=f"/{own.key}"),))
        _check_references(unit, read)
        _require(unit, caller, stem, (before.values, values), write=True)
        return unit.rows.put(stem, before.row_id, values, version)


def delete_row(
    service: Service, caller: Principal, stem: str, key: str | int, version: int
) -> None:
    """Take a row away that no other row names.

    Raises
    ------
    StateError
        If others name it.
    ConflictError, NotFoundError, DeniedError
        As of `put_row`.
    """
    require_ever(caller, row_operation(stem, write=True))
    with service.store.writing(by=caller.principal_id) as unit:
        before = unit.rows.get(stem, key)
        _require(unit, caller, stem, (before.values,), write=True)
        own = table(stem)
        for other, column in _naming(stem):
            where = {column.name: str(before.values[str(own.key)])}
            if unit.rows.list(other, where=where, limit=1):
                raise StateError(
                    f"Rows of {other} still name it in {column.name}; change or delete those first."
                )
        unit.rows.delete(stem, before.row_id, version)


def _naming(stem: str) -> Iterable[tuple[str, Column]]:
    return (
        (other.stem, column)
        for other in TABLES
        for column in other.columns
        if column.refers_to == stem
    )


def _check_references(unit: Unit, read: RowsRead) -> None:
    """Refuse ids that lead nowhere."""
    from scheduler.store import NotFoundError

    faults = []
    for column, goal, value in read.references:
        try:
            unit.rows.get(goal, value)
        except NotFoundError:
            known = [str(row.values[column]) for row in unit.rows.list(goal, limit=_PAGE)]
            faults.append(
                Fault(
                    "unknown_id",
                    goal,
                    f"the {column} of a row of {goal}",
                    column=f"/{column}",
                    value=value,
                    hint=did_you_mean(value, known),
                )
            )
    if faults:
        raise InputError(tuple(faults))


def _require(
    unit: Unit,
    caller: Principal,
    stem: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    write: bool,
) -> None:
    """Go on if the caller may read or write such rows; raises DeniedError if not."""
    scope = _Scope(unit, caller)
    for values in rows:
        agent_id = values.get("agent_id")
        require(
            caller,
            row_operation(stem, write=write),
            site_ids=scope.sites_of(stem, values),
            agent_id=None if agent_id is None else str(agent_id),
        )


class _Scope:
    """Which rows lie in a planner's scope: those of agents of its sites."""

    def __init__(self, unit: Unit, caller: Principal) -> None:
        self._unit, self._caller = unit, caller
        self._site_of: dict[str, str | None] = {}

    def sites_of(self, stem: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the sites that a row concerns; none for what belongs to no site."""
        if stem in ("sites", "agents"):
            return (str(values["site_id"]),)
        if "agent_id" not in values:
            return ()
        site = self._site(str(values["agent_id"]))
        return () if site is None else (site,)

    def holds(self, stem: str, values: Mapping[str, Any]) -> bool:
        """Whether the caller sees such a row."""
        if not self._caller.site_ids or "agent_id" not in values:
            return True
        return any(map(self._caller.sees_site, self.sites_of(stem, values)))

    def _site(self, agent_id: str) -> str | None:
        from scheduler.store import NotFoundError

        if agent_id not in self._site_of:
            try:
                site = str(self._unit.rows.get("agents", agent_id).values["site_id"])
            except NotFoundError:
                site = None
            self._site_of[agent_id] = site
        return self._site_of[agent_id]
