from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from scheduler.domain import Activity, Break, Shift, WallTime
from scheduler.domain.period import RosterState, RosterVersion
from scheduler.store import ConflictError, NotFoundError, RosterFigures, Store
from tests.store.conftest import NOW
from tests.store.test_ledger import PERIOD, at_once, make_job

FIGURES = RosterFigures("0" * 64, 12_345, 12_000, 0)
MONDAY = datetime(2027, 3, 22, tzinfo=UTC)


def make_shift(agent_id: str = "a", day: int = 0, hour: int = 22) -> Shift:
    """A night shift of eight hours in Kathmandu (5:45 ahead)."""
    start = MONDAY + timedelta(days=day, hours=hour, minutes=15)
    shown = start + timedelta(hours=5, minutes=45)
    return Shift(
        agent_id,
        start,
        start + timedelta(hours=8),
        WallTime(shown.date(), shown.hour * 60 + shown.minute),
        "Asia/Kathmandu",
        0,
        450,
        (Break(start + timedelta(hours=4), start + timedelta(hours=4, minutes=30), paid=False),),
        (Activity("q 👩‍💻", start, start + timedelta(hours=4)),),
        pinned=day % 2 == 1,
    )


@pytest.fixture
def planned(store: Store) -> Store:
    with store.writing() as unit:
        unit.periods.add(PERIOD)
        unit.periods.add(replace(PERIOD, period_id="other"))
    return store


def add(store: Store, shifts: tuple[Shift, ...] = (), period_id: str = "p") -> RosterVersion:
    with store.writing() as unit:
        return unit.rosters.add(period_id, b'{"a": "\xc3\xab"}', shifts, FIGURES)


def publish(store: Store, roster: RosterVersion) -> RosterVersion:
    with store.writing(by="planner") as unit:
        return unit.rosters.publish(roster.roster_id, roster.version, "planner")


def test_a_roster_is_kept_with_its_shifts(planned: Store) -> None:
    shifts = (make_shift(), make_shift("b"), make_shift(day=1))
    roster = add(planned, shifts)
    assert (roster.number, roster.state, roster.version) == (1, RosterState.DRAFT, 1)
    assert roster.created_at == NOW
    with planned.reading() as unit:
        assert unit.rosters.get(roster.roster_id) == roster
        assert unit.rosters.document(roster.roster_id) == b'{"a": "\xc3\xab"}'
        assert unit.rosters.shifts(roster.roster_id) == shifts
        assert unit.rosters.shifts_of("a", MONDAY, MONDAY + timedelta(days=9)) == ()
        with pytest.raises(NotFoundError):
            unit.rosters.get("no")
    with pytest.raises(NotFoundError):
        add(planned, period_id="no")


def test_one_roster_of_a_period_is_published(planned: Store) -> None:
    first, second = add(planned, (make_shift(),)), add(planned, (make_shift(day=2),))
    elsewhere = publish(planned, add(planned, (make_shift(day=20),), "other"))
    published = publish(planned, first)
    assert (published.state, published.published_at, published.published_by, published.version) == (
        RosterState.PUBLISHED, NOW, "planner", 2
    )  # fmt: skip
    publish(planned, second)
    with planned.reading() as unit:
        states = {one.number: one.state for one in unit.rosters.list(period_id="p")}
        assert states == {1: RosterState.SUPERSEDED, 2: RosterState.PUBLISHED}
        assert unit.rosters.get(first.roster_id).version == 3
        found = unit.rosters.list(state=RosterState.PUBLISHED)
        assert {one.roster_id for one in found} == {second.roster_id, elsewhere.roster_id}
        assert unit.rosters.list(period_id="p", after=1, limit=1)[0].number == 2
        assert unit.rosters.shifts_of("a", MONDAY, MONDAY + timedelta(days=99)) == (
            make_shift(day=2),
            make_shift(day=20),
        )
        verbs = [entry.change.verb for entry in unit.trail.list(subject="rosters")]
        assert verbs == ["publish", "supersede", "publish", "publish", "add", "add", "add"]
    draft = add(planned)
    with pytest.raises(ConflictError) as caught:
        publish(planned, replace(draft, version=7))
    assert caught.value.version == 1
    for stale in (first, replace(first, version=3), replace(second, version=2)):
        with pytest.raises(ConflictError):
            publish(planned, stale)
    with planned.writing() as unit:
        bad = unit.rosters.add("p", b"", (), replace(FIGURES, hard_findings=1))
    with pytest.raises(ConflictError, match="hard findings"):
        publish(planned, bad)
    with planned.reading() as unit:
        assert unit.rosters.get(second.roster_id).state is RosterState.PUBLISHED
    with pytest.raises(ConflictError), planned.writing() as unit:
        unit.periods.delete("p", 1)


def test_shifts_of_an_agent_are_those_that_overlap(planned: Store) -> None:
    shifts = tuple(make_shift(day=day) for day in range(4))
    publish(planned, add(planned, (*shifts, make_shift("b", 1))))
    edges = [one for shift in shifts for one in (shift.start, shift.end)]
    microsecond = timedelta(microseconds=1)
    moments = [
        edge + delta for edge in edges for delta in (-microsecond, timedelta(0), microsecond)
    ]
    with planned.reading() as unit:
        for start in moments[::2]:
            for until in moments[1::2]:
                if until > start:
                    wanted = tuple(s for s in shifts if s.start < until and s.end > start)
                    assert unit.rosters.shifts_of("a", start, until) == wanted


def test_a_job_has_one_roster(planned: Store) -> None:
    with planned.writing() as unit:
        unit.jobs.add(make_job("j"))
        first = unit.rosters.add("p", b"1", (make_shift(),), FIGURES, job_id="j")
    with planned.writing() as unit:
        assert unit.rosters.add("p", b"2", (), FIGURES, job_id="j") == first
        assert unit.jobs.get("j").roster_id == first.roster_id
        assert unit.rosters.document(first.roster_id) == b"1"


def test_many_writers_number_and_publish_one_after_the_other(planned: Store) -> None:
    def add_two() -> list[RosterVersion]:
        return [add(planned), add(planned)]

    found = at_once(*[add_two] * 8)
    rosters = sorted(
        (one for pair in found for one in pair),  # type: ignore[attr-defined]
        key=lambda one: one.number,
    )
    assert [one.number for one in rosters] == list(range(1, 17))

    def publishing(roster: RosterVersion) -> Callable[[], object]:
        return lambda: publish(planned, roster)

    results = at_once(*[publishing(roster) for roster in rosters[:8]])
    assert all(isinstance(one, RosterVersion) for one in results)
    with planned.reading() as unit:
        assert len(unit.rosters.list(state=RosterState.PUBLISHED)) == 1
        assert len(unit.rosters.list(state=RosterState.SUPERSEDED)) == 7


def test_shifts_of_an_agent_are_found_by_an_index(planned: Store) -> None:
    shifts = tuple(make_shift(f"agent-{idx}", day) for idx in range(200) for day in range(20))
    drafts = [add(planned, shifts) for _ in range(3)]
    publish(planned, drafts[1])
    query = (
        "SELECT shift.* FROM shift JOIN roster ON roster.roster_id = shift.roster_id"
        " WHERE roster.state = 'published' AND shift.agent_id = 'agent-7'"
        " AND shift.start_utc < '2027-04-05' AND shift.end_utc > '2027-03-01'"
    )
    with planned.writing() as unit:
        unit.connection.execute(text("ANALYZE"))
        is_sqlite = unit.connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        plan = "\n".join(str(row) for row in unit.connection.execute(text(explain + query)))
    assert "SCAN shift" not in plan
    assert "Seq Scan on shift" not in plan
    with planned.reading() as unit:
        found = unit.rosters.shifts_of("agent-7", MONDAY, MONDAY + timedelta(days=28))
    assert len(found) == 20
    assert found[0].start_local == WallTime(date(2027, 3, 23), 4 * 60)


def test_a_draft_is_deleted_and_nothing_else(planned: Store) -> None:
    with planned.writing() as unit:
        unit.jobs.add(make_job("j"))
        draft = unit.rosters.add("p", b"1", (make_shift(),), FIGURES, job_id="j")
    other = add(planned, (make_shift("b"),))
    for wrong in (7, 0):
        with pytest.raises(ConflictError) as caught, planned.writing() as unit:
            unit.rosters.delete(draft.roster_id, wrong)
        assert caught.value.version == 1
    with planned.writing(by="planner") as unit:
        unit.rosters.delete(draft.roster_id, 1)
        with pytest.raises(NotFoundError):
            unit.rosters.get(draft.roster_id)
        assert unit.rosters.shifts(draft.roster_id) == ()
        assert unit.jobs.get("j").roster_id is None
        entry = unit.trail.list(subject="rosters", key=draft.roster_id)[0]
        assert (entry.who, entry.change.verb) == ("planner", "delete")
        assert len(unit.rosters.shifts(other.roster_id)) == 1
    published = publish(planned, other)
    for roster in (published, add(planned)):
        if roster is published:
            with pytest.raises(ConflictError, match="published"), planned.writing() as unit:
                unit.rosters.delete(roster.roster_id, roster.version)
        else:
            publish(planned, roster)
    with pytest.raises(ConflictError, match="superseded"), planned.writing() as unit:
        unit.rosters.delete(published.roster_id, 3)


def test_what_was_worked_before_is_what_others_published(planned: Store) -> None:
    own = publish(planned, add(planned, (make_shift("own"),)))
    draft = add(planned, (make_shift("draft", 1),), "other")
    assert draft.state is RosterState.DRAFT
    shifts = tuple(make_shift("a", day) for day in range(4))
    publish(planned, add(planned, shifts, "other"))
    until, since = shifts[3].start, shifts[0].end

    def found(until: datetime, since: datetime, besides: str = "p") -> list[datetime]:
        with planned.reading() as unit:
            rows = unit.rosters.worked_before(until, since=since, besides=besides)
        assert {period for period, _ in rows} <= {"other" if besides == "p" else "p"}
        return [past.start for _, past in rows]

    assert found(until, since) == [shifts[1].start, shifts[2].start]
    moment = timedelta(microseconds=1)
    assert len(found(until + moment, since - moment)) == 4
    assert found(until, since, "other") == []
    assert found(until, MONDAY, "other") == [make_shift("own").start]
    with planned.reading() as unit:
        _, past = unit.rosters.worked_before(until, since=since, besides="p")[0]
    shift = shifts[1]
    assert (past.end, past.start_local, past.zone, past.fold) == (
        shift.end, shift.start_local, shift.zone, shift.fold
    )  # fmt: skip
    assert own.state is RosterState.PUBLISHED
