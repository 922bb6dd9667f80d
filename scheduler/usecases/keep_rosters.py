"""Rosters of a period: look at them, judge and compare them, publish one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import Operation
from scheduler.domain import Planning, Roster
from scheduler.domain.access import Principal
from scheduler.domain.period import RosterState, RosterVersion
from scheduler.errors import Fault, InputError, SchedulerError
from scheduler.intake.planning_folder import read_document
from scheduler.intake.roster_json import roster_from_json
from scheduler.publish.diff import RosterDiff, diff_rosters
from scheduler.service import Service, require, require_ever
from scheduler.usecases.explain import ExplainedMoment, explain_moment, worst_moments
from scheduler.usecases.plain import to_plain

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = [
    "HardFindingsError",
    "audit_of",
    "diff_of",
    "explanation_of",
    "publish_roster",
    "roster_document",
    "roster_version",
    "roster_versions",
]

_MOST_TOLD = 50


class HardFindingsError(SchedulerError):
    """The audit of a roster has hard findings, so it is not published.

    Parameters
    ----------
    faults : tuple of Fault
        A sentence for each finding, up to 50.
    """

    code = "hard_findings"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__(f"The audit has {len(faults)} hard findings; mend them and solve again.")


def roster_versions(
    service: Service,
    caller: Principal,
    period_id: str,
    *,
    state: RosterState | None = None,
    after: int | None = None,
    limit: int = 100,
) -> tuple[RosterVersion, ...]:
    """Return the rosters of a period by number; `after` is the last one of the page before.

    Raises
    ------
    NotFoundError, DeniedError
        If there is no such period, or it is out of the caller's scope.
    """
    require_ever(caller, Operation.ROSTERS_READ)
    with service.store.reading() as unit:
        period = unit.periods.get(period_id)
        require(caller, Operation.ROSTERS_READ, site_ids=period.site_ids)
        return unit.rosters.list(period_id=period_id, state=state, after=after, limit=limit)


def roster_version(service: Service, caller: Principal, roster_id: str) -> RosterVersion:
    """Return a roster's figures and state; errors as of `roster_versions`."""
    with service.store.reading() as unit:
        return _seen(unit, caller, roster_id, Operation.ROSTERS_READ)


def roster_document(service: Service, caller: Principal, roster_id: str) -> bytes:
    """Return a roster as ``roster.json``; errors as of `roster_versions`."""
    with service.store.reading() as unit:
        _seen(unit, caller, roster_id, Operation.ROSTERS_READ)
        return unit.rosters.document(roster_id)


def audit_of(service: Service, caller: Principal, roster_id: str) -> dict[str, Any]:
    """Return the independent audit of a roster, as ``audit.json``; errors as of `roster_versions`.

    The one that was made when the roster was; else it is made now.
    """
    with service.store.reading() as unit:
        version = _seen(unit, caller, roster_id, Operation.ROSTERS_AUDIT)
        kept = None if version.job_id is None else unit.jobs.result(version.job_id)
        if kept is not None:
            found: dict[str, Any] = json.loads(unit.blobs.get(kept))
            return found
        planning, roster = _read(unit, version)
    from scheduler.audit import audit_roster

    plain = to_plain(audit_roster(planning, roster).to_dict())
    assert isinstance(plain, dict)
    return plain


def diff_of(service: Service, caller: Principal, roster_id: str, against: str) -> RosterDiff:
    """Return what changes for whom from roster `against` to another; see `roster_versions`."""
    with service.store.reading() as unit:
        after = _seen(unit, caller, roster_id, Operation.ROSTERS_DIFF)
        before = _seen(unit, caller, against, Operation.ROSTERS_DIFF)
        return diff_rosters(_roster(unit, before), _roster(unit, after))


def explanation_of(
    service: Service,
    caller: Principal,
    roster_id: str,
    *,
    queue_id: str | None = None,
    at: str | None = None,
    worst: int = 3,
) -> tuple[ExplainedMoment, ...]:
    """Return why a queue is staffed as it is at a moment, or at the worst moments of a roster.

    Parameters
    ----------
    at : str, optional
        Together with `queue_id`; see `scheduler.usecases.explain.parse_moment`.

    Raises
    ------
    InputError
        If only one of both is given, or they cannot be.
    NotFoundError, DeniedError
        As of `roster_versions`.
    """
    if (queue_id is None) != (at is None):
        missing = "at" if at is None else "queue"
        raise InputError(
            (Fault("missing_value", "query", "queue and at together", column=missing),)
        )
    with service.store.reading() as unit:
        planning, roster = _read(unit, _seen(unit, caller, roster_id, Operation.ROSTERS_READ))
    if queue_id is not None and at is not None:
        return (explain_moment(roster, planning, queue_id=queue_id, at=at),)
    return worst_moments(roster, planning, worst)


def publish_roster(
    service: Service, caller: Principal, roster_id: str, version: int
) -> RosterVersion:
    """Publish a draft; the one published before is superseded, those who subscribed are told.

    Parameters
    ----------
    version : int
        The version that the caller has seen.

    Raises
    ------
    HardFindingsError
        If its audit has hard findings.
    ConflictError
        If it is no draft, or was changed meanwhile.
    NotFoundError, DeniedError
        As of `roster_versions`.
    """
    with service.store.reading() as unit:
        draft = _seen(unit, caller, roster_id, Operation.ROSTERS_PUBLISH)
    if draft.state is RosterState.DRAFT and draft.hard_findings:
        raise HardFindingsError(_sentences(audit_of(service, caller, roster_id)))
    with service.store.writing(by=caller.principal_id) as unit:
        published = unit.rosters.publish(roster_id, version, caller.principal_id)
        told = {
            "roster_id": roster_id,
            "period_id": published.period_id,
            "number": published.number,
        }
        unit.webhooks.post("roster.published", json.dumps(told))
    return published


def _sentences(audit: dict[str, Any]) -> tuple[Fault, ...]:
    findings: Sequence[dict[str, Any]] = audit.get("findings", ())
    return tuple(
        Fault(
            str(finding["rule"]),
            "audit",
            str(finding["sentence"]),
            column=f"/findings/{index}",
        )
        for index, finding in enumerate(findings)
        if finding.get("severity") == "hard"
    )[:_MOST_TOLD]


def _seen(unit: Unit, caller: Principal, roster_id: str, operation: Operation) -> RosterVersion:
    """Return a roster of a period in the caller's scope."""
    require_ever(caller, operation)
    version = unit.rosters.get(roster_id)
    period = unit.periods.get(version.period_id)
    require(caller, operation, site_ids=period.site_ids)
    return version


def _roster(unit: Unit, version: RosterVersion) -> Roster:
    return roster_from_json(json.loads(unit.rosters.document(version.roster_id)))


def _read(unit: Unit, version: RosterVersion) -> tuple[Planning, Roster]:
    """Return a roster and the planning that it was made from, as it was then."""
    read = read_document(unit.blobs.get(version.input_sha256).decode())
    if read.planning is None:
        raise InputError(read.faults)
    return read.planning, _roster(unit, version)
