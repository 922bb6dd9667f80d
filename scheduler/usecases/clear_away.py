"""Clear away what ended long ago and nobody will ask for; rosters, solves and inputs stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.clock import Clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from scheduler.jobs.engine import Engine
    from scheduler.settings import Settings
    from scheduler.store import Store

__all__ = ["Cleared", "clear_away"]

_AT_ONCE = 500
_MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cleared:
    """How much was deleted.

    Parameters
    ----------
    jobs : int
        Solves whose progress, best roster so far and idempotency key went; they themselves stay.
    engine_jobs : int
        Jobs that the engine has forgotten.
    tokens, messages, trail_entries, blobs : int
        Ended tokens, messages to webhooks, entries of the trail, bytes nobody refers to.
    """

    jobs: int = 0
    engine_jobs: int = 0
    tokens: int = 0
    messages: int = 0
    trail_entries: int = 0
    blobs: int = 0


def clear_away(
    store: Store,
    engine: Engine,
    settings: Settings,
    clock: Clock,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Cleared:
    """Delete what ended longer ago than settings ask to keep it; return how much.

    Bytes go when no roster, no solve and no entry of the trail refers to them, and when they are
    older than every solve that has not ended: what such a solve still needs is known to the job
    engine alone.

    Parameters
    ----------
    should_stop : callable
        Asked before each portion; what is left is for the next time.

    Raises
    ------
    StoreError
        If the database cannot be reached; what was deleted until then stays so.
    """
    from scheduler.store import clearing

    def clear(portion: Callable[[Connection, datetime, int], int], before: datetime) -> int:
        cleared, done = 0, _AT_ONCE
        while done == _AT_ONCE and not should_stop():
            with store.writing() as unit:
                done = portion(unit.connection, before, _AT_ONCE)
            cleared += done
        return cleared

    now = clock()
    entries = 0
    if settings.trail_days:
        entries = clear(clearing.clear_trail, now - timedelta(days=settings.trail_days))
    if not settings.keep_days:
        return Cleared(trail_entries=entries)
    kept = timedelta(days=settings.keep_days)
    before = now - kept
    return Cleared(
        engine_jobs=engine.purge(kept),
        jobs=clear(clearing.clear_jobs, before),
        tokens=clear(clearing.clear_tokens, before),
        messages=clear(clearing.clear_deliveries, before),
        trail_entries=entries,
        blobs=_clear_blobs(store, before, should_stop),
    )


def _clear_blobs(store: Store, before: datetime, should_stop: Callable[[], bool]) -> int:
    from scheduler.store import clearing

    with store.reading() as unit:
        oldest = clearing.oldest_unfinished(unit.connection)
        if oldest is not None:
            before = min(before, oldest - _MARGIN)
        refs = clearing.unneeded_blobs(unit.connection, before)
    cleared = 0
    for begin in range(0, len(refs), _AT_ONCE):
        if should_stop():
            break
        with store.writing() as unit:
            cleared += clearing.clear_blobs(unit.connection, refs[begin : begin + _AT_ONCE], before)
    return cleared
