"""A shift that the option table does not have, put in by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from solver.problem import OptionTable, PlanningProblem
from solver.replan.records import ChangeError
from solver.roster import SlotRoster
from solver.rules import Pin

__all__ = ["insert_option"]


def insert_option(
    problem: PlanningProblem, roster: SlotRoster, option: Mapping[str, int]
) -> tuple[PlanningProblem, SlotRoster, int]:
    """Return problem and roster with one more option, rows renumbered, and the option's row.

    Parameters
    ----------
    option : mapping of str to int
        Columns of `OptionTable`: ``agent``, ``day``, ``start`` and ``end`` at least; others are 0,
        the break window -1.

    Raises
    ------
    ChangeError
        If a column is missing or unknown, or the problem cannot hold the option.
    """
    names = [column.name for column in fields(OptionTable)]
    unknown = sorted(set(option) - set(names))
    missing = sorted({"agent", "day", "start", "end"} - set(option))
    if unknown or missing:
        raise ChangeError(f"unknown columns {unknown}, missing columns {missing}")
    table = problem.options
    agent, day = int(option["agent"]), int(option["day"])
    low, high = problem.option_range(agent)
    keys = list(
        zip(
            table.day[low:high].tolist(),
            table.start[low:high].tolist(),
            table.end[low:high].tolist(),
            strict=True,
        )
    )
    row = low + sum(key <= (day, option["start"], option["end"]) for key in keys)
    given = {"break_from": -1, "break_until": -1, **option}
    columns = {name: np.insert(getattr(table, name), row, given.get(name, 0)) for name in names}

    def moved(old: int) -> int:
        return old + (old >= row)

    try:
        larger = replace(
            problem,
            options=OptionTable(**columns),
            rules=tuple(
                replace(rule, option_idx=moved(rule.option_idx)) if isinstance(rule, Pin) else rule
                for rule in problem.rules
            ),
        )
    except ValueError as error:
        raise ChangeError(str(error)) from error
    choices = tuple(
        replace(choice, option_idx=moved(choice.option_idx)) for choice in roster.choices
    )
    return larger, SlotRoster(choices), row
