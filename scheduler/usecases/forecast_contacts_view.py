"""A forecast as people and programs read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from scheduler.domain import DemandInterval, Horizon

if TYPE_CHECKING:
    from scheduler.staffing.forecast import LeftOut
    from scheduler.staffing.forecast_backtest import Backtest

__all__ = ["ForecastDay", "ForecastQueue", "ForecastView"]


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """Contacts expected on one local date.

    Parameters
    ----------
    low, high : float
        Between them the contacts of the date lie in four of five cases.
    holiday : str, optional
        Name of the customers' public holiday.
    """

    day: date
    contacts: float
    low: float
    high: float
    holiday: str | None


@dataclass(frozen=True, slots=True)
class ForecastQueue:
    """One queue.

    Parameters
    ----------
    zone : str
        The customers' clock, by which days are told.
    contacts, aht_s : float
        Contacts expected over the horizon, and their mean handling time; 0 without contacts.
    history_days : int
        Dates of the history from the first to the last.
    missing_intervals : int
        Intervals of the history that are not known although the queue was open.
    left_out : tuple of LeftOut
        Dates that were not learnt from.
    backtest : Backtest, optional
        Given when it was asked for.
    """

    queue_id: str
    zone: str
    contacts: float
    aht_s: float
    days: tuple[ForecastDay, ...]
    history_days: int
    missing_intervals: int
    left_out: tuple[LeftOut, ...]
    backtest: Backtest | None


@dataclass(frozen=True, slots=True)
class ForecastView:
    """All queues of a history.

    Parameters
    ----------
    level : int
        Percent of cases that the days' ranges should hold.
    without_history : tuple of str
        Queues of the planning that the history does not name: nothing is forecast for them.
    demand : tuple of DemandInterval
        The forecast as rows of demand.
    """

    horizon: Horizon
    interval_minutes: int
    level: int
    queues: tuple[ForecastQueue, ...]
    without_history: tuple[str, ...]
    demand: tuple[DemandInterval, ...]
