"""Work that takes minutes and must not be lost: jobs, their progress, who does them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["Job", "JobKind", "JobParams", "JobProgress", "JobState", "WorkerInfo"]


class JobKind(StrEnum):
    """What a job does; also the name of the handler that does it.

    ``solve``: a roster for a period. ``forecast``: contacts of a period from history.
    ``requirements``: agents for the contacts of a period. ``simulation``: what a roster makes of
    its contacts.
    """

    SOLVE = "solve"
    FORECAST = "forecast"
    REQUIREMENTS = "requirements"
    SIMULATION = "simulation"


class JobState(StrEnum):
    """Where a job stands.

    ``stopping``: somebody asked for an early end, the best so far is being kept. ``stopped``: ended
    early with what there was. ``failed``: ended without a result; the job says why.
    """

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the job."""
        return self in (JobState.DONE, JobState.STOPPED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class JobParams:
    """How a solve is to be done; see ``solver.SolveParams`` for ranges.

    Parameters
    ----------
    workers : int
        Threads; 0 is as many as the machine that runs the job offers.
    parts : int
        Sub-problems that other workers may take at a time; 1 keeps the solve on one machine.
    """

    time_limit_seconds: float = 60.0
    seed: int = 1
    gap_target: float = 0.0
    workers: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """One solve of one planning period, or other work on it.

    Parameters
    ----------
    job_id : str
        Unique; also the id under which the engine knows it.
    period_id : str
        What it is about; the input as it was then is kept under `input_sha256`.
    params : JobParams
        Of a solve.
    submitted_by : str
        Id of the principal.
    attempt : int
        How often it was begun: above 1 after a crash.
    roster_id : str, optional
        The draft that came of it.
    fault : str, optional
        Why it failed, as a sentence.
    kind : JobKind
        What it does.
    options : mapping
        What another job than a solve was asked for, as JSON has it.
    """

    job_id: str
    period_id: str
    state: JobState
    params: JobParams
    input_sha256: str
    submitted_by: str
    submitted_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 0
    roster_id: str | None = None
    fault: str | None = None
    kind: JobKind = JobKind.SOLVE
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How a job stood at one moment.

    Parameters
    ----------
    seq : int
        Rising from 1 within a job, over all its attempts: what a reader resumes after.
    cost_cents, bound_cents : int, optional
        Best roster's cost and best bound so far, cents of the base currency.
    phase : str
        What the solver was doing.
    """

    job_id: str
    seq: int
    at: datetime
    attempt: int
    seconds: float
    cost_cents: int | None
    bound_cents: int | None
    phase: str


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A process that runs jobs.

    Parameters
    ----------
    executor_id : str
        Unique per start of the process.
    beat_at : datetime.datetime
        Last sign of life, by the database's clock.
    is_alive : bool
        Whether that is recent enough.
    """

    executor_id: str
    host: str
    started_at: datetime
    beat_at: datetime
    is_alive: bool
