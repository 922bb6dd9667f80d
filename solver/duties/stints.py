"""Stints by prices: what a slot on a queue is worth is learnt before agents are fixed to it.

One agent's best stints, given everybody else's, see no worth in a queue that others cover at the
moment, so improving one at a time gets stuck early. As with shifts, prices per queue and slot are
learnt first and then blended out.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.duties.pieces import Piece
from solver.kernels.cover import worth_of
from solver.kernels.prices import wanted
from solver.kernels.stints import best_stints, stint_prices, stint_values
from solver.search.state import CoverArrays

__all__ = ["first_stints"]

_PASSES = 60
_FIRST_STEP, _LAST_STEP = 1500.0, 60.0
_BLENDS = (0.9, 0.7, 0.5, 0.3, 0.1, 0.0, 0.0, 0.0)
_SWITCH_CENTS = 5.0
_STARTS = 3


def first_stints(
    pieces: Sequence[Piece],
    cover: CoverArrays,
    met: NDArray[np.int32],
    *,
    min_stint: int,
    deadline: float,
    seed: int,
) -> None:
    """Place stints for all pieces; fills their queues and `met` (slots, queues) in place.

    Past `deadline` (monotonic clock) only what is needed for a complete plan is still done.
    """
    if not pieces:
        return
    rng = random.Random(seed)
    mu = np.where(cover.need > 0, 0.5 * cover.prices[:, 2:3], 0.0)
    rate = 1.0 / np.maximum(cover.need, 1)
    drift = np.zeros_like(mu)
    order = list(pieces)
    blank = [np.zeros(piece.allowed.shape) for piece in pieces]
    values = {id(piece): array for piece, array in zip(pieces, blank, strict=True)}
    for index in range(_PASSES):
        if index and time.monotonic() > deadline:
            break
        alpha = _FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** (index / _PASSES)
        rng.shuffle(order)
        for piece in order:
            _choose(piece, cover, met, mu, 1.0, min_stint, values[id(piece)])
            stint_prices(piece.start, piece.queue_of, mu, rate, alpha)
        wanted(cover.need, cover.prices, mu, 1, drift)
        mu += alpha * drift
    for piece in pieces:
        piece.join(met)
    best, kept = -1, [piece.queue_of.copy() for piece in pieces]
    for start in range(_STARTS):
        if start and time.monotonic() > deadline:
            break
        for blend in _BLENDS:
            rng.shuffle(order)
            for piece in order:
                piece.leave(met)
                _choose(piece, cover, met, mu, blend, min_stint, values[id(piece)])
                piece.join(met)
        worth = int(worth_of(cover.need, cover.prices, met))
        if worth > best:
            best, kept = worth, [piece.queue_of.copy() for piece in pieces]
    for piece, queue_of in zip(pieces, kept, strict=True):
        piece.leave(met)
        piece.queue_of[:] = queue_of
        piece.join(met)


def _choose(
    piece: Piece,
    cover: CoverArrays,
    met: NDArray[np.int32],
    mu: NDArray[np.float64],
    blend: float,
    min_stint: int,
    values: NDArray[np.float64],
) -> None:
    """Give one piece its best stints for the present cover and prices."""
    stint_values(piece.start, piece.allowed, cover.need, cover.prices, met, mu, blend, values)
    best_stints(piece.allowed, values, min_stint, _SWITCH_CENTS, piece.queue_of)
