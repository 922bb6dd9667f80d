"""Rows of the planning's tables: list, read, add one or many, change, take away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import row_operation
from scheduler.domain.access import Principal, Role
from scheduler.errors import Fault, InputError, StateError
from scheduler.intake.columns import TABLES, Column, table
from scheduler.intake.faults import did_you_mean
from scheduler.intake.schema import row_schema
from scheduler.intake.single_rows import MOST_ROWS, RowsRead, read_csv_rows, read_row, read_rows
from scheduler.service import Service, require, require_ever

if TYPE_CHECKING:
    from scheduler.store import StoredRow, Unit

__all__ = [
    "ID_COLUMNS",
    "KEYS",
    "MOST_ROWS",
    "STEMS",
    "BatchDone",
    "add_row",
    "add_rows",
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

_AGENTS = "agents"
_PAGE = 500
_MOST_FAULTS = 50


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
            scope.learn(stem, [row.values for row in page])
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


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What became of many rows: those that were there already as they came are unchanged."""

    added: int
    changed: int
    unchanged: int


def add_rows(
    service: Service, caller: Principal, stem: str, body: str | bytes, *, replace: bool = False
) -> BatchDone:
    """Add many rows, all of them or none.

    Parameters
    ----------
    body : str or bytes
        Text is a JSON object ``{"rows": [...]}``, bytes are the table's file of a planning folder.
    replace : bool
        Whether a row takes the place of the one with its id (for need: of its queue and interval);
        else that is an error. Only for tables whose rows have ids.

    Raises
    ------
    InputError
        If anything is wrong with any of them, an id is taken, or leads nowhere.
    DeniedError
        If the caller may not, or not for one of them.
    """
    from scheduler.store import DOCUMENT_TABLES

    require_ever(caller, row_operation(stem, write=True))
    key = DOCUMENT_TABLES[stem].key
    if replace and not key:
        expected = f"false: rows of {stem} have no ids by which one could take another's place"
        raise InputError((Fault("unknown_value", "query", expected, column="replace"),))
    read = read_rows(stem, body) if isinstance(body, str) else read_csv_rows(stem, body)
    repeated = read.repeated(key) if key else ()
    if repeated:
        raise InputError(repeated)
    _require_own(caller, stem, read.rows)
    with service.store.writing(by=caller.principal_id) as unit:
        _check_references(unit, caller, read)
        there = unit.rows.keyed(stem, read.rows)
        _require(unit, caller, stem, (*(row.values for row in there), *read.rows), write=True)
        if there and not replace:
            raise InputError(_taken(read, key, there))
        done = unit.rows.add_batch(stem, read.rows, replace=replace)
    return BatchDone(done.added, done.changed, len(read.rows) - done.added - done.changed)


def _taken(read: RowsRead, key: tuple[str, ...], there: Iterable[StoredRow]) -> tuple[Fault, ...]:
    """Return a fault for each row whose id is taken."""
    held = {tuple(row.values[column] for column in key) for row in there}
    expected = f"{' and '.join(key)} that no row has yet, or `?replace=true`"
    return tuple(
        read.fault_at(idx, key[-1], "duplicate_id", expected)
        for idx, row in enumerate(read.rows)
        if tuple(row[column] for column in key) in held
    )


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
    _require_own(caller, stem, (values,))
    with service.store.writing(by=caller.principal_id) as unit:
        _check_references(unit, caller, read)
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
    _require_own(caller, stem, (values,))
    with service.store.writing(by=caller.principal_id) as unit:
        before = unit.rows.get(stem, key)
        _require(unit, caller, stem, (before.values,), write=True)
        if own.key is not None and values[own.key] != before.values[own.key]:
            expected = f"{before.values[own.key]}: the id of a row stays"
            raise InputError((Fault("wrong_id", stem, expected, column=f"/{own.key}"),))
        _check_references(unit, caller, read)
        _require(unit, caller, stem, (values,), write=True)
        return unit.rows.put(stem, before.row_id, values, version)


def delete_row(
    service: Service,
    caller: Principal,
    stem: str,
    key: str | int,
    version: int,
    *,
    with_rows: bool = False,
) -> None:
    """Take a row away that no other row names.

    Parameters
    ----------
    with_rows : bool
        Of an agent: take the agent's own rows (skills, stays, availability, time off, wishes,
        history, pins) along. Rosters, and inputs that were kept for them, stay as they are.

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
        if with_rows and stem == _AGENTS:
            unit.rows.delete_owned(str(before.values["agent_id"]))
        own = table(stem)
        for other, column in _naming(stem):
            where = {column.name: str(before.values[str(own.key)])}
            if unit.rows.list(other, where=where, limit=1):
                hint = ", or ask with `?rows=true` to take them along" if stem == _AGENTS else ""
                raise StateError(
                    f"Rows of {other} still name it in {column.name}: "
                    f"change or delete those first{hint}."
                )
        unit.rows.delete(stem, before.row_id, version)


def _naming(stem: str) -> Iterable[tuple[str, Column]]:
    return (
        (other.stem, column)
        for other in TABLES
        for column in other.columns
        if column.refers_to == stem
    )


def _check_references(unit: Unit, caller: Principal, read: RowsRead) -> None:
    """Refuse ids that lead nowhere; each table is asked once, hints are what the caller may see."""
    scope = _Scope(unit, caller)
    wanted: dict[tuple[str, str], list[str]] = {}
    for column, goal, value in read.references:
        wanted.setdefault((column, goal), []).append(value)
    faults = []
    for (column, goal), values in wanted.items():
        held = {str(row.values[column]) for row in unit.rows.among(goal, column, values)}
        missing = [value for value in values if value not in held]
        known = () if not missing else unit.rows.list(goal, limit=_PAGE)
        names = [str(row.values[column]) for row in known if scope.holds(goal, row.values)]
        expected = f"the {column} of a row of {goal}"
        faults += [
            read.fault_of(column, value, "unknown_id", expected, did_you_mean(value, names))
            for value in missing[:_MOST_FAULTS]
        ]
    if faults:
        raise InputError(tuple(faults))


def _require_own(caller: Principal, stem: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse an agent's rows about others before anything tells which agents there are."""
    if caller.role is not Role.AGENT:
        return
    for agent_id in {str(values["agent_id"]) for values in rows}:
        require(caller, row_operation(stem, write=True), agent_id=agent_id)


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
    operation = row_operation(stem, write=write)
    listed = tuple(rows)
    scope.learn(stem, listed)
    for site_ids, agent_id in {scope.concerns(stem, values) for values in listed}:
        require(caller, operation, site_ids=site_ids, agent_id=agent_id)


class _Scope:
    """Which rows lie in a planner's scope: those of agents of its sites."""

    def __init__(self, unit: Unit, caller: Principal) -> None:
        self._unit, self._caller = unit, caller
        self._site_of: dict[str, str | None] = {}

    def learn(self, stem: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Look up the sites of all agents that rows name at once."""
        if stem == _AGENTS or not self._caller.site_ids:
            return
        named = {str(values["agent_id"]) for values in rows if "agent_id" in values}
        new = sorted(named - self._site_of.keys())
        self._site_of.update(dict.fromkeys(new))
        for row in self._unit.rows.among(_AGENTS, "agent_id", new):
            self._site_of[str(row.values["agent_id"])] = str(row.values["site_id"])

    def concerns(self, stem: str, values: Mapping[str, Any]) -> tuple[tuple[str, ...], str | None]:
        """Return the sites and the agent that a row is about."""
        agent_id = values.get("agent_id")
        return self.sites_of(stem, values), None if agent_id is None else str(agent_id)

    def sites_of(self, stem: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the sites that a row concerns; none for what belongs to no site."""
        if stem in ("sites", _AGENTS):
            return (str(values["site_id"]),)
        if "agent_id" not in values or not self._caller.site_ids:
            return ()
        site = self._site_of.get(str(values["agent_id"]))
        return () if site is None else (site,)

    def holds(self, stem: str, values: Mapping[str, Any]) -> bool:
        """Whether the caller sees such a row."""
        if not self._caller.site_ids or "agent_id" not in values:
            return True
        return any(map(self._caller.sees_site, self.sites_of(stem, values)))
