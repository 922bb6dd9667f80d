"""Rosters of a period: look at them, judge and compare them, bring one, publish one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scheduler.access.policy import Operation
from scheduler.domain import Planning, Roster, SolverNote
from scheduler.domain.access import Principal
from scheduler.domain.period import RosterState, RosterVersion
from scheduler.errors import Fault, InputError, SchedulerError
from scheduler.intake.document import canonical_text
from scheduler.intake.faults import FaultLog, Source, did_you_mean
from scheduler.intake.json_file import parse_json
from scheduler.intake.planning_folder import read_document
from scheduler.intake.roster_json import roster_from_json, roster_to_json
from scheduler.publish.diff import RosterDiff, diff_rosters
from scheduler.service import Service, require, require_ever
from scheduler.timegrid.zones import tz_version
from scheduler.usecases.explain import ExplainedMoment, explain_moment, worst_moments
from scheduler.usecases.import_planning import read_period
from scheduler.usecases.plain import to_plain

if TYPE_CHECKING:
    from scheduler.store import Unit

__all__ = [
    "HardFindingsError",
    "audit_of",
    "bring_roster",
    "delete_roster",
    "diff_of",
    "explanation_of",
    "publish_roster",
    "roster_document",
    "roster_version",
    "roster_versions",
]

_ALL = 1_000_000
_BY_HAND = SolverNote("", "by hand", "edited", 0, 0, 0.0)


class HardFindingsError(SchedulerError):
    """The audit of a roster has hard findings, so it is not published.

    Parameters
    ----------
    faults : tuple of Fault
        A sentence for each finding.
    """

    code = "hard_findings"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        found, them = ("finding", "it") if len(faults) == 1 else ("findings", "them")
        super().__init__(f"The audit has {len(faults):,} hard {found}; mend {them} and try again.")


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
    if queue_id is None or at is None:
        return worst_moments(roster, planning, worst)
    try:
        return (explain_moment(roster, planning, queue_id=queue_id, at=at),)
    except InputError as error:  # it speaks of the options of the command line
        raise InputError(
            tuple(
                replace(fault, file="query", column=fault.file.removeprefix("--"))
                for fault in error.faults
            )
        ) from None


def bring_roster(service: Service, caller: Principal, period_id: str, text: str) -> RosterVersion:
    """Keep a roster that was made or edited by hand as a draft of a period, audited at once.

    It is judged against the rows as they are now, and its cost is the audit's; a bound is known
    where a solve of the same input has proven one, else it is 0.

    Parameters
    ----------
    text : str
        ``roster.json``; of its head only format, horizon and currency are needed.

    Raises
    ------
    InputError
        If it cannot be read, is for other dates, or names agents or queues that are not there; or
        if the rows do not make a planning.
    NotFoundError, DeniedError
        If there is no such period, or it is out of the caller's scope.
    """
    from scheduler.audit import audit_roster
    from scheduler.store import RosterFigures

    require_ever(caller, Operation.SOLVES_SUBMIT)
    with service.store.reading() as unit:
        period = unit.periods.get(period_id)
        require(caller, Operation.SOLVES_SUBMIT, site_ids=period.site_ids)
        planning = read_period(unit, period_id)
        bounds = [
            one.bound_cents
            for one in unit.rosters.list(period_id=period_id, limit=_ALL)
            if one.input_sha256 == planning.input_sha256
        ]
    brought = _brought(text, planning)
    report = audit_roster(planning, brought)
    cost = report.cost_cents
    bound = min(cost, max(bounds, default=0))
    roster = replace(brought, cost_cents=cost, bound_cents=bound, terms=report.terms)
    hard = len(audit_roster(planning, roster).hard)
    document = json.dumps(roster_to_json(roster), ensure_ascii=False).encode()
    figures = RosterFigures(planning.input_sha256, cost, bound, hard)
    with service.store.writing(by=caller.principal_id) as unit:
        unit.blobs.put(canonical_text(planning).encode())  # its reference is the digest
        return unit.rosters.add(period_id, document, roster.shifts, figures)


def _brought(text: str, planning: Planning) -> Roster:
    """Return the roster that somebody wrote, as one of a planning."""
    log, source = FaultLog(), Source("roster", pointer="")
    data = parse_json(text, source, log)
    if data is None:
        raise InputError(log.faults())
    head = roster_to_json(
        Roster(
            planning.horizon, planning.currency, (), 0, 0, (), _BY_HAND, planning.input_sha256,
            tz_version(),
        )
    )  # fmt: skip
    own = ("format", "horizon", "currency", "shifts")
    roster = roster_from_json(
        {**head, **{k: v for k, v in data.items() if k in own}}, file="roster"
    )
    faults = (*_out_of_place(data, own, roster, planning), *_unknown(roster, planning))
    if faults:
        raise InputError(faults)
    ordered = sorted(roster.shifts, key=lambda shift: (shift.start, shift.agent_id))
    return replace(roster, shifts=tuple(ordered))


def _out_of_place(
    data: dict[str, Any], own: Iterable[str], roster: Roster, planning: Planning
) -> Iterable[Fault]:
    for name in own:
        if name not in data:
            yield Fault("missing_key", "roster", "this member", column=f"/{name}")
    if roster.horizon != planning.horizon:
        dates = f"the period's: {planning.horizon.start} to {planning.horizon.end}"
        expected = f"{dates} by the clock of {planning.horizon.zone}"
        yield Fault("outside_horizon", "roster", expected, column="/horizon")
    if roster.currency != planning.currency:
        column, value = "/currency", roster.currency
        yield Fault("bad_currency", "roster", planning.currency, column=column, value=value)


def _unknown(roster: Roster, planning: Planning) -> Iterable[Fault]:
    """Yield a fault for each name that is not there, and each shift that is there twice."""
    agents = {agent.agent_id for agent in planning.agents}
    queues = {queue.queue_id for queue in planning.queues}
    first_of: dict[tuple[str, object], int] = {}
    for idx, shift in enumerate(roster.shifts):
        at = f"/shifts/{idx}"
        if shift.agent_id not in agents:
            yield _no_such("agent", f"{at}/agent_id", shift.agent_id, agents)
        for place, activity in enumerate(shift.activities):
            if activity.queue_id not in queues:
                column = f"{at}/activities/{place}/queue_id"
                yield _no_such("queue", column, activity.queue_id, queues)
        first = first_of.setdefault((shift.agent_id, shift.start), idx)
        if first != idx:
            expected = f"each shift once (first in /shifts/{first})"
            yield Fault("overlapping_shifts", "roster", expected, column=f"{at}/start_utc")


def _no_such(kind: str, column: str, value: str, known: Iterable[str]) -> Fault:
    hint = did_you_mean(value, known)
    expected = f"the id of a row of {kind}s"
    return Fault("unknown_id", "roster", expected, column=column, value=value, hint=hint)


def delete_roster(service: Service, caller: Principal, roster_id: str, version: int) -> None:
    """Take a draft away; what was published once stays for ever.

    Raises
    ------
    ConflictError
        If it is no draft, or was changed meanwhile.
    NotFoundError, DeniedError
        As of `roster_versions`.
    """
    with service.store.writing(by=caller.principal_id) as unit:
        _seen(unit, caller, roster_id, Operation.ROSTERS_DELETE)
        unit.rosters.delete(roster_id, version)


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
    )


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
