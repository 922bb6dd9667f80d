"""Checks across rows and files: references, money, intervals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from scheduler.domain import DemandInterval, Queue
from scheduler.domain.demand import StaffingPolicy
from scheduler.intake.columns import TABLES, Column, table
from scheduler.intake.document import instant_text
from scheduler.intake.draft import Draft, complain
from scheduler.intake.faults import FaultLog, did_you_mean
from scheduler.intake.opening import is_always_open, open_quarters, opening_text
from scheduler.intake.pool_checks import check_pools
from scheduler.intake.setting_reader import node_at
from scheduler.intake.shift_checks import (
    check_history,
    check_locations,
    check_pin_days,
    check_shifts,
)
from scheduler.intake.tables import ReadTable
from scheduler.timegrid.opening import keeps_holiday, opening_on
from scheduler.timegrid.timeline import day_of
from scheduler.timegrid.windows import local_date
from scheduler.timegrid.zones import local_of

__all__ = ["check_all"]

_QUARTER = timedelta(minutes=15)


def check_all(draft: Draft, log: FaultLog) -> None:
    """Run every check; each one passes over what could not be read."""
    _check_references(draft, log)
    _check_closures(draft, log)
    check_pools(draft, log)
    _check_currencies(draft, log)
    _check_demand_is_there(draft, log)
    _check_intervals(draft, "demand", log)
    _check_intervals(draft, "requirements", log)
    check_locations(draft, log)
    check_shifts(draft, log)
    check_pin_days(draft, log)
    check_history(draft, log)


def _check_references(draft: Draft, log: FaultLog) -> None:
    for own in TABLES:
        read = draft.tables.get(own.stem)
        for column in own.columns:
            goal = draft.tables.get(column.refers_to or "")
            if read is None or goal is None or goal.keys is None or _is_bare(goal, column):
                continue
            for value, numbers in read.references.get(column.name, {}).items():
                if value in goal.keys:
                    continue
                for number in numbers:
                    if log.is_hopeless(read.source):
                        break
                    log.add(
                        "unknown_id",
                        read.source,
                        f"the {column.name} of a row of {goal.source.table_name()}",
                        row=number,
                        path=(column.name,),
                        value=value,
                        hint=partial(did_you_mean, value, tuple(goal.keys)),
                    )


def _is_bare(goal: ReadTable, column: Column) -> bool:
    """Say whether the table referred to has no rows at all, which is one fault, reported there."""
    return not goal.rows_seen and table(str(column.refers_to)).needs_rows


def _check_closures(draft: Draft, log: FaultLog) -> None:
    settings, sites = draft.settings, draft.tables.get("sites")
    if settings.tree is None or sites is None or not sites.keys:
        return
    for idx, closure in enumerate(settings.closures or ()):
        if closure.site_id is None or closure.site_id in sites.keys:
            continue
        path = ("closures", idx, "site")
        log.add(
            "unknown_id",
            settings.source,
            f"the site_id of a row of {sites.source.table_name()}",
            row=node_at(settings.tree, path).line,
            path=path,
            value=closure.site_id,
            hint=partial(did_you_mean, closure.site_id, tuple(sites.keys)),
        )


def _check_currencies(draft: Draft, log: FaultLog) -> None:
    """Refuse each currency without a rate, or whose rates begin after it is first needed, once."""
    settings = draft.settings
    if settings.currency is None or settings.exchange_rates is None:
        return
    begins: dict[str, date] = {settings.currency: date.min}
    for rate in settings.exchange_rates:
        since = rate.from_date or date.min
        begins[rate.currency] = min(since, begins.get(rate.currency, since))
    first_needs: dict[str, tuple[date, int, str]] = {}
    for stem, needs in (("sites", _sites_need(draft)), ("agents", _agents_need(draft))):
        for code, day, number in needs:
            if code not in begins or day < begins[code]:
                first = first_needs.setdefault(code, (day, number, stem))
                if day < first[0]:
                    first_needs[code] = (day, number, stem)
    for code, (day, number, stem) in first_needs.items():
        log.add(
            "missing_exchange_rate",
            draft.tables[stem].source,
            f"{settings.currency} or a currency under exchange_rates"
            if code not in begins
            else f"a currency with an exchange rate on {day}",
            row=number,
            path=("currency",),
            value=code,
            hint=_rate_hint(code, settings.currency, day, begins.get(code)),
        )


def _rate_hint(code: str, base: str, day: date, begins: date | None) -> str:
    """Return which rate to add for a currency that is first needed on `day`."""
    if begins is None:
        since = "" if day == date.max else f", from {day} on"
        return f"Add the price of one {code} in {base} there{since}."
    last = begins - timedelta(days=1)
    dates = f"{day}" if day == last else f"{day} to {last}"
    return f"The first rate of {code} holds from {begins}: add one for {dates}."


def _sites_need(draft: Draft) -> Iterator[tuple[str, date, int]]:
    """Yield currency, first date on which its price is needed, and row."""
    bounds = draft.bounds()
    for number, site in draft.get("sites"):
        day = date.max if bounds is None else local_date(bounds[0], site.zone)
        yield site.currency, day, number


def _agents_need(draft: Draft) -> Iterator[tuple[str, date, int]]:
    bounds, places = draft.bounds(), draft.places()
    for number, agent in draft.get("agents"):
        day = date.max
        if bounds is not None and agent.agent_id in places:
            first = day_of(places[agent.agent_id], bounds[0])
            day = max(first, agent.employed_from or first)
        yield agent.currency, day, number


def _check_demand_is_there(draft: Draft, log: FaultLog) -> None:
    stems = ("demand", "requirements")
    if draft.unread.intersection(stems):
        return
    reads = [draft.tables[stem] for stem in stems if stem in draft.tables]
    if not any(read.rows_seen for read in reads):
        source = reads[0].source if reads else draft.settings.source
        log.add("no_demand", source, "rows in demand, in requirements, or in both")


def _check_intervals(draft: Draft, stem: str, log: FaultLog) -> None:
    read = draft.tables.get(stem)
    bounds, length = draft.bounds(), draft.settings.interval_minutes
    if read is None:
        return
    start, end = bounds or (None, None)
    interval = None if length is None else timedelta(minutes=length)
    policy = draft.settings.staffing or StaffingPolicy()
    hours = {
        queue.queue_id: _Hours(queue)
        for _, queue in draft.get("queues")
        if isinstance(queue, Queue)
        and not is_always_open(queue)
        and not (stem == "demand" and policy.defers(queue))
    }
    first_rows: dict[tuple[str, datetime], int] = {}
    for idx, record in enumerate(read.records):
        at, queue_id = record.start, record.queue_id
        first = first_rows.setdefault((queue_id, at), read.numbers[idx])
        if first != read.numbers[idx]:
            row_name = read.source.row_name(first)
            expected = f"each interval of {queue_id} once (first in {row_name})"
            complain(read, idx, "interval_start", log, "duplicate_interval", expected)
        if start is None or end is None or interval is None:
            continue
        if (at - start) % interval:
            expected = f"a start every {length} minutes from {instant_text(start)}"
            complain(read, idx, "interval_start", log, "off_grid", expected)
        elif not start <= at <= end - interval:
            expected = f"an interval within {instant_text(start)} to {instant_text(end)}"
            complain(read, idx, "interval_start", log, "outside_horizon", expected)
        elif queue_id in hours:
            needed = record.offered if isinstance(record, DemandInterval) else record.agents
            if needed and not hours[queue_id].is_open(at, interval):
                expected = f"an interval in which {queue_id} is open: {hours[queue_id].text(at)}"
                complain(read, idx, "interval_start", log, "closed_queue", expected)


class _Hours:
    """When one queue is open, looked up once a day."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self._quarters: dict[date, frozenset[int]] = {}

    def is_open(self, start: datetime, length: timedelta) -> bool:
        """Return whether the queue is open all through a number of quarter hours."""
        while length > timedelta(0):
            wall = local_of(start, self.queue.zone).wall
            quarters = self._quarters.get(wall.day)
            if quarters is None:
                quarters = open_quarters(opening_on(self.queue, wall.day))
                self._quarters[wall.day] = quarters
            if wall.minute not in quarters:
                return False
            start += _QUARTER
            length -= _QUARTER
        return True

    def text(self, at: datetime) -> str:
        """Return the hours as a sentence says them, and that `at` is on a public holiday."""
        queue = self.queue
        hours = f"{opening_text(queue.opening, queue.holiday_opening)} {queue.zone}"
        day = local_of(at, queue.zone).wall.day
        if not keeps_holiday(queue, day):
            return hours
        return f"{hours}; {day} is a public holiday in {queue.subdivision or queue.country}"
