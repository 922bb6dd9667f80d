"""How evenly a burden is shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Spread", "spread_of"]


@dataclass(frozen=True, slots=True)
class Spread:
    """How a count is spread over agents.

    Parameters
    ----------
    least, most : int
        Fewest and most any agent has.
    total : int
        Sum over all agents.
    jain : float
        Jain's index of the count per contract hour: 1 when all carry the same for their contract,
        1/n when one carries all.

    References
    ----------
    Jain, Chiu, Hawe (1984), A quantitative measure of fairness: ``(sum x)^2 / (n sum x^2)``.
    """

    least: int
    most: int
    total: int
    jain: float

    @property
    def gap(self) -> int:
        """Most less least."""
        return self.most - self.least

    def to_dict(self) -> dict[str, Any]:
        """Return the spread as JSON-able values."""
        return {
            "least": self.least,
            "most": self.most,
            "gap": self.gap,
            "total": self.total,
            "jain": round(self.jain, 6),
        }


def spread_of(counts: Sequence[int], target_minutes: Sequence[int]) -> Spread:
    """Return how evenly `counts` are shared in proportion to contracts.

    Parameters
    ----------
    counts : sequence of int
        One per agent, not negative.
    target_minutes : sequence of int
        The same agents' contract minutes a week; 0 counts as full time, as in ``docs/costs.md``.
    """
    shares = [
        count / (minutes or 2400) for count, minutes in zip(counts, target_minutes, strict=True)
    ]
    squares = sum(share * share for share in shares)
    jain = sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0
    return Spread(min(counts, default=0), max(counts, default=0), sum(counts), jain)
