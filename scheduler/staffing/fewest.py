"""The inverse: the fewest agents that meet every target, for whole tables at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scheduler.staffing.erlang import checked, inverse_erlang_b, measures_a, measures_c
from scheduler.staffing.rows import Floats, refuse

__all__ = ["MOST_LEVEL", "Targets", "fewest_agents"]

MOST_LEVEL = 0.9999
"""A service level above this, 1 among them, is read as this: no number of agents reaches 1."""

_SLACK = 1e-12
_CHUNK = 8192
_LEVELS = ("service_level", "service_level_excl_short_abandons", "max_abandon", "max_occupancy")
_FIELDS = (
    "offered_load",
    "p_wait",
    "service_level",
    "service_level_excl_short_abandons",
    "asa_s",
    "occupancy",
    "p_abandon",
)
_Rows = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Targets:
    """What has to hold; numbers or arrays that broadcast against the loads, None where no matter.

    Parameters
    ----------
    service_level : array_like, optional
        Share of offered contacts answered within `target_s`, above 0 to 1.
    service_level_excl_short_abandons : array_like, optional
        The same as a share of those that did not hang up within `target_s`.
    target_s : array_like
        Longest wait in seconds that still counts as in time.
    max_wait_s : array_like, optional
        Longest mean wait in seconds, above 0.
    max_abandon : array_like, optional
        Largest share that hangs up, above 0 to 1; Erlang A only.
    max_occupancy : array_like, optional
        Largest share of time that agents handle contacts, above 0 to 1.
    minimum : array_like
        Agents that must be there in any case, contacts or not.
    """

    service_level: ArrayLike | None = None
    service_level_excl_short_abandons: ArrayLike | None = None
    target_s: ArrayLike = 0.0
    max_wait_s: ArrayLike | None = None
    max_abandon: ArrayLike | None = None
    max_occupancy: ArrayLike | None = None
    minimum: ArrayLike = 0


def fewest_agents(
    offered_load: ArrayLike,
    aht_s: ArrayLike,
    targets: Targets,
    *,
    patience_s: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Return the least number of agents that meets all targets, row by row.

    Parameters
    ----------
    offered_load : array_like
        In Erlang, not negative. Without load the answer is the minimum.
    aht_s : array_like
        Average handling time in seconds, above 0 where there is load.
    targets : Targets
        At least one of them given.
    patience_s : array_like, optional
        Mean patience in seconds: Erlang A. None is Erlang C, where agents must exceed the load
        whatever the targets.

    Returns
    -------
    ndarray of int
        Of the shape to which everything broadcasts. A target counts as met when it is missed by
        less than one in 10**12: what decimal fractions lose as floats.

    Raises
    ------
    ValueError
        Naming column and row, if a figure is out of range.

    Examples
    --------
    >>> int(fewest_agents(10.0, 180.0, Targets(service_level=0.8, target_s=20)))
    14
    >>> int(fewest_agents(10.0, 180.0, Targets(service_level=0.8, target_s=20), patience_s=300))
    13
    """
    wanted = {
        field.name: value
        for field in fields(targets)
        if (value := getattr(targets, field.name)) is not None
    }
    if wanted.keys() <= {"target_s", "minimum"}:
        raise ValueError("targets must name at least one of service level, wait, abandonment, cap")
    if patience_s is not None:
        wanted["patience_s"] = patience_s
    elif "max_abandon" in wanted:
        raise ValueError("max_abandon needs patience_s: in Erlang C nobody hangs up")
    given = checked(offered_load=offered_load, aht_s=aht_s, **wanted)
    _refuse_targets(given)
    shape = given["offered_load"].shape
    flat = {name: values.reshape(-1) for name, values in given.items()}
    search = _search_c if patience_s is None else _search_a
    found = flat["minimum"].astype(np.int64)
    # Rows of like load take a like number of steps.
    order = np.argsort(flat["offered_load"], kind="stable")
    order = order[flat["offered_load"][order] > 0]
    for start in range(0, order.size, _CHUNK):
        rows = order[start : start + _CHUNK]
        found[rows] = search({name: values[rows] for name, values in flat.items()})
    return found.reshape(shape)


def _refuse_targets(given: _Rows) -> None:
    for name in _LEVELS:
        if name in given:
            values = given[name]
            refuse(~((values > 0) & (values <= 1)), name, values, "above 0 to 1")
    if "max_wait_s" in given:
        refuse(given["max_wait_s"] <= 0, "max_wait_s", given["max_wait_s"], "above 0 seconds")
    least = given["minimum"]
    whole = (least >= 0) & np.isfinite(least) & (least == np.floor(least))
    refuse(~whole, "minimum", least, "a whole number, 0 or more")


def _least_by_cap(rows: _Rows) -> Floats:
    """Return the fewest agents by minimum and by an occupancy that nobody's leaving lowers."""
    least = rows["minimum"]
    if "max_occupancy" not in rows:
        return least
    return np.maximum(least, np.ceil(rows["offered_load"] / rows["max_occupancy"] - 1e-9))


def _search_c(rows: _Rows) -> Floats:
    """Step up from the least stable number: 1/B of one agent more is ``1 + (N+1)/A x 1/B``."""
    agents = np.maximum(np.floor(rows["offered_load"]) + 1.0, _least_by_cap(rows))
    inverse = inverse_erlang_b(rows["offered_load"], agents)
    found, open_rows = agents.copy(), np.arange(agents.size)
    while True:
        met = _meets(_figures_c(rows, agents, inverse), rows)
        found[open_rows[met]] = agents[met]
        if met.all():
            return found
        left = ~met
        rows = {name: values[left] for name, values in rows.items()}
        agents, open_rows = agents[left] + 1.0, open_rows[left]
        inverse = 1.0 + agents / rows["offered_load"] * inverse[left]


def _figures_c(rows: _Rows, agents: Floats, inverse: Floats) -> _Rows:
    made = measures_c(rows["offered_load"], rows["aht_s"], agents, rows["target_s"], inverse)
    return dict(zip(_FIELDS, made, strict=False))


def _search_a(rows: _Rows) -> Floats:
    """Step away from the load with growing steps, then halve: all figures improve with agents."""
    low = rows["minimum"] - 1.0  # fails, or is not allowed
    high = np.maximum(np.ceil(rows["offered_load"]), rows["minimum"])
    step = np.ceil(np.sqrt(rows["offered_load"]))
    met = _meets_a(rows, high)
    upward = ~met
    while not met.all():
        low = np.where(met, low, high)
        high = np.where(met, high, high + step)
        step = np.where(met, step, 2.0 * step)
        met = _meets_where(rows, high, ~met, met)
    step = np.ceil(np.sqrt(rows["offered_load"]))
    going = ~upward & (high - low > 1.0)
    while going.any():
        trial = np.maximum(high - step, low + 1.0)
        met = _meets_where(rows, trial, going, np.zeros(going.size, dtype=bool))
        high = np.where(going & met, trial, high)
        low = np.where(going & ~met, trial, low)
        step = 2.0 * step
        going &= met & (high - low > 1.0)
    going = high - low > 1.0
    while going.any():
        trial = np.floor((low + high) / 2.0)
        met = _meets_where(rows, trial, going, np.zeros(going.size, dtype=bool))
        high = np.where(going & met, trial, high)
        low = np.where(going & ~met, trial, low)
        going = high - low > 1.0
    return high


def _meets_where(
    rows: _Rows, agents: Floats, where: NDArray[np.bool_], others: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    found = others.copy()
    part = {name: values[where] for name, values in rows.items()}
    found[where] = _meets_a(part, agents[where])
    return found


def _meets_a(rows: _Rows, agents: Floats) -> NDArray[np.bool_]:
    made = measures_a(
        rows["offered_load"], rows["aht_s"], agents, rows["target_s"], rows["patience_s"]
    )
    return _meets(dict(zip(_FIELDS, made, strict=False)), rows)


def _meets(figures: _Rows, rows: _Rows) -> NDArray[np.bool_]:
    """Say row by row whether all targets are met."""
    met = np.ones(figures["asa_s"].shape, dtype=bool)
    for name in ("service_level", "service_level_excl_short_abandons"):
        if name in rows:
            met &= figures[name] >= np.minimum(rows[name], MOST_LEVEL) - _SLACK
    for name, figure in (
        ("max_wait_s", "asa_s"),
        ("max_abandon", "p_abandon"),
        ("max_occupancy", "occupancy"),
    ):
        if name in rows:
            met &= figures[figure] <= rows[name] * (1.0 + _SLACK)
    return met
