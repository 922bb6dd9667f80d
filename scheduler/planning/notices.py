"""What a planner should know before the search starts: pins, idle agents, hopeless queues, law."""

from __future__ import annotations

from collections import Counter

from scheduler.domain import Agent, Pin, Queue
from scheduler.errors import Fault
from scheduler.labour.applied import law_name
from scheduler.labour.pack import Limit, Pack

__all__ = [
    "history_short_notice",
    "no_history_notice",
    "no_shift_notice",
    "nobody_serves_notice",
    "pin_left_out_notice",
    "pin_notice",
]

_SAYS = {
    "pattern": "its start or length is not among those the planning and the contract allow",
    "horizon": "it starts outside the horizon",
    "place": "it spans a change of place",
    "employment": "it lies outside the employment",
    "time_off": "it overlaps time off",
    "availability": "the agent is not available then",
    "waking_hours": "it leaves the waking hours and the contract allows no night",
    "skills": "there is no queue the agent may serve then",
    "history": "a shift of the history starts on the same day",
    "closure": "the site is closed on a date it touches",
    "shift_hours": "it has more work than the law allows in one shift",
    "day_hours": "it has more work than the law allows on one day",
    "no_work": "it touches a date on which the law allows no work",
    "min_engagement": "it has less paid time than the law demands",
    "notice": "it was announced too late for its date",
    "break_rule": "it is too short for the break that the law demands",
}


def pin_notice(pin: Pin, broken: tuple[str, ...]) -> Fault:
    """Return the notice that a pin stays although it breaks rules of its own."""
    return Fault(
        "pin_breaks_rule",
        "pins.csv",
        "a shift that the rules allow",
        value=f"{pin.agent_id} {pin.start_local} {pin.zone}",
        hint=f"It stays, although {', and '.join(_SAYS[reason] for reason in broken)}.",
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


def no_shift_notice(agent: Agent, total: int, reasons: Counter[str]) -> Fault:
    """Return the notice that an agent cannot work at all, with what stands in the way most.

    Parameters
    ----------
    total : int
        Shifts that the planning offers the agent; 0 when the contract allows none of the lengths.
    reasons : Counter of str
        How many of them fail for which reason (`options.reasons_against`).
    """
    hint = "No shift length of the planning lies within the contract's limits."
    if total:
        reason, count = reasons.most_common(1)[0]
        hint = f"Of {total} possible shifts {count} fail because {_SAYS[reason]}."
    return Fault(
        "no_shift_possible",
        "agents.csv",
        "at least one shift that the agent may work",
        value=agent.agent_id,
        hint=hint,
    )


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
