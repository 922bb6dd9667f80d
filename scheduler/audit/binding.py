"""Which rules bind: how often a roster stands right at each limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scheduler.audit.judgement import Judgement
from scheduler.labour import Applied, law_name

__all__ = ["Binding", "read_binding"]

_OWN = {
    "week_hours": "most hours a week",
    "week_days": "most days a week",
    "waking_hours": "no night work: waking hours",
}


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit and the places of the roster that stand right at it.

    One more quarter of an hour, shift, day or night there would have been a breach.

    Parameters
    ----------
    rule : str
        Code of the finding that a breach would be.
    pack_id, name, article : str
        The limit; `pack_id` is ``contract`` or ``company`` where it stands in no pack.
    law : str
        As findings cite it.
    places, agents : int
        How many places, and of how many agents.
    """

    rule: str
    pack_id: str
    name: str
    article: str
    law: str
    places: int
    agents: int

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-able values."""
        return asdict(self)


def read_binding(judged: Mapping[str, tuple[Judgement, ...]]) -> tuple[Binding, ...]:
    """Return the limits at which places of the roster stand, those with most places first.

    Parameters
    ----------
    judged : mapping of str to tuple of Judgement
        By agent.
    """
    places: dict[tuple[str, str, str, str, str], dict[str, int]] = {}
    for agent_id, rows in judged.items():
        for row in rows:
            if not row.broken:
                by_agent = places.setdefault(_identity(row), {})
                by_agent[agent_id] = by_agent.get(agent_id, 0) + 1
    found = (
        Binding(*identity, places=sum(by_agent.values()), agents=len(by_agent))
        for identity, by_agent in places.items()
    )
    return tuple(
        sorted(found, key=lambda row: (-row.places, -row.agents, row.rule, row.pack_id, row.name))
    )


def _identity(row: Judgement) -> tuple[str, str, str, str, str]:
    law = row.law
    if isinstance(law, Applied):
        pack, limit = law.pack, law.limit
        return row.rule, pack.pack_id, limit.name, limit.article, law_name(pack, limit)
    return row.rule, law, _OWN[row.rule], "", law
