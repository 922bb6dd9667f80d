"""Kinds of value beyond text and numbers: dates, times, places, money, words of the trade."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from scheduler.domain.walltime import WallTime, parse_clock
from scheduler.intake.faults import closest, did_you_mean
from scheduler.intake.kinds import BadValue, Kind, is_clean
from scheduler.intake.opening import WEEKDAYS, parse_opening
from scheduler.timegrid.zones import is_zone, zone_names

__all__ = [
    "PACK_FORMAT",
    "choice",
    "clock",
    "country",
    "currency",
    "day",
    "day_or_time",
    "email",
    "instant",
    "language",
    "local_time",
    "opening",
    "pack_entry",
    "permit",
    "rule_packs",
    "skill_level",
    "subdivision",
    "weekday",
    "yes_no",
    "zone",
    "zone_hint",
]

PACK_FORMAT = "heliotrope-rules/1"
"""Format of a rule pack, as its key ``format`` says."""

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}")
_PACK = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_PERMIT = re.compile(rf"{_PACK.pattern}\.[A-Za-z][A-Za-z0-9_-]{{0,59}}")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_COUNTRY_SLIPS = {"UK": "GB", "EN": "GB", "EL": "GR"}
_CLOCK_NAMES = frozenset(
    ("CET", "CEST", "MET", "MEST", "WET", "WEST", "EET", "EEST", "GMT", "BST", "EST", "EDT", "PST")
)


def _read_date(value: str) -> date:
    match = _DATE.fullmatch(value)
    if match is None:
        hint = None
        if re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}", value):
            hint = "Day and month cannot be told apart here: format the column as YYYY-MM-DD."
        raise BadValue("bad_date", hint=hint)
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise BadValue("bad_date", "a date that is in the calendar") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        hint = "Leave the cell empty where there is no end." if found.year > _LAST_YEAR else None
        raise BadValue("bad_date", f"a year from {_FIRST_YEAR} to {_LAST_YEAR}", hint)
    return found


day = Kind(
    "a date like 2027-03-28",
    _read_date,
    schema={"pattern": r"^\d{4}-\d{2}-\d{2}$"},
)
"""A calendar date."""


def _read_local_time(value: str) -> WallTime:
    try:
        wall = WallTime.parse(value)
    except ValueError:
        match = _INSTANT.fullmatch(value)
        hint = None
        if match is not None and match[4] is not None:
            hint = "A local time stands without an offset: its zone has a column of its own."
        raise BadValue("bad_local_time", hint=hint) from None
    _read_date(wall.day.isoformat())
    return wall


local_time = Kind(
    "a local date and time like 2027-03-28T09:00",
    _read_local_time,
    schema={"pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:00)?$"},
)
"""A wall-clock reading without an offset."""


def _read_day_or_time(value: str) -> WallTime:
    return WallTime(_read_date(value), 0) if _DATE.fullmatch(value) else _read_local_time(value)


day_or_time = Kind(
    "a date like 2027-03-28 or a local date and time like 2027-03-28T09:00",
    _read_day_or_time,
    schema={"pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:00)?)?$"},
)
"""A date, meaning its 00:00, or a wall-clock reading."""


def _read_instant(value: str) -> datetime:
    match = _INSTANT.fullmatch(value)
    if match is None:
        raise BadValue("bad_instant")
    day_text, clock_text, seconds, offset = match.groups()
    if offset is None:
        hint = f"Add the offset from UTC, such as {value}Z or {value}+01:00."
        raise BadValue("missing_offset", hint=hint)
    _read_date(day_text)
    if seconds is not None and float(seconds[1:]) != 0:
        raise BadValue("bad_instant", "a whole minute")
    try:
        written = datetime.fromisoformat(f"{day_text}T{clock_text}{offset}")
    except ValueError:
        raise BadValue("bad_instant", "a time of day that a clock can show") from None
    ahead = written.utcoffset()
    if ahead is None or abs(ahead) > timedelta(hours=14):
        raise BadValue("bad_instant", "an offset of at most 14 hours")
    return written.astimezone(UTC)


instant = Kind(
    "a date and time with its offset like 2027-03-28T09:00+02:00 or 2027-03-28T07:00Z",
    _read_instant,
    schema={"pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.0+)?)? ?(Z|[+-]\d{2}:?\d{2})$"},
)
"""An instant, written with ``Z`` or an offset; read as aware UTC."""


def _read_clock(value: str) -> int:
    try:
        return parse_clock(value)
    except ValueError:
        raise BadValue("bad_clock") from None


clock = Kind(
    "a time of day like 08:30 (24:00 is the end of the day)",
    _read_clock,
    schema={"pattern": r"^\d{1,2}:\d{2}$"},
)
"""A time of day; read as minutes since midnight."""


def _read_zone(value: str) -> str:
    if not is_zone(value):
        raise BadValue("unknown_zone", hint=partial(zone_hint, value))
    return value


def zone_hint(value: str) -> str | None:
    """Return a sentence that helps whoever wrote `value` for a zone, such as a "did you mean"."""
    if value.upper() in _CLOCK_NAMES:
        return f"{value} is a setting of the clock, not a place: write a zone like Europe/Amsterdam"
    if re.fullmatch(r"((UTC|GMT|Etc/GMT) ?)?[+-]?[0-9]{1,2}:?([0-9]{2})?", value):
        return "An offset does not know when the clock changes: write a zone like Europe/Amsterdam"
    city = value.casefold().replace(" ", "_")
    for name in zone_names():
        if name.casefold().rpartition("/")[2] == city:
            return f"Did you mean {name!r}?"
    return did_you_mean(value, zone_names()) or "Zones are named after places: Europe/Amsterdam"


zone = Kind("the name of an IANA time zone like Europe/Amsterdam", _read_zone)
"""An IANA region."""


def _read_code(value: str, *, pattern: re.Pattern[str], code: str) -> str:
    if not pattern.fullmatch(value):
        upper = value.upper()
        raise BadValue(code, hint=f"Write {upper}." if pattern.fullmatch(upper) else None)
    if code == "bad_country" and value in _COUNTRY_SLIPS:
        raise BadValue(code, hint=f"Did you mean {_COUNTRY_SLIPS[value]!r}?")
    return value


def _code(expected: str, pattern: str, code: str) -> Kind:
    read = partial(_read_code, pattern=re.compile(pattern), code=code)
    return Kind(expected, read, schema={"pattern": f"^{pattern}$"})


country = _code("a country code of two capitals (ISO 3166-1) like NL", "[A-Z]{2}", "bad_country")
"""ISO 3166-1 alpha-2."""
subdivision = _code(
    "a subdivision code (ISO 3166-2) like NL-NH", "[A-Z]{2}-[A-Z0-9]{1,3}", "bad_subdivision"
)
"""ISO 3166-2."""
currency = _code(
    "a currency code of three capitals (ISO 4217) like EUR", "[A-Z]{3}", "bad_currency"
)
"""ISO 4217."""


def _read_yes_no(value: str) -> bool:
    word = value.casefold()
    if word in ("yes", "true"):
        return True
    if word in ("no", "false"):
        return False
    raise BadValue("bad_yes_no")


yes_no = Kind(
    "yes or no",
    _read_yes_no,
    json_types=("string", "boolean"),
    schema={
        "pattern": "^([Yy][Ee][Ss]|[Nn][Oo]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$",
    },
)
"""A flag."""


def _read_choice(value: str, *, options: tuple[str, ...]) -> str:
    if value not in options:
        raise BadValue("unknown_value", hint=partial(did_you_mean, value, options))
    return value


def choice(*options: str) -> Kind:
    """Return the kind of one word out of a fixed list."""
    words = options[0] if len(options) == 1 else f"{', '.join(options[:-1])} or {options[-1]}"
    return Kind(words, partial(_read_choice, options=options), schema={"enum": list(options)})


def _read_weekday(value: str) -> int:
    if value not in WEEKDAYS:
        meant = closest(value[:2], WEEKDAYS)
        raise BadValue("bad_weekday", hint=None if meant is None else f"Did you mean {meant!r}?")
    return WEEKDAYS.index(value) + 1


weekday = Kind(f"a weekday: {', '.join(WEEKDAYS)}", _read_weekday, schema={"enum": list(WEEKDAYS)})
"""A weekday; read as ISO number, 1 = Monday."""


def _read_opening(value: str) -> Any:
    try:
        return parse_opening(value)
    except ValueError as error:
        message = str(error)
        raise BadValue("bad_opening", hint=message[0].upper() + message[1:] + ".") from None


opening = Kind("opening hours like 'Mo-Fr 08:00-18:00; Sa 10:00-14:00; PH off'", _read_opening)
"""Weekdays and hours in which a queue is open, and what holds on public holidays (``PH``)."""


def _read_pattern(value: str, *, pattern: re.Pattern[str], code: str) -> str:
    if not pattern.fullmatch(value) or not is_clean(value):
        raise BadValue(code)
    return value


language = Kind(
    "a language tag like nl, en or nl-SR",
    partial(_read_pattern, pattern=_LANGUAGE, code="bad_language"),
    schema={"pattern": f"^{_LANGUAGE.pattern}$"},
)
"""A BCP 47 language tag."""
email = Kind(
    "an e-mail address",
    partial(_read_pattern, pattern=_EMAIL, code="bad_email"),
)
"""An e-mail address; only its shape is checked."""
skill_level = Kind(
    "A1 to C2 for a language, 1 to 5 for anything else",
    partial(_read_pattern, pattern=re.compile(r"[A-C][12]|[1-5]"), code="bad_level"),
    json_types=("string", "number"),
    schema={"minimum": 1, "maximum": 5, "pattern": "^([A-C][12]|[1-5])$"},
)
"""A level; whether it fits the kind of skill is judged on the row."""


def _read_packs(value: str) -> tuple[str, ...]:
    packs = tuple(part.strip() for part in value.split(";") if part.strip())
    if not packs or any(not _PACK.fullmatch(pack) for pack in packs):
        raise BadValue("bad_rule_pack")
    return packs


rule_packs = Kind("names of rule packs joined by ';' like NL;EU", _read_packs)
"""Rule packs a contract names."""
permit = Kind(
    "a rule pack and the name of a permit like NL.overtime",
    partial(_read_pattern, pattern=_PERMIT, code="bad_permit"),
    schema={"pattern": f"^{_PERMIT.pattern}$"},
)
"""A permit that waives limits of a rule pack."""
pack_entry = Kind(
    "a file inside the folder like my-rules.yaml, or the rule pack itself, key by key",
    partial(_read_pattern, pattern=re.compile(r".{1,500}"), code="bad_rule_pack"),
    json_types=("object",),
    schema={"properties": {"format": {"const": PACK_FORMAT}}, "required": ["format"]},
)
"""A rule pack: the path of its file, or the pack itself (in a document always that)."""
