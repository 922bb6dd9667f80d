"""Periods, solves and rosters on the wire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from api.schemas.base import Given, Told
from scheduler.domain.job import Job, JobParams, JobProgress, JobState
from scheduler.domain.period import Period, RosterState, RosterVersion
from scheduler.usecases.plan_periods import NextPeriod

__all__ = [
    "ChangeTold",
    "HorizonTold",
    "ImportTold",
    "PeriodAsked",
    "PeriodNamed",
    "PeriodTold",
    "PeriodsTold",
    "ProgressTold",
    "ProgressesTold",
    "RosterTold",
    "RostersTold",
    "SolveAsked",
    "SolveTold",
    "SolvesTold",
    "period_told",
    "progress_told",
    "roster_told",
    "solve_told",
]

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class HorizonTold(Told):
    """From 00:00 of `start` to 00:00 of `end` by the clock of `zone`."""

    start: date
    end: date
    zone: str


class PeriodTold(Told):
    """A planning period."""

    period_id: str
    name: str
    horizon: HorizonTold
    site_ids: list[str]
    queue_ids: list[str]
    version: int


class PeriodsTold(Told):
    """A page of periods; ask on with ``after`` while there is a ``next``."""

    periods: list[PeriodTold]
    next: str | None = None


class ChangeTold(Told):
    """What an import did to one table."""

    table: str
    added: int
    changed: int
    removed: int


class ImportTold(Told):
    """What an import changed, and what is odd about it."""

    period: PeriodTold
    changes: list[ChangeTold]
    notices: list[str]
    input_sha256: str


class PeriodAsked(Given):
    """A period over the same company as an earlier one, with its settings; `days` or `end`."""

    period_id: str = Field(min_length=1, max_length=100, examples=["2027-april"])
    copy_of: str = Field(min_length=1, max_length=100, examples=["2027-spring"])
    start: str = Field(
        pattern=_DATE, description="First date.", examples=["2027-04-05"],
        json_schema_extra={"format": "date"},
    )  # fmt: skip
    days: int | None = Field(default=None, ge=1, le=371, examples=[14])
    end: str | None = Field(
        default=None, pattern=_DATE, description="The date after the last one.",
        json_schema_extra={"format": "date"},
    )  # fmt: skip
    name: str | None = Field(default=None, min_length=1, max_length=200)

    def asked(self) -> NextPeriod:
        """Return what is asked for."""
        return NextPeriod(self.period_id, self.copy_of, self.start, self.days, self.end, self.name)


class PeriodNamed(Given):
    """What can be changed of a period itself."""

    name: str = Field(min_length=1, max_length=200, examples=["April 2027"])


class SolveAsked(Given):
    """A solve of a period as its rows are now."""

    period_id: str = Field(min_length=1, max_length=100, examples=["2027-spring"])
    time_limit_seconds: float = Field(default=60.0, gt=0, le=86_400, examples=[60])
    seed: int = Field(default=1, ge=0, lt=2**31)
    gap_target: float = Field(default=0.0, ge=0, lt=1)
    workers: int = Field(default=0, ge=0, le=256, description="Threads; 0 is all there are.")
    parts: int = Field(default=1, ge=1, le=64, description="Parts that other workers may take.")

    def params(self) -> JobParams:
        """Return how it is to be done."""
        return JobParams(
            self.time_limit_seconds, self.seed, self.gap_target, self.workers, self.parts
        )


class SolveTold(Told):
    """Where a solve stands."""

    solve_id: str
    period_id: str
    state: JobState
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int
    input_sha256: str
    time_limit_seconds: float
    seed: int
    roster_id: str | None
    fault: str | None


class SolvesTold(Told):
    """A page of solves, the latest first; ask on with ``before`` while there is a ``next``."""

    solves: list[SolveTold]
    next: str | None = None


class ProgressTold(Told):
    """How a solve stood at one moment; cents of the base currency, gap as a share of the cost."""

    seq: int
    at: datetime
    seconds: float
    cost_cents: int | None
    bound_cents: int | None
    gap: float | None
    phase: str


class ProgressesTold(Told):
    """Lines of progress and where the solve stands; ask on with ``after`` from ``next``.

    Parameters
    ----------
    next : int
        Number of the last line told: with it as ``after`` the next answer goes on.
    """

    solve: SolveTold
    lines: list[ProgressTold]
    next: int


class RosterTold(Told):
    """One roster of a period."""

    roster_id: str
    period_id: str
    number: int
    state: RosterState
    cost_cents: int
    bound_cents: int
    gap: float
    hard_findings: int
    created_at: datetime
    published_at: datetime | None
    solve_id: str | None
    input_sha256: str
    version: int


class RostersTold(Told):
    """A page of rosters; ask on with ``after`` while there is a ``next``."""

    rosters: list[RosterTold]
    next: int | None = None


def period_told(period: Period) -> PeriodTold:
    """Return a period as it goes over the wire."""
    horizon = HorizonTold(
        start=period.horizon.start, end=period.horizon.end, zone=period.horizon.zone
    )
    return PeriodTold(
        period_id=period.period_id,
        name=period.name,
        horizon=horizon,
        site_ids=list(period.site_ids),
        queue_ids=list(period.queue_ids),
        version=period.version,
    )


def solve_told(job: Job) -> SolveTold:
    """Return a solve as it goes over the wire."""
    return SolveTold(
        solve_id=job.job_id,
        period_id=job.period_id,
        state=job.state,
        submitted_at=job.submitted_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        attempt=job.attempt,
        input_sha256=job.input_sha256,
        time_limit_seconds=job.params.time_limit_seconds,
        seed=job.params.seed,
        roster_id=job.roster_id,
        fault=job.fault,
    )


def progress_told(line: JobProgress) -> ProgressTold:
    """Return a line of progress as it goes over the wire."""
    return ProgressTold(
        seq=line.seq,
        at=line.at,
        seconds=line.seconds,
        cost_cents=line.cost_cents,
        bound_cents=line.bound_cents,
        gap=_gap(line.cost_cents, line.bound_cents),
        phase=line.phase,
    )


def roster_told(roster: RosterVersion) -> RosterTold:
    """Return a roster's figures as they go over the wire."""
    return RosterTold(
        roster_id=roster.roster_id,
        period_id=roster.period_id,
        number=roster.number,
        state=roster.state,
        cost_cents=roster.cost_cents,
        bound_cents=roster.bound_cents,
        gap=_gap(roster.cost_cents, roster.bound_cents) or 0.0,
        hard_findings=roster.hard_findings,
        created_at=roster.created_at,
        published_at=roster.published_at,
        solve_id=roster.job_id,
        input_sha256=roster.input_sha256,
        version=roster.version,
    )


def _gap(cost: int | None, bound: int | None) -> float | None:
    if cost is None or bound is None:
        return None
    return round((cost - bound) / cost, 6) if cost else 0.0
