"""A roster as JSON (format ``heliotrope-roster/1``), written and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from scheduler.domain import Activity, Break, Horizon, Roster, Shift, SolverNote
from scheduler.errors import Fault, InputError
from scheduler.intake import kinds, values
from scheduler.intake.document import instant_text
from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.files import read_text
from scheduler.intake.json_file import json_type, parse_json, scalar_text
from scheduler.intake.kinds import BadValue, Kind
from scheduler.intake.records import start_instant
from scheduler.intake.settings import LONGEST_HORIZON_DAYS

__all__ = ["ROSTER_FORMAT", "RosterIntake", "read_roster", "roster_from_json", "roster_to_json"]

ROSTER_FORMAT = "heliotrope-roster/1"

_T = TypeVar("_T")
_Path = tuple[str | int, ...]
_AMOUNT = kinds.decimal_number("-1000000000000", "1000000000000", what="an amount")
_MINUTES = kinds.whole_number(0, 2880, what="minutes")
_COUNT = kinds.whole_number(0, 2**63, what="a whole number")
_SECONDS = kinds.decimal_number("0", "1000000000", what="seconds")
_TEXT = kinds.text()
_DIGEST = kinds.text(64)


@dataclass(frozen=True, slots=True)
class RosterIntake:
    """A roster that was read.

    Parameters
    ----------
    roster : Roster
        The roster as written; instants are not derived anew.
    notices : tuple of Fault
        Shifts whose instants differ from what today's zone data makes of their local start.
    """

    roster: Roster
    notices: tuple[Fault, ...] = ()


def roster_to_json(roster: Roster) -> dict[str, Any]:
    """Return the roster as plain dicts, lists, strings and numbers, ready for JSON.

    Amounts are numbers with two places in the roster's currency; ``gap`` is a fraction.
    """
    note = roster.solver
    return {
        "format": ROSTER_FORMAT,
        "horizon": {
            "start": roster.horizon.start.isoformat(),
            "end": roster.horizon.end.isoformat(),
            "zone": roster.horizon.zone,
        },
        "currency": roster.currency,
        "cost": roster.cost_cents / 100,
        "bound": roster.bound_cents / 100,
        "gap": round(roster.gap, 6),
        "terms": {name: cents / 100 for name, cents in roster.terms},
        "solver": {
            "version": note.version,
            "method": note.method,
            "status": note.status,
            "seed": note.seed,
            "workers": note.workers,
            "seconds": round(note.seconds, 3),
        },
        "input_sha256": roster.input_sha256,
        "tz_version": roster.tz_version,
        "shifts": [_shift_to_json(shift) for shift in roster.shifts],
    }


def _shift_to_json(shift: Shift) -> dict[str, Any]:
    return {
        "agent_id": shift.agent_id,
        "start_utc": instant_text(shift.start),
        "end_utc": instant_text(shift.end),
        "start_local": str(shift.start_local),
        "zone": shift.zone,
        "fold": shift.fold,
        "paid_minutes": shift.paid_minutes,
        "breaks": [{**_span(pause.start, pause.end), "paid": pause.paid} for pause in shift.breaks],
        "activities": [
            {"queue_id": activity.queue_id, **_span(activity.start, activity.end)}
            for activity in shift.activities
        ],
        "pinned": shift.pinned,
    }


def _span(start: datetime, end: datetime) -> dict[str, str]:
    return {"start_utc": instant_text(start), "end_utc": instant_text(end)}


def read_roster(path: Path) -> RosterIntake:
    """Read a roster file.

    Parameters
    ----------
    path : Path
        A JSON file.

    Raises
    ------
    InputError
        With every fault, when the file is not a roster.
    """
    log = FaultLog()
    source = Source(path.name, pointer="")
    text = read_text(path, source, log)
    data = None if text is None else parse_json(text, source, log)
    if data is None:
        raise InputError(log.faults())
    roster = roster_from_json(data, file=path.name)
    _note_zone_changes(roster, source, log)
    return RosterIntake(roster, log.notices())


def roster_from_json(data: object, *, file: str = "roster.json") -> Roster:
    """Return the roster that decoded JSON holds.

    Members that this version does not know are passed over. What the shifts say is taken as it
    stands, lawful or not: judging it is the audit's work.

    Parameters
    ----------
    data : object
        What ``json.load`` gives.
    file : str
        Name that faults show.

    Raises
    ------
    InputError
        With the JSON pointer of everything that is missing or cannot be read.
    """
    log = FaultLog()
    reader = _Reader(Source(file, pointer=""), log)
    roster = _roster(reader, data)
    faults = log.faults()
    if faults or roster is None:
        raise InputError(faults)
    return roster


class _Reader:
    """Reads members of JSON objects; notes a fault and returns None where that fails."""

    def __init__(self, source: Source, log: FaultLog) -> None:
        self.source, self.log = source, log

    def fault(self, code: str, path: _Path, expected: str, value: object = None) -> None:
        shown = scalar_text(value)
        self.log.add(code, self.source, expected, path=path, value=shown)

    def object(self, data: object, path: _Path) -> Mapping[str, Any] | None:
        if isinstance(data, dict):
            return data
        self.fault("wrong_type", path, f"an object, not a {json_type(data)}", data)
        return None

    def member(self, data: Mapping[str, Any], path: _Path, name: str) -> Any:
        if name not in data:
            self.fault("missing_key", (*path, name), "this member")
        return data.get(name)

    def scalar(self, data: Mapping[str, Any], path: _Path, name: str, kind: Kind) -> Any:
        value = self.member(data, path, name)
        if name not in data:
            return None
        if json_type(value) not in kind.json_types:
            types = " or ".join(kind.json_types)
            self.fault("wrong_type", (*path, name), f"a {types}, not a {json_type(value)}", value)
            return None
        try:
            return kind.read(scalar_text(value) or "")
        except BadValue as bad:
            self.fault(bad.code, (*path, name), bad.expected or kind.expected, value)
            return None

    def name(self, name: str, path: _Path) -> None:
        """Note a fault when the name of a member is none that can be shown."""
        try:
            kinds.key.read(name)
        except BadValue as bad:
            self.fault(bad.code, (*path, name), "a name on one line, at most 100 characters", name)

    def flag(self, data: Mapping[str, Any], path: _Path, name: str) -> bool:
        return bool(self.scalar(data, path, name, values.yes_no))

    def cents(self, data: Mapping[str, Any], path: _Path, name: str) -> int:
        amount: Decimal | None = self.scalar(data, path, name, _AMOUNT)
        if amount is None:
            return 0
        if amount * 100 != round(amount * 100):
            self.fault("bad_number", (*path, name), "an amount of whole cents", data[name])
        return round(amount * 100)

    def each(
        self,
        data: Mapping[str, Any],
        path: _Path,
        name: str,
        read: Callable[[Mapping[str, Any], _Path], _T | None],
    ) -> tuple[_T, ...]:
        listed = self.member(data, path, name)
        if not isinstance(listed, list):
            if name in data:
                expected = f"a list, not a {json_type(listed)}"
                self.fault("wrong_type", (*path, name), expected, listed)
            return ()
        found: list[_T] = []
        for index, item in enumerate(listed):
            entry = self.object(item, (*path, name, index))
            made = None if entry is None else read(entry, (*path, name, index))
            if made is not None:
                found.append(made)
        return tuple(found)

    def span(self, data: Mapping[str, Any], path: _Path) -> tuple[datetime, datetime] | None:
        start = self.scalar(data, path, "start_utc", values.instant)
        end = self.scalar(data, path, "end_utc", values.instant)
        if start is None or end is None:
            return None
        if not start < end <= start + timedelta(hours=48):
            expected = "an end after start_utc, at most 48 hours later"
            self.fault("wrong_order", (*path, "end_utc"), expected, data["end_utc"])
            return None
        return start, end


def _roster(reader: _Reader, data: object) -> Roster | None:
    top = reader.object(data, ())
    if top is None:
        return None
    if top.get("format") != ROSTER_FORMAT:
        reader.fault("unknown_format", ("format",), repr(ROSTER_FORMAT), top.get("format"))
        return None
    currency = reader.scalar(top, (), "currency", values.currency)
    digest = reader.scalar(top, (), "input_sha256", _DIGEST)
    tz_version = reader.scalar(top, (), "tz_version", _TEXT)
    cost, bound = reader.cents(top, (), "cost"), reader.cents(top, (), "bound")
    listed = reader.object(reader.member(top, (), "terms"), ("terms",)) or {}
    terms = tuple((name, reader.cents(listed, ("terms",), name)) for name in listed)
    for name in listed:
        reader.name(name, ("terms",))
    horizon, note = _horizon(reader, top), _note(reader, top)
    shifts = reader.each(top, (), "shifts", lambda entry, path: _shift(reader, entry, path))
    if horizon is None or note is None:
        return None
    return Roster(horizon, currency, shifts, cost, bound, terms, note, digest, tz_version)


def _horizon(reader: _Reader, top: Mapping[str, Any]) -> Horizon | None:
    path = ("horizon",)
    data = reader.object(reader.member(top, (), "horizon"), path)
    if data is None:
        return None
    start = reader.scalar(data, path, "start", values.day)
    end = reader.scalar(data, path, "end", values.day)
    zone = reader.scalar(data, path, "zone", values.zone)
    if start is None or end is None or zone is None:
        return None
    if end <= start:
        reader.fault("wrong_order", (*path, "end"), "a date after start", data["end"])
        return None
    if (end - start).days > LONGEST_HORIZON_DAYS:
        expected = f"a horizon of at most {LONGEST_HORIZON_DAYS} days"
        reader.fault("horizon_too_long", (*path, "end"), expected, data["end"])
        return None
    return Horizon(start, end, zone)


def _note(reader: _Reader, top: Mapping[str, Any]) -> SolverNote | None:
    path = ("solver",)
    data = reader.object(reader.member(top, (), "solver"), path)
    if data is None:
        return None
    version = reader.scalar(data, path, "version", _TEXT)
    method = reader.scalar(data, path, "method", _TEXT)
    status = reader.scalar(data, path, "status", _TEXT)
    seed = reader.scalar(data, path, "seed", _COUNT)
    workers = reader.scalar(data, path, "workers", _COUNT)
    seconds = reader.scalar(data, path, "seconds", _SECONDS)
    if None in (version, method, status, seed, workers, seconds):
        return None
    return SolverNote(version, method, status, seed, workers, float(seconds))


def _shift(reader: _Reader, data: Mapping[str, Any], path: _Path) -> Shift | None:
    span = reader.span(data, path)
    agent_id = reader.scalar(data, path, "agent_id", kinds.key)
    start_local = reader.scalar(data, path, "start_local", values.local_time)
    zone = reader.scalar(data, path, "zone", values.zone)
    fold = reader.scalar(data, path, "fold", kinds.whole_number(0, 1))
    paid_minutes = reader.scalar(data, path, "paid_minutes", _MINUTES)
    breaks = reader.each(data, path, "breaks", lambda entry, at: _break(reader, entry, at))
    activities = reader.each(
        data, path, "activities", lambda entry, at: _activity(reader, entry, at)
    )
    pinned = reader.flag(data, path, "pinned")
    if span is None or None in (agent_id, start_local, zone, fold, paid_minutes):
        return None
    return Shift(agent_id, *span, start_local, zone, fold, paid_minutes, breaks, activities, pinned)


def _break(reader: _Reader, data: Mapping[str, Any], path: _Path) -> Break | None:
    span = reader.span(data, path)
    paid = reader.flag(data, path, "paid")
    return None if span is None else Break(*span, paid)


def _activity(reader: _Reader, data: Mapping[str, Any], path: _Path) -> Activity | None:
    span = reader.span(data, path)
    queue_id = reader.scalar(data, path, "queue_id", kinds.key)
    return None if span is None or queue_id is None else Activity(queue_id, *span)


def _note_zone_changes(roster: Roster, source: Source, log: FaultLog) -> None:
    for index, shift in enumerate(roster.shifts):
        try:
            derived = instant_text(start_instant(shift.start_local, shift.zone, shift.fold))
        except ValueError:
            derived = "no instant: clocks skip it"
        if derived != instant_text(shift.start):
            log.notice(
                "zone_data_changed",
                source,
                f"{derived}, which is {shift.start_local} in {shift.zone}",
                path=("shifts", index, "start_utc"),
                value=instant_text(shift.start),
                hint="The roster is used as its instants say.",
            )
