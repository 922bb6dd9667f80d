"""Planning periods: which there are, what is in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from scheduler.access.policy import Operation
from scheduler.domain import Horizon
from scheduler.domain.access import Principal
from scheduler.domain.period import Period
from scheduler.errors import Fault, InputError
from scheduler.intake import kinds, values
from scheduler.intake.document import canonical_text
from scheduler.intake.kinds import BadValue
from scheduler.intake.settings import LONGEST_HORIZON_DAYS
from scheduler.service import Service, require, require_ever
from scheduler.usecases.import_planning import check_period_id, read_period

__all__ = [
    "NextPeriod",
    "add_period",
    "delete_period",
    "get_period",
    "list_periods",
    "planning_document",
    "rename_period",
]

_PAGE = 200


@dataclass(frozen=True, slots=True)
class NextPeriod:
    """A period to be, over the same company as an earlier one.

    Parameters
    ----------
    copy_of : str
        The period whose settings, sites and queues it takes over.
    start : str
        First date.
    days : int, optional
        Length; or give `end`, the date after the last one.
    name : str, optional
        Without it the id is the name.
    """

    period_id: str
    copy_of: str
    start: str
    days: int | None = None
    end: str | None = None
    name: str | None = None


def list_periods(
    service: Service, caller: Principal, *, after: str | None = None, limit: int = 100
) -> tuple[Period, ...]:
    """Return the periods in the caller's scope by id; `after` is the last of the page before.

    Raises
    ------
    DeniedError
        If the caller may see none.
    """
    require_ever(caller, Operation.PERIODS_READ)
    found: list[Period] = []
    with service.store.reading() as unit:
        while len(found) < limit:
            page = unit.periods.list(after=after, limit=_PAGE)
            found += [
                period
                for period in page
                if all(map(caller.sees_site, period.site_ids)) or not caller.site_ids
            ]
            if len(page) < _PAGE:
                break
            after = page[-1].period_id
    return tuple(found[:limit])


def get_period(service: Service, caller: Principal, period_id: str) -> Period:
    """Return a period.

    Raises
    ------
    NotFoundError, DeniedError
        If there is none, or it is out of the caller's scope.
    """
    require_ever(caller, Operation.PERIODS_READ)
    with service.store.reading() as unit:
        period = unit.periods.get(period_id)
    require(caller, Operation.PERIODS_READ, site_ids=period.site_ids)
    return period


def add_period(service: Service, caller: Principal, asked: NextPeriod) -> Period:
    """Add a period over the same company's rows; rows of need are to be added for it.

    Settings are those of the earlier period but for the horizon, and for `announced`: on which
    dates the agents are told of the new roster is not known yet.

    Raises
    ------
    InputError
        If its id, its name or its dates cannot be.
    ConflictError
        If there is a period of that id.
    NotFoundError, DeniedError
        If there is no such period to copy, or it is out of the caller's scope.
    """
    require_ever(caller, Operation.PERIODS_WRITE)
    check_period_id(asked.period_id)
    name = _name(asked.period_id if asked.name is None else asked.name)
    start, end = _dates(asked)
    with service.store.writing(by=caller.principal_id) as unit:
        earlier = unit.periods.get(asked.copy_of)
        require(caller, Operation.PERIODS_WRITE, site_ids=earlier.site_ids)
        horizon = Horizon(start, end, earlier.horizon.zone)
        dates = {"start": start.isoformat(), "end": end.isoformat(), "zone": horizon.zone}
        new = {"name": name, "horizon": dates}
        settings = _changed(earlier.settings, new, without="announced")
        period = replace(
            earlier, period_id=asked.period_id, name=name, horizon=horizon, settings=settings
        )
        return unit.periods.add(period)


def _dates(asked: NextPeriod) -> tuple[date, date]:
    start: date = _value(values.day.read, "/start", asked.start)
    if (asked.days is None) == (asked.end is None):
        raise _fault("one_of_two", "/end", "either `days` or `end`")
    if asked.end is not None:
        end: date = _value(values.day.read, "/end", asked.end)
    elif 1 <= (asked.days or 0) <= LONGEST_HORIZON_DAYS:
        last = start + timedelta(days=asked.days or 0)
        end = _value(values.day.read, "/days", last.isoformat())
    else:
        raise _fault("horizon_too_long", "/days", f"1 to {LONGEST_HORIZON_DAYS}", str(asked.days))
    if not 1 <= (end - start).days <= LONGEST_HORIZON_DAYS:
        expected = f"a date after start, at most {LONGEST_HORIZON_DAYS} days later"
        raise _fault("wrong_order", "/end", expected, end.isoformat())
    return start, end


def _name(text: str) -> str:
    bare = text.strip()
    if not bare:
        raise _fault("missing_value", "/name", "a name")
    said: str = _value(kinds.text().read, "/name", bare)
    return said


def _value(read: Callable[[str], Any], column: str, text: str) -> Any:
    """Return what a text of the request says."""
    try:
        return read(text)
    except BadValue as bad:
        raise _fault(bad.code, column, bad.expected or "text that can be read", text) from None


def _fault(code: str, column: str, expected: str, value: str | None = None) -> InputError:
    shown = None if value is None else value[:200].encode(errors="backslashreplace").decode()
    return InputError((Fault(code, "period", expected, column=column, value=shown),))


def _changed(settings: str, new: Mapping[str, object], *, without: str = "") -> str:
    """Return the settings of a planning with others in their place."""
    kept = {key: value for key, value in json.loads(settings).items() if key != without}
    return json.dumps({**kept, **new}, sort_keys=True, ensure_ascii=False)


def rename_period(
    service: Service, caller: Principal, period_id: str, name: str, version: int
) -> Period:
    """Give a period another name.

    Raises
    ------
    InputError
        If it is empty, longer than 200 characters, or holds control characters.
    ConflictError
        If the period was changed meanwhile.
    NotFoundError, DeniedError
        As of `get_period`.
    """
    require_ever(caller, Operation.PERIODS_WRITE)
    said = _name(name)
    with service.store.writing(by=caller.principal_id) as unit:
        period = unit.periods.get(period_id)
        require(caller, Operation.PERIODS_WRITE, site_ids=period.site_ids)
        settings = _changed(period.settings, {"name": said})
        return unit.periods.put(replace(period, name=said, settings=settings, version=version))


def delete_period(service: Service, caller: Principal, period_id: str, version: int) -> None:
    """Take a period away that has neither rosters nor solves; the company's rows stay.

    Raises
    ------
    ConflictError
        If it has some, or was changed meanwhile.
    NotFoundError, DeniedError
        As of `get_period`.
    """
    require_ever(caller, Operation.PERIODS_WRITE)
    with service.store.writing(by=caller.principal_id) as unit:
        period = unit.periods.get(period_id)
        require(caller, Operation.PERIODS_WRITE, site_ids=period.site_ids)
        unit.periods.delete(period_id, version)


def planning_document(service: Service, caller: Principal, period_id: str) -> str:
    """Return the canonical planning document of a period: what a solve asked for now would get.

    Raises
    ------
    InputError
        If the rows do not make a planning.
    NotFoundError, DeniedError
        As of `get_period`.
    """
    get_period(service, caller, period_id)
    with service.store.reading() as unit:
        return canonical_text(read_period(unit, period_id))
