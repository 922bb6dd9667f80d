"""Tables of the document about agents' days: when they can, are off, wish, worked, must work."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from scheduler.store.columns import Base, RowId, number, words

__all__ = ["AvailabilityRow", "HistoryRow", "PinRow", "TimeOffRow", "WishRow"]


class AvailabilityRow(Base, table=True):
    """One row of ``availability``."""

    __tablename__ = "availability"
    __table_args__ = (Index(None, "agent_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    weekday: str | None = words()
    date: str | None = words()
    from_: str = words("from")
    until: str = words()
    kind: str = words()


class TimeOffRow(Base, table=True):
    """One row of ``time_off``."""

    __tablename__ = "time_off"
    __table_args__ = (Index(None, "agent_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    from_: str = words("from")
    until: str = words()
    kind: str = words()
    paid: str | None = words()


class WishRow(Base, table=True):
    """One row of ``wishes``."""

    __tablename__ = "wish"
    __table_args__ = (Index(None, "agent_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    weekday: str | None = words()
    date: str | None = words()
    from_: str | None = words("from")
    until: str | None = words()
    wish: str = words()
    strength: int = number()


class HistoryRow(Base, table=True):
    """One row of ``history``."""

    __tablename__ = "history"
    __table_args__ = (Index(None, "agent_id", "start_local"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    start_local: str = words()
    zone: str = words()
    fold: int | None = number()
    end_utc: str | None = words()
    duration_minutes: int | None = number()


class PinRow(Base, table=True):
    """One row of ``pins``."""

    __tablename__ = "pin"
    __table_args__ = (Index(None, "agent_id", "start_local"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    start_local: str = words()
    zone: str = words()
    fold: int | None = number()
    duration_minutes: int = number()
