"""A small real ledger on SQLAlchemy for tests of the engine, on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduler.domain.job import JobProgress, JobState, WorkerInfo
from scheduler.errors import SchedulerError

metadata = sa.MetaData()
jobs = sa.Table(
    "test_job",
    metadata,
    sa.Column("job_id", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("stop", sa.Boolean, nullable=False, default=False),
    sa.Column("result", sa.String),
    sa.Column("fault", sa.String),
    sa.Column("incumbent", sa.LargeBinary),
)
blobs = sa.Table(
    "test_blob",
    metadata,
    sa.Column("ref", sa.String, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
progress = sa.Table(
    "test_progress",
    metadata,
    sa.Column("job_id", sa.String, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("cost_cents", sa.Integer),
    sa.Column("phase", sa.String, nullable=False),
)
executors = sa.Table(
    "test_executor",
    metadata,
    sa.Column("executor_id", sa.String, primary_key=True),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("beat", sa.Float, nullable=False),
)


class LedgerError(SchedulerError):
    """What the store makes of errors of the database: of our own kind, the cause out of sight."""


LINK = {"connect_timeout": 3, "tcp_user_timeout": 3000}


class SqlLedger:
    """Fulfils ``scheduler.jobs.engine.Ledger``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        settings: dict[str, Any] = {"timeout": 30} if self.is_sqlite else LINK
        self.engine = sa.create_engine(url, connect_args=settings, pool_pre_ping=True, pool_size=10)
        if self.is_sqlite:

            @sa.event.listens_for(self.engine, "connect")
            def _immediate(connection: Any, _record: Any) -> None:
                connection.isolation_level = "IMMEDIATE"
                connection.execute("PRAGMA busy_timeout=30000")

    def create(self) -> None:
        metadata.create_all(self.engine)

    def _now(self) -> sa.ColumnElement[float]:
        if self.is_sqlite:
            return sa.literal_column("(julianday('now') - 2440587.5) * 86400.0")
        return sa.literal_column("extract(epoch from clock_timestamp())::float8")

    # ---- for the tests

    def add_job(self, connection: sa.Connection, job_id: str) -> None:
        connection.execute(jobs.insert().values(job_id=job_id, state="queued"))

    def job(self, job_id: str) -> Any:
        with self.engine.begin() as c:
            return c.execute(sa.select(jobs).where(jobs.c.job_id == job_id)).one_or_none()

    def lines(self, job_id: str) -> list[Any]:
        with self.engine.begin() as c:
            where = progress.c.job_id == job_id
            return list(c.execute(sa.select(progress).where(where).order_by(progress.c.seq)))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError:
            raise LedgerError("the database cannot be reached") from None

    # ---- Ledger

    def put_blob(self, data: bytes) -> str:
        ref = hashlib.sha256(data).hexdigest()
        with self._transaction() as c, contextlib.suppress(sa.exc.IntegrityError):
            if c.execute(sa.select(blobs.c.ref).where(blobs.c.ref == ref)).first() is None:
                c.execute(blobs.insert().values(ref=ref, data=data))
        return ref

    def get_blob(self, ref: str) -> bytes:
        with self._transaction() as c:
            row = c.execute(sa.select(blobs.c.data).where(blobs.c.ref == ref)).first()
        if row is None:
            raise KeyError(ref)
        return bytes(row[0])

    def begin(self, job_id: str, executor_id: str) -> int:
        with self._transaction() as c:
            state = sa.case((jobs.c.state == "queued", "running"), else_=jobs.c.state)
            row = c.execute(
                jobs.update()
                .where(jobs.c.job_id == job_id)
                .values(attempt=jobs.c.attempt + 1, state=state)
                .returning(jobs.c.attempt)
            ).first()
        if row is None:
            raise KeyError(job_id)
        return int(row[0])

    def finish(
        self, job_id: str, attempt: int, state: JobState, result: str | None, fault: str | None
    ) -> bool:
        with self._transaction() as c:
            done = c.execute(
                jobs.update()
                .where(jobs.c.job_id == job_id, jobs.c.attempt == attempt)
                .where(jobs.c.state.in_(["queued", "running", "stopping"]))
                .values(state=state.value, result=result, fault=fault)
            )
            return bool(done.rowcount)

    def add_progress(
        self,
        job_id: str,
        attempt: int,
        seconds: float,
        cost_cents: int | None,
        bound_cents: int | None,
        phase: str,
    ) -> JobProgress | None:
        with self._transaction() as c:
            mine = jobs.update().where(jobs.c.job_id == job_id, jobs.c.attempt == attempt)
            if not c.execute(mine.values(attempt=attempt)).rowcount:
                return None
            last = sa.select(sa.func.max(progress.c.seq)).where(progress.c.job_id == job_id)
            seq = (c.execute(last).scalar() or 0) + 1
            row = {"attempt": attempt, "seconds": seconds, "cost_cents": cost_cents}
            c.execute(progress.insert().values(job_id=job_id, seq=seq, phase=phase, **row))
        now = datetime.now(UTC)
        return JobProgress(job_id, seq, now, attempt, seconds, cost_cents, bound_cents, phase)

    def save_incumbent(self, job_id: str, attempt: int, data: bytes) -> bool:
        with self._transaction() as c:
            mine = jobs.update().where(jobs.c.job_id == job_id, jobs.c.attempt == attempt)
            return bool(c.execute(mine.values(incumbent=data)).rowcount)

    def load_incumbent(self, job_id: str) -> bytes | None:
        row = self.job(job_id)
        return None if row is None or row.incumbent is None else bytes(row.incumbent)

    def ask_to_stop(self, job_id: str) -> JobState:
        with self._transaction() as c:
            state = sa.case(
                (jobs.c.state == "queued", "stopped"),
                (jobs.c.state == "running", "stopping"),
                else_=jobs.c.state,
            )
            row = c.execute(
                jobs.update()
                .where(jobs.c.job_id == job_id)
                .values(state=state, stop=True)
                .returning(jobs.c.state)
            ).first()
        if row is None:
            raise KeyError(job_id)
        return JobState(row[0])

    def stops_asked(self, job_ids: Sequence[str]) -> frozenset[str]:
        with self._transaction() as c:
            asked = sa.select(jobs.c.job_id).where(jobs.c.job_id.in_(job_ids), jobs.c.stop)
            return frozenset(c.execute(asked).scalars())

    def beat(self, executor_id: str, host: str) -> None:
        with self._transaction() as c:
            mine = executors.c.executor_id == executor_id
            if not c.execute(executors.update().where(mine).values(beat=self._now())).rowcount:
                values = {"host": host, "started": self._now(), "beat": self._now()}
                c.execute(executors.insert().values(executor_id=executor_id, **values))

    def forget_executor(self, executor_id: str) -> None:
        with self._transaction() as c:
            c.execute(executors.delete().where(executors.c.executor_id == executor_id))

    def executors(self, *, dead_after: timedelta) -> tuple[WorkerInfo, ...]:
        age = (self._now() - executors.c.beat).label("age")
        with self._transaction() as c:
            rows = c.execute(sa.select(executors, age)).all()
        return tuple(
            WorkerInfo(
                row.executor_id,
                row.host,
                datetime.fromtimestamp(row.started, UTC),
                datetime.fromtimestamp(row.beat, UTC),
                is_alive=row.age <= dead_after.total_seconds(),
            )
            for row in rows
        )
