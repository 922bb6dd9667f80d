"""Errors with stable codes: what is wrong, where, and what was expected."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DeniedError",
    "Fault",
    "InputError",
    "InternalError",
    "LimitedError",
    "SchedulerError",
    "StateError",
    "UnauthenticatedError",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input, precise enough to mend it without a second look.

    Parameters
    ----------
    code : str
        Stable identifier such as ``unknown_column``; never translated, never reused.
    file : str
        Name of the file inside the planning folder (or of the JSON document).
    line : int, optional
        Line in that file, counted from 1, the header included; in JSON input the row's index is
        part of `column` (a JSON pointer) instead.
    column : str, optional
        Column, YAML key path or JSON pointer.
    value : str, optional
        The offending text as read.
    expected : str
        What would have been right, as the end of the sentence "expected ...".
    hint : str, optional
        A whole sentence that helps, such as a "did you mean".
    """

    code: str
    file: str
    expected: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        where = self.file
        if self.line is not None:
            where += f", line {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        found = "" if self.value is None else f"{_shorten(self.value)!r}: "
        sentence = f"{where}: {found}expected {self.expected}"
        return sentence if self.hint is None else f"{sentence}. {self.hint}"


def _shorten(text: str, *, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


class SchedulerError(Exception):
    """Root of everything Heliotrope raises on purpose.

    Attributes
    ----------
    code : str
        Stable identifier; the edges map it to exit codes and problem types.
    """

    code = "error"


class InputError(SchedulerError):
    """The input is wrong; nothing has been changed.

    Parameters
    ----------
    faults : tuple of Fault
        Every fault found, in file and line order; never empty.
    """

    code = "bad_input"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class InternalError(SchedulerError):
    """Two independent parts of Heliotrope disagree: a defect of ours, never of the input."""

    code = "internal"


class DeniedError(SchedulerError):
    """Known, but not allowed to do this."""

    code = "denied"


class UnauthenticatedError(SchedulerError):
    """Nobody we know: no token, a wrong one, or one that is no longer good."""

    code = "unauthenticated"


class LimitedError(SchedulerError):
    """Too often in too short a time.

    Parameters
    ----------
    retry_after_seconds : float
        When to try again.
    """

    code = "limited"

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class StateError(SchedulerError):
    """It cannot be done with the thing as it stands."""

    code = "conflict"
