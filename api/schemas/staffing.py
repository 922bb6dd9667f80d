"""Forecasts, requirements and simulations on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.schemas.base import Given, Told
from api.schemas.work import HorizonTold
from scheduler.domain.job import Job, JobState
from scheduler.usecases.apply_staffing import Applied
from scheduler.usecases.calculate_agents import AgentsView
from scheduler.usecases.submit_staffing import MOST_REPLICATIONS, SimulationAsked

__all__ = [
    "AppliedTold",
    "ErlangTold",
    "RequirementsAsked",
    "RequirementsResultTold",
    "RequirementsTold",
    "RequirementsesTold",
    "SimulationGiven",
    "SimulationResultTold",
    "SimulationTold",
    "SimulationsTold",
    "applied_told",
    "erlang_told",
    "requirements_told",
    "simulation_told",
]


class ErlangRowTold(Told):
    """What so many agents make of the contacts; shares are 0 to 1.

    ``gross`` is the number to roster so that ``agents`` are at work; ``mean_wait_s`` is null where
    the queue grows without end; ``meets`` is null where no target was named.
    """

    agents: int
    gross: int
    service_level: float
    service_level_excl_short_abandons: float
    p_wait: float
    mean_wait_s: float | None
    p_abandon: float
    occupancy: float
    meets: bool | None
    is_fewest: bool
    is_asked: bool


class ErlangTold(Told):
    """The fewest agents that meet all targets, and what they and their neighbours achieve."""

    model: Literal["c", "a"]
    load_erlang: float
    target: float | None
    target_s: float
    fewest: int | None
    rows: list[ErlangRowTold]


class RequirementsAsked(Given):
    """The agents that a period's contacts need, as its rows of demand are now."""

    period_id: str = Field(min_length=1, max_length=100, examples=["2027-spring"])
    queue_id: str | None = Field(
        default=None, min_length=1, max_length=100, description="Only this queue."
    )


class SimulationGiven(Given):
    """A roster, and how it is to be replayed."""

    roster_id: str = Field(min_length=1, max_length=64, examples=["5b1c"])
    replications: int = Field(default=20, ge=1, le=MOST_REPLICATIONS)
    seed: int = Field(default=1, ge=0, lt=2**31)
    routing: Literal["skills", "assigned"] = Field(
        default="skills", description="Whether agents help out on other queues they can do."
    )
    shrinkage: bool = Field(
        default=True, description="Whether agents are away as often as the queue's shrinkage says."
    )
    blend: bool = Field(
        default=False, description="Whether idle agents take up work that has a deadline."
    )

    def asked(self) -> SimulationAsked:
        """Return what is asked for."""
        return SimulationAsked(
            self.roster_id, self.replications, self.seed, self.routing, self.shrinkage, self.blend
        )


class JobTold(Told):
    """Where a job stands, whatever it does."""

    period_id: str
    state: JobState
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int
    input_sha256: str
    fault: str | None


class RequirementsTold(JobTold):
    """Where a calculation of requirements stands."""

    requirements_id: str
    queue_id: str | None


class RequirementsesTold(Told):
    """A page of calculations, the latest first; ask on with ``before`` from ``next``."""

    requirements: list[RequirementsTold]
    next: str | None = None


class SimulationTold(JobTold):
    """Where a simulation stands."""

    simulation_id: str
    roster_id: str
    replications: int
    seed: int
    routing: str
    shrinkage: bool
    blend: bool


class SimulationsTold(Told):
    """A page of simulations, the latest first; ask on with ``before`` from ``next``."""

    simulations: list[SimulationTold]
    next: str | None = None


class IntervalNeedTold(Told):
    """One queue in one interval; `wall` is its start on the queue's clock."""

    start: datetime
    wall: str
    offered: float
    aht_s: float
    load_erlang: float
    net: int
    gross: int
    has_demand: bool
    is_fixed: bool


class DayNeedTold(Told):
    """Sums of one day on the queue's clock; least and most agents where there are contacts."""

    day: date
    contacts: float
    peak_load: float
    net: list[int]
    gross: list[int]
    net_hours: float
    hours: float


class QueueNeedTold(Told):
    """One queue: agents at work (net) and to roster (gross) in each interval."""

    queue_id: str
    channel: str
    language: str
    zone: str
    target: str
    shrinkage: float
    intervals: list[IntervalNeedTold]
    days: list[DayNeedTold]


class PoolNeedTold(Told):
    """Queues that are staffed together: most agents at once, and agent-hours."""

    name: str
    queue_ids: list[str]
    contacts: float
    most: int
    hours: float


class NeedTotalsTold(Told):
    """All queues of the result together; `hours` and `most` are of agents to roster."""

    contacts: float
    net_hours: float
    hours: float
    most: int


class ResultTold(Told):
    """What every result says first."""

    format: str
    period_id: str
    horizon: HorizonTold
    interval_minutes: int


class RequirementsResultTold(ResultTold):
    """What a period's contacts need; rows of requirements play no part in it."""

    name: str
    input_sha256: str
    queues: list[QueueNeedTold]
    pools: list[PoolNeedTold]
    totals: NeedTotalsTold


class EstimateTold(Told):
    """A figure with its confidence interval; null where there is nothing to divide by."""

    mean: float | None
    low: float | None
    high: float | None


class OutcomeTold(Told):
    """What customers and agents get to feel; counts are means per replication."""

    offered: EstimateTold
    answered: EstimateTold
    answered_in_time: EstimateTold
    abandoned: EstimateTold
    turned_away: EstimateTold
    pending: EstimateTold
    service_level: EstimateTold
    service_level_excl_short_abandons: EstimateTold
    abandon_share: EstimateTold
    mean_wait_s: EstimateTold
    longest_wait_s: EstimateTold
    occupancy: EstimateTold
    late_share: EstimateTold
    agent_hours: EstimateTold


class ChannelOutcomeTold(Told):
    """All queues of a channel over the horizon, each by its own target."""

    channel: str
    outcome: OutcomeTold


class QueueOutcomeTold(Told):
    """One queue over the horizon, what it promises, and the service level promised."""

    queue_id: str
    channel: str
    promise: str
    target: float | None
    outcome: OutcomeTold


class HourOutcomeTold(Told):
    """One queue in one hour of the horizon."""

    queue_id: str
    start: datetime
    outcome: OutcomeTold


class AssumptionsTold(Told):
    """What the simulation took for granted."""

    shrinkage: bool
    blend: bool
    ramp_up: bool
    handling_cv: float | None
    warm_up_hours: int


class SimulationResultTold(ResultTold):
    """What replications of one roster had in common; fewer than asked for when stopped."""

    roster_id: str
    input_sha256: str
    replications_asked: int
    start: datetime
    replications: int
    seed: int
    routing: str
    assumptions: AssumptionsTold
    confidence: float
    contacts: int
    total: OutcomeTold
    channels: list[ChannelOutcomeTold]
    queues: list[QueueOutcomeTold]
    hours: list[HourOutcomeTold]


class AppliedTold(Told):
    """Rows that took the place of those that a period had; `version` is the period's now."""

    period_id: str
    table: str
    added: int
    removed: int
    version: int


def erlang_told(view: AgentsView) -> ErlangTold:
    """Return the answer of the calculator as it goes over the wire."""
    return ErlangTold(
        model="a" if view.model == "a" else "c",
        load_erlang=view.load_erlang,
        target=view.question.level,
        target_s=view.question.target_s,
        fewest=view.fewest,
        rows=[ErlangRowTold.model_validate(row, from_attributes=True) for row in view.rows],
    )


def requirements_told(job: Job) -> RequirementsTold:
    """Return a calculation as it goes over the wire."""
    return RequirementsTold.model_validate(
        {**_job(job), "requirements_id": job.job_id, "queue_id": job.options.get("queue_id")}
    )


def simulation_told(job: Job) -> SimulationTold:
    """Return a simulation as it goes over the wire."""
    return SimulationTold.model_validate({**job.options, **_job(job), "simulation_id": job.job_id})


def _job(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in JobTold.model_fields}


def applied_told(applied: Applied) -> AppliedTold:
    """Return what was applied as it goes over the wire."""
    return AppliedTold(
        period_id=applied.period.period_id,
        table=applied.table,
        added=applied.added,
        removed=applied.removed,
        version=applied.period.version,
    )
