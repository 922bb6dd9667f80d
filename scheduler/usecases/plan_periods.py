"""Planning periods: which there are, what is in them."""

from __future__ import annotations

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.domain.period import Period
from scheduler.intake.document import canonical_text
from scheduler.service import Service, require, require_ever
from scheduler.usecases.import_planning import read_period

__all__ = ["delete_period", "get_period", "list_periods", "planning_document"]

_PAGE = 200


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
    """Return the canonical planning document of a period as the rows are now.

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
