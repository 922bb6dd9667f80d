"""Which queues an agent may serve, and from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.domain import Planning, Queue, Skill
from scheduler.domain.people import CEFR_LEVELS
from scheduler.planning.clocks import minute_of
from scheduler.planning.people import AgentDays
from scheduler.planning.spans import ALWAYS, Spans
from scheduler.timegrid.grid import SLOT_MINUTES, SlotGrid
from scheduler.timegrid.zones import start_of_day

__all__ = ["Servable", "lacking", "may_serve", "servable", "tags_match"]


@dataclass(frozen=True, slots=True)
class Servable:
    """The skill groups of a planning and each agent's way through them.

    Parameters
    ----------
    groups : tuple of tuple of int
        Queue indices that the members may serve, each sorted; without duplicates.
    segments : tuple of tuple of (int, int)
        Per agent ``(from_slot, group_idx)`` in order, the first from slot 0.
    """

    groups: tuple[tuple[int, ...], ...]
    segments: tuple[tuple[tuple[int, int], ...], ...]

    def queues_of(self, agent_idx: int) -> frozenset[int]:
        """Return the queues an agent may serve at any time of the horizon."""
        return frozenset(
            queue for _, group in self.segments[agent_idx] for queue in self.groups[group]
        )


def servable(planning: Planning, people: Sequence[AgentDays], grid: SlotGrid) -> Servable:
    """Return which queues each agent may serve, slot by slot.

    What a queue asks for must be held through the whole planning interval, by one skill row or by
    several that follow each other without a gap. Validity runs by the clock of the agent's place
    of work at that moment.
    """
    skills: dict[str, list[Skill]] = {}
    for skill in planning.skills:
        skills.setdefault(skill.agent_id, []).append(skill)
    groups: dict[tuple[int, ...], int] = {}
    lasting: dict[frozenset[tuple[str, str, str | None]], tuple[int, ...]] = {}
    segments = []
    for person in people:
        rows = skills.get(person.agent.agent_id, [])
        if any(skill.valid_from or skill.valid_until for skill in rows):
            served = _changing(planning, rows, person, grid)
        else:
            key = frozenset((skill.kind, skill.value, skill.level) for skill in rows)
            if key not in lasting:
                lasting[key] = tuple(
                    idx for idx, queue in enumerate(planning.queues) if may_serve(rows, queue)
                )
            served = [(0, lasting[key])]
        own: list[tuple[int, int]] = []
        for from_slot, queues in served:
            group = groups.setdefault(queues, len(groups))
            if not own or own[-1][1] != group:
                own.append((from_slot, group))
        segments.append(tuple(own))
    return Servable(tuple(groups), tuple(segments))


def _changing(
    planning: Planning, rows: Sequence[Skill], person: AgentDays, grid: SlotGrid
) -> list[tuple[int, tuple[int, ...]]]:
    """Return the queues served from slot to slot by an agent whose skills begin or end."""
    length = planning.interval_minutes
    count = grid.slots * SLOT_MINUTES // length
    spans = [_validity(skill, person, grid) for skill in rows]
    # Per queue and kind of skill asked for: the stretches of whole intervals in which it is held.
    held: list[list[list[tuple[int, int]]]] = []
    for queue in planning.queues:
        held.append([])
        for sufficient in _sufficient(rows, queue).values():
            union = Spans.of(
                pair
                for own, skill in zip(spans, rows, strict=True)
                if skill in sufficient
                for pair in own.pairs()
            )
            held[-1].append([(-(-start // length), end // length) for start, end in union.pairs()])
    edges = {edge for kinds in held for stretches in kinds for pair in stretches for edge in pair}
    return [
        (
            change * length // SLOT_MINUTES,
            tuple(
                idx
                for idx, kinds in enumerate(held)
                if all(
                    any(first <= change < after for first, after in stretches)
                    for stretches in kinds
                )
            ),
        )
        for change in sorted({0, *(edge for edge in edges if 0 < edge < count)})
    ]


def _validity(skill: Skill, person: AgentDays, grid: SlotGrid) -> Spans:
    """Return when a skill is valid, in minutes; place by place on that place's clock."""
    stretches = []
    for place in person.timeline:
        start = ALWAYS[0] if place.start is None else minute_of(grid, place.start)
        end = ALWAYS[1] if place.end is None else minute_of(grid, place.end)
        if skill.valid_from:
            start = max(start, minute_of(grid, start_of_day(skill.valid_from, place.zone)))
        if skill.valid_until:
            end = min(end, minute_of(grid, start_of_day(skill.valid_until, place.zone)))
        stretches.append((start, end))
    return Spans.of(stretches)


def tags_match(one: str, other: str) -> bool:
    """Say whether two language tags are equal or one is the other's beginning (``nl``, ``nl-SR``).

    Upper and lower case are the same.
    """
    short, long = sorted((one.lower(), other.lower()), key=len)
    return long == short or long.startswith(f"{short}-")


def may_serve(held: Sequence[Skill], queue: Queue) -> bool:
    """Say whether skills held at one moment suffice for a queue."""
    return not lacking(held, queue)


def lacking(held: Sequence[Skill], queue: Queue) -> tuple[str, ...]:
    """Return the kinds of skill that a queue asks for and that are not among those held."""
    return tuple(kind for kind, rows in _sufficient(held, queue).items() if not rows)


def _sufficient(rows: Sequence[Skill], queue: Queue) -> dict[str, list[Skill]]:
    """Return by kind of skill that a queue asks for the rows that meet it."""
    asked = {"client": queue.client, "channel": queue.channel}
    if queue.certificate is not None:
        asked["certificate"] = queue.certificate
    found = {
        kind: [skill for skill in rows if skill.kind == kind and skill.value == value]
        for kind, value in asked.items()
    }
    found["language"] = [
        skill
        for skill in rows
        if skill.kind == "language"
        and tags_match(skill.value, queue.language)
        and _level_suffices(skill.level, queue.min_level)
    ]
    return found


def _level_suffices(level: str | None, min_level: str | None) -> bool:
    if min_level is None:
        return True
    return level is not None and CEFR_LEVELS.index(level) >= CEFR_LEVELS.index(min_level)
