"""Planning periods, and the document that each of them reads from the company's rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from scheduler.domain.period import Period
from scheduler.store.cells import cells
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import period_of, period_values
from scheduler.store.scope import spans
from scheduler.store.statements import insert_new
from scheduler.store.tables import DOCUMENT_TABLES, JOB, PERIOD, ROSTER, DocumentTable
from scheduler.store.trail import Change, Trail

__all__ = ["Periods"]


class Periods:
    """Planning periods of one transaction."""

    def __init__(self, connection: Connection, trail: Trail) -> None:
        self._connection, self._trail = connection, trail

    def get(self, period_id: str) -> Period:
        """Return a period.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        return period_of(_present(self._row(period_id)))

    def list(self, *, after: str | None = None, limit: int = 100) -> tuple[Period, ...]:
        """Return periods by their ids.

        Parameters
        ----------
        after : str, optional
            Only those behind this id: the last one of the page before.
        """
        query = select(PERIOD).order_by(PERIOD.c.period_id).limit(limit)
        if after is not None:
            query = query.where(PERIOD.c.period_id > after)
        return tuple(period_of(row) for row in self._connection.execute(query))

    def add(self, period: Period) -> Period:
        """Keep a new period, as version 1.

        Raises
        ------
        ConflictError
            If there is one of that id.
        """
        if not insert_new(self._connection, PERIOD, {**period_values(period), "version": 1}):
            present = self._row(period.period_id)
            version = None if present is None else present.version
            raise ConflictError("There is a period of that id already.", version=version)
        self._note("add", period.period_id, None, period_values(period))
        return replace(period, version=1)

    def put(self, period: Period) -> Period:
        """Change a period; return it with its new version.

        Parameters
        ----------
        period : Period
            With the version that the caller has seen.

        Raises
        ------
        NotFoundError
            If it is gone.
        ConflictError
            If it has another version by now.
        """
        before = self._held(period.period_id, period.version)
        changed = replace(period, version=period.version + 1)
        values = {**period_values(period), "version": changed.version}
        mine = PERIOD.c.period_id == period.period_id
        self._connection.execute(update(PERIOD).where(mine).values(values))
        self._note("put", period.period_id, period_values(before), period_values(period))
        return changed

    def delete(self, period_id: str, version: int) -> None:
        """Take a period away; the company's rows stay.

        Raises
        ------
        NotFoundError
            If it is gone.
        ConflictError
            If it has another version by now, or rosters or jobs.
        """
        before = self._held(period_id, version)
        for table in (ROSTER, JOB):
            of_it = select(table.c.period_id).where(table.c.period_id == period_id).limit(1)
            if self._connection.execute(of_it).first() is not None:
                raise ConflictError("The period has rosters or jobs, which are kept.")
        self._connection.execute(delete(PERIOD).where(PERIOD.c.period_id == period_id))
        self._note("delete", period_id, period_values(before), None)

    def document(self, period_id: str, *, instants: tuple[datetime, datetime]) -> dict[str, object]:
        """Return the planning document of a period, as `scheduler.intake` reads it.

        Its settings, its sites, the contracts that its agents name, the agents of these sites with
        their rows, and its queues with their need. Rows stand in the order of insertion.

        Parameters
        ----------
        instants : (datetime, datetime)
            Aware, half-open: the horizon. Need and pins lie in it, history begins before it.

        Raises
        ------
        NotFoundError
            If there is no such period.
        """
        period = self.get(period_id)
        ranges = spans(instants)
        document: dict[str, object] = json.loads(period.settings)
        for stem, entry in DOCUMENT_TABLES.items():
            query = select(entry.table).where(_belongs(period, entry))
            span = ranges.get(stem)
            if span is not None:
                query = query.where(span.holds(entry.table))
            rows = self._connection.execute(query.order_by(entry.table.c.row_id))
            document[stem] = [
                cells(entry, row) for row in rows if span is None or span.contains(row._mapping)
            ]
        return document

    def _row(self, period_id: str) -> Row[Any] | None:
        query = select(PERIOD).where(PERIOD.c.period_id == period_id)
        return self._connection.execute(query).one_or_none()

    def _held(self, period_id: str, version: int) -> Period:
        query = select(PERIOD).where(PERIOD.c.period_id == period_id).with_for_update()
        period = period_of(_present(self._connection.execute(query).one_or_none()))
        if period.version != version:
            raise ConflictError("The period has been changed meanwhile.", version=period.version)
        return period

    def _note(
        self,
        verb: str,
        period_id: str,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> None:
        self._trail.add(Change(verb, "periods", period_id, before, after))


def _present(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFoundError("There is no such period.")
    return row


def _belongs(period: Period, entry: DocumentTable) -> ColumnElement[bool]:
    """Return the condition that a row of a table belongs to a period."""
    agent = DOCUMENT_TABLES["agents"].table
    here = agent.c.site_id.in_(period.site_ids)
    columns = entry.table.c
    if entry.stem == "agents":
        return here
    if entry.stem == "contracts":
        return columns.contract_id.in_(select(agent.c.contract_id).where(here))
    if entry.stem == "sites":
        return columns.site_id.in_(period.site_ids)
    if "queue_id" in columns:
        return columns.queue_id.in_(period.queue_ids)
    return columns.agent_id.in_(select(agent.c.agent_id).where(here))
