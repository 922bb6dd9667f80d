"""From a history of contacts to the demand of a horizon."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.domain import DemandInterval, Horizon, Planning, Queue
from scheduler.domain.demand import StaffingPolicy
from scheduler.errors import Fault, InputError
from scheduler.usecases.forecast_contacts_view import ForecastDay, ForecastQueue, ForecastView

if TYPE_CHECKING:
    from scheduler.domain.contacts import ContactHistory
    from scheduler.staffing.forecast import Forecast
    from scheduler.staffing.forecast_backtest import Backtest

__all__ = ["Aim", "demand_csv", "forecast_contacts", "write_demand"]

_LEVELS = (80, 95)


@dataclass(frozen=True, slots=True)
class Aim:
    """What to forecast, where there is no planning.

    Parameters
    ----------
    horizon : Horizon
        Local days of a zone, which is that of all queues.
    country : str, optional
        ISO 3166-1: whose public holidays the customers keep.
    interval_minutes : int
        Length of the rows of demand, 15 or 30.

    Raises
    ------
    ValueError
        With one sentence that names the option, if the zone or country is unknown or the interval
        cannot be used.
    """

    horizon: Horizon
    country: str | None = None
    interval_minutes: int = 30

    def __post_init__(self) -> None:
        from scheduler.timegrid.holidays import has_public_holidays
        from scheduler.timegrid.zones import is_zone

        if not is_zone(self.horizon.zone):
            raise ValueError(
                f"--zone: {self.horizon.zone!r} is no IANA zone such as Europe/Amsterdam"
            )
        if self.country is not None and not has_public_holidays(self.country):
            raise ValueError(f"--country: no public holidays are known of {self.country!r}")
        if self.interval_minutes not in (15, 30):
            raise ValueError("--interval must be 15 or 30")


def forecast_contacts(
    path: Path,
    aim: Aim | Planning,
    *,
    with_backtest: bool = False,
    missing_is_zero: bool = False,
    aht_s: float | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> ForecastView:
    """Return the contacts to expect on each queue of a history.

    Parameters
    ----------
    path : pathlib.Path
        The history, a CSV file.
    aim : Aim or Planning
        A planning says what each queue's clock, hours and holidays are, and what to forecast.
    with_backtest : bool
        Also say how wrong forecasts from earlier days would have been.
    missing_is_zero : bool
        Whether the source leaves out intervals without contacts on days that have others.
    aht_s : float, optional
        Handling time of queues whose history has none.
    on_progress : callable, optional
        Called with the queue that is done, the number done and the number of all.

    Raises
    ------
    InputError
        With every fault of the history; or if a queue is unknown to the planning, the history is
        too short, too old or too coarse, or no handling time is known.
    """
    from scheduler.intake.contact_history import read_contact_history
    from scheduler.staffing.forecast import forecast

    history = read_contact_history(path).history
    queues = _queues(history, aim, path)
    staffing = aim.staffing if isinstance(aim, Planning) else StaffingPolicy()
    try:
        found = forecast(
            history,
            queues,
            aim.horizon,
            interval_minutes=aim.interval_minutes,
            levels=_LEVELS,
            staffing=staffing,
            missing_is_zero=missing_is_zero,
            aht_s=aht_s,
            on_progress=on_progress,
        )
        demand = found.demand()
        tests: dict[str, Backtest] = {}
        if with_backtest:
            tests = _backtests(history, queues, aim, missing_is_zero, on_progress)
    except ValueError as error:
        words = str(error)
        fault = Fault(
            "no_forecast",
            path.name,
            "a history from which this horizon can be forecast",
            hint=f"{words[0].upper()}{words[1:]}.",
        )
        raise InputError((fault,)) from error
    return ForecastView(
        horizon=aim.horizon,
        interval_minutes=aim.interval_minutes,
        level=_LEVELS[0],
        queues=_shown(found, queues, demand, tests),
        without_history=tuple(
            queue.queue_id
            for queue in (aim.queues if isinstance(aim, Planning) else ())
            if queue.queue_id not in queues
        ),
        demand=demand,
    )


def _queues(history: Sequence[ContactHistory], aim: Aim | Planning, path: Path) -> dict[str, Queue]:
    """Return the queues of the history: those of the planning, or some that are always open."""
    named = [one.queue_id for one in history]
    if isinstance(aim, Aim):
        return {
            queue_id: Queue(
                queue_id=queue_id,
                client="",
                channel="phone",
                language="",
                priority=1,
                zone=aim.horizon.zone,
                country=aim.country,
            )
            for queue_id in named
        }
    from scheduler.intake.faults import did_you_mean

    known = {queue.queue_id: queue for queue in aim.queues}
    faults = tuple(
        Fault(
            "unknown_id",
            path.name,
            "a queue of the planning",
            value=queue_id,
            hint=did_you_mean(queue_id, tuple(known)),
        )
        for queue_id in named
        if queue_id not in known
    )
    if faults:
        raise InputError(faults)
    return {queue_id: known[queue_id] for queue_id in named}


def _backtests(
    history: Sequence[ContactHistory],
    queues: Mapping[str, Queue],
    aim: Aim | Planning,
    missing_is_zero: bool,
    on_progress: Callable[[str, int, int], None] | None,
) -> dict[str, Backtest]:
    from scheduler.staffing.forecast_backtest import backtest

    found = {}
    for done, one in enumerate(history, start=1):
        found[one.queue_id] = backtest(
            one,
            queues[one.queue_id],
            interval_minutes=aim.interval_minutes,
            staffing=aim.staffing if isinstance(aim, Planning) else None,
            levels=_LEVELS,
            missing_is_zero=missing_is_zero,
        )
        if on_progress is not None:
            on_progress(f"{one.queue_id} looked back", done, len(history))
    return found


def _shown(
    found: Forecast,
    queues: Mapping[str, Queue],
    demand: Sequence[DemandInterval],
    tests: Mapping[str, Backtest],
) -> tuple[ForecastQueue, ...]:
    contacts: dict[str, float] = defaultdict(float)
    seconds: dict[str, float] = defaultdict(float)
    for row in demand:
        contacts[row.queue_id] += float(row.offered)
        seconds[row.queue_id] += float(row.offered * row.aht_s)
    days: dict[str, list[ForecastDay]] = defaultdict(list)
    for day in found.days:
        low, high = day.bounds[0]
        name = _holiday(queues[day.queue_id], day.day)
        days[day.queue_id].append(ForecastDay(day.day, day.offered, low, high, name))
    return tuple(
        ForecastQueue(
            queue_id=note.queue_id,
            zone=queues[note.queue_id].zone,
            contacts=contacts[note.queue_id],
            aht_s=seconds[note.queue_id] / (contacts[note.queue_id] or 1.0),
            days=tuple(days[note.queue_id]),
            history_days=note.days,
            missing_intervals=note.missing_intervals,
            left_out=tuple(row for row in found.left_out if row.queue_id == note.queue_id),
            backtest=tests.get(note.queue_id),
        )
        for note in found.notes
    )


def _holiday(queue: Queue, day: date) -> str | None:
    from scheduler.timegrid.holidays import public_holidays

    if queue.country is None:
        return None
    return public_holidays(queue.country, queue.subdivision, day.year).get(day)


def demand_csv(demand: Sequence[DemandInterval]) -> str:
    """Return rows of demand as the text of ``demand.csv``."""
    from scheduler.intake.document import instant_text

    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("queue_id", "interval_start", "offered", "aht_s"))
    for row in demand:
        table.writerow(
            (
                row.queue_id,
                instant_text(row.start),
                f"{row.offered.normalize():f}",
                f"{row.aht_s.normalize():f}",
            )
        )
    return text.getvalue()


def write_demand(demand: Sequence[DemandInterval], path: Path) -> None:
    """Write rows of demand as a CSV file, whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from scheduler.usecases.write_outputs import write_files

    write_files(path.parent, {path.name: demand_csv(demand).encode()})
