"""What each queue needs, day by day, and the same as rows of requirements."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.domain import Planning, Queue
from scheduler.errors import Fault, InputError
from scheduler.usecases.plan_staffing_view import (
    IntervalNeed,
    PoolNeed,
    QueueNeed,
    StaffingView,
    target_text,
)

if TYPE_CHECKING:
    from scheduler.domain import DemandInterval

__all__ = ["REQUIREMENTS_FILE", "plan_staffing", "write_requirements"]

REQUIREMENTS_FILE = "requirements.csv"
_MOST_LISTED = 5


def plan_staffing(
    planning: Planning,
    *,
    queue_id: str | None = None,
    day: date | None = None,
    zone: str | None = None,
) -> StaffingView:
    """Return contacts, load and agents of each queue in each interval.

    Parameters
    ----------
    queue_id : str, optional
        Only this queue.
    day : datetime.date, optional
        Only this day, by the clock shown.
    zone : str, optional
        Clock to show; by default each queue's own.

    Raises
    ------
    InputError
        If there is no such queue, zone or day.
    """
    from scheduler.staffing.requirements import required_agents

    queues = _chosen(planning, queue_id)
    if zone is not None:
        _refuse_unknown_zone(zone)
    gross = required_agents(planning)
    net = required_agents(_without_shrinkage(planning))
    fixed = {(row.queue_id, row.start) for row in planning.requirements}
    rows: dict[str, dict[datetime, DemandInterval]] = defaultdict(dict)
    for row in planning.demand:
        rows[row.queue_id][row.start] = row
    needs = tuple(
        _queue_need(
            planning,
            queue,
            rows[queue.queue_id],
            (net[queue.queue_id], gross[queue.queue_id]),
            {start for owner, start in fixed if owner == queue.queue_id},
            zone or queue.zone,
            day,
        )
        for queue in queues
    )
    if day is not None and not any(need.intervals for need in needs):
        horizon = planning.horizon
        raise _one_fault(
            "out_of_range", "--day", str(day), f"a day from {horizon.start} to before {horizon.end}"
        )
    return StaffingView(
        name=planning.name,
        interval_minutes=planning.interval_minutes,
        queues=needs,
        pools=_pools(planning, needs),
    )


def _chosen(planning: Planning, queue_id: str | None) -> Sequence[Queue]:
    if queue_id is None:
        return planning.queues
    found = [queue for queue in planning.queues if queue.queue_id == queue_id]
    if not found:
        from scheduler.intake.faults import did_you_mean

        known = [queue.queue_id for queue in planning.queues]
        hint = did_you_mean(queue_id, known)
        expected = "a queue of the planning"
        raise InputError((Fault("unknown_id", "--queue", expected, value=queue_id, hint=hint),))
    return found


def _refuse_unknown_zone(zone: str) -> None:
    from scheduler.intake.values import zone_hint
    from scheduler.timegrid.zones import is_zone

    if not is_zone(zone):
        expected = "an IANA zone such as Europe/Amsterdam"
        hint = zone_hint(zone)
        raise InputError((Fault("unknown_zone", "--clock", expected, value=zone, hint=hint),))


def _one_fault(code: str, where: str, value: str | None, expected: str) -> InputError:
    return InputError((Fault(code, where, expected, value=value),))


def _without_shrinkage(planning: Planning) -> Planning:
    """Return the planning as if nobody were ever away; rows of requirements stay as they are."""
    queues = tuple(replace(queue, shrinkage=Decimal(0)) for queue in planning.queues)
    return replace(planning, queues=queues)


def _queue_need(
    planning: Planning,
    queue: Queue,
    rows: Mapping[datetime, DemandInterval],
    agents: tuple[Sequence[int], Sequence[int]],
    fixed: set[datetime],
    zone: str,
    day: date | None,
) -> QueueNeed:
    from scheduler.staffing.channels import service_of
    from scheduler.timegrid.windows import horizon_bounds
    from scheduler.timegrid.zones import local_of

    start, _ = horizon_bounds(planning.horizon)
    length = timedelta(minutes=planning.interval_minutes)
    intervals = []
    for idx, (net, gross) in enumerate(zip(*agents, strict=True)):
        instant = start + idx * length
        local = local_of(instant, zone)
        if day is not None and local.wall.day != day:
            continue
        row = rows.get(instant)
        offered = Decimal(0) if row is None else row.offered
        aht_s = Decimal(0) if row is None else row.aht_s
        intervals.append(
            IntervalNeed(
                start=instant,
                wall=local.wall,
                offered=float(offered),
                aht_s=float(aht_s),
                load_erlang=float(offered * aht_s) / (planning.interval_minutes * 60),
                net=net,
                gross=gross,
                has_demand=row is not None,
                is_fixed=instant in fixed,
            )
        )
    return QueueNeed(
        queue_id=queue.queue_id,
        channel=queue.channel,
        language=queue.language,
        zone=zone,
        target=target_text(service_of(queue, planning.staffing)),
        shrinkage=float(queue.shrinkage),
        intervals=tuple(intervals),
    )


def _pools(planning: Planning, needs: Sequence[QueueNeed]) -> tuple[PoolNeed, ...]:
    """Return the sums of the pools all of whose queues are shown."""
    by_id = {need.queue_id: need for need in needs}
    hours = planning.interval_minutes / 60
    found = []
    for pool in planning.pools:
        members = [by_id[queue_id] for queue_id in pool.queue_ids if queue_id in by_id]
        if len(members) < len(pool.queue_ids):
            continue
        together: dict[datetime, int] = defaultdict(int)
        for member in members:
            for interval in member.intervals:
                together[interval.start] += interval.gross
        found.append(
            PoolNeed(
                name=pool.name,
                queue_ids=pool.queue_ids,
                contacts=sum(member.contacts for member in members),
                most=max(together.values(), default=0),
                hours=sum(together.values()) * hours,
            )
        )
    return tuple(found)


def write_requirements(planning: Planning, folder: Path, *, overwrite: bool = False) -> int:
    """Write what demand asks for as rows of ``requirements.csv``; return how many.

    A row of requirements replaces the figure of its queue and interval and is taken as it stands:
    shrinkage is in it, and is not added again. So the planning needs the same agents before and
    after; but from then on demand counts no more for these intervals.

    Rows for intervals without demand are kept. Rows for intervals with demand that say something
    else than demand were written by somebody: they are overwritten on request only.

    Parameters
    ----------
    planning : Planning
        What `folder` holds.
    folder : pathlib.Path
        The planning folder.
    overwrite : bool
        Let demand's figures replace rows that say something else.

    Raises
    ------
    InputError
        If rows say something else and may not be overwritten, `folder` is no planning folder,
        there is no demand, or the file cannot be written.
    """
    from scheduler.intake.document import instant_text
    from scheduler.staffing.requirements import required_agents
    from scheduler.timegrid.windows import horizon_bounds
    from scheduler.usecases.write_outputs import write_files

    if not folder.is_dir() or not (folder / "planning.yaml").is_file():
        raise _one_fault("not_a_file", str(folder), None, "a planning folder to write to")
    if not planning.demand:
        raise _one_fault("no_demand", "demand.csv", None, "contacts to work requirements out from")
    asked = required_agents(replace(planning, requirements=()))
    covered = {(row.queue_id, row.start) for row in planning.demand}
    start, _ = horizon_bounds(planning.horizon)
    length = timedelta(minutes=planning.interval_minutes)
    rows: dict[tuple[str, datetime], int] = {}
    for queue_id, agents in asked.items():
        for idx, number in enumerate(agents):
            key = queue_id, start + idx * length
            # Without a row for 0 a demand without need would count again.
            if number or key in covered:
                rows[key] = number
    given = {(row.queue_id, row.start): row.agents for row in planning.requirements}
    other = {key: number for key, number in given.items() if rows.get(key, number) != number}
    if other and not overwrite:
        raise _would_overwrite(other, rows)
    rows = {**given, **rows}
    order = {queue.queue_id: rank for rank, queue in enumerate(planning.queues)}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("queue_id", "interval_start", "agents"))
    for queue_id, instant in sorted(rows, key=lambda key: (order[key[0]], key[1])):
        table.writerow((queue_id, instant_text(instant), rows[queue_id, instant]))
    write_files(folder, {REQUIREMENTS_FILE: text.getvalue().encode()})
    return len(rows)


def _would_overwrite(
    other: Mapping[tuple[str, datetime], int], asked: Mapping[tuple[str, datetime], int]
) -> InputError:
    from scheduler.intake.document import instant_text

    faults = [
        Fault(
            "would_overwrite",
            REQUIREMENTS_FILE,
            f"{asked[key]}, as demand asks for",
            column=f"{key[0]} at {instant_text(key[1])}",
            value=str(number),
        )
        for key, number in sorted(other.items(), key=lambda item: item[0][1])[:_MOST_LISTED]
    ]
    hint = "Somebody wrote these rows: they are kept, unless you say --replace."
    more = len(other) - len(faults)
    if more:
        hint = f"There are {more} more of them. {hint}"
    faults[-1] = replace(faults[-1], hint=hint)
    return InputError(tuple(faults))
