"""Why a roster is as it is: counted reasons, fixes found by trying, smallest conflicting sets."""

from __future__ import annotations

from solver.explain.conflicts import Conflict, conflicting
from solver.explain.fixes import (
    Fix,
    FixKind,
    Tried,
    apply_fix,
    cheapest_fixes,
    fix_by_hire,
    fix_by_options,
    loosened,
    ranked,
)
from solver.explain.reasons import AgentReason, CoverReasons, ReasonCode, explain_cover
from solver.explain.single import Roster, Single, alone, join

__all__ = [
    "AgentReason",
    "Conflict",
    "CoverReasons",
    "Fix",
    "FixKind",
    "ReasonCode",
    "Roster",
    "Single",
    "Tried",
    "alone",
    "apply_fix",
    "cheapest_fixes",
    "conflicting",
    "explain_cover",
    "fix_by_hire",
    "fix_by_options",
    "join",
    "loosened",
    "ranked",
]
