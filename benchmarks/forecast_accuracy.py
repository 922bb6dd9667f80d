"""How accurate forecasts are: rolling origins on a generated series and on a bank's calls.

The generated series is 26 weeks of half hours of a Dutch service line that never closes: weekdays
and weekends with shapes of their own, growth, a yearly wave, a level that wanders, days that
resemble the day before, public holidays, busy turns of the month, strikes, outages and spikes, and
over-dispersed arrivals. It is not made with the model that forecasts it. The bank's calls
(Weinberg, Brown and Stroud 2007, JASA 102:1185-1198) are given as a file; they are calls per 5
minutes on weekdays from 07:00 to 21:05, judged both in 5 minutes and summed to 30.
"""

from __future__ import annotations

import csv
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.runs import Row
from scheduler.domain import Horizon, Queue
from scheduler.domain.contacts import ContactHistory
from scheduler.domain.demand import OpeningRange
from scheduler.domain.walltime import WallTime
from scheduler.errors import Fault, InputError
from scheduler.staffing.forecast import forecast
from scheduler.staffing.forecast_backtest import Backtest, backtest
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import Repeated, Skipped, local_of, utc_of

__all__ = ["bank_calls", "generated_calls", "run_forecast_accuracy"]

_WEEKS = 26
_FIRST = date(2026, 1, 5)
_ZONE, _BANK_ZONE = "Europe/Amsterdam", "America/New_York"
_WEEKDAYS = (1.18, 1.05, 1.0, 0.98, 0.95, 0.55, 0.42)
_HOLIDAY = 0.36
_STRANGE = (0.12, 0.5, 2.2, 1.8, 0.35)
_DISPERSION = 1.4


def run_forecast_accuracy(
    bank: Path | None, seed: int, origins: int, *, contacts_per_day: int = 1500
) -> Row:
    """Return WAPE, bias and coverage on the generated series and, where given, the bank's calls.

    Parameters
    ----------
    bank : Path, optional
        CSV with columns ``DateTime`` (local wall time) and ``Calls``.
    seed : int
        Of the generated series.
    origins : int
        Forecasts of 14 days, 14 days apart, up to the end of each series.
    contacts_per_day : int
        Mean of the generated series.
    """
    history, queue = generated_calls(seed, contacts_per_day=contacts_per_day)
    row: Row = {"seed": seed, "origins": origins, "contacts_per_day": contacts_per_day}
    row |= _figures("generated", backtest(history, queue, origins=origins))
    row["ten_queues_cpu_seconds"] = round(_ten_queues(seed), 2)
    if bank is not None:
        history, queue = bank_calls(bank)
        for minutes in (5, 30):
            found = backtest(history, queue, origins=origins, interval_minutes=minutes)
            row |= _figures(f"bank_{minutes}min", found)
    return row


def generated_calls(
    seed: int, *, contacts_per_day: float = 1500.0, weeks: int = _WEEKS, queue_id: str = "line"
) -> tuple[ContactHistory, Queue]:
    """Return a series of half hours from 5 January 2026 on, and its queue.

    Parameters
    ----------
    seed : int
        Of the random numbers.
    contacts_per_day : float
        Mean of a plain Wednesday at the start.
    weeks : int
        Length.
    queue_id : str
        Name of the queue.
    """
    rng = np.random.default_rng(seed)
    days = 7 * weeks
    hours = (np.arange(48) + 0.5) / 2

    def bump(centre: float, width: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.exp(-0.5 * (((hours - centre + 12) % 24 - 12) / width) ** 2)

    office = bump(10.5, 1.8) + 0.9 * bump(14.5, 2.2) + 0.45 * bump(19.5, 1.5) + 0.03
    monday = office * (1 + 0.15 * bump(10, 2))
    friday = office * (1 - 0.25 * bump(19.5, 2))
    weekend = bump(12.5, 2.8) + 0.5 * bump(18.5, 2.5) + 0.05
    shapes = [monday, office, office, office, friday, weekend, weekend]
    level = np.cumsum(rng.normal(0, 0.008, days))
    like_yesterday, news = np.zeros(days), rng.normal(0, 0.045, days)
    for row in range(1, days):
        like_yesterday[row] = 0.5 * like_yesterday[row - 1] + news[row]
    growth = np.log(1.004) / 7 * np.arange(days)
    wave = 0.15 * np.sin(2 * np.pi * np.arange(days) / 364)
    strange = dict.fromkeys(range(days), 1.0)
    places = rng.choice(np.arange(10, days - 5), len(_STRANGE), replace=False)
    strange |= {int(row): factor for row, factor in zip(places, _STRANGE, strict=True)}

    means = np.zeros((days, 48))
    for row in range(days):
        day = _FIRST + timedelta(days=row)
        weekday, factor = day.weekday(), _WEEKDAYS[day.weekday()]
        if is_public_holiday(day, "NL", None):
            weekday, factor = 6, _HOLIDAY
        elif weekday < 5 and is_public_holiday(day - timedelta(days=1), "NL", None):
            factor *= 1.12
        if weekday < 5 and day.day <= 3:
            factor *= 1.05
        factor *= float(np.exp(level[row] + like_yesterday[row] + growth[row] + wave[row]))
        shape = shapes[weekday] / shapes[weekday].sum()
        means[row] = contacts_per_day * factor * strange[row] * shape

    start, end = horizon_bounds(Horizon(_FIRST, _FIRST + timedelta(days=days), _ZONE))
    half_hour = timedelta(minutes=30)
    starts = tuple(start + idx * half_hour for idx in range((end - start) // half_hour))
    walls = [local_of(instant, _ZONE).wall for instant in starts]
    mean = np.array([means[(wall.day - _FIRST).days, wall.minute // 30] for wall in walls])
    offered = rng.negative_binomial(mean / (_DISPERSION - 1), 1 / _DISPERSION)
    clock = np.array([wall.minute / 60 for wall in walls])
    aht = 240 + 30 * np.cos((clock - 3) / 24 * 2 * np.pi) + rng.normal(0, 15, clock.size)
    history = ContactHistory(
        queue_id, 30, starts, tuple(map(float, offered)), tuple(map(float, aht.round(1)))
    )
    return history, Queue(queue_id, "line", "phone", "nl", 1, _ZONE, country="NL")


def bank_calls(path: Path) -> tuple[ContactHistory, Queue]:
    """Return the bank's calls in intervals of 5 minutes, and its queue.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [(row["DateTime"], float(row["Calls"])) for row in csv.DictReader(stream)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        expected = "calls in columns DateTime and Calls"
        raise InputError((Fault("not_a_file", str(path), expected, value=str(error)),)) from None
    starts = tuple(
        utc_of(
            WallTime.parse(text.removesuffix("Z")),
            _BANK_ZONE,
            skipped=Skipped.REJECT,
            repeated=Repeated.REJECT,
        )
        for text, _ in rows
    )
    offered = tuple(calls for _, calls in rows)
    history = ContactHistory("bank", 5, starts, offered, (None,) * len(rows))
    hours = (OpeningRange((1, 2, 3, 4, 5), 7 * 60, 21 * 60 + 5),)
    queue = Queue("bank", "bank", "phone", "en", 1, _BANK_ZONE, opening=hours, country="US")
    return history, queue


def _figures(name: str, found: Backtest) -> Row:
    row: Row = {
        f"{name}_wape": round(found.interval.wape, 4),
        f"{name}_naive_wape": round(found.naive_interval.wape, 4),
        f"{name}_ratio": round(found.ratio, 3),
        f"{name}_bias": round(found.interval.bias, 4),
        f"{name}_naive_bias": round(found.naive_interval.bias, 4),
        f"{name}_day_wape": round(found.day.wape, 4),
        f"{name}_naive_day_wape": round(found.naive_day.wape, 4),
    }
    for level, share in found.coverage:
        row[f"{name}_within_{level}"] = round(share, 3)
    return row


def _ten_queues(seed: int) -> float:
    """Return the CPU seconds of a forecast of 14 days for ten queues, libraries loaded."""
    made = [generated_calls(seed + place, queue_id=f"q{place}") for place in range(10)]
    queues = {queue.queue_id: queue for _, queue in made}
    begin = _FIRST + timedelta(weeks=_WEEKS)
    horizon = Horizon(begin, begin + timedelta(days=14), _ZONE)
    forecast([made[0][0]], queues, horizon)
    before = time.process_time()
    forecast([history for history, _ in made], queues, horizon)
    return time.process_time() - before
