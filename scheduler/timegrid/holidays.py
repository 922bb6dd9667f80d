"""Public holidays of a country and, where they differ there, of its subdivisions.

The only module that knows the library of holidays. A holiday is a local date: whoever asks about an
instant first takes the date in the zone of the rule (`scheduler.timegrid.windows.local_date`).
Dates that follow the moon are marked ``(estimated)`` by the library where it does not know them
for certain, and days given in place of a holiday on a weekend ``(observed)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version
from types import MappingProxyType

__all__ = [
    "UnknownSubdivisionError",
    "has_public_holidays",
    "holidays_version",
    "is_public_holiday",
    "public_holidays",
    "subdivision_code",
    "subdivisions",
]

_CODES = {"BQ-BO": "BON", "BQ-SA": "SAB", "BQ-SE": "STA"}
"""ISO 3166-2 where the library has a code of its own."""
_LONGEST_ISO_CODE = 3
_SAMPLE_YEARS = (2024, 2025, 2026, 2027, 2028)
_LANGUAGE = "en_US"


class UnknownSubdivisionError(ValueError):
    """Public holidays differ within the country, and those of this part of it are not known.

    Parameters
    ----------
    country, subdivision : str
        ISO 3166-1 and 3166-2, as asked for.
    known : tuple of str
        The subdivisions that are known, as ISO 3166-2.
    """

    def __init__(self, country: str, subdivision: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"public holidays of {subdivision} are not known, those of {', '.join(known)} are"
        )
        self.country, self.subdivision, self.known = country, subdivision, known


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """Return the public holidays of one calendar year with their English names.

    Optional, half-day, bank, school and government holidays are left out: Liberation Day of the
    Netherlands is none outside its lustrum years.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-2. A country that is not known has no holidays.
    subdivision : str, optional
        ISO 3166-2; without one only what holds in the whole country.
    year : int
        Calendar year.

    Returns
    -------
    mapping of datetime.date to str
        In date order; read-only.

    Raises
    ------
    UnknownSubdivisionError
        As `subdivision_code`.
    """
    if not has_public_holidays(country):
        return MappingProxyType({})
    code = subdivision_code(country, subdivision)
    return MappingProxyType(_listed(country, code, year))


def is_public_holiday(day: date, country: str, subdivision: str | None) -> bool:
    """Return whether a local date is a public holiday there.

    Raises
    ------
    UnknownSubdivisionError
        As `subdivision_code`.
    """
    return day in public_holidays(country, subdivision, day.year)


def has_public_holidays(country: str) -> bool:
    """Return whether the public holidays of a country (ISO 3166-1 alpha-2) are known."""
    return country in _countries()


@lru_cache(maxsize=4096)
def subdivision_code(country: str, subdivision: str | None) -> str | None:
    """Return the library's code for a subdivision, or None where the national holidays hold.

    National they are without a subdivision, in countries that are not known or have no
    subdivisions, and in those in which no subdivision has public holidays of its own (the library's
    subdivisions of the Netherlands are school regions).

    Parameters
    ----------
    country, subdivision : str
        ISO 3166-1 and 3166-2: ``AU`` and ``AU-NSW``.

    Raises
    ------
    UnknownSubdivisionError
        If public holidays differ by subdivision there and those of this one are not known.
    """
    if subdivision is None or not _differs(country):
        return None
    prefix, _, name = subdivision.partition("-")
    code = _CODES.get(subdivision, name)
    if prefix != country or code not in _countries()[country]:
        raise UnknownSubdivisionError(country, subdivision, subdivisions(country))
    return code


@cache
def subdivisions(country: str) -> tuple[str, ...]:
    """Return the subdivisions (ISO 3166-2) whose public holidays are known, in order.

    Empty where the national holidays hold everywhere, or nothing is known of the country.
    """
    if not _differs(country):
        return ()
    iso = {code: whole for whole, code in _CODES.items() if whole.startswith(f"{country}-")}
    names = (code for code in _countries()[country] if len(code) <= _LONGEST_ISO_CODE)
    return tuple(sorted(iso.get(code, f"{country}-{code}") for code in names))


def holidays_version() -> str:
    """Return the version of the library, for the record: laws and one-off days change."""
    return version("holidays")


@cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    """Return the library's subdivision codes by country."""
    from holidays import list_supported_countries

    found = list_supported_countries(include_aliases=False)
    return {country: tuple(codes) for country, codes in found.items()}


@cache
def _differs(country: str) -> bool:
    """Return whether any subdivision has other public holidays than the country."""
    return any(
        _listed(country, code, year) != _listed(country, None, year)
        for year in _SAMPLE_YEARS
        for code in _countries().get(country, ())
    )


def _listed(country: str, code: str | None, year: int) -> dict[date, str]:
    # Imported here: commands that meet no holiday start at once.
    from holidays import country_holidays
    from holidays.constants import PUBLIC

    # expand=False: a look-up must never add years; this table holds one year and no other.
    found = country_holidays(
        country, subdiv=code, years=year, expand=False, categories=PUBLIC, language=_LANGUAGE
    )
    return dict(sorted(found.items()))
