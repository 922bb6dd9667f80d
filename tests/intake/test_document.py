"""The planning as one JSON document: same records, same digest, pointers instead of lines."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import (
    Agent,
    Announcement,
    Availability,
    BreakRule,
    ClockChange,
    Closure,
    Contract,
    DemandInterval,
    ExchangeRate,
    Horizon,
    PastShift,
    Planning,
    Queue,
    RequirementInterval,
    ShiftPolicy,
    Site,
    Skill,
    TimeOff,
    WakingHours,
    WallTime,
    Weights,
    Wish,
)
from scheduler.domain.demand import OpeningRange
from scheduler.intake.document import input_digest, to_document
from scheduler.intake.planning_folder import Intake, read_planning
from scheduler.intake.schema import json_schema

from .folders import write

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def read_document(document: object) -> Intake:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "plan.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return read_planning(path)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Planning:
    planning = read_planning(write(tmp_path_factory.mktemp("good"))).planning
    assert planning is not None
    return planning


def test_folder_and_document_agree(good: Planning) -> None:
    document = to_document(good)
    VALIDATOR.validate(document)
    again = read_document(document)
    assert again.planning == good, [str(fault) for fault in again.faults]
    assert good.input_sha256 == input_digest(good)


def test_one_rate_with_a_date_keeps_it(good: Planning) -> None:
    dated = ExchangeRate("AUD", Decimal("0.61"), date(2027, 4, 1))
    document: Any = to_document(replace(good, exchange_rates=(dated, *good.exchange_rates[1:])))
    assert document["exchange_rates"]["AUD"] == [{"from": "2027-04-01", "rate": "0.61"}]
    again = read_document(document).planning
    assert again is not None
    assert again.exchange_rates[0] == dated


def minutes(step: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most // step).map(lambda count: count * step)


def decimals(most: int, places: int = 4) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, most, places=places)


DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
TEXTS = st.text(st.characters(exclude_categories=["C"], include_characters="\n"), min_size=1)
NAMES = TEXTS.map(str.strip).filter(bool).map(lambda text: text[:200])
RANGES = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(
    lambda pair: pair[0] < pair[1]
)
CHANGES = st.sampled_from(ClockChange)
PERCENTS = st.lists(st.integers(0, 99), min_size=1).map(tuple)
WALLS = st.builds(WallTime, DAYS, st.integers(0, 1439))
ON_DAYS = st.one_of(
    st.integers(1, 7).map(lambda weekday: {"weekday": weekday, "day": None}),
    DAYS.map(lambda day: {"weekday": None, "day": day}),
)
OPENINGS = st.builds(
    lambda days, span: OpeningRange(tuple(sorted(days)), *span),
    st.sets(st.integers(1, 7), min_size=1),
    RANGES,
)
HOLIDAYS = st.one_of(st.none(), st.lists(RANGES, max_size=2).map(tuple))
COUNTRIES = st.sampled_from([None, "NL", "AU"])
CLOSURES = st.builds(Closure, DAYS, NAMES, st.sampled_from([None, "s"]))


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    low, target, high = sorted(draw(st.tuples(*[st.integers(0, 168 * 60)] * 3)))
    shifts = draw(st.one_of(st.none(), st.tuples(minutes(15, 1425), minutes(15, 1425))))
    limits = (None, None) if shifts is None else tuple(15 + m for m in sorted(shifts))
    packs = tuple(draw(st.lists(st.sampled_from(["NL", "EU", "AU_WA"]), max_size=2)))
    days = draw(st.one_of(st.none(), st.integers(1, 7)))
    law = draw(st.sampled_from([None, "NL"]))
    nights, on_call = draw(st.booleans()), draw(st.booleans())
    return Contract("c", low, target, high, days, *limits, nights, packs, law, on_call)


@st.composite
def plannings(draw: st.DrawFn) -> Planning:
    """Draw plannings with odd texts, minutes and numbers; references and grid are simple."""
    start = draw(DAYS)
    horizon = Horizon(start, start + timedelta(days=draw(st.integers(1, 30))), "UTC")
    first = datetime(start.year, start.month, start.day, tzinfo=UTC)
    interval = draw(st.sampled_from([15, 30]))
    at = first + timedelta(minutes=interval * draw(st.integers(0, horizon.days * 48 - 1)))
    past = first - timedelta(minutes=draw(st.integers(1, 1440)))
    low, high = draw(RANGES)
    shift_low, shift_high = sorted(draw(st.tuples(minutes(15, 1425), minutes(15, 1425))))
    off = sorted(draw(st.lists(WALLS, min_size=2, max_size=2, unique=True)))
    prices = sorted(draw(st.tuples(*[st.integers(0, 10_000_000)] * 3)), reverse=True)
    return Planning(
        name=draw(NAMES),
        horizon=horizon,
        interval_minutes=interval,
        currency="EUR",
        sites=(Site("s", draw(NAMES), "Asia/Kathmandu", "NP", "NPR"),),
        contracts=(draw(contracts()),),
        agents=(draw(agents()),),
        queues=(
            Queue(
                "q",
                "Tulp",
                "chat",
                "nl",
                draw(st.integers(1, 99)),
                "UTC",
                opening=tuple(draw(st.lists(OPENINGS, max_size=3))),
                target_percent=Decimal(80),
                target_seconds=draw(st.integers(0, 1000)),
                shrinkage=draw(decimals(0, 2)),
                country="AU",
                subdivision=draw(st.sampled_from([None, "AU-NSW"])),
                holiday_opening=draw(HOLIDAYS),
            ),
            Queue("free", "Tulp", "phone", "nl-SR", 1, "UTC", country=draw(COUNTRIES)),
        ),
        skills=(Skill("a", "language", "nl-SR", "C2", *draw(spans())),),
        demand=(DemandInterval("free", at, draw(decimals(1_000_000)), Decimal("0.5")),),
        requirements=(RequirementInterval("free", at, draw(st.integers(0, 10_000))),),
        availability=(Availability("a", low, high, draw(st.booleans()), **draw(ON_DAYS)),),
        time_off=(TimeOff("a", off[0], off[1], draw(NAMES)[:100].strip(), draw(st.booleans())),),
        wishes=(Wish("a", draw(st.booleans()), 3, low, high, **draw(ON_DAYS)),),
        history=(PastShift("a", past, past + timedelta(hours=3), wall(past), "UTC", 0),),
        exchange_rates=draw(rates(start)),
        closures=tuple(draw(st.lists(CLOSURES, max_size=2))),
        permits=tuple(draw(st.lists(st.sampled_from(["NL.x", "MA000023.overtime_2"]), max_size=2))),
        rule_packs=tuple(draw(st.lists(PACKS, max_size=2))),
        announced=draw(announcements()),
        history_from=draw(st.sampled_from([None, past.date(), past.date() - timedelta(days=40)])),
        shifts=ShiftPolicy(shift_low + 15, shift_high + 15, 15, 45, draw(CHANGES)),
        waking_hours=WakingHours(low, high),
        weights=Weights(*prices, priority_percent=draw(PERCENTS)),
        break_rules=draw(st.sampled_from([(), (BreakRule(331, 30, True, 60),)])),
        min_stint_minutes=45,
    )  # fmt: skip


def spans() -> st.SearchStrategy[tuple[date | None, date | None]]:
    both = st.tuples(DAYS, st.integers(1, 999)).map(lambda p: (p[0], p[0] + timedelta(days=p[1])))
    return st.one_of(both, st.sampled_from([(None, None), (date(2021, 5, 1), None)]))


@st.composite
def agents(draw: st.DrawFn) -> Agent:
    """Draw an agent who was at work before the first history and until the end."""
    since = draw(st.one_of(st.none(), st.dates(date(2010, 1, 1), date(2019, 1, 1))))
    until = draw(st.one_of(st.none(), st.dates(date(2030, 2, 1), date(2040, 1, 1))))
    waking = draw(st.one_of(st.none(), RANGES.map(lambda span: WakingHours(*span))))
    rate = draw(decimals(10_000))
    return Agent("a", draw(NAMES), "s", "c", rate, "NPR", since, until, waking_hours=waking)


@st.composite
def rates(draw: st.DrawFn, start: date) -> tuple[ExchangeRate, ...]:
    """Draw rates of two currencies, sorted, the one in use known from before the horizon on."""
    first = draw(st.sampled_from([None, start - timedelta(days=1)]))
    later = draw(st.lists(st.integers(1, 99), unique=True, max_size=3).map(sorted))
    dates = [first, *(start + timedelta(days=days) for days in later)]
    prices = decimals(1_000_000).filter(bool)
    known = [ExchangeRate("NPR", draw(prices), day) for day in dates]
    other = [ExchangeRate("AUD", draw(prices), start + timedelta(days=9))]
    return (*draw(st.sampled_from([other, []])), *known)


KEYS = st.text("abcdefghij_", min_size=1, max_size=5).filter(lambda key: key != "format")
PLAIN = st.recursive(
    NAMES,
    lambda data: st.lists(data, max_size=3) | st.dictionaries(KEYS, data, max_size=3),
    max_leaves=6,
)
PACKS = st.dictionaries(KEYS, PLAIN, max_size=4).map(
    lambda data: json.dumps(
        {**data, "format": "heliotrope-rules/1"},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
)


@st.composite
def announcements(draw: st.DrawFn) -> Announcement | None:
    times, earlier = draw(DAYS), draw(st.one_of(st.none(), st.integers(0, 99)))
    rest_days = None if earlier is None else times - timedelta(days=earlier)
    return draw(st.sampled_from([None, Announcement(times, rest_days)]))


def wall(instant: datetime) -> WallTime:
    return WallTime(instant.date(), instant.hour * 60 + instant.minute)


@settings(max_examples=60, deadline=None)
@given(plannings())
def test_any_planning_survives_the_way_through_json(planning: Planning) -> None:
    document = to_document(planning)
    VALIDATOR.validate(document)
    intake = read_document(document)
    assert intake.faults == ()
    assert intake.planning is not None
    assert to_document(intake.planning) == document
    assert {**vars_of(intake.planning), "input_sha256": ""} == vars_of(planning)


def vars_of(planning: Planning) -> dict[str, Any]:
    return {name: getattr(planning, name) for name in Planning.__dataclass_fields__}


def put(path: str, value: object) -> Callable[[dict[str, Any]], object]:
    def change(document: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            document = document[int(step) if step.isdigit() else step]
        document[int(last) if last.isdigit() else last] = value

    return change


SPOILT = [
    (put("agents.1.hourly_rate", -1), "out_of_range", "/agents/1/hourly_rate", "-1"),
    (put("agents.1.hourly_rat", 1), "unknown_column", "/agents/1/hourly_rat", "'hourly_rate'"),
    (put("agents.0.name", 7), "wrong_type", "/agents/0/name", "string"),
    (put("agents.0.name", None), "missing_value", "/agents/0/name", "display name"),
    (put("agents.0.name", "\ud800"), "bad_text", "/agents/0/name", "ud800"),
    (put("agents.0", "a1"), "wrong_type", "/agents/0", "object"),
    (put("agents", {}), "wrong_type", "/agents", "list"),
    (put("agents", []), "empty_table", "/agents", "row"),
    (put("agents", None), "missing_key", "/agents", "list"),
    (put("agent", []), "unknown_key", "/agent", "'agents'"),
    (put("skills.0.agent_id", "a9"), "unknown_id", "/skills/0/agent_id", "of /agents"),
    (put("horizon.start", 2027), "wrong_type", "/horizon/start", "date"),
    (put("horizon.a/b", 1), "unknown_key", "/horizon/a~1b", "start"),
    (put("weights.idle_cents", True), "wrong_type", "/weights/idle_cents", "cents"),
    (put("weights.priority_percent", [1, []]), "wrong_type", "/weights/priority_percent/1", "cent"),
    (put("exchange_rates.USD.0.rate", 0), "out_of_range", "/exchange_rates/USD/0/rate", "above 0"),
    (put("exchange_rates.USD.1", 3), "wrong_type", "/exchange_rates/USD/1", "rate"),
    (put("closures.0.site", "asm"), "unknown_id", "/closures/0/site", "of /sites"),
    (put("rule_packs.0", "my-rules.yaml"), "wrong_type", "/rule_packs/0", "key by key"),
    (put("rule_packs.1.format", 1), "unknown_format", "/rule_packs/1/format", "rules/1"),
    (put("permits", ["overtime"]), "bad_permit", "/permits/0", "NL.overtime"),
    (put("announced.times_on", "2027-01-01"), "wrong_order", "/announced/rest_days_on", "times"),
    (put("agents.0.waking_until", None), "missing_value", "/agents/0/waking_until", "beside"),
    (put("queues.1.subdivision", "AU-ZZ"), "unknown_subdivision", "/queues/1/subdivision", "AU-"),
    (put("format", "heliotrope/9"), "unknown_format", "/format", "heliotrope/9"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "pointer", "word"), SPOILT, ids=[s[2] for s in SPOILT])
def test_faults_of_a_document_are_pointers(
    good: Planning, change: Callable[[Any], object], code: str, pointer: str, word: str
) -> None:
    document = to_document(good)
    change(document)
    intake = read_document(document)
    assert intake.planning is None
    found = [f for f in intake.faults if (f.code, f.column) == (code, pointer)]
    assert found, [str(fault) for fault in intake.faults]
    assert found[0].line is None
    assert found[0].file == "plan.json"
    assert word in str(found[0])


def test_numbers_and_flags_may_be_written_either_way(good: Planning) -> None:
    document: Any = to_document(good)
    document["agents"][0]["hourly_rate"] = 27.5
    document["interval_minutes"] = "30"
    document["contracts"][0]["night_allowed"] = False
    document["contracts"][1]["target_hours_week"] = 20.5
    document["break_rules"][0]["paid"] = False
    VALIDATOR.validate(document)
    assert read_document(document).planning == good


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ('{"a": NaN}', "bad_json"),
        ("[" * 100_000, "bad_json"),
        ('{"a":' * 100_000, "bad_json"),
        ("[]", "wrong_type"),
        ("7", "wrong_type"),
        ('{"name": "x", "name": "y"}', "duplicate_key"),
        ('{"agents": [{"name": "x", "name": "y"}]}', "duplicate_key"),
        ('{"horizon": {"end": "x", "end": "y"}}', "duplicate_key"),
        ('{"interval_minutes": ' + "9" * 10_000 + "}", "bad_number"),
    ],
    ids=range(11),
)
def test_json_that_is_no_document(text: str, code: str) -> None:
    intake = read_document(text)
    assert intake.planning is None
    assert code in {fault.code for fault in intake.faults}


def test_the_schema_refuses_what_the_reader_refuses(good: Planning) -> None:
    in_schema = {"out_of_range", "unknown_column", "wrong_type", "missing_value", "unknown_key"}
    for change, code, _, word in SPOILT:
        if word == "beside":  # of two columns one alone
            continue
        document = to_document(good)
        change(document)  # type: ignore[arg-type]
        if code in in_schema | {"missing_key", "empty_table", "unknown_format"}:
            assert not VALIDATOR.is_valid(document), code
