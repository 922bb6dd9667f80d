"""Integrals over the wait in a queue that people leave, for Erlang A.

In units of the handling time the wait of somebody with endless patience has, up to a constant, the
density ``exp(g(x))`` with ``g(x) = A (1 - exp(-r x))/r - N x``: A the load, N the agents, r
handling time by patience. `g` is concave. Its peak is at 0 when there are agents enough, else at
``ln(A/N)/r``; seen from the peak both its terms have one sign, so nothing cancels, however large
the load is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from scheduler.staffing.rows import Floats

__all__ = ["WaitIntegrals", "wait_integrals"]

_NATS = 42.0  # exp(-42) is below 1e-18
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_CHUNK = 512
_MOST_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class WaitIntegrals:
    """Integrals of ``exp(g(x) - g(peak))``, one per row; times in units of the handling time.

    Parameters
    ----------
    log_peak : array of float
        ``g(peak)``, 0 or more.
    all : array of float
        Over all waits.
    mean : array of float
        Of the time that is waited: until answered, or until hanging up, whichever comes first.
    answered_in_time : array of float
        Of the probability of still being there, over waits up to the target.
    hung_up_in_time : array of float
        Of the probability of hanging up before being answered and before the target.
    """

    log_peak: Floats
    all: Floats
    mean: Floats
    answered_in_time: Floats
    hung_up_in_time: Floats


def wait_integrals(
    load: Floats, agents: Floats, impatience: Floats, target: Floats
) -> WaitIntegrals:
    """Return the integrals of equally long columns.

    Parameters
    ----------
    load, agents : array of float
        Above 0.
    impatience : array of float
        Handling time by mean patience, above 0.
    target : array of float
        Target time by handling time, 0 or more, may be infinite.
    """
    size = load.size
    made = np.empty((5, size))
    for start in range(0, size, _CHUNK):
        part = slice(start, start + _CHUNK)
        made[:, part] = _integrals(load[part], agents[part], impatience[part], target[part])
    return WaitIntegrals(*made)


def _integrals(load: Floats, agents: Floats, r: Floats, target: Floats) -> tuple[Floats, ...]:
    short = load > agents
    excess = np.where(short, (load - agents) / agents, 0.0)
    peak = np.log1p(excess) / r
    log_peak = agents / r * (excess - np.log1p(excess))
    drop = np.where(short, 0.0, agents - load)  # slope at the peak
    bend = np.where(short, agents, load)  # drop + bend == agents
    edges = _edges(agents, r, drop, peak, target)
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    y = middle[..., None] + half[..., None] * _NODES
    z = r[:, None] * y
    weight = half[..., None] * _WEIGHTS
    weight = weight * np.exp(
        -drop[:, None] * y - (bend * r)[:, None] * y * y * _second_remainder(z)
    )
    x = np.maximum(y + peak[:, None], 0.0)
    gone = -np.expm1(-r[:, None] * x)
    in_time = (middle <= (target - peak))[..., None]
    gone_by_target = -np.expm1(-r * np.minimum(target, 1e300))
    early = np.where(in_time, gone, gone_by_target[:, None])
    total, mean = (weight.sum(axis=(0, 2)), (weight * gone).sum(axis=(0, 2)) / r)
    answered = (weight * (1.0 - gone) * in_time).sum(axis=(0, 2))
    return log_peak, total, mean, answered, (weight * early).sum(axis=(0, 2))


def _edges(agents: Floats, r: Floats, drop: Floats, peak: Floats, target: Floats) -> Floats:
    """Return the edges of the panels by row, counted from the peak, sorted; the target is one.

    Beyond the outer edges the density is below exp(-42) of the peak. To the left
    ``exp(w) - 1 - w >= K`` holds from ``w = log1p(K + sqrt(2 K))`` on; to the right
    ``exp(-z) - 1 + z >= z*z/(2 + z)`` makes the edge the root of a quadratic. Panels halve towards
    the peak until they are shorter than the patience: two scales of time may lie far apart.
    """
    by_rate = _NATS * r / agents
    left = np.minimum(np.log1p(by_rate + np.sqrt(2.0 * by_rate)) / r, peak)
    b = 2.0 * drop - _NATS * r
    root = np.sqrt(b * b + 8.0 * r * agents * _NATS)
    # Of the two forms of the root, the one that adds numbers of one sign.
    right = np.where(b >= 0, 4.0 * _NATS / (b + root), (root - b) / (2.0 * r * agents))
    halvings = int(np.clip(np.ceil(np.log2(max(float((right * r).max()), 1.0))), 2, _MOST_HALVINGS))
    powers = 0.5 ** np.arange(halvings, -1, -1)
    rows = [-left, -left / 2, np.zeros_like(left), *(right * power for power in powers)]
    rows.append(np.clip(target - peak, -left, right))
    return np.sort(np.array(rows), axis=0)


def _second_remainder(z: Floats) -> Floats:
    """Return ``(exp(-z) - 1 + z) / z**2``; 1/2 at 0."""
    series = np.zeros_like(z)
    small = np.clip(z, -0.3, 0.3)
    for power in range(13, -1, -1):
        series = 1.0 / factorial(power + 2) - series * small
    safe = np.where(np.abs(z) < 0.3, 1.0, z)
    return np.where(np.abs(z) < 0.3, series, (np.expm1(-safe) + safe) / (safe * safe))
