"""Rosters of a period in versions, of which one is published, and the shifts in them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from scheduler.clock import Clock
from scheduler.domain import PastShift, Shift, WallTime
from scheduler.domain.period import RosterState, RosterVersion
from scheduler.store.blobs import Blobs
from scheduler.store.columns import text_of
from scheduler.store.database import Prepared
from scheduler.store.errors import ConflictError, NotFoundError
from scheduler.store.mapping import roster_of, shift_of, shift_values
from scheduler.store.tables import JOB, PERIOD, ROSTER, SHIFT
from scheduler.store.trail import Change, Trail

__all__ = ["RosterFigures", "Rosters", "ShiftLine"]

_IS_PUBLISHED = (
    ROSTER.c.state == RosterState.PUBLISHED.value,
    ROSTER.c.first_start < bindparam("until"),
    ROSTER.c.last_end > bindparam("start"),
)
_PUBLISHED = Prepared(select(ROSTER.c.roster_id).where(*_IS_PUBLISHED))


class ShiftLine(NamedTuple):
    """A shift as it is kept, for what is only to be shown: cheaper to read than a `Shift`.

    Parameters
    ----------
    start_utc, end_utc : str
        Instants as ``2027-03-28T07:00:00.000000Z``.
    breaks : str
        JSON: a list of ``[start, end, paid]``, instants as above.
    activities : str
        JSON: a list of ``[queue_id, start, end]``.
    """

    agent_id: str
    start_utc: str
    end_utc: str
    zone: str
    paid_minutes: int
    breaks: str
    activities: str


_LINES = Prepared(
    select(*(SHIFT.c[name] for name in ShiftLine._fields))
    .where(SHIFT.c.roster_id == bindparam("roster_id"), SHIFT.c.agent_id == bindparam("agent_id"))
    .order_by(SHIFT.c.start_utc)
)
_SHIFTS_OF = (
    select(SHIFT)
    .join(ROSTER, ROSTER.c.roster_id == SHIFT.c.roster_id)
    .where(
        *_IS_PUBLISHED,
        SHIFT.c.agent_id == bindparam("agent_id"),
        SHIFT.c.start_utc < bindparam("until"),
        SHIFT.c.end_utc > bindparam("start"),
    )
    .order_by(SHIFT.c.start_utc)
)


@dataclass(frozen=True, slots=True)
class RosterFigures:
    """What is kept about a roster beside its shifts; meanings as in `RosterVersion`."""

    input_sha256: str
    cost_cents: int
    bound_cents: int
    hard_findings: int


class Rosters:
    """Rosters of one transaction."""

    def __init__(self, connection: Connection, trail: Trail, blobs: Blobs, clock: Clock) -> None:
        self._connection, self._trail = connection, trail
        self._blobs, self._clock = blobs, clock

    def add(
        self,
        period_id: str,
        document: bytes,
        shifts: Sequence[Shift],
        figures: RosterFigures,
        *,
        job_id: str | None = None,
    ) -> RosterVersion:
        """Keep a draft under the period's next number.

        Parameters
        ----------
        document : bytes
            The roster as JSON, returned unchanged by `document`.
        job_id : str, optional
            The job that it came of. A job has one roster: where there is one, it is returned and
            nothing is kept, so that a job done twice leaves one draft.

        Raises
        ------
        NotFoundError
            If there is no such period.
        """
        self._hold_period(period_id)
        if job_id is not None:
            query = select(ROSTER).where(ROSTER.c.job_id == job_id)
            former = self._connection.execute(query).one_or_none()
            if former is not None:
                return roster_of(former)
        numbers = select(func.max(ROSTER.c.number)).where(ROSTER.c.period_id == period_id)
        roster = RosterVersion(
            uuid.uuid4().hex,
            period_id,
            (self._connection.execute(numbers).scalar_one() or 0) + 1,
            RosterState.DRAFT,
            figures.input_sha256,
            figures.cost_cents,
            figures.bound_cents,
            figures.hard_findings,
            self._clock(),
            job_id,
        )
        self._insert(roster, document, shifts)
        self._trail.add(Change("add", "rosters", roster.roster_id, after=_figures(roster)))
        return roster

    def _insert(self, roster: RosterVersion, document: bytes, shifts: Sequence[Shift]) -> None:
        self._connection.execute(
            insert(ROSTER).values(
                roster_id=roster.roster_id,
                period_id=roster.period_id,
                number=roster.number,
                state=roster.state.value,
                input_sha256=roster.input_sha256,
                cost_cents=roster.cost_cents,
                bound_cents=roster.bound_cents,
                hard_findings=roster.hard_findings,
                created_at=roster.created_at,
                job_id=roster.job_id,
                document_sha256=self._blobs.put(document),
                first_start=min((shift.start for shift in shifts), default=None),
                last_end=max((shift.end for shift in shifts), default=None),
            )
        )
        # An agent's shifts side by side: they are read together, and then from few pages.
        together = sorted(shifts, key=lambda shift: (shift.agent_id, shift.start))
        rows = [shift_values(roster.roster_id, shift) for shift in together]
        if rows:
            self._connection.execute(insert(SHIFT), rows)
        if roster.job_id is not None:
            mine = JOB.c.job_id == roster.job_id
            self._connection.execute(update(JOB).where(mine).values(roster_id=roster.roster_id))

    def get(self, roster_id: str) -> RosterVersion:
        """Return a roster's version.

        Raises
        ------
        NotFoundError
            If there is none of that id.
        """
        return roster_of(self._row(roster_id))

    def list(
        self,
        *,
        period_id: str | None = None,
        state: RosterState | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[RosterVersion, ...]:
        """Return rosters by period and number.

        Parameters
        ----------
        after : int, optional
            Only numbers above this one; use it with `period_id`.
        """
        query = select(ROSTER).order_by(ROSTER.c.period_id, ROSTER.c.number).limit(limit)
        if period_id is not None:
            query = query.where(ROSTER.c.period_id == period_id)
        if state is not None:
            query = query.where(ROSTER.c.state == state.value)
        if after is not None:
            query = query.where(ROSTER.c.number > after)
        return tuple(roster_of(row) for row in self._connection.execute(query))

    def publish(self, roster_id: str, version: int, by: str) -> RosterVersion:
        """Publish a draft; what was published of its period before is superseded.

        Parameters
        ----------
        version : int
            The version that the caller has seen.
        by : str
            Id of the principal.

        Raises
        ------
        NotFoundError
            If there is no such roster.
        ConflictError
            If it has another version by now, is no draft, or has hard findings.
        """
        self._hold_period(self._row(roster_id).period_id)
        before = self.get(roster_id)
        if before.version != version:
            raise ConflictError("The roster has been changed meanwhile.", version=before.version)
        if before.state is not RosterState.DRAFT:
            raise ConflictError(f"Only a draft can be published; this one is {before.state.value}.")
        if before.hard_findings:
            raise ConflictError("The audit of the roster has hard findings.")
        query = select(ROSTER).where(
            ROSTER.c.period_id == before.period_id,
            ROSTER.c.state == RosterState.PUBLISHED.value,
        )
        for row in self._connection.execute(query).all():
            self._change(roster_of(row), RosterState.SUPERSEDED, {})
        published = {"published_at": self._clock(), "published_by": by}
        return self._change(before, RosterState.PUBLISHED, published)

    def _change(
        self, before: RosterVersion, state: RosterState, values: dict[str, Any]
    ) -> RosterVersion:
        mine = ROSTER.c.roster_id == before.roster_id
        changed = {**values, "state": state.value, "version": before.version + 1}
        self._connection.execute(update(ROSTER).where(mine).values(changed))
        after = self.get(before.roster_id)
        verb = "publish" if state is RosterState.PUBLISHED else "supersede"
        self._trail.add(
            Change(verb, "rosters", before.roster_id, _figures(before), _figures(after))
        )
        return after

    def shifts(self, roster_id: str, *, agent_id: str | None = None) -> tuple[Shift, ...]:
        """Return the shifts of a roster, all or one agent's, by start, then agent."""
        query = (
            select(SHIFT)
            .where(SHIFT.c.roster_id == roster_id)
            .order_by(SHIFT.c.start_utc, SHIFT.c.agent_id)
        )
        if agent_id is not None:
            query = query.where(SHIFT.c.agent_id == agent_id)
        return tuple(shift_of(row) for row in self._connection.execute(query))

    def shifts_of(self, agent_id: str, start: datetime, until: datetime) -> tuple[Shift, ...]:
        """Return an agent's published shifts that overlap ``[start, until)``, in time order."""
        wanted = {"agent_id": agent_id, "start": start, "until": until}
        return tuple(shift_of(row) for row in self._connection.execute(_SHIFTS_OF, wanted))

    def published_in(self, start: datetime, until: datetime) -> tuple[str, ...]:
        """Return the ids of published rosters that reach into ``[start, until)``."""
        wanted = {"start": text_of(start), "until": text_of(until)}
        return tuple(row[0] for row in _PUBLISHED.rows(self._connection, wanted))

    def shift_lines(self, roster_id: str, agent_id: str) -> tuple[ShiftLine, ...]:
        """Return an agent's shifts of a roster as they are kept, by start; they never change."""
        wanted = {"roster_id": roster_id, "agent_id": agent_id}
        return tuple(map(ShiftLine._make, _LINES.rows(self._connection, wanted)))

    def worked_before(
        self, until: datetime, *, since: datetime, besides: str
    ) -> tuple[tuple[str, PastShift], ...]:
        """Return published shifts that start before an instant, each with the id of its period.

        Parameters
        ----------
        until : datetime.datetime
            Aware; shifts that start before it.
        since : datetime.datetime
            Aware; only shifts that end after it.
        besides : str
            The period whose own shifts are left out.

        Returns
        -------
        tuple of (str, PastShift)
            Those of the roster published last first, then by start and agent.
        """
        query = (
            select(
                ROSTER.c.period_id,
                SHIFT.c.agent_id, SHIFT.c.start_utc, SHIFT.c.end_utc,
                SHIFT.c.start_local, SHIFT.c.zone, SHIFT.c.fold,
            )
            .join(ROSTER, ROSTER.c.roster_id == SHIFT.c.roster_id)
            .where(
                ROSTER.c.state == RosterState.PUBLISHED.value,
                ROSTER.c.period_id != besides,
                ROSTER.c.first_start < until,
                ROSTER.c.last_end > since,
                SHIFT.c.start_utc < until,
                SHIFT.c.end_utc > since,
            )
            .order_by(
                ROSTER.c.published_at.desc(),
                ROSTER.c.period_id,
                SHIFT.c.start_utc,
                SHIFT.c.agent_id,
            )
        )  # fmt: skip
        return tuple(
            (period_id, PastShift(agent_id, start, end, WallTime.parse(local), zone, fold))
            for period_id, agent_id, start, end, local, zone, fold in self._connection.execute(
                query
            )
        )

    def delete(self, roster_id: str, version: int) -> None:
        """Take a draft away with its shifts; its job, if any, is without a roster then.

        Parameters
        ----------
        version : int
            The version that the caller has seen.

        Raises
        ------
        NotFoundError
            If there is no such roster.
        ConflictError
            If it has another version by now, or is no draft.
        """
        self._hold_period(self._row(roster_id).period_id)
        before = self.get(roster_id)
        if before.version != version:
            raise ConflictError("The roster has been changed meanwhile.", version=before.version)
        if before.state is not RosterState.DRAFT:
            raise ConflictError(f"Only a draft can be deleted; this one is {before.state.value}.")
        of_it = JOB.c.roster_id == roster_id
        self._connection.execute(update(JOB).where(of_it).values(roster_id=None))
        self._connection.execute(delete(ROSTER).where(ROSTER.c.roster_id == roster_id))
        self._trail.add(Change("delete", "rosters", roster_id, _figures(before)))

    def document(self, roster_id: str) -> bytes:
        """Return the roster as JSON, as it was kept.

        Raises
        ------
        NotFoundError
            If there is no such roster.
        """
        return self._blobs.get(self._row(roster_id).document_sha256)

    def _row(self, roster_id: str) -> Row[Any]:
        query = select(ROSTER).where(ROSTER.c.roster_id == roster_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("There is no such roster.")
        return row

    def _hold_period(self, period_id: str) -> None:
        """Let nobody else number or publish rosters of a period until the end."""
        query = select(PERIOD.c.version).where(PERIOD.c.period_id == period_id).with_for_update()
        if self._connection.execute(query).first() is None:
            raise NotFoundError("There is no such period.")


def _figures(roster: RosterVersion) -> dict[str, object]:
    return {
        "period_id": roster.period_id,
        "number": roster.number,
        "state": roster.state.value,
        "cost_cents": roster.cost_cents,
        "hard_findings": roster.hard_findings,
        "published_by": roster.published_by,
    }
