"""Public holidays: counts that somebody else took, moved days, codes, the right local date."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.timegrid.holidays import (
    UnknownSubdivisionError,
    has_public_holidays,
    holidays_version,
    is_public_holiday,
    public_holidays,
    subdivision_code,
    subdivisions,
)
from scheduler.timegrid.windows import local_date

# Public holidays of 2027, counted for the domain facts of November 2026.
DAYS_2027 = {
    ("NL", None): 10,
    ("SR", None): 15,
    ("CW", None): 12,
    ("AW", None): 11,
    ("SX", None): 14,
    ("BQ", None): 10,
    ("BQ", "BQ-BO"): 12,
    ("AU", None): 7,
    ("AU", "AU-ACT"): 15,
    ("AU", "AU-NSW"): 14,
    ("AU", "AU-NT"): 14,
    ("AU", "AU-QLD"): 14,
    ("AU", "AU-SA"): 14,
    ("AU", "AU-TAS"): 11,
    ("AU", "AU-VIC"): 15,
    ("AU", "AU-WA"): 14,
    ("ZA", None): 14,
    ("TR", None): 13,
    ("ID", None): 18,
    ("ES", None): 9,
}
NAMED_PLACES = sorted({country for country, _ in DAYS_2027} | {"PT", "BE", "DE", "GB", "NZ", "US"})


@pytest.mark.parametrize(("place", "count"), DAYS_2027.items(), ids=str)
def test_the_days_of_2027(place: tuple[str, str | None], count: int) -> None:
    found = public_holidays(*place, 2027)
    assert len(found) == count
    assert list(found) == sorted(found)
    assert {day.year for day in found} == {2027}


def test_regions_of_spain_have_eleven_days_or_more() -> None:
    counts = {code: len(public_holidays("ES", code, 2027)) for code in subdivisions("ES")}
    assert len(counts) == 19
    assert (min(counts.values()), max(counts.values())) == (11, 15)
    assert counts["ES-CN"] == 12


def test_the_substitute_of_anzac_day_holds_in_five_states() -> None:
    substitute = date(2027, 4, 26)
    having = {code for code in subdivisions("AU") if is_public_holiday(substitute, "AU", code)}
    assert having == {"AU-ACT", "AU-NSW", "AU-NT", "AU-QLD", "AU-WA"}
    assert not is_public_holiday(substitute, "AU", None)


@pytest.mark.parametrize(
    ("year", "day"), [(2024, 27), (2025, 26), (2026, 27), (2027, 27), (2031, 26)]
)
def test_kings_day_is_never_a_sunday(year: int, day: int) -> None:
    assert is_public_holiday(date(year, 4, day), "NL", None)
    assert not is_public_holiday(date(year, 4, 53 - day), "NL", None)


def test_liberation_day_is_not_a_public_holiday() -> None:
    """In 2027 the fifth of May is a category of its own; the library counts lustrum years."""
    assert not is_public_holiday(date(2027, 5, 5), "NL", None)
    assert is_public_holiday(date(2025, 5, 5), "NL", None)


def test_sundays_of_feasts_are_listed_on_sint_maarten_but_not_on_aruba() -> None:
    for day in (date(2027, 3, 28), date(2027, 5, 16)):
        assert is_public_holiday(day, "SX", None)
        assert not is_public_holiday(day, "AW", None)


def test_estimated_dates_say_so_in_english() -> None:
    for country, count in (("SR", 2), ("ID", 3), ("NL", 0)):
        names = public_holidays(country, None, 2027).values()
        assert sum("(estimated)" in name for name in names) == count
    assert public_holidays("NL", None, 2027)[date(2027, 4, 27)] == "King's Day"


def test_the_date_is_that_of_the_zone_of_the_rule() -> None:
    instant = datetime(2027, 4, 26, 23, 30, tzinfo=UTC)
    dutch, surinamese = (local_date(instant, z) for z in ("Europe/Amsterdam", "America/Paramaribo"))
    assert (dutch, surinamese) == (date(2027, 4, 27), date(2027, 4, 26))
    assert is_public_holiday(dutch, "NL", None)
    assert not is_public_holiday(surinamese, "SR", None)
    assert not is_public_holiday(surinamese, "NL", None)


@pytest.mark.parametrize(
    ("country", "subdivision", "code"),
    [
        ("BQ", "BQ-BO", "BON"),
        ("BQ", "BQ-SA", "SAB"),
        ("BQ", "BQ-SE", "STA"),
        ("AU", "AU-NSW", "NSW"),
        ("ES", "ES-CN", "CN"),
        ("AU", None, None),
        ("NL", "NL-NH", None),  # the library knows school regions there
        ("BE", "BE-BRU", None),
        ("SR", "SR-PM", None),  # no subdivisions at all
        ("XX", "XX-AB", None),  # no such country
    ],
)
def test_codes_of_subdivisions(country: str, subdivision: str | None, code: str | None) -> None:
    assert subdivision_code(country, subdivision) == code


@pytest.mark.parametrize(
    ("country", "subdivision"),
    [("AU", "AU-XX"), ("AU", "NSW"), ("AU", "NL-NSW"), ("BQ", "BQ-XX"), ("ES", "ES-M")],
)
def test_a_part_whose_holidays_are_not_known(country: str, subdivision: str) -> None:
    with pytest.raises(UnknownSubdivisionError) as caught:
        public_holidays(country, subdivision, 2027)
    assert subdivision in str(caught.value)
    assert caught.value.known == subdivisions(country)
    with pytest.raises(UnknownSubdivisionError):
        is_public_holiday(date(2027, 1, 1), country, subdivision)


def test_places_needed_are_known_and_others_have_no_holidays() -> None:
    assert all(public_holidays(country, None, 2027) for country in NAMED_PLACES)
    assert all(map(has_public_holidays, NAMED_PLACES))
    assert not has_public_holidays("AN")
    assert public_holidays("AN", None, 2027) == public_holidays("XX", "XX-1", 2027) == {}


def test_a_year_is_read_only_and_looking_up_another_does_not_change_it() -> None:
    found = public_holidays("NL", None, 2027)
    before = dict(found)
    assert is_public_holiday(date(2028, 1, 1), "NL", None)
    assert date(2028, 1, 1) not in found
    assert dict(found) == before
    with pytest.raises(TypeError):
        found[date(2027, 5, 5)] = "mine"  # type: ignore[index]


@given(st.integers(1980, 2060), st.sampled_from(sorted(DAYS_2027, key=str)))
def test_a_year_holds_its_own_dates_and_its_neighbours_theirs(
    year: int, place: tuple[str, str | None]
) -> None:
    for one in (year, year + 1, year - 1):
        found = public_holidays(*place, one)
        assert {day.year for day in found} <= {one}
        assert all(is_public_holiday(day, *place) for day in found)
        new_year = date(one, 1, 1)
        assert is_public_holiday(new_year, *place) == (new_year in found)


def test_the_version_is_told() -> None:
    assert tuple(map(int, holidays_version().split(".")[:2])) >= (0, 109)
