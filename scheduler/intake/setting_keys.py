"""The settings of a planning: every key of ``planning.yaml``, its kind and meaning."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.demand import CHANNELS, PHONE_MODELS
from scheduler.intake import kinds, values
from scheduler.intake.columns import QUARTERS, SHIFT_HOURS, ZONE, Column, optional
from scheduler.intake.kinds import Kind

__all__ = ["CHANNEL_TARGET", "FORMAT", "GROUPS", "SETTINGS_FILE", "Group"]

FORMAT = "heliotrope/1"
SETTINGS_FILE = "planning.yaml"
_CENTS = kinds.whole_number(0, 10_000_000, what="cents, a whole number")


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that stand together under one key of ``planning.yaml``.

    Parameters
    ----------
    name : str
        Key; empty for the top level.
    many : bool
        Whether the key holds a list of such groups.
    any_key : bool
        Whether keys are free (exchange rates); then the first column describes the key and the
        second the value, in place of which a list of groups of the columns after the first may
        stand; a second column with `many` is a list of values and nothing else.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = False
    many: bool = False
    any_key: bool = False


CHANNEL_TARGET = Group(
    "channel",
    "What holds for the queues of a channel that do not say otherwise.",
    (
        optional(
            "target_percent",
            kinds.decimal_number("0", "100", above=True, what="a percentage"),
            "share of contacts to answer in time",
            "80",
        ),
        optional(
            "target_seconds", kinds.whole_number(0, 604_800), "longest wait that is in time", "15"
        ),
        optional(
            "deadline_hours",
            kinds.decimal_number("0", "1000", above=True, what="hours"),
            "the work can wait and must be done within so many hours",
            "24",
        ),
        optional(
            "max_occupancy",
            kinds.decimal_number("0", "1", above=True, what="a share"),
            "largest share of time that agents handle contacts",
            "0.85",
        ),
        optional("concurrency", kinds.whole_number(1, 20), "contacts side by side", "2"),
    ),
)
"""What may stand under a channel of ``staffing``."""

_CHANNEL = Kind(
    f"any of {', '.join(column.name for column in CHANNEL_TARGET.columns)}",
    str,
    json_types=("object",),
    schema={
        "properties": {
            column.name: {
                "type": [*column.kind.json_types, "null"],
                "description": column.meaning,
                **column.kind.schema,
            }
            for column in CHANNEL_TARGET.columns
        },
        "additionalProperties": False,
    },
)

GROUPS = (
    Group(
        "",
        "Settings at the top level.",
        (
            Column("format", kinds.text(), "always this text", FORMAT),
            Column("name", kinds.text(), "what the roster is called", "Dutch care, spring"),
            Column(
                "interval_minutes",
                kinds.whole_number(15, 30, step=15, what="minutes"),
                "length of the intervals of demand and requirements",
                "30",
            ),
            Column("currency", values.currency, "base currency: all costs are in it", "EUR"),
            optional(
                "min_stint_minutes",
                QUARTERS,
                "shortest time an agent stays on one queue; default 60",
                "60",
            ),
            optional(
                "history_from",
                values.day,
                "first date from which `history.csv` is complete; default: the earliest in it",
                "2026-11-30",
            ),
            Column(
                "permits",
                values.permit,
                "permits that the company holds: they waive the limits that name them",
                "[AU.additional_hours]",
                required=False,
                many=True,
            ),
            Column(
                "rule_packs",
                values.pack_entry,
                "the company's own rule packs; they add to those shipped or replace them",
                "[my-rules.yaml]",
                required=False,
                many=True,
            ),
        ),
        required=True,
    ),
    Group(
        "horizon",
        "The period to roster, from midnight to midnight of `zone`; at most 371 days.",
        (
            Column("start", values.day, "first date", "2027-03-22"),
            Column("end", values.day, "the date after the last one", "2027-04-05"),
            ZONE,
        ),
        required=True,
    ),
    Group(
        "exchange_rates",
        "Needed for every other currency that agents or sites are paid in: one `rate`, or a list "
        "with the date `from` which each holds until the next.",
        (
            Column("CUR", values.currency, "the other currency", "AUD"),
            Column(
                "rate",
                kinds.decimal_number("0", "1000000", above=True),
                "price of one unit of it in the base currency",
                "0.61",
            ),
            optional(
                "from", values.day, "in a list: first date; the first may go without", "2027-04-01"
            ),
        ),
        any_key=True,
    ),
    Group(
        "shifts",
        "Which shifts may exist.",
        (
            optional("min_hours", SHIFT_HOURS, "shortest shift, breaks included; default 4", "4"),
            optional("max_hours", SHIFT_HOURS, "longest shift, breaks included; default 9", "9"),
            optional("length_step_minutes", QUARTERS, "grid of lengths; default 60", "60"),
            optional("start_step_minutes", QUARTERS, "grid of local starts; default 30", "30"),
            optional(
                "clock_change",
                values.choice("keep_duration", "keep_local_end"),
                "what a shift keeps when the clock changes inside it; default keep_duration",
                "keep_duration",
            ),
        ),
    ),
    Group(
        "waking_hours",
        "Work outside these hours of the agent's own clock is own night.",
        (
            optional("from", values.clock, "default 07:00", "07:00"),
            optional("until", values.clock, "default 23:00", "23:00"),
        ),
    ),
    Group(
        "closures",
        "A list of dates on which nobody works, by the clock of the place of work.",
        (
            Column("date", values.day, "the date", "2027-12-24"),
            Column("name", kinds.text(), "what it is called", "Christmas Eve"),
            optional("site", kinds.key, "the `site_id`; left out: the whole company", "ams"),
        ),
        many=True,
    ),
    Group(
        "announced",
        "When the agents are told; without it notice periods are not judged.",
        (
            Column("times_on", values.day, "date on which starts and ends are known", "2027-03-01"),
            optional(
                "rest_days_on",
                values.day,
                "date on which days off are; default the same",
                "2027-02-22",
            ),
        ),
    ),
    Group(
        "weights",
        "What things are worth, in cents of the base currency; see `costs.md`.",
        (
            optional("short_high_cents", _CENTS, "agent missing, first tier; 30 min", "8000"),
            optional("short_middle_cents", _CENTS, "agent missing, second tier; 30 min", "5000"),
            optional("short_low_cents", _CENTS, "agent missing, third tier; 30 min", "3000"),
            Column(
                "priority_percent",
                kinds.whole_number(0, 10_000_000, what="percent, a whole number"),
                "weight of queue priority 1, 2, 3, ...; the last one covers all beyond",
                "[200, 150, 100, 75]",
                required=False,
                many=True,
            ),
            optional("idle_cents", _CENTS, "agent on duty beyond need; 30 min", "100"),
            optional("own_night_cents_hour", _CENTS, "an hour in the agent's own night", "1500"),
            optional("wish_cents", _CENTS, "a wish not granted, per point of strength", "300"),
            optional("under_target_cents_hour", _CENTS, "an hour short of the target", "2000"),
            optional("under_min_cents_hour", _CENTS, "besides, short of the minimum", "2000"),
            optional("weekend_cents", _CENTS, "unfair share of weekend shifts, per step", "1000"),
            optional("evening_cents", _CENTS, "unfair share of evening shifts, per step", "200"),
        ),
    ),
    Group(
        "break_rules",
        "A list; the rule with the largest `over_hours` below a shift's length applies, alone. "
        "Left out: 30 minutes over 5.5 hours, 45 over 10.",
        (
            Column("over_hours", kinds.hours("0", "24"), "for shifts longer than this", "5.5"),
            Column("break_minutes", QUARTERS, "length of the break", "30"),
            optional("paid", values.yes_no, "default no", "no"),
            optional(
                "margin_minutes",
                kinds.whole_number(0, 720, step=15, what="minutes"),
                "the break keeps this far from both ends of the shift; default 120",
                "120",
            ),
        ),
        many=True,
    ),
    Group(
        "staffing",
        "How contacts become required agents; see `staffing.md`. Defaults of a channel hold for "
        "its queues that do not say otherwise.",
        (
            optional(
                "phone_model",
                values.choice(*PHONE_MODELS),
                "erlang_a lets callers of queues with `patience_s` hang up; default erlang_c",
                "erlang_c",
            ),
            *(
                optional(channel, _CHANNEL, f"defaults for {channel} queues", "{max_occupancy: 1}")
                for channel in CHANNELS
            ),
            Column(
                "ramp_up",
                kinds.whole_number(1, 100, what="percent, a whole number"),
                "what newcomers get done, per four weeks in the job; 100 from there on",
                "[53, 67, 81, 95]",
                required=False,
                many=True,
            ),
        ),
    ),
    Group(
        "pools",
        "Queues whose agents are cross-trained and that are staffed as one: a name, and its "
        "queues. All are calls, or all have the same concurrency; none has a deadline.",
        (
            Column("POOL", kinds.key, "what the pool is called", "dutch-phone"),
            Column("queues", kinds.key, "each `queue_id`", "[phone-nl, sales-nl]", many=True),
        ),
        any_key=True,
    ),
)
"""The settings of ``planning.yaml``, in the order of the manual."""
