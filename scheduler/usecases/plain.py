"""Records as plain data for JSON."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from scheduler.domain import WallTime

__all__ = ["to_plain"]


def to_plain(value: object) -> object:
    """Return `value` as dicts, lists, strings and numbers that JSON can hold.

    Instants become ``...Z``, dates and wall times ISO 8601, decimals strings; a record becomes an
    object of its fields.

    Raises
    ------
    TypeError
        If there is something inside that has no plain form.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, WallTime | Decimal):
        return str(value)
    if isinstance(value, Enum):
        return to_plain(value.value)
    if is_dataclass(value) and not isinstance(value, type):
        return {column.name: to_plain(getattr(value, column.name)) for column in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(part) for part in value]
    raise TypeError(f"no plain form for {type(value).__name__}")
