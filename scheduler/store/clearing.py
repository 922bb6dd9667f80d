"""Take away what nobody needs any more, a portion per call so that writers never wait for long.

Every function deletes what ended before an instant, at most so many of them, and returns how many;
below that number nothing is left. Two processes may clear the same database at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    except_,
    exists,
    func,
    or_,
    select,
    union_all,
)

from scheduler.domain.job import JobState
from scheduler.store.tables import (
    BLOB,
    BLOB_USE,
    DELIVERY,
    IDEMPOTENCY,
    INCUMBENT,
    JOB,
    PROGRESS,
    ROSTER,
    TOKEN,
    TRAIL,
)

__all__ = [
    "clear_blobs",
    "clear_deliveries",
    "clear_jobs",
    "clear_tokens",
    "clear_trail",
    "oldest_unfinished",
    "unneeded_blobs",
]

_UNFINISHED = [state.value for state in JobState if not state.is_final]
_REFERENCE = re.compile(r'"sha256":"([0-9a-f]{64})"')
_OF_A_JOB = (PROGRESS, INCUMBENT, IDEMPOTENCY)


def oldest_unfinished(connection: Connection) -> datetime | None:
    """Return when the oldest job that has not ended was submitted, None without any."""
    query = select(func.min(JOB.c.submitted_at)).where(JOB.c.state.in_(_UNFINISHED))
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def clear_jobs(connection: Connection, before: datetime, limit: int) -> int:
    """Delete progress, best rosters so far and idempotency keys of jobs; the jobs stay."""
    belongs = or_(*(exists().where(table.c.job_id == JOB.c.job_id) for table in _OF_A_JOB))
    query = select(JOB.c.job_id).where(JOB.c.ended_at < before, belongs).limit(limit)
    job_ids = connection.execute(query).scalars().all()
    for table in _OF_A_JOB:
        connection.execute(delete(table).where(table.c.job_id.in_(job_ids)))
    return len(job_ids)


def clear_tokens(connection: Connection, before: datetime, limit: int) -> int:
    """Delete tokens that were revoked or had expired."""
    ended = or_(TOKEN.c.revoked_at < before, TOKEN.c.expires_at < before)
    return _delete(connection, TOKEN, TOKEN.c.token_id, ended, limit)


def clear_deliveries(connection: Connection, before: datetime, limit: int) -> int:
    """Delete messages that have arrived or were given up."""
    return _delete(connection, DELIVERY, DELIVERY.c.delivery_id, DELIVERY.c.done_at < before, limit)


def clear_trail(connection: Connection, before: datetime, limit: int) -> int:
    """Delete entries of the trail."""
    return _delete(connection, TRAIL, TRAIL.c.entry_id, TRAIL.c.at < before, limit)


def unneeded_blobs(connection: Connection, before: datetime) -> Sequence[str]:
    """Return references of bytes that were last put before an instant and that no row refers to.

    Inputs, documents and judgements of rosters and jobs are referred to, and so are the lists that
    entries of the trail name.
    """
    old = select(BLOB_USE.c.sha256).where(BLOB_USE.c.put_at < before)
    named = union_all(
        select(ROSTER.c.document_sha256),
        select(ROSTER.c.input_sha256),
        select(JOB.c.input_sha256),
        select(JOB.c.result).where(JOB.c.result.is_not(None)),
    ).subquery()
    found = set(connection.execute(except_(old, select(named))).scalars())
    if found:
        lists = '%"sha256":"%'
        query = select(TRAIL.c.before, TRAIL.c.after)
        query = query.where(or_(TRAIL.c.before.like(lists), TRAIL.c.after.like(lists)))
        for texts in connection.execute(query.execution_options(yield_per=1000)):
            for text in texts:
                found.difference_update(_REFERENCE.findall(text or ""))
    return sorted(found)


def clear_blobs(connection: Connection, refs: Sequence[str], before: datetime) -> int:
    """Delete those of some bytes that were not put again meanwhile; return how many."""
    # The row of the use is the lock: see `Blobs.put`. Who put it since has moved its time.
    use = delete(BLOB_USE).where(BLOB_USE.c.sha256.in_(refs), BLOB_USE.c.put_at < before)
    gone = connection.execute(use.returning(BLOB_USE.c.sha256)).scalars().all()
    connection.execute(delete(BLOB).where(BLOB.c.sha256.in_(gone)))
    return len(gone)


def _delete(
    connection: Connection, table: Table, key: ColumnElement[object], ended: ColumnElement[bool],
    limit: int,
) -> int:  # fmt: skip
    some = select(key).where(ended).order_by(key).limit(limit)
    return connection.execute(delete(table).where(key.in_(some))).rowcount
