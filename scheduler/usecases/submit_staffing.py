"""From contacts to agents as durable jobs: ask for them, see how they stand and what came of them.

Three kinds: a forecast of a period's contacts from history, the agents that a period's contacts
need, and a roster replayed contact by contact. What is wrong with an order is told before there is
a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain import Planning
from scheduler.domain.access import Principal
from scheduler.domain.job import Job, JobKind, JobState
from scheduler.errors import Fault, InputError, StateError
from scheduler.intake.document import canonical_text
from scheduler.intake.faults import did_you_mean
from scheduler.intake.planning_folder import read_document
from scheduler.service import Service, require, require_ever
from scheduler.usecases.durable_jobs import (
    jobs_in_scope,
    new_job,
    queue_job,
    seen_job,
    stop_job,
)
from scheduler.usecases.import_planning import read_period

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = [
    "MOST_REPLICATIONS",
    "ROUTINGS",
    "NoResultError",
    "SimulationAsked",
    "list_staffing",
    "request_fault",
    "result_in",
    "staffing_job",
    "staffing_result",
    "stop_staffing",
    "submit_requirements",
    "submit_simulation",
]

MOST_REPLICATIONS = 1_000
"""Of one simulation."""

ROUTINGS = ("skills", "assigned")
"""Whether agents also take contacts of other queues that they are skilled for."""

_MOST_SEED = 2**31 - 1
_PAGE = 100
_READ = {
    JobKind.FORECAST: Operation.FORECASTS_READ,
    JobKind.REQUIREMENTS: Operation.CALCULATIONS_READ,
    JobKind.SIMULATION: Operation.SIMULATIONS_READ,
}
_CANCEL = {
    JobKind.FORECAST: Operation.FORECASTS_CANCEL,
    JobKind.REQUIREMENTS: Operation.CALCULATIONS_CANCEL,
    JobKind.SIMULATION: Operation.SIMULATIONS_CANCEL,
}


class NoResultError(StateError):
    """There is no result, not yet or not at all; the code says which.

    Parameters
    ----------
    job : Job
        The job that was asked for its result.
    """

    def __init__(self, job: Job) -> None:
        self.is_final = job.state.is_final
        until = "" if self.is_final else "; wait until it ends"
        super().__init__(f"The {job.kind.value} is {job.state.value} and has no result{until}.")


@dataclass(frozen=True, slots=True)
class SimulationAsked:
    """How a roster is to be replayed; see `scheduler.staffing.simulate.simulate` for ranges.

    Parameters
    ----------
    shrinkage : bool
        Whether rostered agents are away at random, as often as their queue's shrinkage says.
    blend : bool
        Whether agents without a contact take up deferrable work that they are skilled for.
    """

    roster_id: str
    replications: int = 20
    seed: int = 1
    routing: str = "skills"
    shrinkage: bool = True
    blend: bool = False


def submit_requirements(
    service: Service,
    caller: Principal,
    period_id: str,
    *,
    queue_id: str | None = None,
    idempotency_key: str | None = None,
) -> Job:
    """Queue the calculation of the agents that a period's contacts need, as its rows are now.

    Parameters
    ----------
    queue_id : str, optional
        Only this queue; without it all queues of the period.
    idempotency_key : str, optional
        The same key of the same caller stands for one job.

    Raises
    ------
    InputError
        If the rows do not make a planning, hold no demand, or there is no such queue.
    NotFoundError, DeniedError
        If there is no such period, or it is out of the caller's scope.
    """
    operation = Operation.CALCULATIONS_SUBMIT
    require_ever(caller, operation)
    with service.store.reading() as unit:
        period = unit.periods.get(period_id)
        require(caller, operation, site_ids=period.site_ids)
        planning = read_period(unit, period_id)
    if queue_id is not None:
        known = [queue.queue_id for queue in planning.queues]
        if queue_id not in known:
            hint = did_you_mean(queue_id, known)
            raise request_fault("unknown_id", "/queue_id", "a queue of the period", queue_id, hint)
    if not any(row.offered for row in planning.demand):
        raise request_fault(
            "no_demand", "/period_id", "a period with contacts in its rows of demand"
        )
    options = {"queue_id": queue_id, "document": planning.input_sha256}
    asked = new_job(
        service, caller, JobKind.REQUIREMENTS, period_id, planning.input_sha256, options=options
    )
    with service.store.writing(by=caller.principal_id) as unit:
        unit.blobs.put(canonical_text(planning).encode())  # its reference is the digest
        request = {"period_id": period_id, **options}
        return queue_job(service, unit, asked, request, idempotency_key)


def submit_simulation(
    service: Service,
    caller: Principal,
    asked: SimulationAsked,
    *,
    idempotency_key: str | None = None,
) -> Job:
    """Queue the replay of a roster against the contacts of the planning that it was made from.

    Raises
    ------
    InputError
        If a figure is out of range, or that planning holds no contacts.
    NotFoundError, DeniedError
        If there is no such roster, or it is out of the caller's scope.
    """
    operation = Operation.SIMULATIONS_SUBMIT
    require_ever(caller, operation)
    with service.store.reading() as unit:
        version = unit.rosters.get(asked.roster_id)
        period = unit.periods.get(version.period_id)
        require(caller, operation, site_ids=period.site_ids)
        _refuse_ranges(asked)
        roster = unit.rosters.document(asked.roster_id)
        planning = _kept_planning(unit, version.input_sha256)
    if not any(row.offered for row in planning.demand):
        expected = "a roster of a planning with contacts in its rows of demand"
        raise request_fault("no_demand", "/roster_id", expected)
    options = {
        "roster_id": asked.roster_id,
        "replications": asked.replications,
        "seed": asked.seed,
        "routing": asked.routing,
        "shrinkage": asked.shrinkage,
        "blend": asked.blend,
    }
    job = new_job(
        service, caller, JobKind.SIMULATION, version.period_id, version.input_sha256,
        options=options,
    )  # fmt: skip
    with service.store.writing(by=caller.principal_id) as unit:
        request = {
            "period_id": version.period_id,
            "document": version.input_sha256,
            "roster": unit.blobs.put(roster),  # kept on even if the draft is thrown away
            **options,
        }
        return queue_job(service, unit, job, request, idempotency_key)


def _refuse_ranges(asked: SimulationAsked) -> None:
    if not 1 <= asked.replications <= MOST_REPLICATIONS:
        raise request_fault("out_of_range", "/replications", f"1 to {MOST_REPLICATIONS}")
    if not 0 <= asked.seed <= _MOST_SEED:
        raise request_fault("out_of_range", "/seed", f"a whole number from 0 to {_MOST_SEED}")
    if asked.routing not in ROUTINGS:
        raise request_fault("unknown_value", "/routing", " or ".join(ROUTINGS), asked.routing)


def _kept_planning(unit: Unit, input_sha256: str) -> Planning:
    read = read_document(unit.blobs.get(input_sha256).decode())
    if read.planning is None:
        raise InputError(read.faults)
    return read.planning


def request_fault(
    code: str, column: str, expected: str, value: str | None = None, hint: str | None = None
) -> InputError:
    """Return the complaint about one member of a request, named by its pointer."""
    return InputError((Fault(code, "request", expected, column=column, value=value, hint=hint),))


def list_staffing(
    service: Service,
    caller: Principal,
    kind: JobKind,
    *,
    period_id: str | None = None,
    before: str | None = None,
    limit: int = _PAGE,
) -> tuple[Job, ...]:
    """Return jobs of a kind, of periods in the caller's scope, the latest first.

    Parameters
    ----------
    before : str, optional
        Only jobs older than this one: the last of the page before.

    Raises
    ------
    DeniedError
        If the caller may see none.
    NotFoundError
        If there is no job `before`.
    """
    return jobs_in_scope(
        service, caller, kind, _READ[kind], period_id=period_id, before=before, limit=limit
    )


def staffing_job(service: Service, caller: Principal, kind: JobKind, job_id: str) -> Job:
    """Return a job of a kind, of a period in the caller's scope.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or it is out of scope.
    """
    with service.store.reading() as unit:
        return seen_job(unit, caller, kind, job_id, _READ[kind])


def staffing_result(service: Service, caller: Principal, kind: JobKind, job_id: str) -> bytes:
    """Return what came of a job, as a JSON document.

    Raises
    ------
    NoResultError
        If there is none: it has not ended, has failed, or was stopped too early.
    NotFoundError, DeniedError
        As of `staffing_job`.
    """
    with service.store.reading() as unit:
        return result_in(unit, seen_job(unit, caller, kind, job_id, _READ[kind]))


def result_in(unit: Unit, job: Job) -> bytes:
    """Return what came of a job, within a transaction; raises `NoResultError`."""
    ref = unit.jobs.result(job.job_id)
    found = None if ref is None or job.state is JobState.FAILED else unit.blobs.get(ref)
    if not found or not job.state.is_final:
        raise NoResultError(job)
    return found


def stop_staffing(service: Service, caller: Principal, kind: JobKind, job_id: str) -> Job:
    """Ask a job to end now; a simulation keeps the replications done so far.

    Raises as `staffing_job` does.
    """
    return stop_job(service, caller, kind, job_id, _CANCEL[kind])
