"""Forecasts as durable jobs: the contacts of a period from the history of its queues."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import Operation
from scheduler.domain import Planning
from scheduler.domain.access import Principal
from scheduler.domain.contacts import FEWEST_DAYS, ContactHistory
from scheduler.domain.job import Job, JobKind
from scheduler.domain.period import Period
from scheduler.errors import Fault, InputError
from scheduler.intake.contact_history import CONTACT_HISTORY, read_contact_history
from scheduler.intake.document import instant_text
from scheduler.intake.faults import did_you_mean
from scheduler.intake.planning_folder import read_document
from scheduler.service import Service, require, require_ever
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.durable_jobs import new_job, queue_job
from scheduler.usecases.submit_staffing import request_fault

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = [
    "HISTORY_COLUMNS",
    "HISTORY_FILE",
    "MOST_HISTORY_ROWS",
    "MOST_LEVELS",
    "ForecastAsked",
    "history_of",
    "planning_of_queues",
    "submit_forecast",
    "text_of_rows",
]

HISTORY_COLUMNS = tuple(column.name for column in CONTACT_HISTORY.columns)
"""Columns of a contact history."""

HISTORY_FILE = "history.csv"
"""How faults call a history that has no file of its own."""

MOST_HISTORY_ROWS = 1_000_000
"""Rows of one history."""

MOST_LEVELS = 5
"""Prediction intervals of one forecast."""

_MOST_AHT_S = 86_400
_HEADER_LINES = 1


@dataclass(frozen=True, slots=True)
class ForecastAsked:
    """What is to be forecast, and how.

    Parameters
    ----------
    levels : tuple of int
        Percent of cases that the bounds should hold.
    backtest : bool
        Whether past forecasts are made as well and compared with what came.
    missing_is_zero : bool
        Whether the history leaves out intervals without contacts on days that have others.
    aht_s : float, optional
        Handling time of queues whose history has none.
    """

    period_id: str
    levels: tuple[int, ...] = (80, 95)
    backtest: bool = False
    missing_is_zero: bool = False
    aht_s: float | None = None


def text_of_rows(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows of a history as the CSV file that holds the same, one line each."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HISTORY_COLUMNS)
    for row in rows:
        table.writerow(
            ["" if (cell := row.get(name)) is None else cell for name in HISTORY_COLUMNS]
        )
    return text.getvalue().encode()


def submit_forecast(
    service: Service,
    caller: Principal,
    asked: ForecastAsked,
    history: bytes,
    *,
    is_rows: bool = False,
    idempotency_key: str | None = None,
) -> Job:
    """Queue a forecast of the contacts of a period's horizon; the period needs no demand yet.

    Parameters
    ----------
    history : bytes
        A contact history as CSV.
    is_rows : bool
        Whether it was made by `text_of_rows`: then faults name rows of the request, not lines.
    idempotency_key : str, optional
        The same key of the same caller stands for one job.

    Raises
    ------
    InputError
        If the history cannot be used, or a figure is out of range.
    NotFoundError, DeniedError
        If there is no such period, or it is out of the caller's scope.
    """
    operation = Operation.FORECASTS_SUBMIT
    require_ever(caller, operation)
    with service.store.reading() as unit:
        period = unit.periods.get(asked.period_id)
        require(caller, operation, site_ids=period.site_ids)
        planning, document = planning_of_queues(unit, period)
    _refuse_ranges(asked)
    try:
        found = history_of(history)
        _refuse_misfits(found, planning, asked)
    except InputError as error:
        raise (_about_rows(error) if is_rows else error) from None
    with service.store.writing(by=caller.principal_id) as unit:
        ref = unit.blobs.put(history)
        options = asdict(asked)
        del options["period_id"]
        options |= {"levels": list(asked.levels), "history_sha256": ref}
        job = new_job(service, caller, JobKind.FORECAST, asked.period_id, ref, options=options)
        request = {
            **options,
            "period_id": asked.period_id,
            "history": ref,
            "document": unit.blobs.put(document.encode()),
        }
        return queue_job(service, unit, job, request, idempotency_key)


def history_of(data: bytes) -> tuple[ContactHistory, ...]:
    """Return the histories in a CSV file, one per queue.

    Raises
    ------
    InputError
        If anything is wrong with it.
    """
    if data.count(b"\n") > MOST_HISTORY_ROWS + _HEADER_LINES:
        expected = f"at most {MOST_HISTORY_ROWS:,} rows".replace(",", " ")
        raise InputError((Fault("file_too_large", HISTORY_FILE, expected),))
    with tempfile.TemporaryDirectory(prefix="heliotrope-") as folder:
        path = Path(folder) / HISTORY_FILE
        path.write_bytes(data)
        return read_contact_history(path).history


def planning_of_queues(unit: Unit, period: Period) -> tuple[Planning, str]:
    """Return a period's planning without its need, and the document that says so.

    A period that is new has none, and a planning must have some: the document holds one row that
    asks for nobody.
    """
    instants = horizon_bounds(period.horizon)
    document = unit.periods.document(period.period_id, instants=instants)
    nobody = {"interval_start": instant_text(instants[0]), "agents": 0}
    document["demand"] = []
    document["requirements"] = [
        {"queue_id": queue_id, **nobody} for queue_id in period.queue_ids[:1]
    ]
    text = json.dumps(document, ensure_ascii=False)
    read = read_document(text, name=period.period_id)
    if read.planning is None:
        raise InputError(read.faults)
    return read.planning, text


def _refuse_ranges(asked: ForecastAsked) -> None:
    levels = asked.levels
    is_good = all(1 <= level <= 99 for level in levels) and len(set(levels)) == len(levels)
    if not is_good or not 1 <= len(levels) <= MOST_LEVELS:
        expected = f"1 to {MOST_LEVELS} different percents from 1 to 99"
        raise request_fault("out_of_range", "/levels", expected)
    if asked.aht_s is not None and not 0 < asked.aht_s <= _MOST_AHT_S:
        raise request_fault("out_of_range", "/aht_s", f"above 0 to {_MOST_AHT_S} seconds")


def _refuse_misfits(
    history: Sequence[ContactHistory], planning: Planning, asked: ForecastAsked
) -> None:
    """Refuse what cannot be forecast for this period, queue by queue."""
    start, _ = horizon_bounds(planning.horizon)
    known = [queue.queue_id for queue in planning.queues]
    faults = []
    for one in history:
        name = one.queue_id

        def complain(code: str, expected: str, column: str = "queue", name: str = name) -> None:
            hint = did_you_mean(name, known) if code == "unknown_id" else None
            faults.append(Fault(code, HISTORY_FILE, expected, column=column, value=name, hint=hint))

        if name not in known:
            complain("unknown_id", "a queue of the period")
        elif planning.interval_minutes % one.interval_minutes:
            expected = f"intervals of which {planning.interval_minutes} minutes are a whole number"
            complain("off_grid", expected, "interval_min")
        elif one.before(start).days < FEWEST_DAYS:
            days = one.before(start).days
            expected = f"at least {FEWEST_DAYS} days of history before the period, not {days}"
            complain("history_too_short", expected)
        elif asked.aht_s is None and not any(one.aht_s):
            complain("missing_value", "a handling time, here or in the request", "aht_s")
    if faults:
        raise InputError(tuple(faults))


def _about_rows(error: InputError) -> InputError:
    """Return faults of lines as faults of the rows that a request held."""
    return InputError(
        tuple(
            replace(
                fault,
                file="history",
                line=None,
                column="/history/rows"
                if fault.line is None
                else f"/history/rows/{max(0, fault.line - 1 - _HEADER_LINES)}/{fault.column or ''}",
            )
            for fault in error.faults
        )
    )
