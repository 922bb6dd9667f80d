"""What jobs do: solve a period, keep the roster as a draft; a part of a solve; staffing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scheduler.errors import InputError
from scheduler.intake.planning_folder import read_document
from scheduler.intake.roster_json import roster_from_json, roster_to_json
from scheduler.jobs.engine import StopReason
from scheduler.usecases.plain import to_plain
from scheduler.usecases.run_staffing import LostError, staffing_handlers
from scheduler.usecases.solve_planning import solve_params, solve_planning
from scheduler.usecases.submit_solve import SOLVE
from scheduler.usecases.write_outputs import judged

if TYPE_CHECKING:
    from scheduler.domain import Planning
    from scheduler.domain.job import JobParams
    from scheduler.jobs.engine import Handlers, JobContext
    from scheduler.settings import Settings
    from scheduler.store import Store
    from scheduler.usecases.solve_planning import Solved
    from solver import RunMany, SlotRoster

__all__ = ["PART", "LostError", "handlers"]

PART = "part"
"""Name of the handler that does a part of another worker's search."""

_MOST_INCUMBENT_BYTES = 256 * 1024 * 1024


def handlers(store: Store, settings: Settings) -> Handlers:
    """Return what the job engine calls, by name.

    Parameters
    ----------
    store : Store
        Where inputs come from and rosters go.
    settings : Settings
        For the number of threads where a job names none.
    """

    def solve(ctx: JobContext, ref: str) -> str:
        return _solve(ctx, json.loads(store.get_blob(ref)), store, settings)

    def part(_ctx: JobContext, ref: str) -> str:
        from solver.parts import run_part

        return store.put_blob(run_part(store.get_blob(ref)))

    return {SOLVE: solve, PART: part, **staffing_handlers(store)}


def _solve(ctx: JobContext, request: Mapping[str, Any], store: Store, settings: Settings) -> str:
    """Solve, keep the draft, and return the reference of its judgement."""
    from scheduler.app import default_workers, version
    from scheduler.domain.job import JobParams
    from scheduler.store import RosterFigures

    read = read_document(store.get_blob(request["document"]).decode())
    if read.planning is None:
        raise InputError(read.faults)
    planning = read.planning
    asked = JobParams(**request["params"])
    mark = f"{version()} {planning.input_sha256}"
    solved = solve_planning(
        planning,
        solve_params(
            time_limit_seconds=asked.time_limit_seconds,
            workers=asked.workers or default_workers(settings),
            seed=asked.seed,
            gap_target=asked.gap_target,
        ),
        on_progress=lambda p: ctx.progress(p.elapsed_seconds, p.cost_cents, p.bound_cents, p.phase),
        should_stop=lambda: ctx.should_stop() is not None,
        start=_unpacked(ctx.load_incumbent(), mark),
        on_roster=lambda roster: _save(ctx, roster, mark),
        run_many=_elsewhere(ctx, store, asked),
    )
    if ctx.should_stop() is StopReason.LOST:
        raise LostError
    return _kept(store, ctx.job_id, request, planning, solved, RosterFigures)


def _kept(
    store: Store,
    job_id: str,
    request: Mapping[str, Any],
    planning: Planning,
    solved: Solved,
    figures: Any,
) -> str:
    """Keep the roster as a draft and its judgement beside it; return the judgement's reference.

    A job has one roster. Where another run of it, thought dead, has kept one first, that one is
    judged.
    """
    roster = solved.roster
    document = json.dumps(roster_to_json(roster), ensure_ascii=False).encode()
    with store.writing(by=request["submitted_by"]) as unit:
        version = unit.rosters.add(
            request["period_id"],
            document,
            roster.shifts,
            figures(
                planning.input_sha256,
                roster.cost_cents,
                roster.bound_cents,
                len(solved.report.hard),
            ),
            job_id=job_id,
        )
        kept = unit.rosters.document(version.roster_id)
    plain = judged(solved) if kept == document else _judgement(planning, kept)
    return store.put_blob(json.dumps(plain, ensure_ascii=False).encode())


def _judgement(planning: Planning, document: bytes) -> object:
    from scheduler.audit import audit_roster

    roster = roster_from_json(json.loads(document))
    return to_plain(audit_roster(planning, roster).to_dict())


def _save(ctx: JobContext, roster: SlotRoster, mark: str) -> None:
    from solver import roster_to_json as slot_roster_to_json

    ctx.save_incumbent(zlib.compress(f"{mark}\n{slot_roster_to_json(roster)}".encode()))


def _unpacked(data: bytes | None, mark: str) -> SlotRoster | None:
    """Return the roster that an earlier attempt kept, None if it is of another version or input."""
    from solver import roster_from_json

    if data is None:
        return None
    text = zlib.decompressobj().decompress(data, _MOST_INCUMBENT_BYTES).decode()
    head, _, body = text.partition("\n")
    return roster_from_json(body) if head == mark else None


def _elsewhere(ctx: JobContext, store: Store, asked: JobParams) -> RunMany | None:
    """Return how to have parts done by other workers; None where the solve stays whole."""
    from solver import RunMany

    if asked.parts <= 1:
        return None

    def call(messages: Sequence[bytes]) -> Iterable[bytes]:
        return _answers(ctx, store, messages)

    return RunMany(call, asked.parts)


def _answers(ctx: JobContext, store: Store, messages: Sequence[bytes]) -> Iterator[bytes]:
    refs = [store.put_blob(message) for message in messages]
    for _, answer in ctx.map(PART, refs):
        yield store.get_blob(answer)
