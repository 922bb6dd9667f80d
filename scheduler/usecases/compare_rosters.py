"""Two rosters side by side: what each costs and asks of people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.usecases.summary import AgentHours, BindingLine

if TYPE_CHECKING:
    from scheduler.audit import AuditReport
    from scheduler.domain import Planning, Roster

__all__ = ["Comparison", "Figures", "figures_of", "finished_roster"]


@dataclass(frozen=True, slots=True)
class Figures:
    """One side of a comparison, all taken from the audit but bound and status.

    Parameters
    ----------
    title : str
        What it is: ``as planned``, ``Amsterdam alone``.
    cost_cents : int
        All terms; `wages_cents`, `premiums_cents`, `short_cents` are among them.
    pay_cents : int
        Wages and premiums: what is paid out.
    own_night_hours : float
        Work outside the agents' waking hours, by `own_night_agents` of them.
    night_agents : int
        Agents with a shift that a law calls a night shift, or with work in own night.
    covered_share : float
        Share of the agent-hours needed that is there.
    gap : float
        ``(cost - bound) / cost``: how much of the cost is not proven necessary.
    reused : bool
        Whether the roster had been solved before.
    hard : int
        Hard findings of the audit.
    """

    title: str
    agents: int
    shifts: int
    paid_hours: float
    cost_cents: int
    bound_cents: int
    gap: float
    status: str
    wages_cents: int
    premiums_cents: int
    pay_cents: int
    short_cents: int
    own_night_hours: float
    own_night_agents: int
    night_agents: int
    covered_share: float
    missing_hours: float
    hard: int
    hard_pinned: int
    reused: bool
    binding: tuple[BindingLine, ...]
    own_night: tuple[AgentHours, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The planning as it is, and the same demand from one site alone."""

    name: str
    site: str
    currency: str
    own_agents: bool
    planned: Figures
    alone: Figures


def figures_of(
    title: str,
    planning: Planning,
    roster: Roster,
    report: AuditReport,
    *,
    reused: bool = False,
) -> Figures:
    """Return the figures of a roster."""
    from scheduler.usecases.summary import summarise

    summary = summarise(planning, roster, report)
    terms = dict(report.terms)
    measures = report.measures
    return Figures(
        title=title,
        agents=summary.agents,
        shifts=summary.shifts,
        paid_hours=summary.paid_hours,
        cost_cents=report.cost_cents,
        bound_cents=roster.bound_cents,
        gap=roster.gap,
        status=roster.solver.status,
        wages_cents=terms.get("wages", 0),
        premiums_cents=terms.get("premiums", 0),
        pay_cents=terms.get("wages", 0) + terms.get("premiums", 0),
        short_cents=terms.get("short", 0),
        own_night_hours=summary.own_night_hours,
        own_night_agents=len(summary.own_night),
        night_agents=sum(
            row.own_night_minutes > 0 or row.night_shift_minutes > 0 for row in measures.agents
        ),
        covered_share=summary.covered_share,
        missing_hours=summary.missing_hours,
        hard=summary.hard,
        hard_pinned=summary.hard_pinned,
        reused=reused,
        binding=summary.binding,
        own_night=summary.own_night,
    )


def finished_roster(planning: Planning, out_dir: Path) -> Roster | None:
    """Return the roster in a folder of results if it was made from this very planning."""
    from scheduler.errors import InputError
    from scheduler.usecases.read_roster import ROSTER_FILE, read_roster

    if not (out_dir / ROSTER_FILE).is_file():
        return None
    try:
        found = read_roster(out_dir, planning=planning)
    except InputError:
        return None
    return found.roster if found.roster.input_sha256 == planning.input_sha256 else None
