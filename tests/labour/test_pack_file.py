"""Rule packs as documents: what is read, what is refused and where, and the way back."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.errors import InputError
from scheduler.labour import pack_from_document, pack_from_yaml, pack_to_document, shipped_packs
from scheduler.labour.pack import DailyRest, Night, Pack, Premium, ShiftHours
from scheduler.labour.pack_file import RULES
from scheduler.labour.quantities import FIELDS
from tests.labour.packs import NIGHT, cite, document, limit, packs
from tests.labour.spoilt import BAD, REST


def faults_of(found: object) -> list[tuple[str, str | None, str | None]]:
    """Code, column and value of every fault."""
    with pytest.raises(InputError) as caught:
        pack_from_document(found, file="own.yaml")
    assert {fault.file for fault in caught.value.faults} == {"own.yaml"}
    assert all(str(fault) for fault in caught.value.faults)
    return [(fault.code, fault.column, fault.value) for fault in caught.value.faults]


@pytest.mark.parametrize(("found", "expected"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_each_fault_is_named_where_it_stands(
    found: object, expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert faults_of(found) == expected


def test_all_faults_are_reported_together() -> None:
    found = document(
        limit("day_hours", max="12 km"),
        limit("weekly_rest", min="36", per="1 week"),
        limit("daily_rets", min="11 h"),
        kind="rule",
        premiums=[cite(name="p", factor="x", weekdays=["Mon"])],
    )
    assert [column for _, column, _ in faults_of(found)] == [
        "kind",
        "limits[0].max",
        "limits[1].min",
        "limits[1].per",
        "limits[2].rule",
        "premiums[0].factor",
        "premiums[0].weekdays",
    ]


def test_contradictions_are_reported_together() -> None:
    found = document(
        limit("day_hours", max="30 h"),
        limit("night_count", max=1, weeks="2 weeks"),
        limit("no_work"),
    )
    assert [code for code, _, _ in faults_of(found)] == [
        "contradiction",
        "night_missing",
        "contradiction",
    ]


def test_hints_say_what_was_meant() -> None:
    found = document(
        limit("daily_rets"), limit("day_hours", max="9"), limit("no_work", weekday=["Su"])
    )
    with pytest.raises(InputError) as caught:
        pack_from_document(found, file="own.yaml")
    hints = [fault.hint for fault in caught.value.faults]
    assert hints == [
        "Did you mean 'daily_rest'?",
        "The unit is missing: write '9 h'.",
        "Did you mean 'weekdays'?",
    ]


def test_a_long_list_of_faults_ends_with_their_number() -> None:
    found = document(*(limit("day_hours", max="x") for _ in range(70)))
    faults = faults_of(found)
    assert len(faults) == 51
    assert faults[-1][0] == "more_faults"


def test_numbers_are_read_with_their_units() -> None:
    found = document(
        limit(
            "shift_hours",
            night_only="yes",
            max="9 h 30 min",
            extended_max="12 h",
            extended_counts=["5 in 14 days", "22 in 364 days"],
            extended_rest="45 min",
            waived_by="longer",
            days_over="5 days",
            on_call=False,
        ),
        limit("daily_rest", min="11 h", reduced="8 h", reduced_per="7 x 24 h", name="rest"),
        night={**NIGHT, "over": "90 min", "until": "24:00", "from": "20:00"},
        premiums=[cite(name="p", factor=1.25, weekdays=["Su", "Mo"])],
    )
    pack = pack_from_document(found, file="own.yaml")
    cited = {
        "article": "art. 1",
        "sources": ("S",),
        "confidence": "confirmed",
        "checked_on": date(2026, 11, 1),
    }
    assert pack.limits == (
        ShiftHours(
            name="shift_hours",
            max_minutes=570,
            night_only=True,
            extended_max_minutes=720,
            extended_counts=((5, 14), (22, 364)),
            extended_rest_minutes=45,
            waived_by="longer",
            days_over=5,
            on_call=False,
            **cited,
        ),
        DailyRest(name="rest", min_minutes=660, reduced_minutes=480, **cited),
    )
    assert pack.night == Night(
        name="night", from_minute=1200, until_minute=1440, over_minutes=90, **cited
    )
    assert pack.premiums == (Premium(name="p", factor=Decimal("1.25"), weekdays=(1, 7), **cited),)


def test_one_name_may_hold_on_one_date_after_the_other() -> None:
    found = document(limit(**REST, valid_to="2027-01-01"), limit(**REST, valid_from="2027-01-01"))
    assert len(pack_from_document(found, file="own.yaml").limits) == 2
    turned = document(*reversed(found["limits"]))
    assert len(pack_from_document(turned, file="own.yaml").limits) == 2


@given(packs())
@settings(max_examples=150, deadline=None)
def test_a_pack_comes_back_from_its_document_by_json_and_by_yaml(pack: Pack) -> None:
    written = pack_to_document(pack)
    assert pack_from_document(json.loads(json.dumps(written)), file="x") == pack
    assert pack_from_yaml(yaml.safe_dump(written), file="x") == pack


@pytest.mark.parametrize("pack", shipped_packs().values(), ids=lambda pack: pack.pack_id)
def test_a_shipped_pack_comes_back_from_its_document(pack: Pack) -> None:
    assert pack_from_document(json.loads(json.dumps(pack_to_document(pack))), file="x") == pack


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(packs(), st.data())
@settings(max_examples=150, deadline=None)
def test_rubbish_anywhere_is_a_fault_or_harmless(pack: Pack, data: st.DataObject) -> None:
    found: Any = pack_to_document(pack)
    spot = found
    for _ in range(data.draw(st.integers(0, 2))):
        key = data.draw(
            st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot)))
        )
        if not isinstance(spot[key], dict | list) or not spot[key]:
            break
        spot = spot[key]
    key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else range(len(spot))))
    spot[key] = data.draw(JUNK)
    faults = ()
    try:
        pack_from_document(found, file="x")
    except InputError as error:
        faults = error.faults
    assert all(str(fault).isprintable() for fault in faults)


def test_a_key_given_twice_is_a_fault() -> None:
    with pytest.raises(InputError, match=r"line 3.*pack stands there twice"):
        pack_from_yaml("format: heliotrope-rules/1\npack: A\npack: B\n", file="own.yaml")


@pytest.mark.parametrize("text", ["a: [", "? [1]\n: 2", "a: *b", "\x00"])
def test_what_is_no_yaml_is_a_fault(text: str) -> None:
    with pytest.raises(InputError) as caught:
        pack_from_yaml(text, file="own.yaml")
    assert [fault.code for fault in caught.value.faults] == ["bad_yaml"]


@pytest.mark.parametrize("kind", [*RULES.values(), Night, Premium], ids=lambda kind: kind.__name__)
def test_every_field_can_be_written_under_a_key_of_its_own(kind: type) -> None:
    keys = [FIELDS[field.name][0] for field in dataclasses.fields(kind)]
    assert len(keys) == len(set(keys))
