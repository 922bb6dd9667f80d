"""Law by itself: books of few limits, shifts exact to the minute, what the audit says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from scheduler.audit.facts import Facts, read_facts
from scheduler.audit.finding import Finding
from scheduler.audit.labour import labour_findings
from scheduler.audit.structure import structure_findings
from scheduler.domain import Contract, PastShift, Planning, Shift, Site
from scheduler.labour import Limit, Night, Pack, RuleBook, shipped_packs
from scheduler.timegrid.zones import local_of

from .world import bare_roster, instant, make_planning

NL = replace(shipped_packs()["NL"], includes=())
ANY_HOURS = Contract("any", 0, 0, 168 * 60, night_allowed=True)
OWN_RULES = {"shift_a_day", "waking_hours", "overlap"}
"""Findings that no pack causes."""


def provision(kind: type[Any], name: str = "tight", **numbers: Any) -> Any:
    """A limit, or the night, of a pack for tests."""
    return kind(
        name=name,
        article="Test act art. 1",
        sources=(),
        confidence="confirmed",
        checked_on=date(2026, 11, 1),
        **numbers,
    )


DUTCH_NIGHT: Night = provision(Night, "night", from_minute=0, until_minute=360, over_minutes=60)


def pack_of(*limits: Limit, pack_id: str = "T", **changes: Any) -> Pack:
    """A law of these limits that holds where a contract names it."""
    return replace(Pack(pack_id, "Test", "law", night=DUTCH_NIGHT, limits=limits), **changes)


def only(*names: str, pack: Pack = NL) -> Pack:
    """A shipped pack with some of its limits alone."""
    limits = tuple(limit for limit in pack.limits if limit.name in names)
    assert {limit.name for limit in limits} == set(names)
    return replace(pack, limits=limits)


def book_of(*packs: Pack, permits: Iterable[str] = ()) -> RuleBook:
    """A book of these packs and no company policy."""
    return RuleBook({pack.pack_id: pack for pack in packs}, frozenset(permits))


def law_planning(zone: str, book: RuleBook, **changes: Any) -> Planning:
    """A site in no country of ours, a contract that names every pack of the book."""
    named = replace(ANY_HOURS, rule_packs=tuple(book.packs))
    site = Site("S", "Site", zone, "XX", "EUR")
    defaults = {"contract": named, "sites": (site,), "break_rules": ()}
    return make_planning(zone=zone, **(defaults | changes))


def worked(start: datetime, minutes: float, zone: str, agent_id: str = "A1") -> Shift:
    """A shift of so many elapsed minutes."""
    shown = local_of(start, zone)
    end = start + timedelta(minutes=minutes)
    return Shift(agent_id, start, end, shown.wall, zone, shown.fold, 0)


def on(zone: str, text: str, minutes: float, *, fold: int = 0) -> Shift:
    """A shift that starts at ``2027-03-23 09:00`` of a zone's clock."""
    return worked(instant(text, zone, fold=fold), minutes, zone)


def from_to(zone: str, start: str, end: str, *, folds: tuple[int, int] = (0, 0)) -> Shift:
    """A shift between two readings of a zone's clock."""
    begin, until = instant(start, zone, fold=folds[0]), instant(end, zone, fold=folds[1])
    return worked(begin, (until - begin) / timedelta(minutes=1), zone)


def as_history(*shifts: Shift) -> tuple[PastShift, ...]:
    """The same shifts, worked before the horizon."""
    return tuple(
        PastShift(row.agent_id, row.start, row.end, row.start_local, row.zone, row.fold)
        for row in shifts
    )


def facts_of(planning: Planning, book: RuleBook, *shifts: Shift) -> Facts:
    """What the audit reads from a roster of these shifts."""
    return read_facts(planning, bare_roster(planning, shifts), book)


def law_findings(planning: Planning, book: RuleBook, *shifts: Shift) -> list[Finding]:
    """What limits of packs are broken, breaks left aside."""
    found = labour_findings(facts_of(planning, book, *shifts))
    return [row for row in found if row.rule not in OWN_RULES]


def broken(planning: Planning, book: RuleBook, *shifts: Shift) -> list[str]:
    """The codes of `law_findings`, sorted."""
    return sorted(row.rule for row in law_findings(planning, book, *shifts))


def break_findings(planning: Planning, book: RuleBook, *shifts: Shift) -> list[Finding]:
    """What is wrong with breaks alone."""
    found = structure_findings(facts_of(planning, book, *shifts))
    return [row for row in found if row.rule in ("break_rule", "break_window", "paid_minutes")]


def split_at_horizon(planning: Planning, shifts: list[Shift]) -> tuple[Planning, list[Shift]]:
    """Those before the horizon as history."""
    first = planning.horizon.start
    past = [row for row in shifts if row.start_local.day < first]
    kept = [row for row in shifts if row.start_local.day >= first]
    return replace(planning, history=as_history(*past)), kept


def rested(first: Shift, rest_minutes: float, minutes: float = 240) -> Shift:
    """A shift that starts so many minutes after another ends, at the same place."""
    return worked(first.end + timedelta(minutes=rest_minutes), minutes, first.zone)
