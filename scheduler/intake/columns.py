"""The tables of a planning: every file, its columns, their kinds and meanings.

Reading CSV and JSON, suggestions, the JSON Schema and the tables of the manual all come from here
and from `scheduler.intake.setting_keys`.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.demand import CHANNELS
from scheduler.domain.people import CEFR_LEVELS, SKILL_KINDS
from scheduler.intake import kinds, values
from scheduler.intake.kinds import Kind

__all__ = ["QUARTERS", "SHIFT_HOURS", "TABLES", "ZONE", "Column", "Table", "optional", "table"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file, or one setting.

    Parameters
    ----------
    name : str
        As it stands in the header, or the key.
    kind : Kind
        How its text is read.
    meaning : str
        One line for the manual.
    example : str
        A value that is right.
    required : bool
        Whether it must be there and hold a value in every row.
    many : bool
        Whether a setting is a list of such values.
    refers_to : str, optional
        Stem of the table whose key the value must be.
    """

    name: str
    kind: Kind
    meaning: str
    example: str
    required: bool = True
    many: bool = False
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file, or one list of objects in a document.

    Parameters
    ----------
    stem : str
        File name without ``.csv``; key in a document.
    required : bool
        Whether the file must be there.
    key : str, optional
        Column whose values are unique and which other tables refer to.
    needs_rows : bool
        Whether at least one row must be there.
    label : str, optional
        Required column that faults about the row among others show.
    """

    stem: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = True
    key: str | None = None
    needs_rows: bool = False
    label: str | None = None

    @property
    def file(self) -> str:
        """Name of the CSV file."""
        return f"{self.stem}.csv"


def optional(name: str, kind: Kind, meaning: str, example: str) -> Column:
    """Return a column that may be left out, or left empty."""
    return Column(name, kind, meaning, example, required=False)


QUARTERS = kinds.whole_number(15, 1440, step=15, what="minutes")
SHIFT_HOURS = kinds.hours("0.25", "24", step_minutes=15)
_WEEK_HOURS = kinds.hours("0", "168")
_AGENT = Column("agent_id", kinds.key, "the agent", "ams-01", refers_to="agents")
_QUEUE = Column("queue_id", kinds.key, "the queue", "phone-nl", refers_to="queues")
ZONE = Column("zone", values.zone, "IANA time zone", "Europe/Amsterdam")
_COUNTRY = Column("country", values.country, "ISO 3166-1, two capitals", "NL")
_SUBDIVISION = optional(
    "subdivision",
    values.subdivision,
    "ISO 3166-2, of the same country; decides the public holidays where they differ",
    "AU-NSW",
)
_WEEKDAY = optional("weekday", values.weekday, "every such weekday; or give `date`", "Mo")
_DATE = optional("date", values.day, "this local date; or give `weekday`", "2027-03-30")
_LOCAL_START = Column("start_local", values.local_time, "local start", "2027-03-21T22:00")
_START_ZONE = Column("zone", values.zone, "zone of the local start", "Europe/Amsterdam")
_FOLD = optional(
    "fold",
    kinds.whole_number(0, 1),
    "where the clock shows the start twice: 0 the first time, 1 the second",
    "0",
)

TABLES = (
    Table(
        "sites",
        "Home bases. An agent works at the site unless `locations.csv` says otherwise.",
        (
            Column("site_id", kinds.key, "unique", "ams"),
            Column("name", kinds.text(), "display name", "Amsterdam"),
            ZONE,
            _COUNTRY,
            _SUBDIVISION,
            Column("currency", values.currency, "in which the site is paid", "EUR"),
        ),
        key="site_id",
        needs_rows=True,
    ),
    Table(
        "contracts",
        "Hours that a contract guarantees, aims at and allows: paid hours in an ISO week.",
        (
            Column("contract_id", kinds.key, "unique", "nl-36"),
            Column("min_hours_week", _WEEK_HOURS, "guaranteed; less costs", "32"),
            Column("target_hours_week", _WEEK_HOURS, "aimed at; less costs", "36"),
            Column("max_hours_week", _WEEK_HOURS, "never more", "40"),
            optional("max_days_week", kinds.whole_number(1, 7), "most working days", "5"),
            optional("min_shift_hours", SHIFT_HOURS, "shortest shift", "4"),
            optional("max_shift_hours", SHIFT_HOURS, "longest shift", "9"),
            optional(
                "night_allowed",
                values.yes_no,
                "whether shifts may leave the waking hours, at a cost; default no",
                "no",
            ),
            optional(
                "rule_packs", values.rule_packs, "further rule packs that hold for it", "NL-FCC"
            ),
            optional(
                "law",
                values.country,
                "country whose law the contract names, where it is not that of the site",
                "NL",
            ),
            optional("on_call", values.yes_no, "whether it has no fixed hours; default no", "no"),
        ),
        key="contract_id",
        needs_rows=True,
    ),
    Table(
        "agents",
        "The people to roster.",
        (
            Column("agent_id", kinds.key, "unique", "ams-01"),
            Column("name", kinds.text(), "display name", "Noor de Vries"),
            Column("site_id", kinds.key, "the site", "ams", refers_to="sites"),
            Column("contract_id", kinds.key, "the contract", "nl-36", refers_to="contracts"),
            Column("hourly_rate", kinds.decimal_number("0", "10000"), "per paid hour", "27.50"),
            Column("currency", values.currency, "of the hourly rate", "EUR"),
            optional("employed_from", values.day, "first day of work", "2026-09-01"),
            optional("employed_until", values.day, "first day no longer at work", "2027-09-01"),
            optional("started_on", values.day, "first day in the job, for ramp-up", "2027-03-01"),
            optional("email", values.email, "where to reach the agent", "noor@example.com"),
            optional(
                "waking_from",
                values.clock,
                "the agent's own waking hours, in place of the planning's",
                "06:00",
            ),
            optional("waking_until", values.clock, "their end; both or none", "22:00"),
        ),
        key="agent_id",
        needs_rows=True,
    ),
    Table(
        "locations",
        "Where agents work when not at their site. A stay begins and ends at midnight of its zone.",
        (
            _AGENT,
            Column("from_date", values.day, "first day there", "2027-03-25"),
            optional("until_date", values.day, "first day no longer there", "2027-04-02"),
            Column("zone", values.zone, "IANA time zone there", "Australia/Perth"),
            Column("country", values.country, "ISO 3166-1, two capitals", "AU"),
            _SUBDIVISION,
        ),
        required=False,
        label="from_date",
    ),
    Table(
        "skills",
        "What agents can do, one row each, with the time in which it is valid.",
        (
            _AGENT,
            Column("kind", values.choice(*SKILL_KINDS), "sort of skill", "language"),
            Column("value", kinds.key, "language tag, channel, client or certificate", "nl"),
            optional("level", values.skill_level, "A1 to C2 for languages, 1 to 5 else", "C2"),
            optional("valid_from", values.day, "first valid day", "2026-04-01"),
            optional("valid_until", values.day, "first day no longer valid", "2027-04-01"),
        ),
    ),
    Table(
        "queues",
        "Streams of contacts that ask for the same skills.",
        (
            Column("queue_id", kinds.key, "unique", "phone-nl"),
            Column("client", kinds.key, "the client whose customers call", "Tulp"),
            Column("channel", values.choice(*CHANNELS), "channel", "phone"),
            Column("language", values.language, "language asked for", "nl"),
            optional("min_level", values.choice(*CEFR_LEVELS), "lowest language level", "B2"),
            optional("certificate", kinds.key, "certificate asked for", "KSF"),
            Column("priority", kinds.whole_number(1, 99), "1 is the most important", "1"),
            optional(
                "opening",
                values.opening,
                "hours by the queue's clock; empty: always. `PH` after the weekdays stands for the "
                "customers' public holidays: `PH off`, or hours in place of the weekday's",
                "Mo-Fr 08:00-18:00; PH off",
            ),
            Column("zone", values.zone, "zone of the opening hours", "Europe/Amsterdam"),
            optional(
                "country",
                values.country,
                "whose public holidays the queue keeps; needed beside `PH`",
                "NL",
            ),
            _SUBDIVISION,
            optional(
                "target_percent",
                kinds.decimal_number("0", "100", above=True, what="a percentage"),
                "share of contacts to answer within `target_seconds` (or the deadline)",
                "80",
            ),
            optional("target_seconds", kinds.whole_number(0, 604_800), "see there", "20"),
            optional(
                "concurrency", kinds.whole_number(1, 20), "contacts side by side; default 1", "1"
            ),
            optional("patience_s", kinds.whole_number(1, 86_400), "mean patience, s", "180"),
            optional(
                "deadline_hours",
                kinds.decimal_number("0", "1000", above=True, what="hours"),
                "hours within which work that can wait must be done",
                "4",
            ),
            optional(
                "shrinkage",
                kinds.decimal_number("0", "0.9", what="a share"),
                "share of rostered time that is lost; default 0",
                "0.1",
            ),
        ),
        key="queue_id",
        needs_rows=True,
    ),
    Table(
        "demand",
        "Contacts expected in each interval. Intervals not named have none.",
        (
            _QUEUE,
            Column(
                "interval_start",
                values.instant,
                "start of the interval, with offset or Z",
                "2027-03-22T08:00+01:00",
            ),
            Column("offered", kinds.decimal_number("0", "1000000"), "contacts", "12.5"),
            Column("aht_s", kinds.decimal_number("0", "86400"), "average handling time, s", "240"),
        ),
        required=False,
        label="interval_start",
    ),
    Table(
        "requirements",
        "Agents needed in each interval: instead of demand, or over it.",
        (
            _QUEUE,
            Column(
                "interval_start",
                values.instant,
                "start of the interval, with offset or Z",
                "2027-03-22T07:00Z",
            ),
            Column("agents", kinds.whole_number(0, 10_000), "agents needed", "3"),
        ),
        required=False,
        label="interval_start",
    ),
    Table(
        "availability",
        "When agents can work: `available` limits the day to the times given, several rows add up; "
        "`unavailable` takes them out.",
        (
            _AGENT,
            _WEEKDAY,
            _DATE,
            Column("from", values.clock, "local time", "09:00"),
            Column("until", values.clock, "local time, exclusive", "17:00"),
            Column(
                "kind", values.choice("available", "unavailable"), "what the row does", "available"
            ),
        ),
        required=False,
    ),
    Table(
        "time_off",
        "When agents are off. `until` is the first day or time back at work.",
        (
            _AGENT,
            Column("from", values.day_or_time, "local date or date and time", "2027-03-29"),
            Column("until", values.day_or_time, "exclusive", "2027-04-01"),
            Column("kind", kinds.text(100), "free word", "leave"),
            optional("paid", values.yes_no, "default yes", "yes"),
        ),
        required=False,
    ),
    Table(
        "wishes",
        "What agents would like on a weekday or date.",
        (
            _AGENT,
            _WEEKDAY,
            _DATE,
            optional("from", values.clock, "local time; default 00:00", "18:00"),
            optional("until", values.clock, "local time, exclusive; default 24:00", "24:00"),
            Column("wish", values.choice("want", "avoid"), "to work then, or not to", "avoid"),
            Column("strength", kinds.whole_number(1, 5), "5 is the strongest", "3"),
        ),
        required=False,
    ),
    Table(
        "history",
        "Shifts before the horizon, for rest, hours and all that is counted over weeks; complete "
        "from `history_from` on.",
        (
            _AGENT,
            _LOCAL_START,
            _START_ZONE,
            _FOLD,
            optional(
                "end_utc", values.instant, "end; or give `duration_minutes`", "2027-03-22T05:00Z"
            ),
            optional(
                "duration_minutes",
                kinds.whole_number(1, 1440, what="minutes"),
                "elapsed minutes; or give `end_utc`",
                "480",
            ),
        ),
        required=False,
        label="start_local",
    ),
    Table(
        "pins",
        "Shifts that must stay, even where they break a rule (the audit then names it).",
        (
            _AGENT,
            Column("start_local", values.local_time, "local start", "2027-03-23T09:00"),
            _START_ZONE,
            _FOLD,
            Column("duration_minutes", QUARTERS, "elapsed minutes", "480"),
        ),
        required=False,
        label="start_local",
    ),
)
"""The tables, in the order in which faults are listed."""


def table(stem: str) -> Table:
    """Return the table called `stem`.

    Raises
    ------
    KeyError
        If there is none.
    """
    for candidate in TABLES:
        if candidate.stem == stem:
            return candidate
    raise KeyError(stem)
