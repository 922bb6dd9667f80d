"""The calendar feed, parsed back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from scheduler.publish.ical import roster_calendar, shift_uid
from tests.cli.rosters import hand_planning, hand_roster

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def feed(shifts=None, **overrides) -> bytes:
    planning = hand_planning()
    arguments = {
        "agents": {agent.agent_id: agent for agent in planning.agents},
        "queues": {queue.queue_id: queue for queue in planning.queues},
        "now": NOW,
        "sequence": 7,
        "name": "Acme, the roster",
    } | overrides
    return roster_calendar(hand_roster().shifts if shifts is None else shifts, **arguments)


def test_every_shift_comes_back_with_its_instants():
    events = Calendar.from_ical(feed()).walk("VEVENT")
    found = [(event["DTSTART"].dt, event["DTEND"].dt) for event in events]
    assert found == [(shift.start, shift.end) for shift in hand_roster().shifts]
    assert all(event["DTSTAMP"].dt == NOW and event["SEQUENCE"] == 7 for event in events)
    assert len({event["UID"] for event in events}) == len(events)


def test_titles_name_queues_and_descriptions_the_local_clock():
    shift = next(shift for shift in hand_roster().shifts if shift.agent_id == "A04")
    (event,) = Calendar.from_ical(feed([shift])).walk("VEVENT")
    assert event["SUMMARY"] == "Kirra Jones: phone-nl (phone nl)"
    description = str(event["DESCRIPTION"])
    assert "Australia/Sydney: 2027-03-23 09:00-17:30" in description
    assert "Break 2027-03-23 13:00-13:30 (unpaid)" in description
    assert "8 h 00" in description


def test_the_bytes_keep_the_letter_of_the_standard():
    data = feed(name="x" * 200)
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in data
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in data
    assert b"TZID" not in data
    assert b"VERSION:2.0\r\n" in data


def test_a_moved_shift_keeps_its_identifier_and_a_second_one_gets_its_own():
    shift = hand_roster().shifts[0]
    moved = replace(shift, start=shift.start + timedelta(hours=1))
    assert shift_uid(moved) == shift_uid(shift)
    assert shift_uid(replace(shift, agent_id="other")) != shift_uid(shift)
    events = Calendar.from_ical(feed([shift, moved])).walk("VEVENT")
    assert len({event["UID"] for event in events}) == 2
