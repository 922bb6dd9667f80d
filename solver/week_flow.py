"""How much need of a period agents can cover within limits on their time: a maximum flow.

Hours flow from the agents' contracts, through the times at which they may work, to the need of the
queues they may serve. Quarters of the week with the same need and the same heads are one node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

__all__ = ["uncovered_time"]


def uncovered_time(
    served: Sequence[tuple[int, ...]],
    room: Sequence[int],
    quarters: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
) -> int:
    """Return how much of the need no split of the hours over the week can cover.

    Parameters
    ----------
    served : sequence of tuple of int
        Queue indices that each crew may serve.
    room : sequence of int
        Time in a week that the contracts of each crew allow in all, in any unit of agent-time.
    quarters : sequence of (tuple of int, tuple of int)
        By quarter of an hour: time needed by queue, and time that each crew could work.

    Returns
    -------
    int
        Of the same unit; 0 when hours and heads suffice together.
    """
    from ortools.graph.python import max_flow

    source, sink = 0, 1
    free = 2 + len(served)
    arcs: list[tuple[int, int, int]] = [
        (source, 2 + crew, amount) for crew, amount in enumerate(room)
    ]
    total = 0
    for (needs, heads), times in Counter(quarters).items():
        wanted = {queue: need * times for queue, need in enumerate(needs) if need}
        total += sum(wanted.values())
        queue_node = {queue: free + idx for idx, queue in enumerate(wanted)}
        arcs += ((queue_node[queue], sink, amount) for queue, amount in wanted.items())
        free += len(wanted)
        for crew, queues in enumerate(served):
            able = [queue_node[queue] for queue in queues if queue in wanted]
            if able and heads[crew]:
                arcs.append((2 + crew, free, heads[crew] * times))
                arcs += ((free, node, heads[crew] * times) for node in able)
                free += 1
    if not total:
        return 0
    flow = max_flow.SimpleMaxFlow()
    tails, tips, capacities = np.array(arcs, dtype=np.int64).T
    flow.add_arcs_with_capacity(tails.astype(np.int32), tips.astype(np.int32), capacities)
    status = flow.solve(source, sink)
    assert status == flow.OPTIMAL, status
    return total - int(flow.optimal_flow())
