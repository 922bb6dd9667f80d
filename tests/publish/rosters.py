"""Rosters by chance, for what must hold of any two."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from scheduler.domain import Activity, Break, Horizon, Roster, Shift, SolverNote, WallTime
from scheduler.timegrid.zones import Repeated, Skipped, utc_of

HORIZON = Horizon(date(2027, 3, 26), date(2027, 3, 30), "Europe/Amsterdam")
ZONES = ("Europe/Amsterdam", "America/Paramaribo")


@st.composite
def shifts(draw, agents: tuple[str, ...] = ("a1", "a2")) -> Shift:
    agent_id, zone = draw(st.sampled_from(agents)), draw(st.sampled_from(ZONES))
    day = HORIZON.start + timedelta(days=draw(st.integers(0, 3)))
    wall = WallTime(day, draw(st.sampled_from((0, 480, 540, 960))))
    start = utc_of(wall, zone, skipped=Skipped.SHIFT, repeated=Repeated.FIRST)
    minutes = draw(st.sampled_from((240, 480)))
    end = start + timedelta(minutes=minutes)
    queue_id = draw(st.sampled_from(("phone", "chat")))
    pauses = (Break(start + timedelta(hours=2), start + timedelta(hours=3), paid=False),)
    return Shift(
        agent_id,
        start,
        end,
        wall,
        zone,
        0,
        minutes,
        breaks=draw(st.sampled_from(((), pauses))),
        activities=(Activity(queue_id, start, end),),
        pinned=draw(st.booleans()),
    )


def roster_of(found: list[Shift]) -> Roster:
    ordered = tuple(sorted(found, key=lambda shift: (shift.start, shift.agent_id)))
    note = SolverNote("0", "by hand", "feasible", 1, 1, 0.0)
    return Roster(HORIZON, "EUR", ordered, 0, 0, (), note, "0" * 64, "2026f")


rosters = st.lists(shifts(), max_size=7).map(roster_of)
