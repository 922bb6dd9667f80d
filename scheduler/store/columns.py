"""What the columns of all tables are made of, the same on both databases.

Text is compared byte by byte on PostgreSQL as on SQLite, so instants, days and ids have one order.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from scheduler.store.errors import BadRowError

__all__ = [
    "METADATA",
    "Base",
    "Bytes",
    "Instant",
    "RowId",
    "Whole",
    "Words",
    "instant_of",
    "minute_text",
    "number",
    "storable",
    "text_of",
    "words",
]


def text_of(instant: datetime) -> str:
    """Return an aware instant as the store keeps it, ``2027-03-28T07:00:00.000000Z``."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='microseconds')}Z"


def instant_of(text: str) -> datetime:
    """Return the aware UTC instant that a text kept by the store stands for."""
    return datetime.fromisoformat(text)


def minute_text(instant: datetime) -> str:
    """Return an aware instant as documents write it, ``2027-03-28T07:00Z``."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def storable(text: str) -> str:
    """Return a text that a machine wrote without what PostgreSQL cannot keep."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


class Words(TypeDecorator[str]):
    """Text of any length, ordered by code point; no NUL and no broken surrogates."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that compares byte by byte."""
        return Text(collation="C" if dialect.name == "postgresql" else None)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Refuse what only one of the databases would keep."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadRowError("A column of text takes text only.")
        if value.isascii():
            clean = "\0" not in value
        else:
            clean = not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)
        if not clean:
            raise BadRowError("Text holds a character that cannot be stored (NUL or a surrogate).")
        return value


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant to the microsecond, kept as text that sorts."""

    impl = Words
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write an aware instant; a naive one is a defect of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("instants are aware")
        return text_of(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read it back."""
        return None if value is None else instant_of(value)


Whole = BigInteger
"""Whole numbers of 64 bits."""

RowId = BigInteger().with_variant(Integer, "sqlite")
"""Keys that the database counts up; SQLite knows them by the type INTEGER alone."""

Bytes = LargeBinary

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
"""All tables of the store; names of constraints are the same on both databases."""


class Base(SQLModel):
    """Parent of all table classes."""

    metadata: ClassVar[MetaData] = METADATA


def words(name: str | None = None, **options: Any) -> Any:
    """Return a field of text; `name` is the column's where Python has that word for itself."""
    return Field(sa_type=Words, sa_column_kwargs={"name": name} if name else {}, **options)


def number(**options: Any) -> Any:
    """Return a field of whole numbers."""
    return Field(sa_type=Whole, **options)
