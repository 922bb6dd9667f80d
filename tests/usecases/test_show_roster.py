"""What is drawn of a roster, against counts made another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.errors import InputError
from scheduler.timegrid.zones import local_of
from scheduler.usecases.show_roster import show_roster
from tests.cli.rosters import AMS, HORIZON_START, SYD, hand_planning, hand_roster

QUARTER = timedelta(minutes=15)


def test_cover_counts_the_agents_whose_activity_it_is():
    roster = hand_roster()
    view = show_roster(roster, hand_planning())
    assert view.cover.start_utc == HORIZON_START
    assert len(view.cover.walls) == (14 * 24 - 1) * 4
    for queue in view.cover.queues:
        for slot in range(0, len(view.cover.walls), 7):
            moment = HORIZON_START + slot * QUARTER
            on_queue = sum(
                part.queue_id == queue.queue_id and part.start <= moment < part.end
                for shift in roster.shifts
                for part in shift.activities
            )
            assert queue.rostered[slot] == on_queue
            assert view.cover.walls[slot] == local_of(moment, AMS).wall
    phone, chat = view.cover.queues
    assert set(phone.needed) == {1}
    assert set(chat.needed) == {0}


def test_a_day_in_the_week_the_clock_changes_has_23_hours():
    view = show_roster(hand_roster(), hand_planning(), day=date(2027, 3, 28))
    assert len(view.cover.walls) == 23 * 4
    assert {wall.day for wall in view.cover.walls} == {date(2027, 3, 28)}
    assert all(len(queue.rostered) == 23 * 4 for queue in view.cover.queues)


def test_the_sun_table_adds_up_to_the_hours_on_duty():
    roster = hand_roster()
    view = show_roster(roster, hand_planning())
    end = HORIZON_START + timedelta(hours=14 * 24 - 1)
    hours = sum((min(shift.end, end) - shift.start) / timedelta(hours=1) for shift in roster.shifts)
    assert sum(row.hours for row in view.sun) == pytest.approx(hours)
    sydney = next(row for row in view.sun if row.name == "Sydney")
    # 15:00Z is 02:00 in Sydney, 02:00Z is 13:00.
    assert sydney.night[15] == 1
    assert sydney.night[2] == 0
    road = next(row for row in view.sun if row.name == "on the road")
    assert road.zone == "Asia/Kathmandu"
    assert road.hours == pytest.approx(5 * 8.5)
    # 23:00 to 02:15 on the clock there, five times; in Amsterdam it would be day.
    assert road.own_night_hours == pytest.approx(5 * 3.25)


def test_own_night_is_judged_at_the_place_of_work_whatever_clock_is_shown():
    for zone in (None, "UTC", "America/Paramaribo"):
        view = show_roster(hand_roster(), hand_planning(), agent="A04", zone=zone)
        (row,) = view.agents
        nights = {shift.start_utc: shift.own_night_minutes for shift in row.shifts}
        assert nights.pop(datetime(2027, 3, 26, 12, tzinfo=UTC)) == 8 * 60
        assert set(nights.values()) == {0}
        assert {shift.place_zone for shift in row.shifts} == {SYD}


def test_filters():
    roster, planning = hand_roster(), hand_planning()
    assert [row.agent_id for row in show_roster(roster, planning, agent="KIRRA JONES").agents] == [
        "A04"
    ]
    assert {row.site for row in show_roster(roster, planning, site="sydney").agents} == {"Sydney"}
    chat = show_roster(roster, planning, queue_id="chat-nl")
    assert {row.agent_id for row in chat.agents} == {"A01", "A02", "A03", "A06"}
    assert [queue.queue_id for queue in chat.cover.queues] == ["chat-nl"]
    # Kathmandu is 5:45 ahead of UTC: the shift from 17:45 runs past that clock's midnight.
    day = show_roster(roster, planning, agent="A02", day=date(2027, 3, 31))
    assert [str(shift.from_local) for shift in day.agents[0].shifts] == [
        "2027-03-30T17:45",
        "2027-03-31T17:45",
    ]
    off = show_roster(roster, planning, agent="A03").agents[0].days_off
    assert [(row.day.day, row.kind) for row in off] == [(22, "leave"), (23, "leave"), (24, "leave")]


def test_needs_are_left_out_when_only_some_agents_count():
    view = show_roster(hand_roster(), hand_planning(), agent="A04")
    assert all(queue.needed is None for queue in view.cover.queues)


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({"agent": "A4"}, "Did you mean 'A04'?"),
        ({"agent": "Kira Jones"}, "Did you mean 'Kirra Jones'?"),
        ({"queue_id": "fone-nl"}, "Did you mean 'phone-nl'?"),
        ({"site": "Sidney"}, "Did you mean 'Sydney'?"),
        ({"agent": "kirrah"}, "Did you mean 'Kirra Jones'?"),
        ({"zone": "europe/amsterdam"}, "Did you mean 'Europe/Amsterdam'?"),
        ({"zone": "CEST"}, "CEST is a setting of the clock, not a place"),
        ({"day": date(2027, 5, 1)}, "2027-03-22 to 2027-04-04"),
    ],
)
def test_a_filter_that_names_nothing_is_refused_with_help(filters, text):
    with pytest.raises(InputError) as caught:
        show_roster(hand_roster(), hand_planning(), **filters)
    assert text in str(caught.value)


def test_a_planning_for_another_period_lends_its_names_but_not_its_needs():
    """Its days cannot be laid over those of the roster; queues it lacks are shown all the same."""
    planning = hand_planning()
    horizon = replace(planning.horizon, end=planning.horizon.end - timedelta(days=7))
    other = replace(
        planning, horizon=horizon, queues=planning.queues[:1], requirements=(), demand=()
    )
    view = show_roster(hand_roster(), other)
    assert [queue.queue_id for queue in view.cover.queues] == ["phone-nl", "chat-nl"]
    assert {queue.needed for queue in view.cover.queues} == {None}
    assert len({len(queue.rostered) for queue in view.cover.queues} | {len(view.cover.walls)}) == 1
    assert "Kirra Jones" in {row.name for row in view.agents}


def test_without_the_planning_ids_and_zones_stand_in():
    view = show_roster(hand_roster(), None)
    assert {row.name for row in view.agents} == {"A01", "A02", "A03", "A04", "A05", "A06"}
    assert {queue.needed for queue in view.cover.queues} == {None}
    with pytest.raises(InputError, match="--folder"):
        show_roster(hand_roster(), None, site="AMS")
