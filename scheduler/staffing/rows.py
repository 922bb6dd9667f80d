"""Columns of figures, one row per interval: made equally long, and refused by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Floats", "columns", "refuse"]

Floats = NDArray[np.float64]


def columns(**named: ArrayLike) -> dict[str, Floats]:
    """Return the columns as arrays of floats of one shape, by name.

    Parameters
    ----------
    **named : array_like
        Numbers or arrays that broadcast against each other.

    Raises
    ------
    ValueError
        If the shapes do not fit, or if a number is NaN: the sentence names column and row.
    """
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in named.items()}
    try:
        shape = np.broadcast_shapes(*(values.shape for values in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
        raise ValueError(f"columns of different lengths: {shapes}") from None
    for name, values in arrays.items():
        refuse(np.isnan(values), name, values, "a number")
    return {name: np.broadcast_to(values, shape) for name, values in arrays.items()}


def refuse(bad: NDArray[np.bool_], name: str, values: ArrayLike, expected: str) -> None:
    """Refuse a column if any row of it is bad, naming the first such row and its value.

    Parameters
    ----------
    bad : array of bool
        True where the row cannot be used.
    name, values
        The column and what stands in it.
    expected : str
        What would have been right, as the end of "must be ...".

    Raises
    ------
    ValueError
        If any row is bad. Rows are counted from 0.
    """
    if not np.any(bad):
        return
    place = np.unravel_index(int(np.argmax(bad)), np.shape(bad))
    where = "" if not place else f" in row {', '.join(str(int(step)) for step in place)}"
    value = np.broadcast_to(np.asarray(values), np.shape(bad))[place]
    raise ValueError(f"{name}{where} must be {expected}, not {value:g}")
