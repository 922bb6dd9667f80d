"""What a planner should know before the search starts: pins, idle agents, hopeless queues, law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scheduler.domain import Agent, Pin, Queue
from scheduler.errors import Fault
from scheduler.labour.applied import law_name
from scheduler.labour.pack import Limit, Pack
from scheduler.planning.law import HeldLimit
from scheduler.planning.options import Against

__all__ = [
    "history_short_notice",
    "no_history_notice",
    "no_shift_notice",
    "nobody_serves_notice",
    "pin_left_out_notice",
    "pin_notice",
]

_SAYS: Mapping[str, tuple[str, str]] = {
    "pattern": (
        "its start or length is not among those the planning and the contract allow",
        "their starts or lengths are not among those the planning and the contract allow",
    ),
    "horizon": ("it starts outside the horizon", "they start outside the horizon"),
    "place": ("it spans a change of place", "they span a change of place"),
    "employment": ("it lies outside the employment", "they lie outside the employment"),
    "time_off": ("it overlaps time off", "they overlap time off"),
    "availability": ("the agent is not available then", "the agent is not available then"),
    "waking_hours": (
        "it leaves the waking hours and the contract allows no night",
        "they leave the waking hours and the contract allows no night",
    ),
    "skills": (
        "there is no queue the agent may serve then",
        "there is no queue the agent may serve then",
    ),
    "history": (
        "a shift of the history starts on the same day",
        "a shift of the history starts on the same day",
    ),
    "closure": (
        "the site or the company is closed on a date it touches",
        "the site or the company is closed on a date they touch",
    ),
    "shift_hours": (
        "it has more work than the law allows in one shift",
        "they have more work than the law allows in one shift",
    ),
    "day_hours": (
        "it has more work than the law allows on one day",
        "they have more work than the law allows on one day",
    ),
    "no_work": (
        "it touches a date on which the law allows no work",
        "they touch a date on which the law allows no work",
    ),
    "min_engagement": (
        "it has less paid time than the law demands",
        "they have less paid time than the law demands",
    ),
    "notice": (
        "it was announced too late for its date",
        "they were announced too late for their dates",
    ),
    "break_rule": (
        "it is too short for the break that the law demands",
        "they are too short for the break that the law demands",
    ),
}
"""What speaks against one shift, and against several."""


def pin_notice(pin: Pin, broken: tuple[str, ...]) -> Fault:
    """Return the notice that a pin stays although it breaks rules of its own."""
    return Fault(
        "pin_breaks_rule",
        "pins.csv",
        "a shift that the rules allow",
        value=f"{pin.agent_id} {pin.start_local} {pin.zone}",
        hint=f"It stays, although {', and '.join(_SAYS[reason][0] for reason in broken)}.",
    )


def pin_left_out_notice(pin: Pin) -> Fault:
    """Return the notice that a pin cannot stay beside an earlier one of the same day."""
    return Fault(
        "pin_left_out",
        "pins.csv",
        "one shift a day",
        value=f"{pin.agent_id} {pin.start_local} {pin.zone}",
        hint="It is left out: an earlier pin of the agent starts on the same local day.",
    )


def no_shift_notice(agent: Agent, against: Against) -> Fault:
    """Return the notice that an agent cannot work at all, with what stands in the way most.

    Parameters
    ----------
    against : Against
        Of the shifts that the planning offers the agent: none when the contract allows none of
        the lengths.
    """
    hint = "No shift length of the planning lies within the contract's limits."
    if against.total:
        reason, count = against.reasons.most_common(1)[0]
        one, many = _SAYS[reason]
        fail = f"{count} fails because {one}" if count == 1 else f"{count} fail because {many}"
        shifts = "shift" if against.total == 1 else "shifts"
        law = _laws_of_all(against.by_limit.get(reason, {}), count)
        hint = f"Of {against.total} possible {shifts} {fail}{law}."
    return Fault(
        "no_shift_possible",
        "agents.csv",
        "at least one shift that the agent may work",
        value=agent.agent_id,
        hint=hint,
    )


def _laws_of_all(by_limit: Mapping[HeldLimit, int], count: int) -> str:
    """Name the limits that stop all `count` shifts by themselves, with the permits that lift them.

    Where several limits share the shifts between them, none is the reason.
    """
    told = []
    for held, stopped in by_limit.items():
        if stopped == count:
            pack, limit = held.applied.pack, held.limit
            permit = f"{pack.pack_id}.{limit.waived_by}"
            lifted = "" if limit.waived_by is None else f"; permit {permit} would lift it"
            told.append(f"{law_name(pack, limit)}{lifted}")
    return f" ({'; also '.join(dict.fromkeys(told))})" if told else ""


def nobody_serves_notice(queue: Queue, lacked: Counter[str], agents: int) -> Fault:
    """Return the notice that a queue needs agents and no agent may ever serve it.

    Parameters
    ----------
    lacked : Counter of str
        How many agents never hold what the queue asks for, by kind of skill.
    agents : int
        Number of agents in the planning.
    """
    asks = {
        "client": f"client {queue.client}",
        "channel": f"channel {queue.channel}",
        "language": f"language {queue.language}"
        + (f" at {queue.min_level} or better" if queue.min_level else ""),
        "certificate": f"certificate {queue.certificate}",
    }
    parts = ", ".join(f"{asks[kind]}: {count}" for kind, count in lacked.most_common())
    hint = f"Of {agents} agents lack {parts}." if parts else "Nobody holds all of it at once."
    return Fault(
        "nobody_serves",
        "queues.csv",
        "at least one agent who may serve the queue",
        value=queue.queue_id,
        hint=hint,
    )


def history_short_notice(pack: Pack, limit: Limit, weeks: int) -> Fault:
    """Return the notice that a limit reaches further back than the history.

    Parameters
    ----------
    weeks : int
        How many of its weeks are not known, at most.
    """
    return Fault(
        "history_short",
        "history.csv",
        "all shifts of the weeks that the limit adds up",
        value=f"{pack.pack_id}.{limit.name}",
        hint=(
            f"Up to {weeks} of the weeks that {law_name(pack, limit)} looks at are not known: "
            "the others alone must keep it, in proportion."
        ),
    )


def no_history_notice() -> Fault:
    """Return the notice that nothing is known of the time before the horizon."""
    return Fault(
        "no_history",
        "history.csv",
        "the shifts worked before the horizon",
        hint="Without them the time before the horizon counts as rest.",
    )
