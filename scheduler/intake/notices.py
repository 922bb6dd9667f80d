"""What is odd in an input that can be used all the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from scheduler.domain import Horizon, Planning, Queue, Skill
from scheduler.domain.people import CEFR_LEVELS
from scheduler.intake.draft import Draft
from scheduler.intake.faults import FaultLog
from scheduler.intake.setting_reader import node_at
from scheduler.timegrid.holidays import has_public_holidays

__all__ = ["note_oddities"]


def note_oddities(planning: Planning, draft: Draft, log: FaultLog) -> None:
    """Note what is without use (agents, contracts, closures), unserved queues, unknown holidays.

    Parameters
    ----------
    planning : Planning
        A planning without faults.
    draft : Draft
        The same with the line of each record.
    log : FaultLog
        Takes the notices.
    """
    skills: defaultdict[str, list[Skill]] = defaultdict(list)
    for skill in planning.skills:
        if _touches_horizon(skill, planning):
            skills[skill.agent_id].append(skill)
    served: set[str] = set()
    for number, agent in draft.get("agents"):
        fits = [q.queue_id for q in planning.queues if _can_serve(skills[agent.agent_id], q)]
        served.update(fits)
        if not fits:
            source = draft.tables["agents"].source
            expected = "skills (client, channel, language, certificate) that fit some queue"
            log.notice(
                "idle_agent",
                source,
                expected,
                row=number,
                path=("agent_id",),
                value=agent.agent_id,
            )
    for number, queue in draft.get("queues"):
        if queue.queue_id not in served:
            log.notice(
                "unserved_queue",
                draft.tables["queues"].source,
                f"an agent with {_demands(queue)} during the horizon",
                row=number,
                path=("queue_id",),
                value=queue.queue_id,
            )
    _note_contracts(planning, draft, log)
    _note_holidays(draft, log)
    _note_closures(planning, draft, log)


def _touches_horizon(skill: Skill, planning: Planning) -> bool:
    # Dates of two zones are compared here: a day of slack can only keep a notice from being given.
    starts = skill.valid_from is None or skill.valid_from <= planning.horizon.end
    return starts and (skill.valid_until is None or skill.valid_until >= planning.horizon.start)


def _can_serve(skills: Sequence[Skill], queue: Queue) -> bool:
    return (
        _has(skills, "client", queue.client)
        and _has(skills, "channel", queue.channel)
        and (queue.certificate is None or _has(skills, "certificate", queue.certificate))
        and any(_speaks(skill, queue) for skill in skills)
    )


def _has(skills: Iterable[Skill], kind: str, value: str) -> bool:
    return any(skill.kind == kind and skill.value == value for skill in skills)


def _speaks(skill: Skill, queue: Queue) -> bool:
    if skill.kind != "language":
        return False
    if queue.min_level is not None:
        level = -1 if skill.level is None else CEFR_LEVELS.index(skill.level)
        if level < CEFR_LEVELS.index(queue.min_level):
            return False
    spoken, asked = f"{skill.value}-".casefold(), f"{queue.language}-".casefold()
    return spoken.startswith(asked) or asked.startswith(spoken)


def _demands(queue: Queue) -> str:
    level = "" if queue.min_level is None else f" at {queue.min_level}"
    certificate = "" if queue.certificate is None else f", certificate {queue.certificate}"
    return (
        f"client {queue.client}, channel {queue.channel}, "
        f"language {queue.language}{level}{certificate}"
    )


def _note_contracts(planning: Planning, draft: Draft, log: FaultLog) -> None:
    used = {agent.contract_id for agent in planning.agents}
    policy = planning.shifts
    lengths = range(policy.min_minutes, policy.max_minutes + 1, policy.length_step_minutes)
    for number, contract in draft.get("contracts"):
        source = draft.tables["contracts"].source
        if contract.contract_id not in used:
            log.notice(
                "unused_contract",
                source,
                "an agent with this contract",
                row=number,
                path=("contract_id",),
                value=contract.contract_id,
            )
        low = contract.min_shift_minutes or 0
        high = contract.max_shift_minutes or max(lengths)
        if not any(low <= length <= high for length in lengths):
            log.notice(
                "no_shift_length",
                source,
                f"limits that let in a length of the planning's shifts ({_hours(lengths)} hours)",
                row=number,
                path=("min_shift_hours" if low > max(lengths) else "max_shift_hours",),
                value=contract.contract_id,
            )


def _note_holidays(draft: Draft, log: FaultLog) -> None:
    """Note each country of which no public holidays are known, once a table."""
    for stem in ("sites", "locations", "queues"):
        noted: set[str | None] = {None}
        for number, record in draft.get(stem):
            if record.country in noted or has_public_holidays(record.country):
                continue
            noted.add(record.country)
            log.notice(
                "no_public_holidays",
                draft.tables[stem].source,
                "a country whose public holidays are known; here no day is taken for one",
                row=number,
                path=("country",),
                value=record.country,
            )


def _note_closures(planning: Planning, draft: Draft, log: FaultLog) -> None:
    """Note closures of one site and date after the first, and those of no date of the horizon."""
    seen: set[tuple[date, str | None]] = set()
    for idx, closure in enumerate(planning.closures):
        key = (closure.day, closure.site_id)
        expected = None
        if key in seen:
            whose = "of the company" if closure.site_id is None else f"of {closure.site_id}"
            expected = f"each closure {whose} once"
        elif not _may_be_worked(closure.day, planning.horizon):
            horizon = planning.horizon
            expected = f"a date from {horizon.start} to before {horizon.end}, the horizon"
        seen.add(key)
        if expected is not None and draft.settings.tree is not None:
            path = ("closures", idx, "date")
            log.notice(
                "unused_closure",
                draft.settings.source,
                expected,
                row=node_at(draft.settings.tree, path).line,
                path=path,
                value=str(closure.day),
            )


def _may_be_worked(day: date, horizon: Horizon) -> bool:
    # Closures go by the clock of the place of work, up to a date ahead or behind.
    return horizon.start - timedelta(days=1) <= day <= horizon.end


def _hours(lengths: Iterable[int]) -> str:
    return ", ".join(f"{length / 60:g}" for length in lengths)
