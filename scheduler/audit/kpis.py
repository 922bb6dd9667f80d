"""Key figures of a roster: hours, nights, wages, premiums, wishes, contracts, cover, fairness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scheduler.audit.cost import own_night_weight_cents
from scheduler.audit.coverage import Coverage
from scheduler.audit.facts import AgentFacts, Duty, Facts
from scheduler.audit.fairness import Spread, spread_of
from scheduler.audit.pay import pay_cents, surcharge_of, wages_cents
from scheduler.audit.skills import uncertified_minutes
from scheduler.audit.tally import (
    dates_that_count,
    is_evening,
    is_night_shift,
    is_weekend,
    own_night_minutes,
    week_balances,
    wish_outcomes,
)

__all__ = ["AgentMeasures", "Measures", "OwnNightSupplement", "SiteMeasures", "read_measures"]

_CentsByPack = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OwnNightSupplement:
    """What work in own night costs, what is only weighed kept apart from what is paid.

    Parameters
    ----------
    shifts, minutes : int
        Shifts with time outside the agent's waking hours, and that time, breaks included.
    weight_cents : int
        The term ``own_night``: what the planner would give to avoid it. Nobody is paid this.
    premiums_cents : int
        Premiums of these shifts, for all their time: paid to the agents above their wages.
    """

    shifts: int
    minutes: int
    weight_cents: int
    premiums_cents: int


@dataclass(frozen=True, slots=True)
class AgentMeasures:
    """Figures of one agent over the horizon.

    Parameters
    ----------
    shifts, weekend_shifts, evening_shifts : int
        Shifts that start inside the horizon, and those on a Saturday or Sunday, or after 20:00.
    paid_minutes : int
        Of those shifts.
    night_shift_minutes : int
        Elapsed length of those that a rule pack of the agent calls night shifts.
    own_night : OwnNightSupplement
        Work outside the agent's waking hours, whatever a law calls night.
    wages_cents : int
        In the base currency, premiums left out.
    premiums_by_pack : tuple of (str, int)
        Premiums in cents of the base currency by the rule pack that paid, in order of its key.
    wishes_granted, wishes_asked : int
        Wishes date by date.
    target_minutes, under_target_minutes, under_min_minutes : int
        Contract over the horizon, and what is short of it, week by week.
    uncertified_minutes : int
        On duty while a certificate the agent has or had is not valid.
    """

    agent_id: str
    site_id: str
    shifts: int
    paid_minutes: int
    night_shift_minutes: int
    own_night: OwnNightSupplement
    wages_cents: int
    premiums_by_pack: _CentsByPack
    weekend_shifts: int
    evening_shifts: int
    wishes_granted: int
    wishes_asked: int
    target_minutes: int
    under_target_minutes: int
    under_min_minutes: int
    uncertified_minutes: int

    @property
    def own_night_minutes(self) -> int:
        """Minutes in own night, breaks included."""
        return self.own_night.minutes

    @property
    def premiums_cents(self) -> int:
        """Premiums of all packs in cents of the base currency."""
        return sum(cents for _, cents in self.premiums_by_pack)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-able values."""
        return asdict(self) | {
            "own_night_minutes": self.own_night_minutes,
            "premiums_cents": self.premiums_cents,
            "premiums_by_pack": dict(self.premiums_by_pack),
        }


@dataclass(frozen=True, slots=True)
class SiteMeasures:
    """Figures of the agents whose home is one site, wherever they work.

    Parameters
    ----------
    agents : int
        Heads, with or without a shift.
    shifts, paid_minutes, own_night_minutes, night_shift_minutes : int
        As in `AgentMeasures`.
    wages_cents, premiums_cents : int
        In the base currency.
    """

    site_id: str
    agents: int
    shifts: int
    paid_minutes: int
    own_night_minutes: int
    night_shift_minutes: int
    wages_cents: int
    premiums_cents: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of a whole roster.

    Parameters
    ----------
    agents : tuple of AgentMeasures
        In the planning's order.
    sites : tuple of SiteMeasures
        In the planning's order; together they hold every agent.
    weekends, evenings, nights : Spread
        Weekend shifts, evening shifts and own-night minutes over agents.
    covered_share : float
        Share of the needed agent-hours that is there.
    full_share : float
        Share of the quarters with need, over all queues, in which nobody is missing.
    """

    agents: tuple[AgentMeasures, ...]
    sites: tuple[SiteMeasures, ...]
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
    def night_shift_minutes(self) -> int:
        """Elapsed minutes of the shifts that a law of the agent calls night shifts."""
        return self._sum(lambda row: row.night_shift_minutes)

    @property
    def own_night_supplement(self) -> OwnNightSupplement:
        """What work in own night costs over all agents, weight and premiums kept apart."""
        rows = [row.own_night for row in self.agents]
        return OwnNightSupplement(
            shifts=sum(row.shifts for row in rows),
            minutes=sum(row.minutes for row in rows),
            weight_cents=sum(row.weight_cents for row in rows),
            premiums_cents=sum(row.premiums_cents for row in rows),
        )

    @property
    def wages_cents(self) -> int:
        """Wages of all agents in cents of the base currency, premiums left out."""
        return self._sum(lambda row: row.wages_cents)

    @property
    def premiums_cents(self) -> int:
        """Premiums of all agents in cents of the base currency."""
        return self._sum(lambda row: row.premiums_cents)

    @property
    def premiums_by_pack(self) -> _CentsByPack:
        """Premiums in cents by the rule pack that paid, in order of its key."""
        return _by_pack(pair for row in self.agents for pair in row.premiums_by_pack)

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
            "own_night": asdict(self.own_night_supplement),
            "night_shift_minutes": self.night_shift_minutes,
            "wages_cents": self.wages_cents,
            "premiums_cents": self.premiums_cents,
            "premiums_by_pack": dict(self.premiums_by_pack),
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
            "sites": [asdict(row) for row in self.sites],
            "agents": [row.to_dict() for row in self.agents],
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
        sites=tuple(
            _measures_of_site(site.site_id, [row for row in rows if row.site_id == site.site_id])
            for site in facts.planning.sites
        ),
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
    own_nights = [own_night_minutes(facts, duty) for duty in counting]
    premiums = [_premium(facts, agent, duty) for duty in counting]
    return AgentMeasures(
        agent_id=agent.agent_id,
        site_id=agent.site.site_id,
        shifts=len(counting),
        paid_minutes=sum(duty.paid_minutes for duty in counting),
        night_shift_minutes=sum(
            duty.elapsed_minutes for duty in counting if is_night_shift(agent, duty)
        ),
        own_night=OwnNightSupplement(
            shifts=sum(minutes > 0 for minutes in own_nights),
            minutes=sum(own_nights),
            weight_cents=sum(own_night_weight_cents(facts, duty) for duty in counting),
            premiums_cents=sum(
                cents for minutes, (_, cents) in zip(own_nights, premiums, strict=True) if minutes
            ),
        ),
        wages_cents=sum(wages_cents(facts, agent, duty) for duty in counting),
        premiums_by_pack=_by_pack((pack, cents) for pack, cents in premiums if pack),
        weekend_shifts=sum(map(is_weekend, counting)),
        evening_shifts=sum(map(is_evening, counting)),
        wishes_granted=sum(not outcome.times_missed for outcome in outcomes),
        wishes_asked=len(outcomes),
        target_minutes=sum(week.target_minutes for week in weeks),
        under_target_minutes=sum(week.under_target_minutes for week in weeks),
        under_min_minutes=sum(week.under_min_minutes for week in weeks),
        uncertified_minutes=uncertified_minutes(agent),
    )


def _premium(facts: Facts, agent: AgentFacts, duty: Duty) -> tuple[str | None, int]:
    """Return the pack that pays a shift's premium, if any, and the premium in cents."""
    surcharge = surcharge_of(agent, duty)
    return surcharge.pack_id, pay_cents(facts, agent, duty, surcharge.minutes)


def _by_pack(pairs: Iterable[tuple[str, int]]) -> _CentsByPack:
    totals: dict[str, int] = defaultdict(int)
    for pack_id, cents in pairs:
        totals[pack_id] += cents
    return tuple(sorted(totals.items()))


def _measures_of_site(site_id: str, rows: Sequence[AgentMeasures]) -> SiteMeasures:
    return SiteMeasures(
        site_id=site_id,
        agents=len(rows),
        shifts=sum(row.shifts for row in rows),
        paid_minutes=sum(row.paid_minutes for row in rows),
        own_night_minutes=sum(row.own_night_minutes for row in rows),
        night_shift_minutes=sum(row.night_shift_minutes for row in rows),
        wages_cents=sum(row.wages_cents for row in rows),
        premiums_cents=sum(row.premiums_cents for row in rows),
    )
