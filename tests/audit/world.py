"""Small plannings and rosters made by hand, independent of the compiler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from scheduler.audit import AuditReport, audit_roster
from scheduler.domain import (
    Activity,
    Agent,
    Break,
    Contract,
    Horizon,
    PastShift,
    Pin,
    Planning,
    Queue,
    RequirementInterval,
    Roster,
    Shift,
    Site,
    Skill,
    SolverNote,
    WallTime,
)
from scheduler.timegrid.zones import Repeated, Skipped, local_of, tz_version, utc_of

AMSTERDAM, SYDNEY, KATHMANDU = "Europe/Amsterdam", "Australia/Sydney", "Asia/Kathmandu"
ZONES = (AMSTERDAM, SYDNEY, KATHMANDU)
FULL_TIME = Contract("full", 0, 0, 40 * 60)
NIGHT = Contract("night", 0, 0, 40 * 60, night_allowed=True)


def instant(text: str, zone: str, *, fold: int = 0) -> datetime:
    """Read ``2027-03-23 09:00`` on the clock of a zone."""
    wall = WallTime.parse(text)
    return utc_of(wall, zone, skipped=Skipped.REJECT, repeated=Repeated.of_fold(fold))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def skills_for(*agent_ids: str, certificate: str | None = None) -> tuple[Skill, ...]:
    """Everything the queue of `make_planning` asks for."""
    return tuple(
        Skill(agent_id, kind, value)
        for agent_id in agent_ids
        for kind, value in (
            ("channel", "phone"),
            ("client", "zon"),
            ("language", "nl"),
            *((("certificate", certificate),) if certificate else ()),
        )
    )


def queue(queue_id: str = "q1", **changes: Any) -> Queue:
    return replace(Queue(queue_id, "zon", "phone", "nl", 1, AMSTERDAM), **changes)


def make_planning(
    *,
    zone: str = AMSTERDAM,
    start: str = "2027-03-22",
    end: str = "2027-04-05",
    agents: Sequence[str] = ("A1",),
    contract: Contract = FULL_TIME,
    **changes: Any,
) -> Planning:
    """One site in `zone`, one queue q1 without need, agents who can do everything."""
    horizon = Horizon(date.fromisoformat(start), date.fromisoformat(end), zone)
    base = Planning(
        name="test",
        horizon=horizon,
        interval_minutes=15,
        currency="EUR",
        sites=(Site("S", "Site", zone, "NL", "EUR"),),
        contracts=(contract,),
        agents=tuple(
            Agent(key, f"Name {key}", "S", contract.contract_id, Decimal(20), "EUR")
            for key in agents
        ),
        queues=(queue(),),
        skills=skills_for(*agents),
        input_sha256="f" * 64,
    )
    return replace(base, **changes)


def need(
    queue_id: str, start: datetime, end: datetime, agents: int, minutes: int = 15
) -> tuple[RequirementInterval, ...]:
    count = (end - start) // timedelta(minutes=minutes)
    return tuple(
        RequirementInterval(queue_id, start + k * timedelta(minutes=minutes), agents)
        for k in range(count)
    )


def shift(
    planning: Planning,
    start: str,
    hours: float,
    *,
    agent_id: str = "A1",
    zone: str | None = None,
    fold: int = 0,
    queue_id: str | None = "q1",
    **changes: Any,
) -> Shift:
    """A shift with its break in the middle and all other time on one queue."""
    zone = zone or planning.sites[0].zone
    return shift_at(
        planning,
        instant(start, zone, fold=fold),
        int(hours * 60),
        agent_id=agent_id,
        zone=zone,
        queue_id=queue_id,
        **changes,
    )


def shift_at(
    planning: Planning,
    begin: datetime,
    minutes: int,
    *,
    agent_id: str = "A1",
    zone: str,
    queue_id: str | None = "q1",
    **changes: Any,
) -> Shift:
    end = begin + timedelta(minutes=minutes)
    rules = [rule for rule in planning.break_rules if rule.over_minutes < minutes]
    breaks: tuple[Break, ...] = ()
    paid = minutes
    stops = [begin, end]
    if rules:
        rule = max(rules, key=lambda row: row.over_minutes)
        pause = begin + timedelta(minutes=(minutes - rule.break_minutes) // 30 * 15)
        breaks = (Break(pause, pause + timedelta(minutes=rule.break_minutes), rule.paid),)
        paid -= 0 if rule.paid else rule.break_minutes
        stops = [begin, breaks[0].start, breaks[0].end, end]
    activities = tuple(
        Activity(queue_id, since, until)
        for since, until in zip(stops[::2], stops[1::2], strict=True)
        if queue_id is not None
    )
    shown = local_of(begin, zone)
    made = Shift(agent_id, begin, end, shown.wall, zone, shown.fold, paid, breaks, activities)
    return replace(made, **changes)


def past(start: str, hours: float, zone: str, agent_id: str = "A1") -> PastShift:
    begin = instant(start, zone)
    return PastShift(agent_id, begin, begin + timedelta(hours=hours), WallTime.parse(start), zone)


def pin(planned: Shift) -> Pin:
    return Pin(
        planned.agent_id,
        planned.start,
        planned.end,
        planned.start_local,
        planned.zone,
        planned.fold,
    )


def bare_roster(planning: Planning, shifts: Iterable[Shift]) -> Roster:
    return Roster(
        horizon=planning.horizon,
        currency=planning.currency,
        shifts=tuple(sorted(shifts, key=lambda row: (row.start, row.agent_id))),
        cost_cents=0,
        bound_cents=0,
        terms=(),
        solver=SolverNote("0", "hand", "feasible", 0, 1, 0.0),
        input_sha256=planning.input_sha256,
        tz_version=tz_version(),
    )


def make_roster(planning: Planning, shifts: Iterable[Shift]) -> Roster:
    """A roster that states the cost the audit finds, so that other findings stand alone."""
    roster = bare_roster(planning, shifts)
    report = audit_roster(planning, roster)
    return replace(roster, terms=report.terms, cost_cents=report.cost_cents)


def judge(planning: Planning, *shifts: Shift) -> AuditReport:
    return audit_roster(planning, make_roster(planning, shifts))


def hard_rules(planning: Planning, *shifts: Shift) -> list[str]:
    """The codes of the hard findings that pins do not excuse, sorted."""
    return sorted(row.rule for row in judge(planning, *shifts).hard if not row.pinned)


def pinned_rules(planning: Planning, *shifts: Shift) -> list[str]:
    return sorted(row.rule for row in judge(planning, *shifts).hard if row.pinned)
