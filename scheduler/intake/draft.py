"""A planning that has been read but not yet judged as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.domain import Location
from scheduler.intake.faults import FaultLog
from scheduler.intake.settings import Settings
from scheduler.intake.tables import ReadTable
from scheduler.timegrid.timeline import Place, place_timeline
from scheduler.timegrid.windows import horizon_bounds

__all__ = ["Draft", "complain"]


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that could be read, before it is judged as a whole.

    Parameters
    ----------
    settings : Settings
        With None where a setting is faulty.
    tables : mapping of str to ReadTable
        By stem; a table that was left out, or could not be read at all, is not there.
    unread : frozenset of str
        Stems of tables that were there but could not be read.
    """

    settings: Settings
    tables: Mapping[str, ReadTable]
    unread: frozenset[str] = frozenset()

    def bounds(self) -> tuple[datetime, datetime] | None:
        """Return the horizon's first instant and the one after its last, if it is known."""
        return None if self.settings.horizon is None else horizon_bounds(self.settings.horizon)

    def places(self) -> dict[str, tuple[Place, ...]]:
        """Return where each agent works when, for those whose site is known."""
        sites = {site.site_id: site for _, site in self.get("sites")}
        stays: defaultdict[str, list[Location]] = defaultdict(list)
        for _, stay in self.get("locations"):
            stays[stay.agent_id].append(stay)
        return {
            agent.agent_id: place_timeline(sites[agent.site_id], stays[agent.agent_id])
            for _, agent in self.get("agents")
            if agent.site_id in sites
        }

    def get(self, stem: str) -> Iterable[tuple[int, Any]]:
        """Return the good rows of a table with their numbers."""
        read = self.tables.get(stem)
        return () if read is None else zip(read.numbers, read.records, strict=True)


def complain(
    read: ReadTable,
    idx: int,
    column: str,
    log: FaultLog,
    code: str,
    expected: str,
    hint: str | None = None,
) -> None:
    """Note a fault about record `idx`, with the text its label column was written as."""
    number, label = read.numbers[idx], read.labels[idx]
    log.add(code, read.source, expected, row=number, path=(column,), value=label, hint=hint)
