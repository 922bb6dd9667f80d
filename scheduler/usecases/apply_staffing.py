"""Make what a job worked out the rows of its period: all of them or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import Operation
from scheduler.domain import DemandInterval, RequirementInterval
from scheduler.domain.access import Principal
from scheduler.domain.job import JobKind
from scheduler.domain.period import Period
from scheduler.errors import StateError
from scheduler.intake.document import row_of
from scheduler.service import Service
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.durable_jobs import seen_job
from scheduler.usecases.import_planning import read_period
from scheduler.usecases.plain import to_plain
from scheduler.usecases.submit_staffing import result_in

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = ["Applied", "apply_forecast", "apply_requirements"]

_DEMAND = "demand"
_REQUIREMENTS = "requirements"
_Row = dict[str, Any]
_RowsOf = Callable[[Mapping[str, Any], Mapping[str, Any]], list[_Row]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a period's rows.

    Parameters
    ----------
    period : Period
        As it is now.
    table : str
        Whose rows they are.
    """

    period: Period
    table: str
    added: int
    removed: int


def apply_forecast(service: Service, caller: Principal, job_id: str, version: int) -> Applied:
    """Make a forecast the demand of the period: of its queues, all that is there is replaced.

    Parameters
    ----------
    version : int
        The version of the period that the caller has seen; it rises by one.

    Raises
    ------
    StateError
        If there is no result, or the period has other dates or queues by now.
    ConflictError
        If the period was changed meanwhile.
    InputError
        If the rows would not make a planning.
    NotFoundError, DeniedError
        If there is no such job, or its period is out of the caller's scope.
    """

    def rows(result: Mapping[str, Any], _there: Mapping[str, Any]) -> list[_Row]:
        return [
            row_of(
                _DEMAND,
                DemandInterval(
                    row["queue_id"],
                    datetime.fromisoformat(row["start"]),
                    Decimal(str(row["offered"])),
                    Decimal(str(row["aht_s"])),
                ),
            )
            for row in result["rows"]
            if row["offered"]
        ]

    return _applied(
        service, caller, job_id, version, JobKind.FORECAST, Operation.FORECASTS_APPLY, _DEMAND, rows
    )


def apply_requirements(
    service: Service, caller: Principal, job_id: str, version: int, *, replace: bool = False
) -> Applied:
    """Make calculated agents rows of requirements of the period.

    A row of requirements replaces what demand asks for and is taken as it stands: shrinkage is in
    it and is not added again. Rows for intervals without demand are kept.

    Parameters
    ----------
    version : int
        The version of the period that the caller has seen; it rises by one.
    replace : bool
        Whether rows that say something else may be replaced.

    Raises
    ------
    StateError
        If there is no result, the period has other dates by now, or rows that say something else
        and may not be replaced.
    ConflictError
        If the period was changed meanwhile.
    InputError
        If the rows would not make a planning.
    NotFoundError, DeniedError
        If there is no such job, or its period is out of the caller's scope.
    """

    def rows(result: Mapping[str, Any], there: Mapping[str, Any]) -> list[_Row]:
        asked = _requirements(result)
        given = {_key(row): row for row in there[_REQUIREMENTS] if _queue_in(row, result)}
        other = [key for key, row in given.items() if asked.get(key, row) != row]
        if other and not replace:
            queue_id, start = min(other)
            raise StateError(
                f"{len(other):,} rows of requirements say something else, such as that of "
                f"{queue_id} at {start}: ask with `?replace=true` to replace them."
            )
        kept = {key: row for key, row in given.items() if key not in asked}
        return list((kept | asked).values())

    return _applied(
        service, caller, job_id, version, JobKind.REQUIREMENTS, Operation.CALCULATIONS_APPLY,
        _REQUIREMENTS, rows,
    )  # fmt: skip


def _requirements(result: Mapping[str, Any]) -> dict[tuple[str, str], _Row]:
    """Return the rows of a result; without one for 0, a demand without need would count again."""
    found = [
        row_of(
            _REQUIREMENTS,
            RequirementInterval(
                queue["queue_id"], datetime.fromisoformat(each["start"]), each["gross"]
            ),
        )
        for queue in result["queues"]
        for each in queue["intervals"]
        if each["gross"] or each["has_demand"]
    ]
    return {_key(row): row for row in found}


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["queue_id"], row["interval_start"]


def _queue_in(row: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    return any(queue["queue_id"] == row["queue_id"] for queue in result["queues"])


def _applied(
    service: Service,
    caller: Principal,
    job_id: str,
    version: int,
    kind: JobKind,
    operation: Operation,
    table: str,
    rows_of: _RowsOf,
) -> Applied:
    from scheduler.store import ConflictError

    with service.store.reading() as unit:
        job = seen_job(unit, caller, kind, job_id, operation)
        result: dict[str, Any] = json.loads(result_in(unit, job))
    with service.store.writing(by=caller.principal_id) as unit:
        period = unit.periods.get(job.period_id)
        if period.version != version:
            raise ConflictError("The period has been changed meanwhile.", version=period.version)
        if to_plain(period.horizon) != result["horizon"]:
            raise StateError("The period has other dates by now: calculate again.")
        change = _replaced(unit, period, table, result, rows_of)
        kept = unit.periods.put(period)
        read_period(unit, period.period_id)
    return Applied(kept, table, change[0], change[1])


def _replaced(
    unit: Unit, period: Period, table: str, result: Mapping[str, Any], rows_of: _RowsOf
) -> tuple[int, int]:
    """Put rows in the place of those of the queues of a result in the horizon."""
    instants = horizon_bounds(period.horizon)
    there: Mapping[str, Any] = unit.periods.document(period.period_id, instants=instants)
    queue_ids = {queue["queue_id"] for queue in result["queues"]}
    part = {
        stem: [row for row in there[stem] if row["queue_id"] in queue_ids]
        for stem in ("queues", _DEMAND, _REQUIREMENTS)
    }
    missing = queue_ids - {row["queue_id"] for row in part["queues"]}
    if missing:
        raise StateError(f"The period no longer has the queue {min(missing)}: calculate again.")
    part[table] = rows_of(result, there)
    changes = unit.rows.replace_period(part, instants=instants)
    return next((each.added, each.removed) for each in changes if each.table == table)
