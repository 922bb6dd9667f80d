"""Jobs as their callers see them; what the engine notes of them is in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from scheduler.domain.job import Job, JobKind, JobProgress, JobState
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import job_of, params_text, progress_of
from scheduler.store.statements import insert_new
from scheduler.store.tables import IDEMPOTENCY, JOB, PROGRESS
from scheduler.store.trail import canonical

__all__ = ["Jobs"]


class Jobs:
    """Jobs of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, job: Job, *, idempotency_key: str | None = None, principal: str | None = None
    ) -> Job:
        """Keep a new job, once per key.

        Parameters
        ----------
        idempotency_key : str, optional
            Chosen by the caller; the same key of the same principal stands for one job for ever.
        principal : str, optional
            Whose key it is; without it, whoever submitted the job.

        Returns
        -------
        Job
            The new job, or the first one under that key: then it has another id.

        Raises
        ------
        ConflictError
            If the key stands for a job of another kind, of another period or with other parameters,
            or the id is taken.
        """
        if idempotency_key is None:
            self._insert(job)
            return job
        key = {
            "principal": principal or job.submitted_by,
            "idempotency_key": idempotency_key,
        }
        asked = {"period_id": job.period_id, "params": params_text(job)}
        if job.kind is not JobKind.SOLVE:
            asked["kind"] = job.kind.value
        body = canonical(asked)
        first = self._under(key)
        if first is None:
            self._insert(job)
            noted = {**key, "body": body, "job_id": job.job_id}
            if insert_new(self._connection, IDEMPOTENCY, noted):
                return job
            # somebody else was faster with the same key, between the two statements
            self._connection.execute(delete(JOB).where(JOB.c.job_id == job.job_id))
            first = self._under(key)
        if first is None or first.body != body:
            raise ConflictError("This idempotency key stands for another request.")
        return self.get(first.job_id)

    def _under(self, key: Mapping[str, str]) -> Row[Any] | None:
        query = select(IDEMPOTENCY).filter_by(**key)
        return self._connection.execute(query).one_or_none()

    def _insert(self, job: Job) -> None:
        there = select(JOB.c.job_id).where(JOB.c.job_id == job.job_id)
        if self._connection.execute(there).first() is not None:
            raise ConflictError("There is a job of that id already.")
        self._connection.execute(
            insert(JOB).values(
                job_id=job.job_id,
                period_id=job.period_id,
                state=job.state.value,
                kind=job.kind.value,
                params=params_text(job),
                input_sha256=job.input_sha256,
                submitted_by=job.submitted_by,
                submitted_at=job.submitted_at,
                started_at=job.started_at,
                ended_at=job.ended_at,
                attempt=job.attempt,
                roster_id=job.roster_id,
                fault=job.fault,
            )
        )

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        return job_of(self._row(job_id))

    def result(self, job_id: str) -> str | None:
        """Return the reference that the job's handler returned, None while there is none.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        found: str | None = self._row(job_id).result
        return found

    def list(
        self,
        *,
        kind: JobKind | None = None,
        state: JobState | None = None,
        period_id: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        """Return jobs, the latest first.

        Parameters
        ----------
        kind : JobKind, optional
            Only jobs of this kind.
        before : str, optional
            Only jobs older than that of this id: the last one of the page before.

        Raises
        ------
        NotFoundError
            If there is no job `before`.
        """
        query = select(JOB).order_by(JOB.c.row_id.desc()).limit(limit)
        if kind is not None:
            query = query.where(JOB.c.kind == kind.value)
        if state is not None:
            query = query.where(JOB.c.state == state.value)
        if period_id is not None:
            query = query.where(JOB.c.period_id == period_id)
        if before is not None:
            query = query.where(JOB.c.row_id < self._row(before).row_id)
        return tuple(job_of(row) for row in self._connection.execute(query))

    def counts(self) -> dict[JobState, int]:
        """Return how many jobs there are in each state, those without any left out."""
        query = select(JOB.c.state, func.count()).group_by(JOB.c.state)
        return {JobState(state): count for state, count in self._connection.execute(query)}

    def oldest_queued(self) -> datetime | None:
        """Return when the job that waits longest was submitted, None when none waits."""
        query = select(func.min(JOB.c.submitted_at)).where(JOB.c.state == JobState.QUEUED.value)
        found: datetime | None = self._connection.execute(query).scalar_one()
        return found

    def progress_after(
        self, job_id: str, seq: int = 0, limit: int = 1000
    ) -> tuple[JobProgress, ...]:
        """Return lines of progress behind number `seq`, in their order."""
        query = (
            select(PROGRESS)
            .where(PROGRESS.c.job_id == job_id, PROGRESS.c.seq > seq)
            .order_by(PROGRESS.c.seq)
            .limit(limit)
        )
        return tuple(progress_of(row) for row in self._connection.execute(query))

    def _row(self, job_id: str) -> Row[Any]:
        row = self._connection.execute(select(JOB).where(JOB.c.job_id == job_id)).one_or_none()
        if row is None:
            raise NotFoundError("There is no such job.")
        return row
