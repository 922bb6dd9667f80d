"""A planning as one canonical document, and the digest that names its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from scheduler.domain import (
    Agent,
    Availability,
    Contract,
    DemandInterval,
    ExchangeRate,
    Location,
    PastShift,
    Pin,
    Planning,
    Queue,
    RequirementInterval,
    Site,
    Skill,
    TimeOff,
    WallTime,
    Wish,
)
from scheduler.domain.walltime import MINUTES_PER_DAY, clock_text
from scheduler.intake.opening import WEEKDAYS, opening_text
from scheduler.intake.setting_keys import FORMAT

__all__ = ["canonical_text", "input_digest", "instant_text", "row_of", "to_document"]


def to_document(planning: Planning) -> dict[str, object]:
    """Return the planning as a document of plain dicts, lists, strings and numbers.

    The document is canonical: every setting is written out, empty cells are left out, decimal
    numbers are strings in their shortest form, instants end in ``Z``. Reading it back gives the
    same records.
    """
    shifts, waking = planning.shifts, planning.waking_hours
    weights = {
        field.name: getattr(planning.weights, field.name) for field in fields(planning.weights)
    }
    document: dict[str, object] = {
        "format": FORMAT,
        "name": planning.name,
        "horizon": {
            "start": planning.horizon.start.isoformat(),
            "end": planning.horizon.end.isoformat(),
            "zone": planning.horizon.zone,
        },
        "interval_minutes": planning.interval_minutes,
        "currency": planning.currency,
        "exchange_rates": _rates(planning.exchange_rates),
        "shifts": {
            "min_hours": _hours(shifts.min_minutes),
            "max_hours": _hours(shifts.max_minutes),
            "length_step_minutes": shifts.length_step_minutes,
            "start_step_minutes": shifts.start_step_minutes,
            "clock_change": shifts.clock_change.value,
        },
        "waking_hours": {
            "from": clock_text(waking.from_minute),
            "until": clock_text(waking.until_minute),
        },
        "weights": {k: list(v) if isinstance(v, tuple) else v for k, v in weights.items()},
        "break_rules": [
            {
                "over_hours": _hours(rule.over_minutes),
                "break_minutes": rule.break_minutes,
                "paid": _yes_no(rule.paid),
                "margin_minutes": rule.margin_minutes,
            }
            for rule in planning.break_rules
        ],
        "min_stint_minutes": planning.min_stint_minutes,
        "closures": [
            _without_blanks({"date": _day(one.day), "name": one.name, "site": one.site_id})
            for one in planning.closures
        ],
    }
    if planning.permits:
        document["permits"] = list(planning.permits)
    if planning.rule_packs:
        document["rule_packs"] = [json.loads(pack) for pack in planning.rule_packs]
    document |= _staffing(planning)
    if planning.announced is not None:
        told = planning.announced
        document["announced"] = _without_blanks(
            {"times_on": _day(told.times_on), "rest_days_on": _day(told.rest_days_on)}
        )
    if planning.history_from is not None:
        document["history_from"] = _day(planning.history_from)
    for stem in _WRITERS:
        document[stem] = [row_of(stem, record) for record in getattr(planning, stem)]
    return document


def row_of(stem: str, record: object) -> dict[str, object]:
    """Return a record as the row of table `stem` that it is in a document."""
    return _without_blanks(_WRITERS[stem](record))


def input_digest(planning: Planning) -> str:
    """Return the SHA-256 (hexadecimal) of the canonical document, whatever files it came from."""
    return hashlib.sha256(canonical_text(planning).encode()).hexdigest()


def canonical_text(planning: Planning) -> str:
    """Return the canonical document as the one JSON text of which the digest is taken."""
    return json.dumps(
        to_document(planning), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def instant_text(instant: datetime) -> str:
    """Return an aware UTC instant as ``2027-03-28T07:00Z``; instants are whole minutes here."""
    return f"{instant:%Y-%m-%dT%H:%MZ}"


def _rates(rates: Iterable[ExchangeRate]) -> dict[str, object]:
    """Return each currency's rate, or the list of its rates where they are dated."""
    listed: dict[str, list[dict[str, object]]] = {}
    for rate in rates:
        entry = _without_blanks({"from": _day(rate.from_date), "rate": _number(rate.rate)})
        listed.setdefault(rate.currency, []).append(entry)
    return {
        code: entries if len(entries) > 1 or "from" in entries[0] else entries[0]["rate"]
        for code, entries in listed.items()
    }


def _staffing(planning: Planning) -> dict[str, object]:
    """Return ``staffing`` and ``pools`` with what was set; neither key where nothing was."""
    policy = planning.staffing
    staffing: dict[str, object] = {}
    if policy.phone_model != "erlang_c":
        staffing["phone_model"] = policy.phone_model
    for channel, target in policy.channels:
        staffing[channel] = _without_blanks(
            {
                "target_percent": _number(target.target_percent),
                "target_seconds": target.target_seconds,
                "deadline_hours": _number(target.deadline_hours),
                "max_occupancy": _number(target.max_occupancy),
                "concurrency": target.concurrency,
            }
        )
    if policy.ramp_up:
        staffing["ramp_up"] = list(policy.ramp_up)
    found: dict[str, object] = {"staffing": staffing} if staffing else {}
    if planning.pools:
        found["pools"] = {pool.name: list(pool.queue_ids) for pool in planning.pools}
    return found


def _without_blanks(row: Mapping[str, object]) -> dict[str, object]:
    return {column: value for column, value in row.items() if value is not None}


def _number(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def _hours(minutes: int | None) -> str | None:
    """Return hours to four places, from which the whole minutes can be told again."""
    return None if minutes is None else _number(round(Decimal(minutes) / 60, 4))


def _yes_no(flag: bool) -> str:
    return "yes" if flag else "no"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _weekday(weekday: int | None) -> str | None:
    return None if weekday is None else WEEKDAYS[weekday - 1]


def _day_or_time(wall: WallTime) -> str:
    return str(wall) if wall.minute else wall.day.isoformat()


def _site(site: Site) -> dict[str, object]:
    return {field.name: getattr(site, field.name) for field in fields(site)}


def _contract(contract: Contract) -> dict[str, object]:
    return {
        "contract_id": contract.contract_id,
        "min_hours_week": _hours(contract.min_minutes_week),
        "target_hours_week": _hours(contract.target_minutes_week),
        "max_hours_week": _hours(contract.max_minutes_week),
        "max_days_week": contract.max_days_week,
        "min_shift_hours": _hours(contract.min_shift_minutes),
        "max_shift_hours": _hours(contract.max_shift_minutes),
        "night_allowed": _yes_no(contract.night_allowed),
        "rule_packs": ";".join(contract.rule_packs) or None,
        "law": contract.law,
        "on_call": _yes_no(contract.on_call),
    }


def _agent(agent: Agent) -> dict[str, object]:
    waking = agent.waking_hours
    return {
        "agent_id": agent.agent_id,
        "name": agent.name,
        "site_id": agent.site_id,
        "contract_id": agent.contract_id,
        "hourly_rate": _number(agent.hourly_rate),
        "currency": agent.currency,
        "employed_from": _day(agent.employed_from),
        "employed_until": _day(agent.employed_until),
        "started_on": _day(agent.started_on),
        "email": agent.email,
        "waking_from": None if waking is None else clock_text(waking.from_minute),
        "waking_until": None if waking is None else clock_text(waking.until_minute),
    }


def _location(stay: Location) -> dict[str, object]:
    return {
        "agent_id": stay.agent_id,
        "from_date": _day(stay.from_date),
        "until_date": _day(stay.until_date),
        "zone": stay.zone,
        "country": stay.country,
        "subdivision": stay.subdivision,
    }


def _skill(skill: Skill) -> dict[str, object]:
    return {
        "agent_id": skill.agent_id,
        "kind": skill.kind,
        "value": skill.value,
        "level": skill.level,
        "valid_from": _day(skill.valid_from),
        "valid_until": _day(skill.valid_until),
    }


def _queue(queue: Queue) -> dict[str, object]:
    return {
        "queue_id": queue.queue_id,
        "client": queue.client,
        "channel": queue.channel,
        "language": queue.language,
        "min_level": queue.min_level,
        "certificate": queue.certificate,
        "priority": queue.priority,
        "opening": opening_text(queue.opening, queue.holiday_opening) or None,
        "zone": queue.zone,
        "country": queue.country,
        "subdivision": queue.subdivision,
        "target_percent": _number(queue.target_percent),
        "target_seconds": queue.target_seconds,
        "concurrency": queue.concurrency,
        "patience_s": queue.patience_s,
        "deadline_hours": _number(queue.deadline_hours),
        "shrinkage": _number(queue.shrinkage),
    }


def _demand(interval: DemandInterval) -> dict[str, object]:
    return {
        "queue_id": interval.queue_id,
        "interval_start": instant_text(interval.start),
        "offered": _number(interval.offered),
        "aht_s": _number(interval.aht_s),
    }


def _requirement(interval: RequirementInterval) -> dict[str, object]:
    return {
        "queue_id": interval.queue_id,
        "interval_start": instant_text(interval.start),
        "agents": interval.agents,
    }


def _availability(row: Availability) -> dict[str, object]:
    return {
        "agent_id": row.agent_id,
        "weekday": _weekday(row.weekday),
        "date": _day(row.day),
        "from": clock_text(row.from_minute),
        "until": clock_text(row.until_minute),
        "kind": "available" if row.available else "unavailable",
    }


def _time_off(row: TimeOff) -> dict[str, object]:
    return {
        "agent_id": row.agent_id,
        "from": _day_or_time(row.start),
        "until": _day_or_time(row.end),
        "kind": row.kind,
        "paid": _yes_no(row.paid),
    }


def _wish(wish: Wish) -> dict[str, object]:
    return {
        "agent_id": wish.agent_id,
        "weekday": _weekday(wish.weekday),
        "date": _day(wish.day),
        "from": clock_text(wish.from_minute) if wish.from_minute else None,
        "until": clock_text(wish.until_minute) if wish.until_minute < MINUTES_PER_DAY else None,
        "wish": "want" if wish.want else "avoid",
        "strength": wish.strength,
    }


def _past_shift(shift: PastShift) -> dict[str, object]:
    return {
        "agent_id": shift.agent_id,
        "start_local": str(shift.start_local),
        "zone": shift.zone,
        "fold": shift.fold,
        "end_utc": instant_text(shift.end),
    }


def _pin(pin: Pin) -> dict[str, object]:
    return {
        "agent_id": pin.agent_id,
        "start_local": str(pin.start_local),
        "zone": pin.zone,
        "fold": pin.fold,
        "duration_minutes": int((pin.end - pin.start).total_seconds()) // 60,
    }


_WRITERS: Mapping[str, Callable[[Any], dict[str, object]]] = {
    "sites": _site,
    "contracts": _contract,
    "agents": _agent,
    "locations": _location,
    "skills": _skill,
    "queues": _queue,
    "demand": _demand,
    "requirements": _requirement,
    "availability": _availability,
    "time_off": _time_off,
    "wishes": _wish,
    "history": _past_shift,
    "pins": _pin,
}
