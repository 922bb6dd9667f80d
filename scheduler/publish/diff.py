"""What changes for whom between two rosters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduler.domain import Roster, Shift

__all__ = ["ChangeKind", "RosterDiff", "ShiftChange", "apply_changes", "diff_rosters"]


class ChangeKind(StrEnum):
    """How a shift changes.

    ``added``, ``removed``. ``moved``: another start, end or zone on the same local day.
    ``activities``: the same times, but other queues, breaks, paid time or pin.
    """

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    ACTIVITIES = "activities"


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """One shift that is not the same in both rosters.

    Parameters
    ----------
    day : datetime.date
        Local day on which the shift starts.
    before, after : Shift, optional
        The shift in either roster; None where it is not there. Never both.
    """

    kind: ChangeKind
    agent_id: str
    day: date
    before: Shift | None
    after: Shift | None

    @property
    def moved_minutes(self) -> int:
        """Minutes that lie inside the shift of one roster only (elapsed, breaks included)."""
        if self.before is None or self.after is None:
            return sum(_minutes(shift) for shift in (self.before, self.after) if shift is not None)
        start = max(self.before.start, self.after.start)
        shared = max(0, _between(start, min(self.before.end, self.after.end)))
        return _minutes(self.before) + _minutes(self.after) - 2 * shared


@dataclass(frozen=True, slots=True)
class RosterDiff:
    """All that changes from one roster to another.

    Parameters
    ----------
    changes : tuple of ShiftChange
        Ordered by local day, agent and start; empty for equal rosters.
    """

    changes: tuple[ShiftChange, ...]

    @property
    def agents_affected(self) -> tuple[str, ...]:
        """Ids of the agents with any change, in order."""
        return tuple(sorted({change.agent_id for change in self.changes}))

    @property
    def moved_minutes(self) -> int:
        """Minutes of work that are in one roster only, over all changes."""
        return sum(change.moved_minutes for change in self.changes)

    def count(self, kind: ChangeKind) -> int:
        """Return the number of changes of a kind."""
        return sum(change.kind is kind for change in self.changes)


def diff_rosters(before: Roster, after: Roster) -> RosterDiff:
    """Return what changes from one roster to another.

    Shifts of one agent that start on the same local day are taken for one another: first those with
    the same times, then the others in the order of their starts.
    """
    earlier, later = _by_agent_and_day(before.shifts), _by_agent_and_day(after.shifts)
    changes = [
        change
        for key in sorted(earlier.keys() | later.keys())
        for change in _changes(earlier.get(key, []), later.get(key, []))
    ]
    return RosterDiff(tuple(changes))


def apply_changes(shifts: Iterable[Shift], changes: Iterable[ShiftChange]) -> tuple[Shift, ...]:
    """Return shifts with changes made to them, ordered by start, then agent.

    Raises
    ------
    ValueError
        If a change is about a shift that is not there.
    """
    left = Counter(shifts)
    for change in changes:
        if change.before is not None:
            if not left[change.before]:
                raise ValueError(
                    f"{change.agent_id} has no such shift on {change.day.isoformat()} to change"
                )
            left[change.before] -= 1
        if change.after is not None:
            left[change.after] += 1
    return tuple(sorted(left.elements(), key=lambda shift: (shift.start, shift.agent_id)))


def _by_agent_and_day(shifts: Iterable[Shift]) -> dict[tuple[date, str], list[Shift]]:
    found: defaultdict[tuple[date, str], list[Shift]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda shift: (shift.start, shift.end)):
        found[shift.start_local.day, shift.agent_id].append(shift)
    return found


def _changes(earlier: list[Shift], later: list[Shift]) -> Iterator[ShiftChange]:
    olds, news = _without_common(earlier, later)
    pairs: list[tuple[Shift | None, Shift | None]] = []
    for new in tuple(news):
        old = next((old for old in olds if _times(old) == _times(new)), None)
        if old is not None:
            pairs.append((old, new))
            olds.remove(old)
            news.remove(new)
    paired = min(len(olds), len(news))
    pairs += zip(olds[:paired], news[:paired], strict=True)
    pairs += [(old, None) for old in olds[paired:]]
    pairs += [(None, new) for new in news[paired:]]
    for pair in sorted(pairs, key=lambda pair: _either(pair).start):
        shift = _either(pair)
        yield ShiftChange(_kind(*pair), shift.agent_id, shift.start_local.day, *pair)


def _without_common(earlier: list[Shift], later: list[Shift]) -> tuple[list[Shift], list[Shift]]:
    common = Counter(earlier) & Counter(later)
    return _without(earlier, common), _without(later, common)


def _without(shifts: list[Shift], common: Counter[Shift]) -> list[Shift]:
    unseen = Counter(common)
    kept = []
    for shift in shifts:
        if unseen[shift]:
            unseen[shift] -= 1
        else:
            kept.append(shift)
    return kept


def _either(pair: tuple[Shift | None, Shift | None]) -> Shift:
    shift = pair[0] or pair[1]
    assert shift is not None
    return shift


def _kind(old: Shift | None, new: Shift | None) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.REMOVED
    return ChangeKind.ACTIVITIES if _times(old) == _times(new) else ChangeKind.MOVED


def _times(shift: Shift) -> tuple[object, ...]:
    return shift.start, shift.end, shift.start_local, shift.zone, shift.fold


def _minutes(shift: Shift) -> int:
    return _between(shift.start, shift.end)


def _between(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 60
