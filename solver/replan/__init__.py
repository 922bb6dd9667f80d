"""Repair of a published roster: what happened goes in, the least change that pays comes out."""

from __future__ import annotations

from solver.replan.duties import replan_duties
from solver.replan.insert import insert_option
from solver.replan.records import (
    Added,
    Alternative,
    Alternatives,
    Change,
    ChangedShift,
    ChangeError,
    NeedChange,
    OpenShift,
    Out,
    Removed,
    RepairResult,
    Why,
)
from solver.replan.replanner import Replanner, repair

__all__ = [
    "Added",
    "Alternative",
    "Alternatives",
    "Change",
    "ChangeError",
    "ChangedShift",
    "NeedChange",
    "OpenShift",
    "Out",
    "Removed",
    "RepairResult",
    "Replanner",
    "Why",
    "insert_option",
    "repair",
    "replan_duties",
]
