"""Cover of the standard week under any set of clocks, quarter by quarter and in all its hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.domain import Planning
from scheduler.usecases.awake_cover import HeadsFlow
from scheduler.usecases.standard_week import (
    QUARTERS_WEEK,
    People,
    WeekNeed,
    mean_scale,
    queue_order,
)

__all__ = ["Moment", "Offsets", "WeekCover"]

_QUARTER_MINUTES = 15
_DAY_MINUTES = 1440
Offsets = tuple[int, ...]
"""Minutes that the clock of each zone is ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Cover of one quarter of an hour.

    Parameters
    ----------
    short, left : tuple of int
        Agents missing by queue: with those awake alone, and with everybody.
    night : tuple of int
        Agents who would work in own night, by base.
    night_contract : int
        Those of them whose contracts allow nights.
    why : dict
        By queue that is short: queues, their need, and the agents awake who may serve any of them.
    """

    short: tuple[int, ...]
    left: tuple[int, ...]
    night: tuple[int, ...]
    night_contract: int
    why: dict[int, tuple[tuple[int, ...], int, int]]


class WeekCover:
    """The standard week under any set of clocks, each computed once.

    Parameters
    ----------
    zones : tuple of str
        Zones of bases and queues; sets of clocks are their offsets in minutes.
    """

    def __init__(
        self,
        planning: Planning,
        needs: Sequence[WeekNeed],
        people: People,
        zones: tuple[str, ...],
    ) -> None:
        self.planning, self.people, self.zones = planning, people, zones
        self._needs = needs
        self._order = queue_order(planning)
        self._served = [crew.queues for crew in people.crews]
        self._queue_zone = [zones.index(queue.zone) for queue in planning.queues]
        self._crew_zone = [zones.index(people.bases[crew.base_idx].zone) for crew in people.crews]
        self._moments: dict[tuple[tuple[int, ...], tuple[int, ...]], Moment] = {}
        self._weeks: dict[Offsets, tuple[Moment, ...]] = {}
        self._averages: dict[Offsets, tuple[float, float]] = {}
        self._scale = mean_scale(needs)
        self._means = [[int(self._scale * mean) for mean in need.mean_minutes] for need in needs]

    def base_offsets(self, offsets: Offsets) -> tuple[int, ...]:
        """Return the minutes that each base is ahead of UTC."""
        return tuple(offsets[self.zones.index(base.zone)] for base in self.people.bases)

    def queue_offset(self, queue_idx: int, offsets: Offsets) -> int:
        """Return the minutes that the clock of a queue is ahead of UTC."""
        return offsets[self._queue_zone[queue_idx]]

    def week(self, offsets: Offsets) -> tuple[Moment, ...]:
        """Return the cover of the 672 quarters of a week from Monday 00:00 UTC."""
        if offsets not in self._weeks:
            self._weeks[offsets] = tuple(
                self._moment(quarter, offsets) for quarter in range(QUARTERS_WEEK)
            )
        return self._weeks[offsets]

    def _moment(self, quarter: int, offsets: Offsets) -> Moment:
        minute = quarter * _QUARTER_MINUTES
        needs = tuple(
            need.most[(minute + offsets[zone]) // _QUARTER_MINUTES % QUARTERS_WEEK]
            for need, zone in zip(self._needs, self._queue_zone, strict=True)
        )
        awake = tuple(
            crew.awake((minute + offsets[zone]) % _DAY_MINUTES)
            for crew, zone in zip(self.people.crews, self._crew_zone, strict=True)
        )
        if (needs, awake) not in self._moments:
            self._moments[needs, awake] = self._spread(needs, awake)
        return self._moments[needs, awake]

    def _spread(self, needs: tuple[int, ...], awake: tuple[int, ...]) -> Moment:
        """Spread those awake; then those asleep who may work at night; then everybody."""
        flow = HeadsFlow(self._served, needs, self._order)
        flow.add(awake)
        flow.fill()
        short = tuple(flow.short)
        why = {}
        for queue, missing in enumerate(short):
            if missing:
                queues, heads = flow.bottleneck(queue)
                why[queue] = (queues, sum(needs[idx] for idx in queues), heads)
        night = [0] * len(self.people.bases)
        by_contract = []
        for allowed in (True, False):
            flow.add(
                [
                    crew.heads - here if crew.night_allowed is allowed else 0
                    for crew, here in zip(self.people.crews, awake, strict=True)
                ]
            )
            used = flow.fill() if any(flow.short) else [0] * len(self._served)
            by_contract.append(sum(used))
            for crew, heads in zip(self.people.crews, used, strict=True):
                night[crew.base_idx] += heads
        return Moment(short, tuple(flow.short), tuple(night), by_contract[0], why)

    def average(self, offsets: Offsets) -> tuple[float, float]:
        """Return the agent-hours of an average week that cannot be covered in contract hours.

        First with the agents awake alone, then if everybody might work at any time.
        """
        from solver import uncovered_time

        if offsets not in self._averages:
            unit = _QUARTER_MINUTES * self._scale
            awake, always = [], []
            everybody = tuple(crew.heads * unit for crew in self.people.crews)
            for minute in range(0, QUARTERS_WEEK * _QUARTER_MINUTES, _QUARTER_MINUTES):
                needs = tuple(
                    means[(minute + offsets[zone]) // _QUARTER_MINUTES % QUARTERS_WEEK]
                    for means, zone in zip(self._means, self._queue_zone, strict=True)
                )
                heads = tuple(
                    crew.awake((minute + offsets[zone]) % _DAY_MINUTES) * unit
                    for crew, zone in zip(self.people.crews, self._crew_zone, strict=True)
                )
                awake.append((needs, heads))
                always.append((needs, everybody))
            room = [crew.max_minutes * self._scale for crew in self.people.crews]
            short = uncovered_time(self._served, room, awake)
            left = uncovered_time(self._served, room, always) if short else 0
            self._averages[offsets] = short / self._scale / 60, left / self._scale / 60
        return self._averages[offsets]

    def awake_shares(self, offsets: Offsets) -> tuple[tuple[float, ...], ...]:
        """Return by base and half hour of UTC the share of its agents who are awake."""
        found = []
        for base_idx, offset in enumerate(self.base_offsets(offsets)):
            crews = [crew for crew in self.people.crews if crew.base_idx == base_idx]
            heads = 2 * sum(crew.heads for crew in crews) or 1
            quarters = [
                sum(crew.awake((minute + offset) % _DAY_MINUTES) for crew in crews)
                for minute in range(0, _DAY_MINUTES, _QUARTER_MINUTES)
            ]
            found.append(
                tuple(
                    (first + second) / heads
                    for first, second in zip(quarters[::2], quarters[1::2], strict=True)
                )
            )
        return tuple(found)
