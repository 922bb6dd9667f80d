"""Who is away from when to when, as a planner writes it, checked against planning and roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.clock import Clock
from scheduler.domain import Planning, Roster, Shift
from scheduler.errors import Fault, InputError
from scheduler.timegrid.windows import horizon_bounds
from scheduler.usecases.explain import parse_moment
from scheduler.usecases.show_roster import agent_of

__all__ = ["Absence", "checked_absence", "read_absence", "refuse_strangers"]

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """An agent who cannot work in ``[start, end)`` (aware UTC), known at `now`.

    Shifts that start before `now` are past.
    """

    agent_id: str
    start: datetime
    end: datetime
    now: datetime


def read_absence(
    planning: Planning, *, sick: str, start: str, until: str, now: str | None, clock: Clock
) -> Absence:
    """Return the absence that a planner wrote.

    Parameters
    ----------
    sick : str
        Id or name of the agent.
    start, until, now : str
        Moments as in `scheduler.usecases.explain.parse_moment`, on the clock of the horizon where
        they have no offset; without `now` that of `clock` counts.

    Raises
    ------
    InputError
        If a moment cannot be read.
    """
    zone = planning.horizon.zone

    def moment(option: str, text: str) -> datetime:
        try:
            return parse_moment(text, zone)
        except InputError as error:
            raise _about(option, error) from None

    return Absence(
        sick,
        moment("--from", start),
        moment("--until", until),
        clock() if now is None else moment("--now", now),
    )


def _about(option: str, error: InputError) -> InputError:
    """Return the error with its faults told of an option."""
    return InputError(tuple(replace(fault, file=option) for fault in error.faults))


def checked_absence(planning: Planning, roster: Roster, absence: Absence) -> Absence:
    """Return the absence with the agent's id and whole minutes.

    Raises
    ------
    InputError
        If the roster was made from another planning, the agent is unknown, or times make no sense.
    """
    if roster.input_sha256 != planning.input_sha256:
        raise InputError(
            (
                Fault(
                    "other_input",
                    "roster.json",
                    f"a roster made from the planning {planning.name!r}",
                    hint="Name as FOLDER what the roster was made from, such as the folder of "
                    "results that holds both.",
                ),
            )
        )
    try:
        agent_id = agent_of(roster, planning, absence.agent_id)
    except InputError as error:
        raise _about("--sick", error) from None
    if agent_id not in {agent.agent_id for agent in planning.agents}:
        raise InputError(
            (Fault("unknown_name", "--sick", "an agent of the planning", value=agent_id),)
        )
    start, end = horizon_bounds(planning.horizon)
    within = f"{start:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}"
    if absence.start >= absence.end:
        value = f"{absence.end:%Y-%m-%dT%H:%MZ}"
        raise InputError((Fault("wrong_order", "--until", "a moment after --from", value=value),))
    for option, moment, outside in (
        ("--from", absence.start, absence.start >= end),
        ("--until", absence.end, absence.end <= start),
        ("--now", absence.now, absence.now >= end),
    ):
        if outside:
            raise InputError(
                (
                    Fault(
                        "outside_horizon",
                        option,
                        f"a moment that leaves something of the roster, {within}",
                        value=f"{moment:%Y-%m-%dT%H:%MZ}",
                    ),
                )
            )
    first = absence.start.replace(second=0, microsecond=0)
    last = absence.end.replace(second=0, microsecond=0)
    last += _MINUTE * (last < absence.end)
    return replace(absence, agent_id=agent_id, start=first, end=last)


def refuse_strangers(planning: Planning, shifts: Sequence[Shift]) -> None:
    """Refuse shifts of agents that the planning does not have, or outside its horizon.

    Raises
    ------
    InputError
        If there is one.
    """
    known = {agent.agent_id for agent in planning.agents}
    start, end = horizon_bounds(planning.horizon)
    for shift in shifts:
        if shift.agent_id not in known or not start <= shift.start < end:
            raise InputError(
                (
                    Fault(
                        "other_input",
                        "roster.json",
                        "shifts of the planning's agents inside its horizon",
                        value=f"{shift.agent_id} {shift.start:%Y-%m-%dT%H:%MZ}",
                    ),
                )
            )
