"""Rule packs with one thing wrong each: code, column and value of the fault it must get."""

from __future__ import annotations

from typing import Any

from tests.labour.packs import BASE, NIGHT, cite, document, limit


def with_limits(*limits: dict[str, Any]) -> dict[str, Any]:
    return document(*limits, night=NIGHT)


def no_night(**keys: Any) -> dict[str, Any]:
    return document(limit(**keys))


REST = {"rule": "daily_rest", "min": "11 h"}
SOURCES = {"S": {"title": "t", "url": "ftp://x"}}

BAD: list[tuple[str, object, list[tuple[str, str | None, str | None]]]] = [
    ("no mapping", ["x"], [("bad_pack", None, "a list")]),
    ("no format", {}, [("unknown_format", "format", "")]),
    ("format", {**BASE, "format": "heliotrope/1"}, [("unknown_format", "format", "heliotrope/1")]),
    ("key", document(nigth=1), [("unknown_key", "nigth", None)]),
    ("kind", document(kind="laww"), [("bad_choice", "kind", "laww")]),
    ("id", document(pack="X.Y"), [("bad_text", "pack", "X.Y")]),
    ("country", document(country="nl"), [("bad_text", "country", "nl")]),
    ("no name", {**BASE, "name": None}, [("missing_key", "name", None)]),
    ("url", document(sources=SOURCES), [("bad_text", "sources.S.url", "ftp://x")]),
    ("limits", document(limits="x"), [("bad_pack", "limits", "x")]),
    ("limit", document(limits=["x"]), [("bad_pack", "limits[0]", "x")]),
    ("no rule", document(cite(max="1 h")), [("missing_key", "limits[0].rule", None)]),
    ("rule", document(limit("day_hour")), [("unknown_rule", "limits[0].rule", "day_hour")]),
    (
        "key of limit",
        document(limit("day_hours", max="9 h", maximum="9 h")),
        [("unknown_key", "limits[0].maximum", None)],
    ),
    ("no number", document(limit("day_hours")), [("missing_key", "limits[0].max", None)]),
    (
        "wrong unit",
        document(limit("day_hours", max="12 km")),
        [("bad_unit", "limits[0].max", "12 km")],
    ),
    (
        "no unit",
        document(limit("day_hours", max=12)),
        [("bad_unit", "limits[0].max", "12")],
    ),
    (
        "hours for weeks",
        document(limit("average_hours", max_week="48 h", weeks="4 h")),
        [("bad_unit", "limits[0].weeks", "4 h")],
    ),
    (
        "days for hours",
        document(limit("daily_rest", min="1 day")),
        [("bad_unit", "limits[0].min", "1 day")],
    ),
    (
        "unit on a count",
        with_limits(limit("series_shifts", max="7 shifts", gap="36 h")),
        [("bad_number", "limits[0].max", "7 shifts")],
    ),
    (
        "negative",
        document(limit("daily_rest", min="-11 h")),
        [("out_of_range", "limits[0].min", "-11 h")],
    ),
    ("zero", document(limit("day_hours", max="0 h")), [("out_of_range", "limits[0].max", "0 h")]),
    (
        "minutes beyond the hour",
        document(limit("day_hours", max="8 h 75 min")),
        [("out_of_range", "limits[0].max", "8 h 75 min")],
    ),
    (
        "a day of 25 hours",
        document(limit("day_hours", max="25 h")),
        [("contradiction", "limits[0].max", "25 h")],
    ),
    (
        "rest beyond its window",
        document(limit("weekly_rest", min="200 h", per="7 x 24 h")),
        [("contradiction", "limits[0].min", "200 h")],
    ),
    (
        "part beyond the rest",
        document(limit("weekly_rest", min="36 h", or_min="72 h", or_part="80 h")),
        [("contradiction", "limits[0].or_part", "80 h")],
    ),
    (
        "or_part alone",
        document(limit("weekly_rest", min="36 h", or_part="8 h")),
        [("contradiction", "limits[0].or_part", "8 h")],
    ),
    (
        "reduced is longer",
        document(limit("daily_rest", min="11 h", reduced="11 h")),
        [("contradiction", "limits[0].reduced", "11 h")],
    ),
    (
        "extended is shorter",
        document(limit("shift_hours", max="10 h", extended_max="9 h")),
        [("contradiction", "limits[0].extended_max", "9 h")],
    ),
    *(
        (
            f"{key} alone",
            document(limit(rule, **numbers, **{key: value})),
            [("contradiction", f"limits[0].{key}", shown)],
        )
        for rule, numbers, key, value, shown in (
            ("shift_hours", {"max": "9 h"}, "extended_max", "9 h", "9 h"),
            ("shift_hours", {"max": "9 h"}, "extended_counts", ["5 in 14 days"], None),
            ("shift_hours", {"max": "9 h"}, "extended_rest", "9 h", None),
            ("daily_rest", {"min": "9 h"}, "reduced_times", 2, "2"),
            ("daily_rest", {"min": "9 h"}, "reduced_per", "48 h", "48 h"),
            ("weekly_rest", {"min": "9 h"}, "or_per", "480 h", "480 h"),
            ("notice", {"times": "9 days"}, "or_rest_days", "8 days", "8 days"),
            (
                "notice",
                {"times": "9 days", "or_times": "5 days"},
                "or_rest_days",
                "4 days",
                "4 days",
            ),
        )
    ),
    (
        "extended days",
        document(
            limit("shift_hours", max="9 h", extended_max="10 h", extended_counts=["5 in 15 days"])
        ),
        [("out_of_range", "limits[0].extended_counts", "5 in 15 days")],
    ),
    (
        "Sundays",
        document(limit("free_sundays", min=5, weeks="4 weeks")),
        [("contradiction", "limits[0].min", "5")],
    ),
    (
        "break part",
        document(limit("break_time", over="6 h", min="15 min", part="30 min")),
        [("contradiction", "limits[0].part", "30 min")],
    ),
    ("no work never", document(limit("no_work")), [("contradiction", "limits[0].weekdays", None)]),
    (
        "weekday",
        document(limit("no_work", weekdays=["Mo", "Sunday"])),
        [("bad_weekday", "limits[0].weekdays", "Sunday")],
    ),
    (
        "weekdays as a range",
        document(limit("no_work", weekdays=["Mo-Fr"])),
        [("bad_weekday", "limits[0].weekdays", "Mo-Fr")],
    ),
    (
        "weekday twice",
        document(limit("no_work", weekdays=["Mo", "Tu", "Tu"])),
        [("bad_weekday", "limits[0].weekdays", "Tu")],
    ),
    (
        "no weekday",
        document(limit("no_work", weekdays=[])),
        [("bad_weekday", "limits[0].weekdays", "a list")],
    ),
    (
        "extended counts",
        document(
            limit(
                "shift_hours",
                max="9 h",
                extended_max="10 h",
                extended_counts=["5 in 14 days", "twice"],
            )
        ),
        [("bad_unit", "limits[0].extended_counts", "twice")],
    ),
    (
        "source twice",
        document(limit(**REST) | {"sources": ["S", "S"]}),
        [("bad_text", "limits[0].sources", "S")],
    ),
    (
        "defaults",
        document(
            limit("day_hours", max="9 h"),
            limit("consecutive_days", max="6 days"),
            night=NIGHT,
            confidence="sure",
            checked_on="soon",
        ),
        [("bad_choice", "confidence", "sure"), ("bad_date", "checked_on", "soon")],
    ),
    (
        "defaults that are not there",
        document(limit("day_hours", max="9 h"), confidence=None, checked_on=None),
        [
            ("missing_key", "limits[0].confidence", None),
            ("missing_key", "limits[0].checked_on", None),
        ],
    ),
    (
        "includes itself",
        document(includes=["EU", "XX"]),
        [("contradiction", "includes[1]", "XX")],
    ),
    (
        "notice",
        document(limit("notice", times="4 days", or_times="28 days")),
        [("contradiction", "limits[0].or_times", "28 days")],
    ),
    (
        "notice without rest days",
        document(limit("notice", times="28 days", or_times="4 days")),
        [("contradiction", "limits[0].or_rest_days", None)],
    ),
    (
        "clock",
        with_limits(limit("night_count", max=3, weeks="4 weeks", ending_after="2")),
        [("bad_clock", "limits[0].ending_after", "2")],
    ),
    (
        "clock beyond",
        document(night={**NIGHT, "until": "25:00"}),
        [("bad_clock", "night.until", "25:00")],
    ),
    (
        "night longer than itself",
        document(night={**NIGHT, "over": "6 h"}),
        [("contradiction", "night.over", "6 h")],
    ),
    (
        "night twice",
        document(night={**NIGHT, "over_half": "yes"}),
        [("contradiction", "night.over", "1 h")],
    ),
    *(
        (f"no night: {keys['rule']}", no_night(**keys), [("night_missing", "limits[0]", name)])
        for keys, name in (
            ({"rule": "shift_hours", "max": "9 h", "night_only": "yes"}, "shift_hours"),
            ({"rule": "series_rest", "nights": 3, "gap": "1 h", "min": "46 h"}, "series_rest"),
            (
                {"rule": "series_shifts", "max": 7, "gap": "1 h", "with_night": True},
                "series_shifts",
            ),
            ({"rule": "night_count", "max": 3, "weeks": "4 weeks"}, "night_count"),
            ({**REST, "after_night_ending_after": "02:00"}, "daily_rest"),
            (
                {"rule": "average_hours", "max_week": "9 h", "weeks": "4 weeks", "from_nights": 1},
                "average_hours",
            ),
        )
    ),
    (
        "same name",
        document(limit(**REST), limit(**REST)),
        [("overlapping_validity", "limits[1].name", "daily_rest")],
    ),
    (
        "overlap of a day",
        document(limit(**REST, valid_to="2027-01-02"), limit(**REST, valid_from="2027-01-01")),
        [("overlapping_validity", "limits[1].name", "daily_rest")],
    ),
    (
        "source",
        document(limit(**REST) | {"sources": ["S", "T"]}),
        [("unknown_source", "limits[0].sources[1]", "T")],
    ),
    (
        "law without source",
        document(limit(**REST) | {"sources": []}),
        [("missing_key", "limits[0].sources", None)],
    ),
    (
        "no article",
        document({"rule": "daily_rest", "min": "11 h", "sources": ["S"]}),
        [("missing_key", "limits[0].article", None)],
    ),
    (
        "date",
        document(limit(**REST, valid_from="2027-02-29")),
        [("bad_date", "limits[0].valid_from", "2027-02-29")],
    ),
    (
        "dates",
        document(limit(**REST, valid_from="2027-02-01", valid_to="2027-02-01")),
        [("bad_dates", "limits[0].valid_to", "2027-02-01")],
    ),
    (
        "confidence",
        document(limit(**REST, confidence="sure")),
        [("bad_choice", "limits[0].confidence", "sure")],
    ),
    (
        "days over",
        document(limit(**REST, days_over="7 days")),
        [("out_of_range", "limits[0].days_over", "7 days")],
    ),
    (
        "on call",
        document(limit(**REST, on_call="maybe")),
        [("bad_yes_no", "limits[0].on_call", "maybe")],
    ),
    (
        "factor below 1",
        document(premiums=[cite(name="p", factor="0.25")]),
        [("out_of_range", "premiums[0].factor", "0.25")],
    ),
    (
        "factor in percent",
        document(premiums=[cite(name="p", factor="125 %")]),
        [("bad_number", "premiums[0].factor", "125 %")],
    ),
    (
        "five decimals",
        document(premiums=[cite(name="p", factor="1.12345")]),
        [("out_of_range", "premiums[0].factor", "1.12345")],
    ),
    (
        "premium over midnight",
        document(premiums=[cite(name="p", factor=2, **{"from": "22:00", "until": "06:00"})]),
        [("contradiction", "premiums[0].until", None)],
    ),
    (
        "holiday on Sundays",
        document(premiums=[cite(name="p", factor=2, holiday=True, weekdays=["Su"])]),
        [("contradiction", "premiums[0].weekdays", None)],
    ),
    (
        "unknown matter",
        document(unknown=[{"matter": "rest"}]),
        [("missing_key", "unknown[0].instead", None)],
    ),
    ("note", document(notes=[""]), [("bad_text", "notes[0]", "")]),
]
