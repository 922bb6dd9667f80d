"""From rows of our own tables to records, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row

from scheduler.domain import Activity, Break, Horizon, Shift, WallTime
from scheduler.domain.access import Principal, Role
from scheduler.domain.job import Job, JobKind, JobParams, JobProgress, JobState
from scheduler.domain.period import Period, RosterState, RosterVersion
from scheduler.store.columns import instant_of, text_of
from scheduler.store.trail import canonical

__all__ = [
    "job_of",
    "params_text",
    "period_of",
    "period_values",
    "principal_of",
    "progress_of",
    "roster_of",
    "shift_of",
    "shift_values",
    "strings_of",
    "strings_text",
]


def strings_text(values: Iterable[str]) -> str:
    """Return a list of strings as JSON text."""
    return canonical(list(values))


def strings_of(text: str) -> tuple[str, ...]:
    """Return the strings of a JSON list."""
    return tuple(json.loads(text))


def period_values(period: Period) -> dict[str, Any]:
    """Return the columns of a period but for its version."""
    return {
        "period_id": period.period_id,
        "name": period.name,
        "start_date": period.horizon.start.isoformat(),
        "end_date": period.horizon.end.isoformat(),
        "zone": period.horizon.zone,
        "settings": period.settings,
        "site_ids": strings_text(period.site_ids),
        "queue_ids": strings_text(period.queue_ids),
    }


def period_of(row: Row[Any]) -> Period:
    """Return a period."""
    start, end = date.fromisoformat(row.start_date), date.fromisoformat(row.end_date)
    return Period(
        row.period_id,
        row.name,
        Horizon(start, end, row.zone),
        row.settings,
        strings_of(row.site_ids),
        strings_of(row.queue_ids),
        row.version,
    )


def roster_of(row: Row[Any]) -> RosterVersion:
    """Return a roster's version."""
    return RosterVersion(
        row.roster_id,
        row.period_id,
        row.number,
        RosterState(row.state),
        row.input_sha256,
        row.cost_cents,
        row.bound_cents,
        row.hard_findings,
        row.created_at,
        row.job_id,
        row.published_at,
        row.published_by,
        row.version,
    )


def shift_values(roster_id: str, shift: Shift) -> dict[str, Any]:
    """Return the columns of a shift of a roster."""
    breaks = [[text_of(one.start), text_of(one.end), one.paid] for one in shift.breaks]
    activities = [[one.queue_id, text_of(one.start), text_of(one.end)] for one in shift.activities]
    return {
        "roster_id": roster_id,
        "agent_id": shift.agent_id,
        "start_utc": shift.start,
        "end_utc": shift.end,
        "start_local": str(shift.start_local),
        "zone": shift.zone,
        "fold": shift.fold,
        "paid_minutes": shift.paid_minutes,
        "pinned": shift.pinned,
        "breaks": canonical(breaks),
        "activities": canonical(activities),
    }


def shift_of(row: Row[Any]) -> Shift:
    """Return a shift."""
    return Shift(
        row.agent_id,
        row.start_utc,
        row.end_utc,
        WallTime.parse(row.start_local),
        row.zone,
        row.fold,
        row.paid_minutes,
        tuple(
            Break(instant_of(start), instant_of(end), paid)
            for start, end, paid in json.loads(row.breaks)
        ),
        tuple(
            Activity(queue_id, instant_of(start), instant_of(end))
            for queue_id, start, end in json.loads(row.activities)
        ),
        row.pinned,
    )


def params_text(job: Job) -> str:
    """Return what a job was asked for as JSON text: parameters of a solve, options of others."""
    return canonical(asdict(job.params) if job.kind is JobKind.SOLVE else dict(job.options))


def job_of(row: Row[Any]) -> Job:
    """Return a job."""
    kind, asked = JobKind(row.kind), json.loads(row.params)
    is_solve = kind is JobKind.SOLVE
    return Job(
        row.job_id,
        row.period_id,
        JobState(row.state),
        JobParams(**asked) if is_solve else JobParams(),
        row.input_sha256,
        row.submitted_by,
        row.submitted_at,
        row.started_at,
        row.ended_at,
        row.attempt,
        row.roster_id,
        row.fault,
        kind,
        {} if is_solve else asked,
    )


def progress_of(row: Row[Any]) -> JobProgress:
    """Return a line of progress."""
    return JobProgress(
        row.job_id,
        row.seq,
        row.at,
        row.attempt,
        row.seconds,
        row.cost_cents,
        row.bound_cents,
        row.phase,
    )


def principal_of(row: Row[Any]) -> Principal:
    """Return a principal, without secrets."""
    return Principal(
        row.principal_id,
        row.name,
        Role(row.role),
        row.agent_id,
        strings_of(row.site_ids),
        row.is_active,
    )
