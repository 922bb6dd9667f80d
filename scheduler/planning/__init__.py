"""From a planning to the solver's problem and back: the only place that knows clocks and slots."""

from scheduler.planning.compile import Compiled, compile_problem
from scheduler.planning.decode import decode

__all__ = ["Compiled", "compile_problem", "decode"]
