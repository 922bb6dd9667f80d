"""Which queues an agent may serve when: skills, levels, certificates and their validity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.audit.facts import EARLIEST, LATEST, AgentFacts, Facts
from scheduler.audit.hours import Span, merged
from scheduler.audit.wording import day_text
from scheduler.domain import Queue, Skill
from scheduler.domain.people import CEFR_LEVELS
from scheduler.timegrid.timeline import Place, place_at
from scheduler.timegrid.windows import local_date
from scheduler.timegrid.zones import start_of_day

__all__ = ["Lack", "Requirement", "lacks", "requirements_of", "uncertified_minutes", "validity"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One skill a queue asks for.

    Parameters
    ----------
    kind, value : str
        As in `Skill`.
    level : str, optional
        Lowest sufficient language level.
    """

    kind: str
    value: str
    level: str | None = None

    def __str__(self) -> str:
        words = f"{self.kind} {self.value}"
        return words if self.level is None else f"{words} at {self.level} or better"


@dataclass(frozen=True, slots=True)
class Lack:
    """Why an agent does not meet a requirement through a span of time.

    Parameters
    ----------
    kind : {"never", "level", "expired", "not_yet"}
        Not held at all; held below the level asked; valid no longer; valid not yet.
    words : str
        The same in words, such as ``certificate KSF expired on Wed 31 Mar 2027``.
    """

    requirement: Requirement
    kind: str
    words: str

    @property
    def held(self) -> bool:
        """Whether the agent has the skill at another time."""
        return self.kind in ("expired", "not_yet")


def requirements_of(queue: Queue) -> tuple[Requirement, ...]:
    """Return what a queue asks of an agent: channel, client, language and perhaps certificate."""
    asked = (
        Requirement("channel", queue.channel),
        Requirement("client", queue.client),
        Requirement("language", queue.language, queue.min_level),
    )
    if queue.certificate is None:
        return asked
    return (*asked, Requirement("certificate", queue.certificate))


def _same_language(held: str, asked: str) -> bool:
    """Say whether one tag is the other, or its beginning up to a hyphen."""
    short, long = sorted((held.casefold(), asked.casefold()), key=len)
    return long == short or long.startswith(short + "-")


def _matches(skill: Skill, asked: Requirement) -> bool:
    if skill.kind != asked.kind:
        return False
    if asked.kind == "language":
        return _same_language(skill.value, asked.value)
    return skill.value == asked.value


def _sufficient(skill: Skill, asked: Requirement) -> bool:
    if asked.level is None:
        return True
    return skill.level is not None and CEFR_LEVELS.index(skill.level) >= CEFR_LEVELS.index(
        asked.level
    )


def validity(skills: Sequence[Skill], timeline: Sequence[Place]) -> tuple[Span, ...]:
    """Return when at least one of the rows is valid, as disjoint spans in order.

    The dates of a row begin at midnight on the clock of the place where the agent then works.
    """
    spans: list[Span] = []
    for place in timeline:
        arrival, departure = place.start or EARLIEST, place.end or LATEST
        for skill in skills:
            first, after = arrival, departure
            if skill.valid_from is not None:
                first = max(first, start_of_day(skill.valid_from, place.zone))
            if skill.valid_until is not None:
                after = min(after, start_of_day(skill.valid_until, place.zone))
            spans.append((first, after))
    return merged(spans)


def lacks(
    facts: Facts, agent: AgentFacts, queue: Queue, start: datetime, end: datetime
) -> tuple[Lack, ...]:
    """Return what keeps an agent from serving a queue through ``[start, end)``; empty if nothing.

    A skill must be valid through every planning interval that is touched, from its start to its
    end. A certificate renewed without a gap is valid without a gap.
    """
    start, end = facts.interval_around(start, end)
    found = (_lack(agent, asked, start, end) for asked in requirements_of(queue))
    return tuple(lack for lack in found if lack is not None)


def _lack(agent: AgentFacts, asked: Requirement, start: datetime, end: datetime) -> Lack | None:
    name = f"{asked.kind} {asked.value}"
    rows = [skill for skill in agent.skills if _matches(skill, asked)]
    if not rows:
        return Lack(asked, "never", f"no {name}")
    sufficient = [skill for skill in rows if _sufficient(skill, asked)]
    if not sufficient:
        levels = ", ".join(sorted({skill.level or "no level" for skill in rows}))
        return Lack(asked, "level", f"{name} only at {levels}, not {asked.level}")
    spans = validity(sufficient, agent.timeline)
    if any(first <= start and end <= after for first, after in spans):
        return None
    ended = [after for first, after in spans if first <= start]
    if ended:
        return Lack(asked, "expired", f"{name} expired at the start of {_date(agent, ended[-1])}")
    if spans:
        return Lack(asked, "not_yet", f"{name} not valid before {_date(agent, spans[0][0])}")
    return Lack(asked, "never", f"{name} never valid")


def _date(agent: AgentFacts, instant: datetime) -> str:
    return day_text(local_date(instant, place_at(agent.timeline, instant).zone))


def uncertified_minutes(agent: AgentFacts) -> int:
    """Return the minutes on duty in which a certificate the agent has or had is not valid."""
    names = {skill.value for skill in agent.skills if skill.kind == "certificate"}
    gaps: list[Span] = []
    for name in names:
        rows = [row for row in agent.skills if row.kind == "certificate" and row.value == name]
        spans = validity(rows, agent.timeline)
        edges = [EARLIEST, *(edge for span in spans for edge in span), LATEST]
        gaps += zip(edges[::2], edges[1::2], strict=True)
    invalid = merged(gaps)
    seconds = sum(
        max(0.0, (min(duty.end, until) - max(duty.start, since)).total_seconds())
        for duty in agent.counting
        for since, until in invalid
    )
    return int(seconds) // 60
