"""Tables of the document about people: who works where, on which terms, with which skills."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from scheduler.store.columns import Base, RowId, number, words

__all__ = ["AgentRow", "ContractRow", "LocationRow", "SiteRow", "SkillRow"]


class SiteRow(Base, table=True):
    """One row of ``sites``."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("site_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    site_id: str = words()
    name: str = words()
    zone: str = words()
    country: str = words()
    subdivision: str | None = words()
    currency: str = words()


class ContractRow(Base, table=True):
    """One row of ``contracts``."""

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("contract_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    contract_id: str = words()
    min_hours_week: str = words()
    target_hours_week: str = words()
    max_hours_week: str = words()
    max_days_week: int | None = number()
    min_shift_hours: str | None = words()
    max_shift_hours: str | None = words()
    night_allowed: str | None = words()
    rule_packs: str | None = words()
    law: str | None = words()
    on_call: str | None = words()


class AgentRow(Base, table=True):
    """One row of ``agents``."""

    __tablename__ = "agent"
    __table_args__ = (
        UniqueConstraint("agent_id"),
        Index(None, "site_id"),
        {"sqlite_autoincrement": True},
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    name: str = words()
    site_id: str = words()
    contract_id: str = words()
    hourly_rate: str = words()
    currency: str = words()
    employed_from: str | None = words()
    employed_until: str | None = words()
    started_on: str | None = words()
    email: str | None = words()
    waking_from: str | None = words()
    waking_until: str | None = words()


class LocationRow(Base, table=True):
    """One row of ``locations``."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("agent_id", "from_date"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    from_date: str = words()
    until_date: str | None = words()
    zone: str = words()
    country: str = words()
    subdivision: str | None = words()


class SkillRow(Base, table=True):
    """One row of ``skills``."""

    __tablename__ = "skill"
    __table_args__ = (Index(None, "agent_id"), {"sqlite_autoincrement": True})

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    version: int = number(default=1)
    agent_id: str = words()
    kind: str = words()
    value: str = words()
    level: str | None = words()
    valid_from: str | None = words()
    valid_until: str | None = words()
