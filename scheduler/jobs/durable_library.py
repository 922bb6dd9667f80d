"""What is asked of the library DBOS besides its public calls, each thing in one place.

With ``durable`` one of the two modules that import ``dbos``. What is private there is used only
here, has a test that it is still there, and a way to do without it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, error

from scheduler.jobs.quiet import quieten
from scheduler.jobs.rows import PART, SOLVE, queue_of
from scheduler.jobs.runner import Outcome

__all__ = [
    "REFUSED",
    "JsonSerializer",
    "Work",
    "config_of",
    "connect",
    "launch",
    "recover_pending",
    "still_owns",
]

REFUSED = (error.DBOSWorkflowConflictIDError, error.DBOSWorkflowCancelledError)
"""What a run gets to hear whose result is no longer wanted."""

Work = Callable[[str, str, str], Outcome]
"""Does a job or part; given the handler's kind, the job's id and a reference."""

_APPLICATION_NAME = "heliotrope"


class JsonSerializer(Serializer):
    """Stores arguments, results and errors as JSON; nothing here is ever unpickled."""

    def name(self) -> str:
        """Return the name that rows of this kind carry."""
        return "heliotrope_json"

    def serialize(self, data: Any) -> str:
        """Return a value, or the sentence of an error, as JSON."""
        if isinstance(data, BaseException):
            data = {"error": f"{type(data).__name__}: {data}"}
        return json.dumps(data, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        """Return the value; of an error a ``RuntimeError`` with its sentence."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {"error"}:
            return RuntimeError(data["error"])
        return data


def connect(url: str) -> DBOSClient:
    """Bring the library's tables up to date and return a client of them."""
    quieten(logging.getLogger("dbos"))
    DBOS.migrate(url)
    return DBOSClient(
        system_database_url=url,
        serializer=JsonSerializer(),
        application_name=_APPLICATION_NAME,
        retry_connection_errors=False,
    )


def config_of(url: str, executor_id: str, version: str, idle_seconds: float) -> DBOSConfig:
    """Return the configuration of a process that runs jobs.

    Parameters
    ----------
    idle_seconds : float
        A transaction in which nothing happens for so long is ended by the database.
    """
    return {
        "name": _APPLICATION_NAME,
        "system_database_url": url,
        "application_version": version,
        "executor_id": executor_id,
        "serializer": JsonSerializer(),
        "use_listen_notify": False,
        "run_migrations": False,
        "log_level": "WARNING",
        "sys_db_idle_transaction_timeout_sec": idle_seconds,
    }


def launch(
    client: DBOSClient,
    config: DBOSConfig,
    solve: Work,
    part: Work,
    *,
    slots: int,
    poll_seconds: float,
    most_starts: int,
) -> DBOS:
    """Register queues and work, and begin to take from the queues.

    Parameters
    ----------
    slots : int
        Jobs, and besides them parts, at a time.
    most_starts : int
        Net below our own count: starts after which the library gives a job up.
    """
    client.register_queue(SOLVE, worker_concurrency=slots, polling_interval_sec=poll_seconds)
    client.register_queue(
        PART,
        worker_concurrency=slots,
        partition_worker_concurrency=1,
        polling_interval_sec=poll_seconds,
    )
    dbos = DBOS(config=config)
    quieten(logging.getLogger("dbos"))

    @DBOS.workflow(name=SOLVE, max_recovery_attempts=most_starts)
    def _solve(kind: str, job_id: str, ref: str) -> Outcome:
        return solve(kind, job_id, ref)

    @DBOS.workflow(name=PART, max_recovery_attempts=most_starts)
    def _part(kind: str, job_id: str, ref: str) -> Outcome:
        return part(kind, job_id, ref)

    try:
        DBOS.launch()
    except BaseException:
        DBOS.destroy(destroy_registry=True)
        raise
    return dbos


def recover_pending(client: DBOSClient, executor_ids: Sequence[str], version: str) -> None:
    """Queue again what dead processes were running, in this version; safe to call twice.

    The library's own function moves only rows that still belong to those processes. It is private;
    without it the public one does, which forgets how often a run was begun.
    """
    own = getattr(DBOS, "_recover_pending_workflows", None)
    if own is not None:
        own(list(executor_ids))
        return
    for row in client.list_workflows(
        status="PENDING",
        executor_id=list(executor_ids),
        app_version=version,
        load_input=False,
        load_output=False,
    ):
        client.resume_workflow(row.workflow_id, queue_name=row.queue_name or queue_of(row))


def still_owns(client: DBOSClient, row_id: str) -> bool:
    """Whether what the calling thread was begun for has not been queued or taken again since.

    Between taking a row from its queue and the first line of its work lies all the time in the
    world: a frozen machine, a stalled link. The library compares the token of the taking only when
    a result is recorded. Both ends of the comparison are private; without them the answer is True.
    """
    try:
        from dbos._context import get_local_dbos_context

        context = get_local_dbos_context()
        token = None if context is None else context.owner_xid
        ask = client._sys_db.get_workflow_owner
    except (ImportError, AttributeError):
        return True
    return token is None or bool(ask(row_id) == token)
