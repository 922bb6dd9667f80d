"""What changes between two rosters, against counting by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from scheduler.domain import Shift, WallTime
from scheduler.publish.diff import ChangeKind, apply_changes, diff_rosters
from tests.cli.rosters import hand_roster
from tests.publish.rosters import roster_of, rosters


@given(rosters)
@settings(deadline=None)
def test_equal_rosters_do_not_differ(roster):
    assert diff_rosters(roster, roster_of(list(roster.shifts[::-1]))).changes == ()


@given(rosters, rosters)
@settings(deadline=None)
def test_the_changes_made_to_the_first_give_the_second(before, after):
    diff = diff_rosters(before, after)
    made = apply_changes(before.shifts, diff.changes)
    assert Counter(made) == Counter(after.shifts)
    assert [(shift.start, shift.agent_id) for shift in made] == [
        (shift.start, shift.agent_id) for shift in after.shifts
    ]
    back = diff_rosters(after, before)
    assert Counter(apply_changes(made, back.changes)) == Counter(before.shifts)
    assert back.moved_minutes == diff.moved_minutes
    assert back.agents_affected == diff.agents_affected


@given(rosters, rosters)
@settings(deadline=None)
def test_no_more_changes_than_must_be_and_each_of_its_kind(before, after):
    diff = diff_rosters(before, after)
    gone, new = Counter(before.shifts), Counter(after.shifts)
    gone, new = gone - new, new - gone
    per_day = {(shift.agent_id, shift.start_local.day) for shift in (*gone, *new)}
    for agent_id, day in per_day:

        def there(shifts: Counter[Shift], key=(agent_id, day)) -> int:
            return sum(n for s, n in shifts.items() if (s.agent_id, s.start_local.day) == key)

        found = [c for c in diff.changes if (c.agent_id, c.day) == (agent_id, day)]
        assert len(found) == max(there(gone), there(new))
    assert diff.agents_affected == tuple(sorted({agent_id for agent_id, _ in per_day}))
    assert sum(diff.count(kind) for kind in ChangeKind) == len(diff.changes)
    for change in diff.changes:
        old, after_it = change.before, change.after
        assert (change.kind is ChangeKind.ADDED) == (old is None)
        assert (change.kind is ChangeKind.REMOVED) == (after_it is None)
        assert change.moved_minutes == 15 * len(_quarters(old) ^ _quarters(after_it))
        if old is not None and after_it is not None:
            same_times = (old.start, old.end, old.zone) == (
                after_it.start,
                after_it.end,
                after_it.zone,
            )
            assert (change.kind is ChangeKind.ACTIVITIES) == same_times
            assert old.start_local.day == after_it.start_local.day == change.day
    if all(change.kind is ChangeKind.ACTIVITIES for change in diff.changes):
        assert diff.moved_minutes == 0


def _quarters(shift: Shift | None) -> set[int]:
    if shift is None:
        return set()
    first, last = (int(at.timestamp()) // 900 for at in (shift.start, shift.end))
    return set(range(first, last))


def test_each_kind_by_hand():
    roster = hand_roster()
    one, two, three, four = roster.shifts[:4]
    hour = timedelta(hours=1)
    later = replace(
        two,
        start=two.start + hour,
        end=two.end + hour,
        start_local=WallTime(two.start_local.day, two.start_local.minute + 60),
    )
    bare = replace(three, activities=())
    extra = replace(one, agent_id="A99")
    after = replace(roster, shifts=(extra, later, bare, *roster.shifts[3:]))
    diff = diff_rosters(roster, after)
    found = {change.kind: change for change in diff.changes}
    assert len(diff.changes) == len(found) == 4
    assert found[ChangeKind.REMOVED].before == one
    assert found[ChangeKind.ADDED].after == extra
    assert (found[ChangeKind.MOVED].before, found[ChangeKind.MOVED].after) == (two, later)
    assert found[ChangeKind.MOVED].moved_minutes == 120
    assert found[ChangeKind.ACTIVITIES].after == bare
    length = int((one.end - one.start).total_seconds()) // 60
    assert diff.moved_minutes == 120 + 2 * length
    agents = {one.agent_id, two.agent_id, three.agent_id, "A99"}
    assert diff.agents_affected == tuple(sorted(agents))
    next_day = replace(
        four, start_local=replace(four.start_local, day=four.start_local.day + 24 * hour)
    )
    kinds = [
        c.kind
        for c in diff_rosters(
            roster, replace(roster, shifts=(*roster.shifts[:3], next_day, *roster.shifts[4:]))
        ).changes
    ]
    assert sorted(kinds) == [ChangeKind.ADDED, ChangeKind.REMOVED], "another day is no move"


def test_the_shift_that_kept_its_times_is_the_one_that_stayed():
    base = hand_roster().shifts[0]
    evening = replace(
        base,
        start=base.start + timedelta(hours=9),
        end=base.end + timedelta(hours=9),
        start_local=WallTime(base.start_local.day, base.start_local.minute + 540),
    )
    stayed = replace(evening, activities=())
    diff = diff_rosters(roster_of([base, evening]), roster_of([stayed]))
    assert {change.kind: change.before for change in diff.changes} == {
        ChangeKind.REMOVED: base,
        ChangeKind.ACTIVITIES: evening,
    }


def test_the_same_shift_twice_counts_twice():
    shift = hand_roster().shifts[0]
    twice, once = roster_of([shift, shift]), roster_of([shift])
    assert [change.kind for change in diff_rosters(twice, once).changes] == [ChangeKind.REMOVED]
    assert diff_rosters(twice, twice).changes == ()


def test_a_change_to_what_is_not_there_is_refused():
    roster = hand_roster()
    diff = diff_rosters(roster, replace(roster, shifts=roster.shifts[1:]))
    with pytest.raises(ValueError, match="no such shift"):
        apply_changes(roster.shifts[1:], diff.changes)
