"""Erlang C: agents needed so that enough contacts are answered in time.

Waiting contacts are assumed to wait for ever, which asks for slightly more agents than a model
with impatient customers would.
"""

from __future__ import annotations

import math

__all__ = ["agents_erlang_c", "erlang_b", "erlang_c", "service_level"]


def erlang_b(agents: int, load_erlang: float) -> float:
    """Return the share of contacts blocked when nobody can wait.

    Parameters
    ----------
    agents : int
        Servers, not negative.
    load_erlang : float
        Offered load: contacts per unit of time multiplied by the handling time.

    References
    ----------
    The recurrence ``B(n) = A B(n-1) / (n + A B(n-1))`` from ``B(0) = 1`` is stable for every load;
    the textbook formula with factorials overflows near 150 agents.
    """
    blocked = 1.0
    for count in range(1, agents + 1):
        blocked = _one_more(blocked, count, load_erlang)
    return blocked


def _one_more(blocked: float, count: int, load_erlang: float) -> float:
    return load_erlang * blocked / (count + load_erlang * blocked)


def erlang_c(agents: int, load_erlang: float) -> float:
    """Return the probability that a contact has to wait; 1 when `agents` cannot keep up.

    Parameters are those of `erlang_b`.
    """
    if agents <= load_erlang:
        return 1.0
    return _waiting(erlang_b(agents, load_erlang), agents, load_erlang)


def _waiting(blocked: float, agents: int, load_erlang: float) -> float:
    return agents * blocked / (agents - load_erlang * (1.0 - blocked))


def service_level(agents: int, load_erlang: float, aht_s: float, target_seconds: float) -> float:
    """Return the share of contacts answered within `target_seconds`; 0 when unstable.

    Parameters
    ----------
    agents, load_erlang
        As in `erlang_b`.
    aht_s : float
        Average handling time in seconds, above 0.
    target_seconds : float
        Longest wait that still counts as in time.
    """
    if agents <= load_erlang:
        return 0.0
    return _answered(erlang_c(agents, load_erlang), agents, load_erlang, target_seconds / aht_s)


def _answered(waiting: float, agents: int, load_erlang: float, target_aht: float) -> float:
    return 1.0 - waiting * math.exp(-(agents - load_erlang) * target_aht)


def agents_erlang_c(
    load_erlang: float, aht_s: float, target_fraction: float, target_seconds: float
) -> int:
    """Return the fewest agents that reach a service level.

    More agents than the load are needed in any case, or the queue grows without end. Without load
    nobody is needed.

    Parameters
    ----------
    load_erlang : float
        Offered load, not negative.
    aht_s : float
        Average handling time in seconds, above 0 when there is load.
    target_fraction : float
        Share of contacts to answer in time, 0 to below 1.
    target_seconds : float
        Longest wait that still counts as in time, not negative.

    Raises
    ------
    ValueError
        If `target_fraction` is not in range: no number of agents answers every contact in time.

    Examples
    --------
    100 calls in half an hour of 180 s each, 80 % to be answered within 20 s:

    >>> agents_erlang_c(10.0, 180.0, 0.80, 20.0)
    14
    """
    if not 0.0 <= target_fraction < 1.0:
        raise ValueError(f"target_fraction must be 0 to below 1, not {target_fraction}")
    if load_erlang <= 0.0:
        return 0
    target_aht = target_seconds / aht_s
    agents, blocked = 0, 1.0
    while True:
        agents += 1
        blocked = _one_more(blocked, agents, load_erlang)
        if agents > load_erlang:
            waiting = _waiting(blocked, agents, load_erlang)
            if _answered(waiting, agents, load_erlang, target_aht) >= target_fraction:
                return agents
