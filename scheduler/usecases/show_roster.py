"""Work out what to draw of a roster: filters, clocks, cover and sun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches

from scheduler.domain import Agent, Horizon, Planning, Roster, Shift, TimeOff, WakingHours, WallTime
from scheduler.errors import Fault, InputError
from scheduler.intake.values import zone_hint
from scheduler.timegrid.windows import horizon_bounds, minutes_in_clock_window
from scheduler.timegrid.zones import day_bounds, is_zone, local_of
from scheduler.usecases.roster_view import (
    AgentRow,
    CoverView,
    DayOff,
    QueueCover,
    RosterView,
    ShownShift,
    ShownSpan,
    SunRow,
)

__all__ = ["agent_of", "show_roster", "unknown_name"]

_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_ROAD = "on the road"


def show_roster(
    roster: Roster,
    planning: Planning | None,
    *,
    zone: str | None = None,
    agent: str | None = None,
    queue_id: str | None = None,
    site: str | None = None,
    day: date | None = None,
) -> RosterView:
    """Return what to draw of `roster`.

    Parameters
    ----------
    roster, planning
        The roster, and its input for names, needs, waking hours and time off.
    zone : str, optional
        IANA zone of all clocks; None: each agent's own, cover in the horizon's.
    agent, site : str, optional
        Id or name: only this agent's, or this home site's, shifts.
    queue_id : str, optional
        Only shifts with time on this queue, and its cover.
    day : datetime.date, optional
        Only shifts that touch this date on the clock they are shown in.

    Raises
    ------
    InputError
        If a filter names nothing that exists.
    """
    if zone is not None and not is_zone(zone):
        expected = "an IANA zone such as Europe/Amsterdam"
        raise InputError(
            (Fault("unknown_name", "--zone", expected, value=zone, hint=zone_hint(zone)),)
        )
    people = {person.agent_id: person for person in planning.agents} if planning else {}
    agent_id = None if agent is None else agent_of(roster, planning, agent)
    site_id = None if site is None else _site_of(planning, site)
    queues = _queues(roster, planning)
    if queue_id is not None and queue_id not in queues:
        raise unknown_name("--queue", queue_id, "a queue of the roster", queues)
    if day is not None:
        _check_day(roster.horizon, day)

    kept = tuple(
        shift
        for shift in roster.shifts
        if agent_id in (None, shift.agent_id)
        and (site_id is None or _home(people, shift.agent_id) == site_id)
        and (queue_id is None or any(part.queue_id == queue_id for part in shift.activities))
    )
    waking = planning.waking_hours if planning else WakingHours()
    awake = {key: person.waking_hours or waking for key, person in people.items()}
    chosen: dict[str, list[ShownShift]] = defaultdict(list)
    for shift in kept:
        shown = _shown(shift, zone or shift.zone, awake.get(shift.agent_id, waking))
        if day is None or _touches(shown, day):
            chosen[shift.agent_id].append(shown)
    if planning and queue_id is None and day is None:
        for person in planning.agents:
            if agent_id in (None, person.agent_id) and site_id in (None, person.site_id):
                chosen.setdefault(person.agent_id, [])
    rows = _rows(chosen, planning, people, roster.horizon)
    return RosterView(
        name=planning.name if planning else "",
        first_day=roster.horizon.start,
        end_day=roster.horizon.end,
        zone=zone,
        day=day,
        days=_days(rows, roster.horizon, day),
        currency=roster.currency,
        cost_cents=roster.cost_cents,
        bound_cents=roster.bound_cents,
        gap=roster.gap,
        status=roster.solver.status,
        agents=rows,
        cover=_cover(
            roster,
            planning,
            zone=zone or roster.horizon.zone,
            queue_ids=queues if queue_id is None else (queue_id,),
            shifts=kept,
            everyone=agent_id is None and site_id is None,
            day=day,
        ),
        sun=_sun(roster.horizon, planning, waking, awake, shifts=kept, day=day),
    )


def _home(people: dict[str, Agent], agent_id: str) -> str | None:
    return people[agent_id].site_id if agent_id in people else None


def agent_of(roster: Roster, planning: Planning | None, text: str) -> str:
    """Return the id of the agent with this id or, ignoring case, this name.

    Raises
    ------
    InputError
        If there is none, or several have the name.
    """
    names = {agent.agent_id: agent.name for agent in planning.agents} if planning else {}
    ids = {shift.agent_id for shift in roster.shifts} | names.keys()
    if text in ids:
        return text
    named = [key for key, name in names.items() if name.casefold() == text.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        raise InputError(
            (
                Fault(
                    "ambiguous_agent",
                    "--agent",
                    "the id of one of the agents with this name: " + ", ".join(named),
                    value=text,
                ),
            )
        )
    raise unknown_name("--agent", text, "an agent's id or name", [*sorted(ids), *names.values()])


def _site_of(planning: Planning | None, text: str) -> str:
    if planning is None:
        expected = "the planning beside the roster, which knows the sites"
        hint = "Name the planning with --folder."
        raise InputError((Fault("no_planning", "--site", expected, value=text, hint=hint),))
    for site in planning.sites:
        if text == site.site_id or text.casefold() == site.name.casefold():
            return site.site_id
    known = [name for site in planning.sites for name in (site.site_id, site.name)]
    raise unknown_name("--site", text, "a site's id or name", known)


def _check_day(horizon: Horizon, day: date) -> None:
    # One day on either side: another clock may show it there.
    if not horizon.start - timedelta(days=1) <= day <= horizon.end:
        last = horizon.end - timedelta(days=1)
        expected = f"a day of the roster, {horizon.start} to {last}"
        raise InputError((Fault("unknown_day", "--day", expected, value=day.isoformat()),))


def unknown_name(option: str, value: str, expected: str, known: Iterable[str]) -> InputError:
    """Return the error for an option that names nothing, with the closest of `known` as a hint.

    A single word of a name counts, too: few type the whole name of a colleague.
    """
    names = list(known)
    pool = {word.casefold(): name for name in reversed(names) for word in name.split()}
    pool |= {name.casefold(): name for name in names}
    close = get_close_matches(value.casefold(), list(pool), n=1)
    hint = f"Did you mean {pool[close[0]]!r}?" if close else None
    return InputError((Fault("unknown_name", option, expected, value=value, hint=hint),))


def _queues(roster: Roster, planning: Planning | None) -> tuple[str, ...]:
    """Return the queues of the planning in its order, then others that the roster serves."""
    served = {part.queue_id for shift in roster.shifts for part in shift.activities}
    known = () if planning is None else tuple(queue.queue_id for queue in planning.queues)
    return (*known, *sorted(served.difference(known)))


def _shown(shift: Shift, zone: str, waking: WakingHours) -> ShownShift:
    def span(label: str, start: datetime, end: datetime) -> ShownSpan:
        return ShownSpan(label, local_of(start, zone).wall, local_of(end, zone).wall, start, end)

    awake = minutes_in_clock_window(
        shift.start, shift.end, shift.zone, waking.from_minute, waking.until_minute
    )
    return ShownShift(
        from_local=local_of(shift.start, zone).wall,
        until_local=local_of(shift.end, zone).wall,
        zone=zone,
        place_zone=shift.zone,
        start_utc=shift.start,
        end_utc=shift.end,
        paid_minutes=shift.paid_minutes,
        own_night_minutes=_minutes(shift.start, shift.end) - awake,
        pinned=shift.pinned,
        breaks=tuple(span("break", pause.start, pause.end) for pause in shift.breaks),
        activities=tuple(span(part.queue_id, part.start, part.end) for part in shift.activities),
    )


def _minutes(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)


def _touches(shift: ShownShift, day: date) -> bool:
    start, end = day_bounds(day, shift.zone)
    return shift.start_utc < end and shift.end_utc > start


def _rows(
    chosen: dict[str, list[ShownShift]],
    planning: Planning | None,
    people: dict[str, Agent],
    horizon: Horizon,
) -> tuple[AgentRow, ...]:
    sites = (
        {site.site_id: (idx, site.name) for idx, site in enumerate(planning.sites)}
        if (planning)
        else {}
    )
    off: dict[str, list[TimeOff]] = defaultdict(list)
    for row in planning.time_off if planning else ():
        off[row.agent_id].append(row)
    found = []
    for agent_id, shifts in chosen.items():
        person = people.get(agent_id)
        if person is None:
            place = shifts[0].place_zone if shifts else ""
            found.append(
                ((len(sites), place, 0), AgentRow(agent_id, agent_id, place, tuple(shifts)))
            )
            continue
        order, site_name = sites[person.site_id]
        days_off = _days_off(off[agent_id], horizon)
        found.append(
            (
                (order, "", len(found)),
                AgentRow(agent_id, person.name, site_name, tuple(shifts), days_off),
            )
        )
    order_of_people = {key: idx for idx, key in enumerate(people)}
    found.sort(
        key=lambda item: (item[0][:2], order_of_people.get(item[1].agent_id, 0), item[1].agent_id)
    )
    return tuple(row for _, row in found)


def _days_off(rows: Sequence[TimeOff], horizon: Horizon) -> tuple[DayOff, ...]:
    found = {}
    for row in rows:
        day = horizon.start
        while day < horizon.end:
            if row.start <= WallTime(day, 0) and WallTime(day + timedelta(days=1), 0) <= row.end:
                found[day] = DayOff(day, row.kind)
            day += timedelta(days=1)
    return tuple(found[day] for day in sorted(found))


def _days(rows: Sequence[AgentRow], horizon: Horizon, day: date | None) -> tuple[date, ...]:
    if day is not None:
        return (day,)
    days = {horizon.start + timedelta(days=idx) for idx in range(horizon.days)}
    days |= {shift.from_local.day for row in rows for shift in row.shifts}
    return tuple(sorted(days))


def _cover(
    roster: Roster,
    planning: Planning | None,
    *,
    zone: str,
    queue_ids: Sequence[str],
    shifts: Sequence[Shift],
    everyone: bool,
    day: date | None,
) -> CoverView:
    """Count agents per queue and quarter hour.

    Needs are left out where not `everyone` counts, or where the planning is for another period.
    """
    start, end = horizon_bounds(roster.horizon)
    first, last = (start, end) if day is None else day_bounds(day, zone)
    slots = (end - start) // _QUARTER
    low, high = max(0, (first - start) // _QUARTER), min(slots, (last - start) // _QUARTER)
    rostered = {queue_id: [0] * slots for queue_id in queue_ids}
    for shift in shifts:
        for part in shift.activities:
            if part.queue_id in rostered:
                counts = rostered[part.queue_id]
                begin = max(0, (part.start - start) // _QUARTER)
                for slot in range(begin, min(slots, (part.end - start) // _QUARTER)):
                    counts[slot] += 1
    fits = planning is not None and planning.horizon == roster.horizon
    needed = _needed(planning) if planning and fits and everyone else {}
    queues = {queue.queue_id: queue for queue in planning.queues} if planning else {}
    return CoverView(
        zone=zone,
        start_utc=start + low * _QUARTER,
        walls=tuple(local_of(start + slot * _QUARTER, zone).wall for slot in range(low, high)),
        queues=tuple(
            QueueCover(
                queue_id,
                f"{queues[queue_id].channel} {queues[queue_id].language}"
                if queue_id in queues
                else "",
                needed[queue_id][low:high] if queue_id in needed else None,
                tuple(counts[low:high]),
            )
            for queue_id, counts in rostered.items()
        ),
    )


def _needed(planning: Planning) -> dict[str, tuple[int, ...]]:
    from scheduler.staffing.requirements import required_agents

    quarters = planning.interval_minutes // 15
    return {
        queue_id: tuple(need for need in needs for _ in range(quarters))
        for queue_id, needs in required_agents(planning).items()
    }


def _sun(
    horizon: Horizon,
    planning: Planning | None,
    waking: WakingHours,
    awake: Mapping[str, WakingHours],
    *,
    shifts: Sequence[Shift],
    day: date | None,
) -> tuple[SunRow, ...]:
    """Average heads by hour of UTC, one row a site, and one a zone for those away from theirs."""
    start, end = horizon_bounds(horizon)
    if day is not None:
        start, end = day_bounds(day, "UTC")
    days = max(1, (end - start) // timedelta(days=1))
    people = {agent.agent_id: agent.site_id for agent in planning.agents} if planning else {}
    sites = {site.site_id: site for site in planning.sites} if planning else {}
    minutes: dict[tuple[str, str], list[int]] = {
        (site.name, site.zone): [0] * 24 for site in sites.values()
    }
    own_night: dict[tuple[str, str], int] = defaultdict(int)
    for shift in shifts:
        if shift.start >= end or shift.end <= start:
            continue
        home = sites.get(people.get(shift.agent_id, ""))
        if home is not None and home.zone == shift.zone:
            place = (home.name, home.zone)
        else:
            place = (_ROAD if home else "", shift.zone)
        first, last = max(start, shift.start), min(end, shift.end)
        counts = minutes.setdefault(place, [0] * 24)
        moment = first
        while moment < last:
            until = min(last, moment.replace(minute=0) + _HOUR)
            counts[moment.hour] += _minutes(moment, until)
            moment = until
        own = awake.get(shift.agent_id, waking)
        own_night[place] += _minutes(first, last) - minutes_in_clock_window(
            first, last, shift.zone, own.from_minute, own.until_minute
        )
    return tuple(
        SunRow(
            name=place[0],
            zone=place[1],
            heads=tuple(count / 60 / days for count in counts),
            night=_night(place[1], start, days, waking),
            hours=sum(counts) / 60,
            own_night_hours=own_night[place] / 60,
        )
        for place, counts in sorted(minutes.items(), key=_on_the_road)
        if any(counts)
    )


def _on_the_road(item: tuple[tuple[str, str], list[int]]) -> tuple[bool, int]:
    """Sort sites as they stand, then places on the road, the busiest first."""
    (name, _), counts = item
    return (True, -sum(counts)) if name == _ROAD else (False, 0)


def _night(zone: str, start: datetime, days: int, waking: WakingHours) -> tuple[float, ...]:
    midnight = start.replace(hour=0, minute=0)
    minutes = [0] * 24
    for hour in range(24 * days):
        moment = midnight + hour * _HOUR
        awake = minutes_in_clock_window(
            moment, moment + _HOUR, zone, waking.from_minute, waking.until_minute
        )
        minutes[hour % 24] += 60 - awake
    return tuple(count / (60 * days) for count in minutes)
