"""Zones, instants and dates as Hypothesis strategies, with a bias to clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from scheduler.timegrid.zones import transitions, zone_names

MINUTE = timedelta(minutes=1)
zones = st.sampled_from(zone_names())


def instants(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    """Whole minutes, evenly over the years (a single wide integer would crowd at the first)."""
    first = datetime(first_year, 1, 1, tzinfo=UTC)
    days = (datetime(last_year, 1, 1, tzinfo=UTC) - first).days
    return st.builds(
        lambda day, minute: first + timedelta(days=day, minutes=minute),
        st.integers(0, days - 1),
        st.integers(0, 1439),
    )


@st.composite
def zones_and_instants(
    draw: st.DrawFn, first_year: int = 1973, last_year: int = 2090
) -> tuple[str, datetime]:
    """A zone and an instant, half the time within hours of one of its clock changes."""
    zone = draw(zones)
    instant = draw(instants(first_year, last_year))
    if draw(st.booleans()):
        changes = transitions(zone, instant - timedelta(days=200), instant + timedelta(days=200))
        if changes:
            change = draw(st.sampled_from(changes))
            return zone, change.instant + draw(st.integers(-300, 300)) * MINUTE
    return zone, instant


@st.composite
def zones_and_days(draw: st.DrawFn) -> tuple[str, date]:
    """A zone and a date, half the time at one of its clock changes."""
    zone, instant = draw(zones_and_instants())
    return zone, (instant + timedelta(hours=draw(st.integers(-14, 14)))).date()
