"""Forecasts, requirements and simulations on the wire: what is asked, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import Given, Told
from scheduler.domain.job import Job, JobState
from scheduler.usecases.apply_staffing import Applied
from scheduler.usecases.calculate_agents import AgentsView
from scheduler.usecases.edit_rows import MOST_ROWS
from scheduler.usecases.submit_forecast import MOST_LEVELS, ForecastAsked
from scheduler.usecases.submit_staffing import MOST_REPLICATIONS, SimulationAsked

__all__ = [
    "AppliedTold",
    "ErlangTold",
    "ForecastGiven",
    "ForecastTold",
    "ForecastsTold",
    "RequirementsAsked",
    "RequirementsJobsTold",
    "RequirementsTold",
    "SimulationGiven",
    "SimulationTold",
    "SimulationsTold",
    "applied_told",
    "erlang_told",
    "forecast_told",
    "requirements_told",
    "simulation_told",
]

_CLEAN = r"^[^\u0000-\u001F\u007F-\u009F]*$"


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


class HistoryRowGiven(Given):
    """Contacts of one queue in one interval of the past; one of both starts."""

    queue: str = Field(min_length=1, max_length=100, pattern=_CLEAN, examples=["phone-nl"])
    interval_start_utc: str | None = Field(default=None, max_length=40, pattern=_CLEAN)
    interval_start_local: str | None = Field(default=None, max_length=40, pattern=_CLEAN)
    zone: str | None = Field(default=None, max_length=60, pattern=_CLEAN)
    interval_min: int | None = Field(default=None, ge=1, le=240)
    offered: float = Field(ge=0, le=1_000_000)
    handled: float | None = Field(default=None, ge=0, le=1_000_000)
    abandoned: float | None = Field(default=None, ge=0, le=1_000_000)
    aht_s: float | None = Field(default=None, ge=0, le=86_400)


class HistoryGiven(Given):
    """A contact history: a CSV file as text, or its rows; one of both."""

    csv: str | None = None
    rows: list[HistoryRowGiven] | None = Field(default=None, max_length=MOST_ROWS)


class ForecastGiven(Given):
    """A period, the history of its queues, and how its contacts are to be forecast."""

    period_id: str = Field(min_length=1, max_length=100)
    history: HistoryGiven
    levels: list[Annotated[int, Field(ge=1, le=99)]] = Field(
        default=[80, 95], min_length=1, max_length=MOST_LEVELS,
        description="Percent of cases that the bounds should hold.",
        json_schema_extra={"uniqueItems": True},
    )  # fmt: skip
    backtest: bool = Field(
        default=False, description="Whether past forecasts are compared with what came."
    )
    missing_is_zero: bool = Field(
        default=False, description="Whether intervals without contacts are left out of a day."
    )
    aht_s: float | None = Field(
        default=None, gt=0, le=86_400, description="Where the history has no handling time."
    )

    def asked(self) -> ForecastAsked:
        """Return what is asked for."""
        return ForecastAsked(
            self.period_id, tuple(self.levels), self.backtest, self.missing_is_zero, self.aht_s
        )


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


class ForecastTold(JobTold):
    """Where a forecast stands."""

    forecast_id: str
    levels: list[int]
    backtest: bool
    missing_is_zero: bool
    aht_s: float | None


class ForecastsTold(Told):
    """A page of forecasts, the latest first; ask on with ``before`` from ``next``."""

    forecasts: list[ForecastTold]
    next: str | None = None


class RequirementsTold(JobTold):
    """Where a calculation of requirements stands."""

    requirements_id: str
    queue_id: str | None


class RequirementsJobsTold(Told):
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


def forecast_told(job: Job) -> ForecastTold:
    """Return a forecast as it goes over the wire."""
    return ForecastTold.model_validate({**job.options, **_job(job), "forecast_id": job.job_id})


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
