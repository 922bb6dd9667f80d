"""Parts of a search done by other processes, on this machine or on others.

`solve(problem, params, run_many=RunMany(call, parts))` deals the agents of each price pass, the
bound, and the roundings of small problems into messages. `call` is any executor that applies
`run_part` to each of them: `local_processes`, a queue of jobs, other machines. Rounding of large
problems stays in the main process: each agent's turn depends on all before it.
"""

from __future__ import annotations

from solver.parts.bench import run_part
from solver.parts.processes import local_processes
from solver.parts.team import RunMany

__all__ = ["RunMany", "local_processes", "run_part"]
