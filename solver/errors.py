"""Errors of the solver: only for problems that contradict themselves or defects of ours."""

from __future__ import annotations

__all__ = ["CodecError", "SolverError"]


class SolverError(Exception):
    """Root of the solver's errors."""


class CodecError(SolverError):
    """A problem or roster document has another schema version or a malformed field."""
