"""Tables of the document about need: queues, contacts expected, agents required."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from scheduler.store.columns import Base, RowId, number, words

__all__ = ["DemandRow", "QueueRow", "RequirementRow"]


class QueueRow(Base, table=True):
    """One row of ``queues``."""

    __tablename__ = "queue"
    __table_args__ = (UniqueConstraint("queue_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    queue_id: str = words()
    client: str = words()
    channel: str = words()
    language: str = words()
    min_level: str | None = words()
    certificate: str | None = words()
    priority: int = number()
    opening: str | None = words()
    zone: str = words()
    country: str | None = words()
    subdivision: str | None = words()
    target_percent: str | None = words()
    target_seconds: int | None = number()
    concurrency: int | None = number()
    patience_s: int | None = number()
    deadline_hours: str | None = words()
    shrinkage: str | None = words()


class DemandRow(Base, table=True):
    """One row of ``demand``."""

    __tablename__ = "demand"
    __table_args__ = (
        UniqueConstraint("queue_id", "interval_start"),
        {"sqlite_autoincrement": True},
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    queue_id: str = words()
    interval_start: str = words()
    offered: str = words()
    aht_s: str = words()


class RequirementRow(Base, table=True):
    """One row of ``requirements``."""

    __tablename__ = "requirement"
    __table_args__ = (
        UniqueConstraint("queue_id", "interval_start"),
        {"sqlite_autoincrement": True},
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    queue_id: str = words()
    interval_start: str = words()
    agents: int = number()
