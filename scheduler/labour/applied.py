"""Which provisions hold for an agent, when, and why: place, contract, company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from scheduler.domain import Contract, Site
from scheduler.labour.pack import Limit, Pack, Premium, Provision
from scheduler.timegrid.timeline import Place
from scheduler.timegrid.zones import start_of_day

__all__ = [
    "Applied",
    "AppliedPack",
    "RuleBook",
    "applied_limits",
    "applied_packs",
    "in_force",
    "law_name",
    "premiums_on",
]

_DAYS_A_WEEK = 7
_Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All packs of a planning and the permits it holds.

    Parameters
    ----------
    packs : mapping of str to Pack
        By `Pack.pack_id`; every pack that another includes is there.
    permits : frozenset of str
        ``PACK.permit``.
    """

    packs: Mapping[str, Pack]
    permits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AppliedPack:
    """A pack that holds for an agent over a stretch of time.

    Parameters
    ----------
    reasons : tuple of str
        Why: ``site``, ``contract``, ``place``, ``named``, ``included``, ``company``.
    start, end : datetime.datetime or None
        Aware UTC, half-open; None where there is no bound.
    """

    pack: Pack
    reasons: tuple[str, ...]
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Applied:
    """A limit that holds for an agent over a stretch of time.

    Parameters
    ----------
    start, end : datetime.datetime or None
        Aware UTC, half-open; None where there is no bound.
    """

    pack: Pack
    limit: Limit
    reasons: tuple[str, ...]
    start: datetime | None
    end: datetime | None

    def holds_at(self, instant: datetime) -> bool:
        """Say whether work that starts at an instant falls under the limit."""
        return (self.start is None or self.start <= instant) and (
            self.end is None or instant < self.end
        )


def applied_packs(
    book: RuleBook, contract: Contract, site: Site, timeline: Sequence[Place]
) -> tuple[AppliedPack, ...]:
    """Return the packs that hold for an agent.

    The law of the site (the habitual place of work), of the contract, and every pack the contract
    names hold always; that of another place of work while the agent is there; what a pack
    includes, wherever it holds; policy packs for everybody. All are checked, so the strictest wins.

    Parameters
    ----------
    timeline : sequence of Place
        The agent's places of work over all time.

    Returns
    -------
    tuple of AppliedPack
        In order of pack, then time; stretches of one pack neither overlap nor touch.
    """
    by_country = {pack.country: pack for pack in book.packs.values() if pack.country}
    found: dict[str, list[tuple[str, _Span]]] = {}

    def add(pack: Pack, reason: str, span: _Span) -> None:
        spans = found.setdefault(pack.pack_id, [])
        if (reason, span) not in spans:
            spans.append((reason, span))
            for included in pack.includes:
                add(book.packs[included], "included", span)

    always: _Span = (None, None)
    for country, reason in ((site.country, "site"), (contract.law, "contract")):
        if country in by_country:
            add(by_country[country], reason, always)
    for named in contract.rule_packs:
        if named in book.packs:
            add(book.packs[named], "named", always)
    for place in timeline:
        if place.country in by_country and place.country != site.country:
            add(by_country[place.country], "place", (place.start, place.end))
    for pack in book.packs.values():
        if pack.kind == "policy" and pack.country is None:
            add(pack, "company", always)
    return tuple(
        applied
        for pack_id in book.packs
        if pack_id in found
        for applied in _joined(book.packs[pack_id], found[pack_id])
    )


def _joined(pack: Pack, reasons: Sequence[tuple[str, _Span]]) -> list[AppliedPack]:
    """Join stretches that overlap or touch; one without bounds swallows all."""
    merged: list[AppliedPack] = []
    earliest = datetime.min.replace(tzinfo=UTC)
    for reason, (start, end) in sorted(reasons, key=lambda row: row[1][0] or earliest):
        last = merged[-1] if merged else None
        if last is not None and (last.end is None or (start is None or start <= last.end)):
            last_end = None if last.end is None or end is None else max(last.end, end)
            why = tuple(dict.fromkeys((*last.reasons, reason)))
            merged[-1] = replace(last, reasons=why, end=last_end)
        else:
            merged.append(AppliedPack(pack, (reason,), start, end))
    return merged


def applied_limits(
    book: RuleBook, contract: Contract, site: Site, timeline: Sequence[Place]
) -> tuple[Applied, ...]:
    """Return the limits that hold for an agent: of `applied_packs`, in force and not waived.

    Dates of validity are turned into instants by the clock of the site.
    """
    days = _DAYS_A_WEEK if contract.max_days_week is None else contract.max_days_week
    found = []
    for applied in applied_packs(book, contract, site, timeline):
        for limit in applied.pack.limits:
            waived = f"{applied.pack.pack_id}.{limit.waived_by}" in book.permits
            if waived or (limit.days_over is not None and days <= limit.days_over):
                continue
            if limit.on_call is not None and limit.on_call != contract.on_call:
                continue
            span = in_force(limit, site.zone, applied.start, applied.end)
            if span is not None:
                found.append(Applied(applied.pack, limit, applied.reasons, *span))
    return tuple(found)


def in_force(
    provision: Provision, zone: str, start: datetime | None, end: datetime | None
) -> _Span | None:
    """Return the part of ``[start, end)`` in which a provision is valid, None if there is none."""
    if provision.valid_from is not None:
        opens = start_of_day(provision.valid_from, zone)
        start = opens if start is None else max(start, opens)
    if provision.valid_to is not None:
        closes = start_of_day(provision.valid_to, zone)
        end = closes if end is None else min(end, closes)
    return None if start is not None and end is not None and start >= end else (start, end)


def premiums_on(pack: Pack, day: date) -> tuple[Premium, ...]:
    """Return the premiums of a pack that are valid on a date."""
    return tuple(
        premium
        for premium in pack.premiums
        if (premium.valid_from or date.min) <= day < (premium.valid_to or date.max)
    )


def law_name(pack: Pack, provision: Provision) -> str:
    """Return how findings cite a provision: pack and article, or that it is company policy."""
    if pack.kind == "policy":
        return "company policy"
    cited = f"{pack.pack_id}: {provision.article}"
    if provision.confidence == "unconfirmed":
        return f"company policy (unconfirmed {cited})"
    return cited
