"""The quick calculator for callers of the API."""

from __future__ import annotations

import re
from typing import Any

from scheduler.access.policy import Operation
from scheduler.domain.access import Principal
from scheduler.errors import Fault, InputError
from scheduler.service import require
from scheduler.usecases.calculate_agents import AgentsQuestion, AgentsView, calculate_agents

__all__ = ["ask_erlang"]

_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")


def ask_erlang(caller: Principal, **asked: Any) -> AgentsView:
    """Return what `scheduler.usecases.calculate_agents` says, for planners.

    Parameters
    ----------
    **asked
        Figures of an `AgentsQuestion`.

    Raises
    ------
    InputError
        If the figures do not go together.
    DeniedError
        If the caller is no planner.
    """
    require(caller, Operation.ERLANG_ASK)
    try:
        return calculate_agents(AgentsQuestion(**asked))
    except ValueError as error:
        raise InputError((_fault(str(error)),)) from None


def _fault(sentence: str) -> Fault:
    """Return a complaint about options of the command line as one about parameters."""
    names = [name.replace("-", "_") for name in _OPTION.findall(sentence)]
    said = _OPTION.sub(lambda found: f"`{found[1].replace('-', '_')}`", sentence)
    where = names[0] if names else "calls"
    hint = f"{said[0].upper()}{said[1:]}."
    return Fault("out_of_range", "query", "figures that go together", column=where, hint=hint)
