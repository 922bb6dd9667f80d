"""How the service stands: its workers, and figures for whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.domain.job import JobState, WorkerInfo
from scheduler.service import Service, require

__all__ = ["ServiceFigures", "is_ready", "list_workers", "service_figures"]


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """A few counts.

    Parameters
    ----------
    jobs : mapping of JobState to int
        Every state, also those of no job.
    oldest_wait_seconds : float
        How long the job that waits longest has waited; 0 where none waits.
    workers_alive : int
        Processes that run jobs and gave a sign of life lately.
    messages_waiting : int
        Messages that have neither arrived nor been given up.
    is_revision_right : bool
        Whether the database is at this version's revision.
    """

    jobs: Mapping[JobState, int]
    oldest_wait_seconds: float
    workers_alive: int
    messages_waiting: int
    is_revision_right: bool


def list_workers(service: Service, caller: Principal) -> tuple[WorkerInfo, ...]:
    """Return the processes that run jobs, or did and are not yet given up.

    Raises
    ------
    DeniedError
        If the caller may not.
    """
    require(caller, Operation.WORKERS_READ)
    return service.engine.workers()


def is_ready(service: Service) -> bool:
    """Whether the database is at this version's revision.

    Raises
    ------
    StoreError
        If it cannot be reached.
    """
    present, newest = service.store.check()
    return present == newest


def service_figures(service: Service, caller: Principal) -> ServiceFigures:
    """Return figures of the whole service, by a few counts along indices.

    Raises
    ------
    DeniedError
        If the caller may not.
    StoreError
        If the database cannot be reached.
    """
    require(caller, Operation.METRICS_READ)
    with service.store.reading() as unit:
        counts = unit.jobs.counts()
        oldest = unit.jobs.oldest_queued()
        waiting = unit.webhooks.pending()
    waited = 0.0 if oldest is None else (service.clock() - oldest).total_seconds()
    return ServiceFigures(
        {state: counts.get(state, 0) for state in JobState},
        max(0.0, waited),
        sum(worker.is_alive for worker in service.engine.workers()),
        waiting,
        is_ready(service),
    )
