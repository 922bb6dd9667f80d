"""Tables of planning periods, rosters and the jobs that make them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from scheduler.store.columns import Base, Bytes, Instant, RowId, Whole, number, words

__all__ = [
    "BlobRow",
    "BlobUseRow",
    "ExecutorRow",
    "IdempotencyRow",
    "IncumbentRow",
    "JobRow",
    "PeriodRow",
    "ProgressRow",
    "RosterRow",
    "ShiftRow",
]

_ONLY_PUBLISHED = text("state = 'published'")


class BlobRow(Base, table=True):
    """Bytes under their digest: inputs, rosters, what jobs hand each other."""

    __tablename__ = "blob"

    sha256: str = words(primary_key=True)
    data: bytes = Field(sa_type=Bytes)


class BlobUseRow(Base, table=True):
    """When bytes were last put: what nothing refers to may be needed until some time after that."""

    __tablename__ = "blob_use"

    sha256: str = words(primary_key=True)
    put_at: datetime = Field(sa_type=Instant)


class PeriodRow(Base, table=True):
    """One planning period."""

    __tablename__ = "period"

    period_id: str = words(primary_key=True)
    version: int = number(default=1)
    name: str = words()
    start_date: str = words()
    end_date: str = words()
    zone: str = words()
    settings: str = words()
    site_ids: str = words()
    queue_ids: str = words()


class RosterRow(Base, table=True):
    """One version of a period's roster; at most one of a period is published."""

    __tablename__ = "roster"
    __table_args__ = (
        UniqueConstraint("period_id", "number"),
        UniqueConstraint("job_id"),
        Index(
            "uq_roster_published",
            "period_id",
            unique=True,
            sqlite_where=_ONLY_PUBLISHED,
            postgresql_where=_ONLY_PUBLISHED,
        ),
    )

    roster_id: str = words(primary_key=True)
    version: int = number(default=1)
    period_id: str = words(foreign_key="period.period_id")
    number: int = Field(sa_type=Whole)
    state: str = words()
    input_sha256: str = words()
    cost_cents: int = Field(sa_type=Whole)
    bound_cents: int = Field(sa_type=Whole)
    hard_findings: int = Field(sa_type=Whole)
    created_at: datetime = Field(sa_type=Instant)
    job_id: str | None = words()
    published_at: datetime | None = Field(sa_type=Instant)
    published_by: str | None = words()
    document_sha256: str = words(foreign_key="blob.sha256")
    first_start: datetime | None = Field(sa_type=Instant)
    last_end: datetime | None = Field(sa_type=Instant)


class ShiftRow(Base, table=True):
    """One shift of a roster, by the wall clock of the place of work and in instants."""

    __tablename__ = "shift"

    roster_id: str = words(primary_key=True, foreign_key="roster.roster_id", ondelete="CASCADE")
    agent_id: str = words(primary_key=True)
    start_utc: datetime = Field(primary_key=True, sa_type=Instant)
    end_utc: datetime = Field(sa_type=Instant)
    start_local: str = words()
    zone: str = words()
    fold: int = number()
    paid_minutes: int = number()
    pinned: bool
    breaks: str = words()
    activities: str = words()


class JobRow(Base, table=True):
    """One job: what the caller knows of it and what the ledger notes."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("job_id"),
        Index(None, "period_id"),
        Index(None, "state"),
        Index(None, "kind"),
        {"sqlite_autoincrement": True},
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    job_id: str = words()
    kind: str = words()
    period_id: str = words(foreign_key="period.period_id")
    state: str = words()
    params: str = words()
    input_sha256: str = words()
    submitted_by: str = words()
    submitted_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(sa_type=Instant)
    ended_at: datetime | None = Field(sa_type=Instant)
    attempt: int = number(default=0)
    executor_id: str | None = words()
    stop_asked: bool = False
    last_seq: int = number(default=0)
    roster_id: str | None = words()
    result: str | None = words()
    fault: str | None = words()


class IdempotencyRow(Base, table=True):
    """Which job a principal's key stands for."""

    __tablename__ = "idempotency"

    principal: str = words(primary_key=True)
    idempotency_key: str = words(primary_key=True)
    body: str = words()
    job_id: str = words(foreign_key="job.job_id", ondelete="CASCADE")


class ProgressRow(Base, table=True):
    """How a job stood at one moment."""

    __tablename__ = "progress"

    job_id: str = words(primary_key=True, foreign_key="job.job_id", ondelete="CASCADE")
    seq: int = number(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    attempt: int = number()
    seconds: float
    cost_cents: int | None = number()
    bound_cents: int | None = number()
    phase: str = words()


class IncumbentRow(Base, table=True):
    """The best that a job has found so far."""

    __tablename__ = "incumbent"

    job_id: str = words(primary_key=True, foreign_key="job.job_id", ondelete="CASCADE")
    attempt: int = number()
    data: bytes = Field(sa_type=Bytes)


class ExecutorRow(Base, table=True):
    """A process that runs jobs and when it last gave a sign of life."""

    __tablename__ = "executor"

    executor_id: str = words(primary_key=True)
    host: str = words()
    started_at: datetime = Field(sa_type=Instant)
    beat_at: datetime = Field(sa_type=Instant)
