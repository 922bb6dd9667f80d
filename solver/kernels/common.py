"""What all kernels share: the worth of a unit of need, infinity, how to compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numpy.typing import NDArray

__all__ = ["FAR", "Array", "inline", "kernel", "unit_value"]

Array = NDArray[Any]
_Function = TypeVar("_Function", bound=Callable[..., Any])

FAR = 1e15
"""Stands for infinity; all true costs (cents, float64) are far below and exact."""


def kernel(function: _Function) -> _Function:
    """Compile a function to machine code that is kept on disk and runs without the GIL."""
    return cast(_Function, njit(cache=True, nogil=True, error_model="numpy")(function))


def inline(function: _Function) -> _Function:
    """Compile a small function into each of its callers."""
    return cast(_Function, njit(inline="always")(function))


@inline
def unit_value(unit: int, need: int, prices: Array) -> int:
    """Worth of the `unit`-th agent (from 1) on a queue that needs `need`."""
    if unit > need:
        return 0
    if unit == 1 or 3 * unit <= need:
        return int(prices[0])
    if 3 * unit <= 2 * need:
        return int(prices[1])
    return int(prices[2])
