"""One agent's feed, read as a phone reads it: again and again, keeping what it saw before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from scheduler.domain import Shift
from scheduler.publish.feed import CANCELLED_SHOWN, AgentFeed, FeedEdition, agent_feed
from scheduler.publish.ical import roster_calendar
from tests.builders import make_agent
from tests.cli.rosters import hand_planning, hand_roster
from tests.publish.rosters import shifts

START = datetime(2027, 3, 20, 9, 0, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def of_agent(agent_id: str = "A01") -> tuple[Shift, ...]:
    return tuple(shift for shift in hand_roster().shifts if shift.agent_id == agent_id)


def edition(number: int, found: tuple[Shift, ...], at: datetime | None = None, period="p"):
    return FeedEdition(period, number, at or START + number * HOUR, found)


def feed(*editions: FeedEdition, now: datetime = START + 10 * HOUR, **changes) -> AgentFeed:
    planning = hand_planning()
    agent = changes.pop("agent", planning.agents[0])
    queues = {queue.queue_id: queue for queue in planning.queues}
    return agent_feed(editions, agent=agent, queues=queues, now=now, **changes)


def events(found: AgentFeed) -> dict[str, dict]:
    return {str(event["UID"]): event for event in Calendar.from_ical(found.body).walk("VEVENT")}


def times(event) -> tuple[datetime, datetime]:
    return event["DTSTART"].dt, event["DTEND"].dt


def test_every_shift_at_its_instants_as_in_the_export():
    found = feed(edition(1, of_agent()))
    shown = events(found)
    assert [times(event) for event in shown.values()] == [(s.start, s.end) for s in of_agent()]
    export = roster_calendar(
        of_agent(), agents={}, queues={}, now=START, sequence=1, name="as exported"
    )
    exported = Calendar.from_ical(export).walk("VEVENT")
    assert [str(event["UID"]) for event in exported] == list(shown)
    for event in shown.values():
        assert event["STATUS"] == "CONFIRMED"
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == START + HOUR
        assert "Local time in Europe/Amsterdam" in event["DESCRIPTION"]
    assert found.modified_at == START + HOUR


def test_the_bytes_keep_the_letter_of_the_standard():
    data = feed(edition(1, of_agent()), title="Noor; é, \\n 🌻 " + "x" * 200).body
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    lines = data.replace(b"\r\n ", b"").split(b"\r\n")
    assert lines.count(b"REFRESH-INTERVAL;VALUE=DURATION:PT1H") == 1
    assert lines.count(b"METHOD:PUBLISH") == 1
    assert b"LAST-MODIFIED:20270320T100030Z" in lines
    assert b"TZID" not in data
    properties = [line.split(b":")[0] for line in lines]
    assert properties.count(b"SEQUENCE") == properties.count(b"UID") == len(of_agent())
    name = Calendar.from_ical(data)["X-WR-CALNAME"]
    assert str(name).startswith("Noor; é, \\n 🌻 xx")


def test_only_what_changed_gets_a_new_sequence():
    first, second, third, *_ = of_agent()
    moved = replace(second, start=second.start + HOUR, end=second.end + HOUR)
    pinned = replace(first, pinned=not first.pinned)
    before = events(feed(edition(1, (first, second, third))))
    after = events(feed(edition(1, (first, second, third)), edition(2, (pinned, moved))))
    assert list(before) == list(after)
    one, two, three = after
    assert after[one].to_ical() == before[one].to_ical(), "a pin is nothing to the agent"
    assert times(after[two]) == (moved.start, moved.end)
    assert after[two]["SEQUENCE"] > before[two]["SEQUENCE"]
    assert after[two]["LAST-MODIFIED"].dt == START + 2 * HOUR
    assert (after[three]["STATUS"], times(after[three])) == ("CANCELLED", times(before[three]))
    assert after[three]["SEQUENCE"] > before[three]["SEQUENCE"]


def test_cancelled_shifts_are_shown_for_two_weeks():
    editions = edition(1, of_agent()), edition(2, of_agent()[1:])
    cancelled_at = START + 2 * HOUR
    gone, *_ = events(feed(editions[0]))
    last = cancelled_at + CANCELLED_SHOWN - timedelta(seconds=1)
    assert CANCELLED_SHOWN == 14 * DAY
    assert events(feed(*editions, now=last))[gone]["STATUS"] == "CANCELLED"
    assert gone not in events(feed(*editions, now=last + timedelta(seconds=1)))
    back = events(feed(*editions, edition(3, of_agent())))[gone]
    assert back["STATUS"] == "CONFIRMED"


def test_the_tag_names_the_bytes():
    editions = edition(1, of_agent()), edition(2, of_agent()[1:])
    found = feed(*editions)
    later = feed(*editions[::-1], now=START + 3 * DAY)
    assert (later.body, later.etag) == (found.body, found.etag)
    assert found.etag[0] == found.etag[-1] == '"'
    others = [
        feed(editions[0]),
        feed(*editions, title="another"),
        feed(*editions, now=START + 30 * DAY),
        feed(*editions, agent=make_agent("A01", name="Noor")),
        feed(),
    ]
    assert len({found.etag, *(other.etag for other in others)}) == 6
    assert feed().modified_at is None
    assert events(feed()) == {}


def test_old_shifts_may_be_left_out_without_touching_the_others():
    whole, second = feed(edition(1, of_agent())), of_agent()[1]
    cut = events(feed(edition(1, of_agent()), since=second.end))
    assert all(event["DTEND"].dt > second.end for event in cut.values())
    assert len(cut) == len(of_agent()) - 2
    assert {uid: event.to_ical() for uid, event in cut.items()}.items() <= {
        uid: event.to_ical() for uid, event in events(whole).items()
    }.items()


def test_two_periods_that_share_a_day_do_not_share_an_event():
    shift = of_agent()[0]
    second = replace(shift, start=shift.start + 9 * HOUR, end=shift.end + 9 * HOUR)
    found = events(feed(edition(1, (shift,), period="p"), edition(1, (second,), period="q")))
    assert sorted(map(times, found.values())) == [
        (shift.start, shift.end),
        (second.start, second.end),
    ]


published = st.lists(
    st.tuples(
        st.sampled_from(("p", "q")),
        st.lists(shifts(agents=("a1",)), max_size=4).map(tuple),
        st.sampled_from((1, 60, 86_400, 9 * 86_400)),
    ),
    min_size=1,
    max_size=6,
)


@given(published)
@settings(max_examples=25, deadline=None)
def test_a_phone_that_asks_after_every_edition_shows_what_is_published(story):
    known: dict[str, tuple[int, bytes]] = {}
    editions: list[FeedEdition] = []
    now = START
    for number, (period, found, seconds) in enumerate(story, 1):
        now += timedelta(seconds=seconds)
        editions.append(FeedEdition(period, number, now, found))
        # The store may forget what was superseded two weeks ago.
        current = {one.period_id: one for one in editions}
        kept = [
            one
            for index, one in enumerate(editions)
            if one is current[one.period_id]
            or next(
                later.published_at
                for later in editions[index + 1 :]
                if later.period_id == one.period_id
            )
            > now - CANCELLED_SHOWN
        ]
        whole = [
            agent_feed(some, agent=make_agent(), queues={}, now=now) for some in (editions, kept)
        ]
        for uid, event in events(whole[1]).items():
            sequence = int(event["SEQUENCE"])
            content = b"".join(event[name].to_ical() for name in ("DTSTART", "DTEND", "SUMMARY"))
            content += event["DESCRIPTION"].to_ical() + event["STATUS"].to_ical()
            before = known.get(uid, (-1, b""))
            assert sequence > before[0] or (sequence == before[0] and content == before[1])
            known[uid] = sequence, content
        wanted = sorted(
            (shift.start, shift.end) for one in current.values() for shift in one.shifts
        )
        for one in whole:
            shown = [e for e in events(one).values() if e["STATUS"] == "CONFIRMED"]
            assert sorted(map(times, shown)) == wanted
