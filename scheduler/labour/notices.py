"""What a planner should know about the law of a planning: what no pack says, or is not sure of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scheduler.domain import Location, Planning
from scheduler.errors import Fault
from scheduler.labour.applied import RuleBook, applied_packs
from scheduler.labour.pack import Pack
from scheduler.labour.pack_file import RULES
from scheduler.labour.registry import shipped_packs
from scheduler.labour.wording import limit_text
from scheduler.timegrid.timeline import Place, place_timeline
from scheduler.timegrid.windows import horizon_bounds

__all__ = ["law_notices"]

_HOLIDAYS_BY_SUBDIVISION = ("AU", "BQ", "ES")
"""Countries with packs whose public holidays are few without a subdivision."""


def law_notices(planning: Planning, book: RuleBook) -> tuple[Fault, ...]:
    """Return what is odd or unsure about the packs that hold for some agent in the horizon.

    Limits of the shipped company policy that the planning's own leaves out, places without a pack,
    places whose subdivision would tell their holidays, unconfirmed limits and matters that a pack
    in use cannot say: one notice for each country or pack.
    """
    places: dict[tuple[str, str | None, bool], set[str]] = {}
    used: dict[str, Pack] = {}
    seen = set()
    sites = {site.site_id: site for site in planning.sites}
    contracts = {contract.contract_id: contract for contract in planning.contracts}
    stays: dict[str, list[Location]] = {}
    for location in planning.locations:
        stays.setdefault(location.agent_id, []).append(location)
    for agent in planning.agents:
        site = sites[agent.site_id]
        places.setdefault((site.country, site.subdivision, True), set()).add(agent.agent_id)
        timeline = _inside_horizon(planning, place_timeline(site, stays.get(agent.agent_id, ())))
        for place in timeline:
            if (place.country, place.subdivision) != (site.country, site.subdivision):
                key = (place.country, place.subdivision, False)
                places.setdefault(key, set()).add(agent.agent_id)
        situation = (agent.contract_id, agent.site_id, timeline)
        if situation not in seen:
            seen.add(situation)
            for applied in applied_packs(book, contracts[agent.contract_id], site, timeline):
                used[applied.pack.pack_id] = applied.pack
    in_use = [pack for pack_id, pack in book.packs.items() if pack_id in used]
    known = {pack.country for pack in book.packs.values()}
    return (
        *_policy_replaced(book),
        *_without_pack(places, known),
        *_without_subdivision(places),
        *_unconfirmed(in_use),
        *_unknown(in_use),
    )


def _policy_replaced(book: RuleBook) -> Iterator[Fault]:
    """Name the kinds of limits that the shipped policy has and no policy for everybody any more."""
    everywhere = [
        pack for pack in book.packs.values() if pack.kind == "policy" and pack.country is None
    ]
    kept = {type(limit) for pack in everywhere for limit in pack.limits}
    dropped = [limit for limit in shipped_packs()["policy"].limits if type(limit) not in kept]
    if dropped:
        words = {kind: word for word, kind in RULES.items()}
        sentences = "; ".join(limit_text(limit) for limit in dropped)
        yield Fault(
            "policy_replaced",
            "rule pack policy",
            "a limit of each kind that the shipped company policy has",
            column="limits",
            value=", ".join(words[type(limit)] for limit in dropped),
            hint=f"This pack replaces it, and of its limits no longer hold: {sentences}.",
        )


def _inside_horizon(planning: Planning, timeline: Iterable[Place]) -> tuple[Place, ...]:
    start, end = horizon_bounds(planning.horizon)
    return tuple(
        place
        for place in timeline
        if (place.start is None or place.start < end) and (place.end is None or start < place.end)
    )


def _without_pack(
    places: dict[tuple[str, str | None, bool], set[str]], known: set[str | None]
) -> Iterator[Fault]:
    agents: dict[str, set[str]] = {}
    files: dict[str, str] = {}
    for (country, _, at_site), names in places.items():
        if country not in known:
            agents.setdefault(country, set()).update(names)
            if at_site or country not in files:
                files[country] = _file(at_site=at_site)
    for country, names in sorted(agents.items()):
        yield Fault(
            "no_law_pack",
            files[country],
            "a country with a rule pack",
            column="country",
            value=country,
            hint=f"No law is known there: for {_agents(len(names))} the company's rules and those "
            "of the contract hold alone.",
        )


def _without_subdivision(
    places: dict[tuple[str, str | None, bool], set[str]],
) -> Iterator[Fault]:
    for (country, subdivision, at_site), names in sorted(places.items(), key=str):
        if country in _HOLIDAYS_BY_SUBDIVISION and subdivision is None:
            yield Fault(
                "no_subdivision",
                _file(at_site=at_site),
                f"a subdivision beside {country}, as its public holidays differ from one to the "
                "next",
                column="subdivision",
                hint=f"For {_agents(len(names))} only the holidays of the whole country count.",
            )


def _unconfirmed(packs: Iterable[Pack]) -> Iterator[Fault]:
    for pack in packs:
        names = [
            provision.name
            for provision in (*pack.limits, *pack.premiums)
            if provision.confidence == "unconfirmed"
        ]
        if names:
            yield Fault(
                "unconfirmed_law",
                f"rule pack {pack.pack_id}",
                "a source for each number",
                value=", ".join(names),
                hint="Without one they are kept as company policy, not as law.",
            )


def _unknown(packs: Sequence[Pack]) -> Iterator[Fault]:
    """Name the agreements whose premiums must be filled in, and count all else that is open."""
    for pack in packs:
        if pack.kind == "agreement" and pack.unknown and not pack.premiums:
            row = pack.unknown[0]
            yield Fault(
                "unknown_premiums",
                f"rule pack {pack.pack_id}",
                "the premiums of the agreement",
                hint=f"Not known: {row.matter}; {row.instead}.",
            )
    open_packs = [pack.pack_id for pack in packs if pack.unknown]
    if open_packs:
        yield Fault(
            "unknown_law",
            "rule packs " + ", ".join(open_packs),
            "a source for every matter",
            hint="What is not known, and what holds instead: helio law FOLDER AGENT, docs/labour.",
        )


def _file(*, at_site: bool) -> str:
    return "sites.csv" if at_site else "locations.csv"


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"
