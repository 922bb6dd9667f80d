"""All tables by name, and what the store knows of those of the planning document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from scheduler.store import (  # noqa: F401 - imported so that the tables are known
    tables_access,
    tables_days,
    tables_need,
    tables_people,
    tables_work,
)
from scheduler.store.columns import METADATA, Whole
from scheduler.store.errors import NotFoundError

__all__ = [
    "BLOB",
    "BLOB_USE",
    "DELIVERY",
    "DOCUMENT_TABLES",
    "EXECUTOR",
    "IDEMPOTENCY",
    "INCUMBENT",
    "JOB",
    "PERIOD",
    "PRINCIPAL",
    "PROGRESS",
    "ROSTER",
    "SHIFT",
    "TOKEN",
    "TRAIL",
    "WEBHOOK",
    "DocumentTable",
    "document_table",
]

BLOB = METADATA.tables["blob"]
BLOB_USE = METADATA.tables["blob_use"]
DELIVERY = METADATA.tables["delivery"]
EXECUTOR = METADATA.tables["executor"]
IDEMPOTENCY = METADATA.tables["idempotency"]
INCUMBENT = METADATA.tables["incumbent"]
JOB = METADATA.tables["job"]
PERIOD = METADATA.tables["period"]
PRINCIPAL = METADATA.tables["principal"]
PROGRESS = METADATA.tables["progress"]
ROSTER = METADATA.tables["roster"]
SHIFT = METADATA.tables["shift"]
TOKEN = METADATA.tables["token"]
TRAIL = METADATA.tables["trail"]
WEBHOOK = METADATA.tables["webhook"]


@dataclass(frozen=True, slots=True)
class DocumentTable:
    """A table whose rows are those of the planning document.

    Parameters
    ----------
    stem : str
        Its key in the document and the stem of its CSV file, such as ``sites``.
    table : sqlalchemy.Table
        Its table in the database, in the singular.
    key : tuple of str
        Columns that name a row; empty where only `row_id` does.
    """

    stem: str
    table: Table
    key: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the document, in its order."""
        return tuple(column.name for column in self.table.columns)[2:]

    def is_number(self, column: str) -> bool:
        """Whether a column holds whole numbers rather than text."""
        return isinstance(self.table.c[column].type, Whole)


def _document_tables() -> Mapping[str, DocumentTable]:
    tables = METADATA.tables
    listed = (
        DocumentTable("sites", tables["site"], ("site_id",)),
        DocumentTable("contracts", tables["contract"], ("contract_id",)),
        DocumentTable("agents", tables["agent"], ("agent_id",)),
        DocumentTable("locations", tables["location"], ("agent_id", "from_date")),
        DocumentTable("skills", tables["skill"]),
        DocumentTable("queues", tables["queue"], ("queue_id",)),
        DocumentTable("demand", tables["demand"], ("queue_id", "interval_start")),
        DocumentTable("requirements", tables["requirement"], ("queue_id", "interval_start")),
        DocumentTable("availability", tables["availability"]),
        DocumentTable("time_off", tables["time_off"]),
        DocumentTable("wishes", tables["wish"]),
        DocumentTable("history", tables["history"]),
        DocumentTable("pins", tables["pin"]),
    )
    return {entry.stem: entry for entry in listed}


DOCUMENT_TABLES = _document_tables()
"""Tables of the planning document by their stem, in the document's order."""


def document_table(stem: str) -> DocumentTable:
    """Return the document's table called `stem`.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    try:
        return DOCUMENT_TABLES[stem]
    except KeyError:
        raise NotFoundError(f"There is no table {stem!r} in a planning.") from None
