"""Key figures of a roster: hours, own nights, wages, wishes, contracts, cover, fairness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from scheduler.audit.coverage import Coverage
from scheduler.audit.facts import AgentFacts, Facts
from scheduler.audit.fairness import Spread, spread_of
from scheduler.audit.skills import uncertified_minutes
from scheduler.audit.tally import (
    dates_that_count,
    is_evening,
    is_weekend,
    own_night_minutes,
    wages_cents,
    week_balances,
    wish_outcomes,
)

__all__ = ["AgentMeasures", "Measures", "read_measures"]


@dataclass(frozen=True, slots=True)
class AgentMeasures:
    """Figures of one agent over the horizon.

    Parameters
    ----------
    shifts, weekend_shifts, evening_shifts : int
        Shifts that start inside the horizon, and those on a Saturday or Sunday, or after 20:00.
    paid_minutes, own_night_minutes : int
        Of those shifts; own night is outside the waking hours, breaks included.
    wages_cents : int
        In the base currency.
    wishes_granted, wishes_asked : int
        Wishes date by date.
    target_minutes, under_target_minutes, under_min_minutes : int
        Contract over the horizon, and what is short of it, week by week.
    uncertified_minutes : int
        On duty while a certificate the agent has or had is not valid.
    """

    agent_id: str
    shifts: int
    paid_minutes: int
    own_night_minutes: int
    wages_cents: int
    weekend_shifts: int
    evening_shifts: int
    wishes_granted: int
    wishes_asked: int
    target_minutes: int
    under_target_minutes: int
    under_min_minutes: int
    uncertified_minutes: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of a whole roster.

    Parameters
    ----------
    agents : tuple of AgentMeasures
        In the planning's order.
    weekends, evenings, nights : Spread
        Weekend shifts, evening shifts and own-night minutes over agents.
    covered_share : float
        Share of the needed agent-hours that is there.
    full_share : float
        Share of the quarters with need, over all queues, in which nobody is missing.
    """

    agents: tuple[AgentMeasures, ...]
    weekends: Spread
    evenings: Spread
    nights: Spread
    covered_share: float
    full_share: float

    @property
    def shifts(self) -> int:
        """Shifts of all agents."""
        return self._sum(lambda row: row.shifts)

    @property
    def paid_minutes(self) -> int:
        """Paid minutes of all agents."""
        return self._sum(lambda row: row.paid_minutes)

    @property
    def own_night_minutes(self) -> int:
        """Minutes in own night of all agents."""
        return self._sum(lambda row: row.own_night_minutes)

    @property
    def wages_cents(self) -> int:
        """Wages of all agents in cents of the base currency."""
        return self._sum(lambda row: row.wages_cents)

    @property
    def wishes_granted(self) -> int:
        """Wishes granted, date by date."""
        return self._sum(lambda row: row.wishes_granted)

    @property
    def wishes_asked(self) -> int:
        """Wishes asked, date by date."""
        return self._sum(lambda row: row.wishes_asked)

    @property
    def under_target_minutes(self) -> int:
        """Contract minutes missed, week by week and agent by agent."""
        return self._sum(lambda row: row.under_target_minutes)

    @property
    def under_min_minutes(self) -> int:
        """Guaranteed minutes missed, week by week and agent by agent."""
        return self._sum(lambda row: row.under_min_minutes)

    @property
    def uncertified_minutes(self) -> int:
        """Minutes on duty limited by a certificate that is not valid."""
        return self._sum(lambda row: row.uncertified_minutes)

    @property
    def without_shift(self) -> tuple[str, ...]:
        """Agents that have no shift in the horizon."""
        return tuple(row.agent_id for row in self.agents if not row.shifts)

    def _sum(self, figure: Callable[[AgentMeasures], int]) -> int:
        return sum(figure(row) for row in self.agents)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-able values."""
        return {
            "shifts": self.shifts,
            "paid_minutes": self.paid_minutes,
            "own_night_minutes": self.own_night_minutes,
            "wages_cents": self.wages_cents,
            "wishes_granted": self.wishes_granted,
            "wishes_asked": self.wishes_asked,
            "under_target_minutes": self.under_target_minutes,
            "under_min_minutes": self.under_min_minutes,
            "uncertified_minutes": self.uncertified_minutes,
            "without_shift": list(self.without_shift),
            "weekends": self.weekends.to_dict(),
            "evenings": self.evenings.to_dict(),
            "nights": self.nights.to_dict(),
            "covered_share": round(self.covered_share, 6),
            "full_share": round(self.full_share, 6),
            "agents": [asdict(row) for row in self.agents],
        }


def read_measures(facts: Facts, coverage: Coverage) -> Measures:
    """Return the key figures of the roster."""
    rows = tuple(_measures_of(facts, agent) for agent in facts.agents.values())
    targets = [agent.contract.target_minutes_week for agent in facts.agents.values()]
    quarters = sum(need > 0 for cover in coverage.queues for need in cover.needed)
    short = sum(missing > 0 for cover in coverage.queues for missing in cover.short)
    total = coverage.needed_minutes
    return Measures(
        agents=rows,
        weekends=spread_of([row.weekend_shifts for row in rows], targets),
        evenings=spread_of([row.evening_shifts for row in rows], targets),
        nights=spread_of([row.own_night_minutes for row in rows], targets),
        covered_share=1 - coverage.missing_minutes / total if total else 1.0,
        full_share=1 - short / quarters if quarters else 1.0,
    )


def _measures_of(facts: Facts, agent: AgentFacts) -> AgentMeasures:
    counting = agent.counting
    dates = dates_that_count(facts, agent)
    outcomes = list(wish_outcomes(agent, dates))
    weeks = week_balances(agent, dates)
    return AgentMeasures(
        agent_id=agent.agent_id,
        shifts=len(counting),
        paid_minutes=sum(duty.paid_minutes for duty in counting),
        own_night_minutes=sum(own_night_minutes(facts, duty) for duty in counting),
        wages_cents=sum(wages_cents(facts, agent, duty) for duty in counting),
        weekend_shifts=sum(map(is_weekend, counting)),
        evening_shifts=sum(map(is_evening, counting)),
        wishes_granted=sum(not outcome.times_missed for outcome in outcomes),
        wishes_asked=len(outcomes),
        target_minutes=sum(week.target_minutes for week in weeks),
        under_target_minutes=sum(week.under_target_minutes for week in weeks),
        under_min_minutes=sum(week.under_min_minutes for week in weeks),
        uncertified_minutes=uncertified_minutes(agent),
    )
