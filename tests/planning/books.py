"""Rule books built by hand: the company's policy alone, or just the limits a test asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from scheduler.domain import Planning
from scheduler.labour import (
    ConsecutiveDays,
    DailyRest,
    Limit,
    Night,
    Pack,
    RuleBook,
    WeeklyRest,
    shipped_packs,
)
from scheduler.planning import Compiled, compile_problem

_CITED: dict[str, Any] = {
    "article": "art. 1",
    "sources": (),
    "confidence": "confirmed",
    "checked_on": date(2026, 11, 1),
}
NIGHT = {"from_minute": 0, "until_minute": 360, "over_minutes": 60}


def limit(kind: type[Limit], name: str = "", **fields: Any) -> Limit:
    """A limit with a citation, named after its kind."""
    return kind(name=name or kind.__name__, **_CITED, **fields)


def pack(*limits: Limit, pack_id: str = "XX", **fields: Any) -> Pack:
    """A law with those limits, which calls 00:00 to 06:00 the night."""
    chosen = {"kind": "law", "night": Night(name="night", **_CITED, **NIGHT)} | fields
    return Pack(pack_id, pack_id, limits=limits, **chosen)


def book(*packs: Pack) -> RuleBook:
    """A rule book of those packs."""
    return RuleBook({each.pack_id: each for each in packs})


COMPANY = book(
    pack(
        limit(DailyRest, min_minutes=660),
        limit(WeeklyRest, min_minutes=2160),
        limit(ConsecutiveDays, max_days=6),
        pack_id="policy",
        kind="policy",
    )
)
"""The company's policy as shipped: 11 h, 36 h in 7 days, 6 days in a row; no law."""


def netherlands() -> RuleBook:
    """The Dutch working-time act as shipped, alone."""
    return book(replace(shipped_packs()["NL"], includes=()))


def compile_plain(planning: Planning) -> Compiled:
    """Compile under the company's policy alone."""
    return compile_problem(planning, COMPANY)
