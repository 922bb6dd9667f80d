"""The need of queues as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from scheduler.domain import WallTime

if TYPE_CHECKING:
    from scheduler.staffing.channels import Service

__all__ = ["DayNeed", "IntervalNeed", "PoolNeed", "QueueNeed", "StaffingView", "target_text"]


@dataclass(frozen=True, slots=True)
class IntervalNeed:
    """One queue in one interval.

    Parameters
    ----------
    start : datetime.datetime
        Aware UTC.
    wall : WallTime
        The start on the clock shown.
    offered, aht_s : float
        Contacts expected and their handling time; 0 without a row of demand.
    net, gross : int
        Agents at work, and agents to roster so that so many are at work.
    is_fixed : bool
        Whether a row of requirements gives the figure: net and gross are that row as it stands.
    """

    start: datetime
    wall: WallTime
    offered: float
    aht_s: float
    load_erlang: float
    net: int
    gross: int
    has_demand: bool
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class DayNeed:
    """One queue on one day of the clock shown.

    Parameters
    ----------
    peak_load : float
        Load of the busiest interval in Erlang.
    net, gross : tuple of (int, int)
        Least and most agents over the intervals with contacts or agents.
    net_hours, hours : float
        Agent-hours at work and to roster.
    """

    day: date
    contacts: float
    peak_load: float
    net: tuple[int, int]
    gross: tuple[int, int]
    net_hours: float
    hours: float


@dataclass(frozen=True, slots=True)
class QueueNeed:
    """One queue, interval by interval.

    Parameters
    ----------
    zone : str
        The clock shown.
    target : str
        What was promised, in words.
    shrinkage : float
        Share of rostered time lost.
    """

    queue_id: str
    channel: str
    language: str
    zone: str
    target: str
    shrinkage: float
    intervals: tuple[IntervalNeed, ...]

    @property
    def contacts(self) -> float:
        """Contacts expected in all."""
        return sum(interval.offered for interval in self.intervals)

    @property
    def fixed(self) -> int:
        """Intervals whose figure is a row of requirements."""
        return sum(interval.is_fixed for interval in self.intervals)

    def days(self, interval_minutes: int) -> Iterator[DayNeed]:
        """Yield the sums of each day."""
        hours = interval_minutes / 60
        for day, group in groupby(self.intervals, key=lambda interval: interval.wall.day):
            own = list(group)
            live = [i for i in own if i.offered or i.gross] or own
            yield DayNeed(
                day=day,
                contacts=sum(i.offered for i in own),
                peak_load=max(i.load_erlang for i in own),
                net=(min(i.net for i in live), max(i.net for i in live)),
                gross=(min(i.gross for i in live), max(i.gross for i in live)),
                net_hours=sum(i.net for i in own) * hours,
                hours=sum(i.gross for i in own) * hours,
            )


@dataclass(frozen=True, slots=True)
class PoolNeed:
    """Queues that are staffed together: agents to roster at most at once, and agent-hours."""

    name: str
    queue_ids: tuple[str, ...]
    contacts: float
    most: int
    hours: float


@dataclass(frozen=True, slots=True)
class StaffingView:
    """The need of a planning."""

    name: str
    interval_minutes: int
    queues: tuple[QueueNeed, ...]
    pools: tuple[PoolNeed, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the view as plain data with the sums of days, for programs."""
        from scheduler.usecases.plain import to_plain

        plain = to_plain(self)
        assert isinstance(plain, dict)
        for queue, row in zip(self.queues, plain["queues"], strict=True):
            row["days"] = to_plain(list(queue.days(self.interval_minutes)))
        return plain


def target_text(service: Service) -> str:
    """Return what a queue promises, such as ``80 % in 20 s`` or ``within 24 h``."""
    if service.deadline_hours is not None:
        return f"within {service.deadline_hours:f} h"
    cap = "" if service.max_occupancy is None else f", occupancy to {service.max_occupancy:.0%}"
    side = "" if service.at_once == 1 else f", {service.at_once} at once"
    model = ", Erlang A" if service.patience_s is not None else ""
    return f"{100 * service.level:g} % in {service.target_seconds} s{side}{cap}{model}"
