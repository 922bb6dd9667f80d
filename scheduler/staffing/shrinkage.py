"""From agents at work to agents rostered: breaks, meetings, leave and illness on top."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

__all__ = ["gross_agents", "gross_load"]


def gross_load(net: int | Decimal | Fraction, shrinkage: Decimal | Fraction) -> Fraction:
    """Return ``net / (1 - s)``, exact and not rounded.

    Parameters
    ----------
    net : int, decimal.Decimal or fractions.Fraction
        Agents at work, 0 or more.
    shrinkage : decimal.Decimal or fractions.Fraction
        Share of rostered time lost, 0 to below 1. What the roster plans itself, such as breaks and
        meetings, does not belong into it.

    Raises
    ------
    ValueError
        If a figure is out of range.
    """
    if not 0 <= shrinkage < 1:
        raise ValueError(f"shrinkage must be 0 to below 1, not {shrinkage}")
    if not net >= 0:
        raise ValueError(f"agents at work must be 0 or more, not {net}")
    return Fraction(net) / (1 - Fraction(shrinkage))


@lru_cache(maxsize=1 << 14)
def gross_agents(net: int | Decimal | Fraction, shrinkage: Decimal | Fraction) -> int:
    """Return the agents to roster so that `net` are at work: ``ceil(net / (1 - s))``.

    Computed exactly: 21 agents at 30 % are 30, not the 31 that binary fractions give. Where `net`
    is a fraction, such as the share of pooled work, this is the only rounding.

    Parameters are those of `gross_load`, as are the errors.

    Examples
    --------
    >>> gross_agents(21, Decimal("0.3"))
    30
    """
    return math.ceil(gross_load(net, shrinkage))
