"""Erlang B, C and A: what so many agents make of so many contacts, row by row.

Contacts come at random (Poisson), handling times are exponential. Erlang B has no queue; in Erlang
C everybody waits for ever; in Erlang A whoever waits hangs up after an exponential patience. All
functions take numbers or arrays that broadcast; a million rows are one call.

Neither factorials nor powers are formed. The reciprocal of Erlang B is a sum of positive terms that
are products of ratios, cut where they no longer count. Erlang A needs in addition two integrals
over the wait of a patient contact, of a function with one peak that is known; Gauss-Legendre
quadrature outward from the peak takes the same time for 1 and for 100,000 Erlang.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scheduler.staffing.rows import Floats, columns, refuse
from scheduler.staffing.wait import wait_integrals

__all__ = [
    "Measures",
    "checked",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "inverse_erlang_b",
    "measures_a",
    "measures_c",
    "offered_load",
]

_CHUNK = 8192
_TAIL = 1e-17
_LOOK = 16


@dataclass(frozen=True, slots=True)
class Measures:
    """What customers and agents get to feel; arrays of one shape (0-d for single numbers).

    Parameters
    ----------
    offered_load : array of float
        In Erlang: contacts per unit of time multiplied by the handling time.
    p_wait : array of float
        Probability that a contact does not reach an agent at once.
    service_level : array of float
        Contacts answered within the target time, as a share of all that were offered.
    service_level_excl_short_abandons : array of float
        The same, as a share of those offered that did not hang up within the target time.
    asa_s : array of float
        Mean wait of all contacts offered, in seconds; those who hang up count until they do.
    occupancy : array of float
        Share of their time that agents handle contacts.
    p_abandon : array of float
        Share of contacts that hang up; 0 in Erlang C.
    mean_queue : array of float
        Contacts waiting, on average.
    """

    offered_load: Floats
    p_wait: Floats
    service_level: Floats
    service_level_excl_short_abandons: Floats
    asa_s: Floats
    occupancy: Floats
    p_abandon: Floats
    mean_queue: Floats


def offered_load(contacts: ArrayLike, interval_s: ArrayLike, aht_s: ArrayLike) -> Floats:
    """Return the offered load in Erlang: ``contacts x aht / interval``.

    Parameters
    ----------
    contacts : array_like
        Offered per interval, not negative; fractions allowed.
    interval_s : array_like
        Length of the interval in seconds, above 0.
    aht_s : array_like
        Average handling time in seconds; above 0 where there are contacts.

    Raises
    ------
    ValueError
        Naming the row, if a figure is out of range.
    """
    given = columns(contacts=contacts, interval_s=interval_s, aht_s=aht_s)
    calls, interval, aht = given.values()
    refuse(~((calls >= 0) & np.isfinite(calls)), "contacts", calls, "0 or more")
    refuse(~((interval > 0) & np.isfinite(interval)), "interval_s", interval, "above 0")
    _refuse_aht(calls, aht)
    return np.asarray(calls * aht / interval)


def _refuse_aht(load: Floats, aht_s: Floats) -> None:
    refuse(~((aht_s >= 0) & np.isfinite(aht_s)), "aht_s", aht_s, "0 or more seconds")
    refuse((load > 0) & (aht_s == 0), "aht_s", aht_s, "above 0 where there are contacts")


def checked(**named: ArrayLike) -> dict[str, Floats]:
    """Return the columns of a model as flat arrays, and their common shape as ``shape``.

    Raises
    ------
    ValueError
        Naming the row, if a load, handling time, number of agents, target time or patience is out
        of range.
    """
    given = columns(**named)
    load = given["offered_load"]
    refuse(~((load >= 0) & np.isfinite(load)), "offered_load", load, "0 or more Erlang")
    if "aht_s" in given:
        _refuse_aht(load, given["aht_s"])
    if "agents" in given:
        agents = given["agents"]
        whole = (agents >= 0) & np.isfinite(agents) & (agents == np.floor(agents))
        refuse(~whole, "agents", agents, "a whole number, 0 or more")
    if "target_s" in given:
        refuse(given["target_s"] < 0, "target_s", given["target_s"], "0 or more seconds")
    if "patience_s" in given:
        refuse(given["patience_s"] <= 0, "patience_s", given["patience_s"], "above 0 seconds")
    return given


def erlang_b(offered_load: ArrayLike, agents: ArrayLike) -> Floats:
    """Return the share of contacts that find all agents busy when nobody can wait.

    Parameters
    ----------
    offered_load : array_like
        In Erlang, not negative.
    agents : array_like
        Whole numbers, 0 or more.

    Examples
    --------
    >>> round(float(erlang_b(10.0, 14)), 6)
    0.056821
    """
    given = checked(offered_load=offered_load, agents=agents)
    load, count = given["offered_load"], given["agents"]
    return 1.0 / _in_chunks(lambda *flat: (inverse_erlang_b(*flat),), load, count)[0]


def inverse_erlang_b(load: Floats, agents: Floats) -> Floats:
    """Return 1/B of equally long, checked columns; infinite where B is below the smallest float.

    Notes
    -----
    ``1/B(N, A) = 1 + N/A (1 + (N-1)/A (1 + ...))``: terms are positive, rise while the number is
    above the load and fall from there on, at last like a normal density. They are added until none
    is above 1e-17 of its sum. Equal to the recurrence ``B(n) = A B(n-1) / (n + A B(n-1))``.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        total, term, left = np.ones(load.shape), np.ones(load.shape), agents.astype(np.float64)
        per_load = 1.0 / load
        rows = np.flatnonzero((left > 0) & (load > 0))
        sums, term, left, per_load = total[rows], term[rows], left[rows], per_load[rows]
        while rows.size:
            for _ in range(_LOOK):
                term = term * (left * per_load)
                sums = sums + term
                left = np.maximum(left - 1.0, 0.0)
            going = (term > _TAIL * sums) & np.isfinite(sums)
            if going.all():
                continue
            total[rows[~going]] = sums[~going]
            rows, sums, term = rows[going], sums[going], term[going]
            left, per_load = left[going], per_load[going]
        total[(load == 0) & (agents > 0)] = np.inf
    return np.where(np.isnan(total), np.inf, total)


def erlang_c(
    offered_load: ArrayLike, aht_s: ArrayLike, agents: ArrayLike, target_s: ArrayLike = 0.0
) -> Measures:
    """Return what agents achieve when every contact waits until it is answered.

    Parameters
    ----------
    offered_load : array_like
        In Erlang, not negative.
    aht_s : array_like
        Average handling time in seconds, above 0 where there is load.
    agents : array_like
        Whole numbers, 0 or more.
    target_s : array_like
        Longest wait in seconds that still counts as in time.

    Returns
    -------
    Measures
        Where agents do not exceed the load the queue grows without end: `p_wait` 1, service level
        0, an infinite wait and occupancy 1. Without load nobody waits.

    Raises
    ------
    ValueError
        Naming the row, if a figure is out of range.

    Examples
    --------
    100 calls of 180 s in half an hour, 14 agents, 20 s:

    >>> found = erlang_c(10.0, 180.0, 14, 20.0)
    >>> round(float(found.service_level), 5), round(float(found.asa_s), 4)
    (0.88835, 7.8359)
    """
    given = checked(offered_load=offered_load, aht_s=aht_s, agents=agents, target_s=target_s)
    return Measures(*_in_chunks(_measures_c, *given.values()))


def _measures_c(load: Floats, aht: Floats, agents: Floats, target: Floats) -> tuple[Floats, ...]:
    return measures_c(load, aht, agents, target, inverse_erlang_b(load, agents))


def measures_c(
    load: Floats, aht: Floats, agents: Floats, target: Floats, inverse: Floats
) -> tuple[Floats, ...]:
    """Return the fields of `Measures` for Erlang C, given 1/B of each row.

    ``P(wait) = N / ((N - A)/B + A)`` has no difference of near numbers but N - A itself.
    """
    stable, idle = agents > load, load == 0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        spare = np.where(stable, agents - load, 1.0)
        waiting = np.where(stable, agents / (spare * inverse + load), 1.0)
        waiting = np.where(idle, 0.0, waiting)
        late = waiting * np.exp(-spare * target / np.where(aht > 0, aht, 1.0))
        level = np.where(stable | idle, 1.0 - late, 0.0)
        wait_s = np.where(stable, waiting * aht / spare, np.inf)
        busy = np.where(stable, load / agents, 1.0)
        queue = np.where(stable, waiting * load / spare, np.inf)
    none = np.zeros(load.shape)
    still = [np.where(idle, 0.0, values) for values in (wait_s, busy, queue)]
    return load, waiting, level, level, still[0], still[1], none, still[2]


def erlang_a(
    offered_load: ArrayLike,
    aht_s: ArrayLike,
    agents: ArrayLike,
    target_s: ArrayLike = 0.0,
    *,
    patience_s: ArrayLike,
) -> Measures:
    """Return what agents achieve when contacts that wait hang up after their patience.

    Parameters
    ----------
    offered_load, aht_s, agents, target_s : array_like
        As in `erlang_c`.
    patience_s : array_like
        Mean patience in seconds, above 0; infinite patience is Erlang C.

    Returns
    -------
    Measures
        Finite for every load, since whoever waits too long goes away. Without agents everybody
        does.

    Raises
    ------
    ValueError
        Naming the row, if a figure is out of range.

    References
    ----------
    Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue, with Applications to Call Centers": the wait of
    a contact with endless patience has the density ``A exp(A (1 - exp(-r x))/r - N x)``, handling
    time and ``r = handling time / patience`` in place of seconds, up to the constant that makes all
    states sum to 1.

    Examples
    --------
    >>> found = erlang_a(10.0, 180.0, 13, 20.0, patience_s=300.0)
    >>> round(float(found.service_level), 5), round(float(found.p_abandon), 5)
    (0.85818, 0.02496)
    """
    given = checked(
        offered_load=offered_load,
        aht_s=aht_s,
        agents=agents,
        target_s=target_s,
        patience_s=patience_s,
    )
    return Measures(*_in_chunks(measures_a, *given.values()))


def measures_a(
    load: Floats, aht: Floats, agents: Floats, target: Floats, patience: Floats
) -> tuple[Floats, ...]:
    """Return the fields of `Measures` for Erlang A, of equally long, checked columns."""
    found = list(np.broadcast_arrays(*_measures_c(load, aht, agents, target)))
    found = [np.array(values) for values in found]
    rows = np.flatnonzero((load > 0) & np.isfinite(patience))
    for field, values in zip(
        found,
        _with_patience(load[rows], aht[rows], agents[rows], target[rows], patience[rows]),
        strict=True,
    ):
        field[rows] = values
    return tuple(found)


def _with_patience(
    load: Floats, aht: Floats, agents: Floats, target: Floats, patience: Floats
) -> tuple[Floats, ...]:
    nobody = agents == 0
    count = np.where(nobody, 1.0, agents)
    wait = wait_integrals(load, count, aht / patience, target / aht)
    free = inverse_erlang_b(load, count - 1.0)
    with np.errstate(invalid="ignore"):
        free = np.where(wait.log_peak > 0, free * np.exp(-wait.log_peak), free)
        whole = free + load * wait.all
        # 1/B overflows only where nobody ever waits.
        whole = np.where(np.isinf(free), np.inf, whole)
        level = np.where(np.isinf(free), 1.0, (free + load * wait.answered_in_time) / whole)
    mean_wait = load * wait.mean / whole
    abandon = np.minimum(mean_wait * aht / patience, 1.0)
    hung_up_early = load * wait.hung_up_in_time / whole
    waiting = load * wait.all / whole
    level_b = np.minimum(level / (1.0 - hung_up_early), 1.0)
    early = -np.expm1(-target / patience)
    return (
        load,
        np.where(nobody, 1.0, waiting),
        np.where(nobody, 0.0, level),
        np.where(nobody & (early < 1.0), 0.0, np.where(nobody, 0.0, level_b)),
        np.where(nobody, patience, mean_wait * aht),
        np.where(nobody, 1.0, load * (1.0 - abandon) / count),
        np.where(nobody, 1.0, abandon),
        load * np.where(nobody, patience / aht, mean_wait),
    )


def _in_chunks(function: Callable[..., tuple[Floats, ...]], *given: Floats) -> tuple[Floats, ...]:
    """Apply a function of flat columns piece by piece, so that memory stays small."""
    shape = given[0].shape
    flat = [values.reshape(-1) for values in given]
    size = flat[0].size
    parts = [
        function(*(values[start : start + _CHUNK] for values in flat))
        for start in range(0, max(size, 1), _CHUNK)
    ]
    joined = [np.concatenate(field) for field in zip(*parts, strict=True)]
    return tuple(values.reshape(shape) for values in joined)
