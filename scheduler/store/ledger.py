"""What the job engine keeps in the application's database, each note a transaction of its own.

Times are those of the database, so that machines with wrong clocks agree. A job's attempt fences:
what an earlier attempt still wants to note once a later one has begun is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update
from sqlalchemy.sql import ColumnElement

from scheduler.domain.job import JobKind, JobProgress, JobState, WorkerInfo
from scheduler.store.blobs import Blobs
from scheduler.store.columns import storable
from scheduler.store.database import Engines, translated
from scheduler.store.errors import NotFoundError
from scheduler.store.mapping import progress_of
from scheduler.store.statements import database_now, select_among, upsert
from scheduler.store.tables import EXECUTOR, INCUMBENT, JOB, PROGRESS
from scheduler.store.webhooks import post_event

__all__ = ["DatabaseLedger"]

_STOPPING = JobState.STOPPING.value
_TOLD = (JOB.c.job_id, JOB.c.kind, JOB.c.period_id, JOB.c.state, JOB.c.roster_id, JOB.c.ended_at)


class DatabaseLedger:
    """Notes of the engine; any thread may take them.

    Parameters
    ----------
    engines : Engines
        Connections to the application's database.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with translated(), self._engines.writer.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with translated(), self._engines.reader.begin() as connection:
            yield connection

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; return their reference, the SHA-256 (hexadecimal)."""
        with self._write() as connection:
            return Blobs(connection).put(data)

    def get_blob(self, ref: str) -> bytes:
        """Return bytes kept.

        Raises
        ------
        KeyError
            If there are none.
        """
        try:
            with self._read() as connection:
                return Blobs(connection).get(ref)
        except NotFoundError:
            raise KeyError(ref) from None

    def begin(self, job_id: str, executor_id: str) -> int:
        """Note that a job runs here now; return the attempt, rising from 1.

        A job that was asked to stop stays so; one that has ended stays ended, and only its attempts
        are counted on.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        running = case((JOB.c.stop_asked, _STOPPING), else_=JobState.RUNNING.value)
        with self._write() as connection:
            started = func.coalesce(JOB.c.started_at, database_now(connection))
            statement = (
                update(JOB)
                .where(JOB.c.job_id == job_id)
                .values(
                    attempt=JOB.c.attempt + 1,
                    executor_id=executor_id,
                    state=case((JOB.c.ended_at.is_(None), running), else_=JOB.c.state),
                    started_at=case((JOB.c.ended_at.is_(None), started), else_=JOB.c.started_at),
                )
                .returning(JOB.c.attempt)
            )
            attempt: int | None = connection.execute(statement).scalar_one_or_none()
        if attempt is None:
            raise NotFoundError("There is no such job.")
        return attempt

    def finish(
        self, job_id: str, attempt: int, state: JobState, result: str | None, fault: str | None
    ) -> bool:
        """Note how a job ended, once; False when a later attempt has begun or it had ended.

        Whoever wants to hear of it is told, by a message kept together with the end.
        """
        with self._write() as connection:
            statement = update(JOB).where(_mine(job_id, attempt), JOB.c.ended_at.is_(None))
            ended = {
                "state": state.value,
                "result": result,
                "fault": None if fault is None else storable(fault),
                "ended_at": database_now(connection),
            }
            rows = connection.execute(statement.values(ended).returning(*_TOLD)).all()
            _tell(connection, rows)
            return len(rows) == 1

    def add_progress(
        self,
        job_id: str,
        attempt: int,
        seconds: float,
        cost_cents: int | None,
        bound_cents: int | None,
        phase: str,
    ) -> JobProgress | None:
        """Add a line of progress; None when a later attempt has begun."""
        with self._write() as connection:
            counted = update(JOB).where(_mine(job_id, attempt))
            counted = counted.values(last_seq=JOB.c.last_seq + 1)
            seq = connection.execute(counted.returning(JOB.c.last_seq)).scalar_one_or_none()
            if seq is None:
                return None
            values: dict[str, Any] = {
                "job_id": job_id,
                "seq": seq,
                "at": database_now(connection),
                "attempt": attempt,
                "seconds": seconds,
                "cost_cents": cost_cents,
                "bound_cents": bound_cents,
                "phase": storable(phase),
            }
            line = insert(PROGRESS).values(values).returning(*PROGRESS.columns)
            return progress_of(connection.execute(line).one())

    def save_incumbent(self, job_id: str, attempt: int, data: bytes) -> bool:
        """Keep the best so far; False when a later attempt has begun."""
        with self._write() as connection:
            held = select(JOB.c.job_id).where(_mine(job_id, attempt)).with_for_update()
            if connection.execute(held).first() is None:
                return False
            row = {"job_id": job_id, "attempt": attempt, "data": data}
            upsert(connection, INCUMBENT, row)
            return True

    def load_incumbent(self, job_id: str) -> bytes | None:
        """Return the best that any attempt kept."""
        with self._read() as connection:
            query = select(INCUMBENT.c.data).where(INCUMBENT.c.job_id == job_id)
            data: bytes | None = connection.execute(query).scalar_one_or_none()
            return data

    def ask_to_stop(self, job_id: str) -> JobState:
        """Note that a job is to end early; return its state after that.

        One that has not begun is stopped at once; one that has ended stays as it is.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        waits = JOB.c.state == JobState.QUEUED.value
        with self._write() as connection:
            statement = update(JOB).where(JOB.c.job_id == job_id, JOB.c.ended_at.is_(None))
            statement = statement.values(
                stop_asked=True,
                state=case((waits, JobState.STOPPED.value), else_=_STOPPING),
                ended_at=case((waits, database_now(connection)), else_=None),
            )
            rows = connection.execute(statement.returning(*_TOLD)).all()
            _tell(connection, [row for row in rows if JobState(row.state).is_final])
            query = select(JOB.c.state).where(JOB.c.job_id == job_id)
            state = connection.execute(query).scalar_one_or_none()
        if state is None:
            raise NotFoundError("There is no such job.")
        return JobState(state)

    def stops_asked(self, job_ids: Sequence[str]) -> frozenset[str]:
        """Return those jobs of some that are to end early."""
        if not job_ids:
            return frozenset()
        with self._read() as connection:
            query = select(JOB.c.job_id).where(JOB.c.stop_asked)
            rows = select_among(connection, query, JOB.c.job_id, list(job_ids))
        return frozenset(row.job_id for row in rows)

    def beat(self, executor_id: str, host: str) -> None:
        """Note a sign of life."""
        with self._write() as connection:
            now = database_now(connection)
            row = {"executor_id": executor_id, "host": host, "started_at": now, "beat_at": now}
            upsert(connection, EXECUTOR, row, keep=("started_at",))

    def forget_executor(self, executor_id: str) -> None:
        """Note that a process has ended in order, or that nothing of it is left to take over."""
        with self._write() as connection:
            connection.execute(delete(EXECUTOR).where(EXECUTOR.c.executor_id == executor_id))

    def executors(self, *, dead_after: timedelta) -> tuple[WorkerInfo, ...]:
        """Return all processes that have beaten and are not forgotten, by the time they started.

        Parameters
        ----------
        dead_after : datetime.timedelta
            A process without a sign of life for longer, by the database's clock, is dead.
        """
        with self._read() as connection:
            query = select(EXECUTOR, database_now(connection).label("now"))
            rows = connection.execute(
                query.order_by(EXECUTOR.c.started_at, EXECUTOR.c.executor_id)
            ).all()
        return tuple(
            WorkerInfo(
                row.executor_id,
                row.host,
                row.started_at,
                row.beat_at,
                row.now - row.beat_at <= dead_after,
            )
            for row in rows
        )


def _tell(connection: Connection, ended: Sequence[Row[Any]]) -> None:
    """Post a message for each solve that this transaction has ended."""
    for row in ended:
        if row.kind != JobKind.SOLVE.value:
            continue
        told = {
            "solve_id": row.job_id,
            "period_id": row.period_id,
            "state": row.state,
            "roster_id": row.roster_id,
        }
        post_event(connection, "solve.ended", json.dumps(told), row.ended_at)


def _mine(job_id: str, attempt: int) -> ColumnElement[bool]:
    """Return the condition that no later attempt of a job has begun."""
    return (JOB.c.job_id == job_id) & (JOB.c.attempt == attempt)
