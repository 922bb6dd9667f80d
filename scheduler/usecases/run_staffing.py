"""What the jobs about staffing do: forecast, work out requirements, simulate."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scheduler.domain import Planning
from scheduler.domain.contacts import FEWEST_DAYS, ContactHistory
from scheduler.domain.job import JobKind
from scheduler.errors import InputError, StateError
from scheduler.intake.planning_folder import read_document
from scheduler.intake.roster_json import roster_from_json
from scheduler.jobs.engine import StopReason
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.plain import to_plain

if TYPE_CHECKING:
    from scheduler.jobs.engine import Handlers, JobContext
    from scheduler.store import Store
    from scheduler.usecases.plan_staffing_view import StaffingView

__all__ = ["NOTHING", "LostError", "staffing_handlers"]

NOTHING = b""
"""Result of a job that was stopped before it had any."""

_DECIMALS = 6
_MOST_ORIGINS = 4
_DAYS_AHEAD = 14
_Request = Mapping[str, Any]


class LostError(Exception):
    """The job may be another process's by now: nothing is reported."""


def staffing_handlers(store: Store) -> Handlers:
    """Return what the job engine calls for the kinds about staffing, by name."""

    def forecast(ctx: JobContext, ref: str) -> str:
        return _kept(store, ctx, _forecast(ctx, _request(store, ref), store))

    def requirements(ctx: JobContext, ref: str) -> str:
        return _kept(store, ctx, _requirements(ctx, _request(store, ref), store))

    def simulation(ctx: JobContext, ref: str) -> str:
        return _kept(store, ctx, _simulation(ctx, _request(store, ref), store))

    return {
        JobKind.FORECAST.value: forecast,
        JobKind.REQUIREMENTS.value: requirements,
        JobKind.SIMULATION.value: simulation,
    }


def _request(store: Store, ref: str) -> _Request:
    found: dict[str, Any] = json.loads(store.get_blob(ref))
    return found


def _kept(store: Store, ctx: JobContext, document: Mapping[str, object] | None) -> str:
    """Keep a result as JSON and return its reference, unless the job is another's by now."""
    if ctx.should_stop() is StopReason.LOST:
        raise LostError
    if document is None:
        return store.put_blob(NOTHING)
    text = json.dumps(_rounded(document), ensure_ascii=False, allow_nan=False)
    return store.put_blob(text.encode())


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return value


def _planning(store: Store, ref: str) -> Planning:
    read = read_document(store.get_blob(ref).decode())
    if read.planning is None:
        raise InputError(read.faults)
    return read.planning


def _head(request: _Request, planning: Planning, name: str) -> dict[str, object]:
    return {
        "format": f"heliotrope-{name}/1",
        "period_id": request["period_id"],
        "horizon": to_plain(planning.horizon),
        "interval_minutes": planning.interval_minutes,
    }


class _StoppedError(Exception):
    """Somebody asked for an early end, and there is nothing to keep."""


def _forecast(ctx: JobContext, request: _Request, store: Store) -> dict[str, object] | None:
    """Forecast the horizon of a period; None when stopped."""
    from scheduler.staffing.forecast import forecast
    from scheduler.usecases.submit_forecast import history_of

    planning = _planning(store, request["document"])
    history = history_of(store.get_blob(request["history"]))
    began = time.monotonic()

    def told(_queue_id: str, done: int, asked: int) -> None:
        if ctx.should_stop() is not None:
            raise _StoppedError
        ctx.progress(time.monotonic() - began, None, None, f"{done} of {asked} queues")

    try:
        made = forecast(
            history,
            {queue.queue_id: queue for queue in planning.queues},
            planning.horizon,
            interval_minutes=planning.interval_minutes,
            levels=request["levels"],
            staffing=planning.staffing,
            missing_is_zero=request["missing_is_zero"],
            aht_s=request["aht_s"],
            on_progress=told,
        )
        demand = {(row.queue_id, row.start): row for row in made.demand()}
        tests = _backtests(ctx, request, planning, history, began) if request["backtest"] else {}
    except _StoppedError:
        return None
    except ValueError as error:
        raise StateError(str(error)) from error
    rows: list[dict[str, object]] = []
    contacts = dict.fromkeys((one.queue_id for one in history), 0.0)
    for row in made.rows:
        found = demand.get((row.queue_id, row.start))  # rounded as rows of demand are
        offered = 0.0 if found is None else float(found.offered)
        contacts[row.queue_id] += offered
        told_row: Any = to_plain(row)
        aht_s = row.aht_s if found is None else float(found.aht_s)
        rows.append({**told_row, "offered": offered, "aht_s": aht_s})
    queues = [
        {
            "queue_id": note.queue_id,
            "contacts": contacts[note.queue_id],
            "history_days": note.days,
            "missing_intervals": note.missing_intervals,
            "backtest": tests.get(note.queue_id),
        }
        for note in made.notes
    ]
    return {
        **_head(request, planning, "forecast"),
        "history_sha256": request["history"],
        "levels": list(made.levels),
        "queues": queues,
        "left_out": to_plain(made.left_out),
        "days": to_plain(made.days),
        "rows": rows,
    }


def _backtests(
    ctx: JobContext,
    request: _Request,
    planning: Planning,
    history: Sequence[ContactHistory],
    began: float,
) -> dict[str, object]:
    """Return how accurate past forecasts were, of queues whose history is long enough."""
    from scheduler.staffing.forecast_backtest import backtest

    start, _ = horizon_bounds(planning.horizon)
    queues = {queue.queue_id: queue for queue in planning.queues}
    found: dict[str, object] = {}
    for done, one in enumerate(history):
        if ctx.should_stop() is not None:
            raise _StoppedError
        phase = f"backtest, {done} of {len(history)} queues"
        ctx.progress(time.monotonic() - began, None, None, phase)
        known = one.before(start)
        whole_days = (known.starts[-1] - known.starts[0]).days
        origins = min(_MOST_ORIGINS, (whole_days - FEWEST_DAYS) // _DAYS_AHEAD)
        if origins < 1:
            continue
        test = backtest(
            known,
            queues[one.queue_id],
            origins=origins,
            horizon_days=_DAYS_AHEAD,
            step_days=_DAYS_AHEAD,
            interval_minutes=planning.interval_minutes,
            levels=request["levels"],
            staffing=planning.staffing,
            missing_is_zero=request["missing_is_zero"],
        )
        plain: Any = to_plain(test)
        found[one.queue_id] = {
            **_finite(plain),
            "coverage": [{"level": level, "share": share} for level, share in test.coverage],
        }
    return found


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    """Return plain data with None in place of infinite numbers, which JSON does not have."""
    return {
        name: _finite(value)
        if isinstance(value, dict)
        else None
        if isinstance(value, float) and not math.isfinite(value)
        else value
        for name, value in plain.items()
    }


def _requirements(ctx: JobContext, request: _Request, store: Store) -> dict[str, object]:
    """Work out what contacts ask for; rows of requirements play no part."""
    from scheduler.usecases.plan_staffing import plan_staffing

    planning = _planning(store, request["document"])
    ctx.progress(0.0, None, None, "working out")
    try:
        view = plan_staffing(replace(planning, requirements=()), queue_id=request["queue_id"])
    except ValueError as error:
        raise StateError(str(error)) from error
    return {
        **_head(request, planning, "requirements"),
        "input_sha256": planning.input_sha256,
        **view.to_dict(),
        "totals": _totals(view),
    }


def _totals(view: StaffingView) -> dict[str, object]:
    """Return what all queues shown need together."""
    hours = view.interval_minutes / 60
    at_once: dict[object, int] = {}
    net = 0
    for queue in view.queues:
        for interval in queue.intervals:
            at_once[interval.start] = at_once.get(interval.start, 0) + interval.gross
            net += interval.net
    return {
        "contacts": sum(queue.contacts for queue in view.queues),
        "net_hours": net * hours,
        "hours": sum(at_once.values()) * hours,
        "most": max(at_once.values(), default=0),
    }


def _simulation(ctx: JobContext, request: _Request, store: Store) -> dict[str, object]:
    """Replay a roster; stopped, what the replications done so far had in common."""
    from scheduler.staffing.channels import service_of
    from scheduler.staffing.simulate import Assumptions, simulate
    from scheduler.usecases.plan_staffing_view import target_text

    planning = _planning(store, request["document"])
    roster = roster_from_json(json.loads(store.get_blob(request["roster"])))
    began = time.monotonic()

    def told(done: int, asked: int) -> None:
        ctx.progress(time.monotonic() - began, None, None, f"{done} of {asked} replications")

    try:
        simulation = simulate(
            planning,
            roster,
            replications=request["replications"],
            seed=request["seed"],
            routing=request["routing"],
            assumptions=Assumptions(shrinkage=request["shrinkage"], blend=request["blend"]),
            on_progress=told,
            should_stop=lambda: ctx.should_stop() is not None,
        )
    except ValueError as error:
        raise StateError(str(error)) from error
    plain: Any = to_plain(simulation)
    services = {queue.queue_id: service_of(queue, planning.staffing) for queue in planning.queues}
    for row in plain["queues"]:
        service = services[row["queue_id"]]
        row["promise"] = target_text(service)
        row["target"] = service.level if service.deadline_hours is None else None
    return {
        **_head(request, planning, "simulation"),
        "roster_id": request["roster_id"],
        "input_sha256": planning.input_sha256,
        "replications_asked": request["replications"],
        **plain,
    }
