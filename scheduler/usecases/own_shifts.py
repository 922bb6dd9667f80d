"""Published shifts of one agent, on the agent's own clock and in UTC, as JSON.

Agents ask for them all day, and a roster never changes: only another one is published. So each
request reads which rosters are published now, and an agent's shifts of a roster are read and
written out once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal, Role
from scheduler.errors import Fault, InputError
from scheduler.service import Service, require, require_ever
from scheduler.usecases.log_in import principal_of_token
from scheduler.usecases.show_local import local_text

if TYPE_CHECKING:
    from scheduler.store import Unit
    from scheduler.store.rosters import ShiftLine

__all__ = ["Stretch", "own_shifts", "shifts_behind", "shifts_of_agent"]

Stretch = tuple[datetime, datetime]
"""Half-open, aware UTC."""

_LONGEST = timedelta(days=400)


def own_shifts(service: Service, caller: Principal, *, start: datetime, until: datetime) -> str:
    """Return the caller's published shifts that overlap ``[start, until)`` (aware UTC), in order.

    Returns
    -------
    str
        JSON, ``{"shifts": [...]}``. Each shift has ``agent_id``, ``zone``, ``paid_minutes``;
        ``start`` and ``end`` by the clock of the place of work, with its offset; ``start_utc`` and
        ``end_utc``; in time order ``breaks`` (``start_utc``, ``end_utc``, ``paid``) and
        ``activities`` (``queue_id``, ``start_utc``, ``end_utc``).

    Raises
    ------
    DeniedError
        If the caller is no agent.
    InputError
        If the stretch is empty or longer than 400 days.
    """
    agent_id = caller.agent_id or ""
    require(caller, Operation.OWN_SHIFTS_READ, agent_id=agent_id)
    _check(start, until)
    with service.store.reading() as unit:
        return _shown(service, unit, agent_id, (start, until))


def shifts_behind(
    service: Service, text: str, stretch: Callable[[], Stretch]
) -> tuple[Principal, str]:
    """Return whose a token is and that person's own shifts, in one look at the database.

    Parameters
    ----------
    stretch : callable
        Returns what is asked for; called once it is known that the token is good.

    Raises
    ------
    UnauthenticatedError
        If the token is none that is good.
    DeniedError, InputError
        As of `own_shifts`.
    """
    with service.store.reading_once():
        caller = principal_of_token(service, text)
        start, until = stretch()
        return caller, own_shifts(service, caller, start=start, until=until)


def shifts_of_agent(
    service: Service, caller: Principal, agent_id: str, *, start: datetime, until: datetime
) -> str:
    """Return an agent's published shifts, for planners and for the agent; see `own_shifts`.

    Raises
    ------
    NotFoundError
        If there is no such agent.
    DeniedError, InputError
        As of `own_shifts`.
    """
    require_ever(caller, Operation.AGENT_SHIFTS_READ)
    if caller.role is Role.AGENT:  # before anything tells which agents there are
        require(caller, Operation.AGENT_SHIFTS_READ, agent_id=agent_id)
    _check(start, until)
    with service.store.reading() as unit:
        site_id = _site_of(unit, agent_id)
        require(caller, Operation.AGENT_SHIFTS_READ, site_ids=(site_id,), agent_id=agent_id)
        return _shown(service, unit, agent_id, (start, until))


def _shown(service: Service, unit: Unit, agent_id: str, stretch: Stretch) -> str:
    first, last = map(_kept_text, stretch)
    found = [
        (start, text)
        for roster_id in unit.rosters.published_in(*stretch)
        for start, end, text in service.store.shown.get(
            (roster_id, agent_id), partial(_written, unit, roster_id, agent_id)
        )
        if start < last and end > first
    ]
    found.sort()  # rosters of several periods
    return f'{{"shifts":[{",".join([text for _, text in found])}]}}'


def _written(unit: Unit, roster_id: str, agent_id: str) -> tuple[tuple[str, str, str], ...]:
    """Return start, end and text of an agent's shifts of a roster."""
    lines = unit.rosters.shift_lines(roster_id, agent_id)
    return tuple((line.start_utc, line.end_utc, _shift(line)) for line in lines)


def _kept_text(instant: datetime) -> str:
    """Return an aware UTC instant as those of shifts are kept, to be compared with them."""
    return f"{instant.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _shift(line: ShiftLine) -> str:
    """Return a shift as JSON; parts of seconds are cut off, since shifts never have any."""
    agent_id, start, end, zone, paid_minutes, kept_breaks, kept_activities = line
    breaks = [
        f'{{"start_utc":"{since[:19]}Z","end_utc":"{until[:19]}Z",'
        f'"paid":{"true" if paid else "false"}}}'
        for since, until, paid in json.loads(kept_breaks)
    ]
    activities = [
        f'{{"queue_id":{quoted(queue_id)},"start_utc":"{since[:19]}Z","end_utc":"{until[:19]}Z"}}'
        for queue_id, since, until in json.loads(kept_activities)
    ]
    return (
        f'{{"agent_id":{quoted(agent_id)},'
        f'"start":"{local_text(start, zone)}","end":"{local_text(end, zone)}",'
        f'"start_utc":"{start[:19]}Z","end_utc":"{end[:19]}Z",'
        f'"zone":{quoted(zone)},"paid_minutes":{paid_minutes},'
        f'"breaks":[{",".join(breaks)}],"activities":[{",".join(activities)}]}}'
    )


def _site_of(unit: Unit, agent_id: str) -> str:
    return str(unit.rows.get("agents", agent_id).values["site_id"])


def _check(start: datetime, until: datetime) -> None:
    if not timedelta(0) < until - start <= _LONGEST:
        expected = f"a moment after `from`, at most {_LONGEST.days} days later"
        raise InputError((Fault("wrong_order", "query", expected, column="until"),))
