"""What can go wrong between a caller and the database."""

from __future__ import annotations

from scheduler.errors import SchedulerError

__all__ = ["BadRowError", "ConflictError", "NotFoundError", "StoreError"]


class StoreError(SchedulerError):
    """The database cannot be reached, or cannot be used as it is.

    The sentence never holds the address of the database, which may carry a password.
    """

    code = "database"


class NotFoundError(StoreError):
    """There is no such record."""

    code = "not_found"


class ConflictError(StoreError):
    """Somebody else was faster, or something like it is there already.

    Parameters
    ----------
    version : int, optional
        The present version of the record, where the caller's was another.
    """

    code = "conflict"

    def __init__(self, message: str, *, version: int | None = None) -> None:
        self.version = version
        super().__init__(message)


class BadRowError(StoreError):
    """A table, a column or a value that the store does not keep; intake would have refused it."""

    code = "bad_row"
