"""Whether heads of given skills can meet needs at one moment: a maximum flow with its proof."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["HeadsFlow"]


class HeadsFlow:
    """Heads of several classes spread over queues, as many as possible, by augmenting paths.

    Queues are served in the order given, the most important first: which queue is short is then the
    one that matters least. Heads can be added between fills; what was met stays met.

    Parameters
    ----------
    served : sequence of tuple of int
        Queue indices that the heads of each class may serve.
    needs : sequence of int
        Heads needed by queue, not negative.
    order : sequence of int
        Queue indices, the most important first.
    """

    def __init__(
        self, served: Sequence[tuple[int, ...]], needs: Sequence[int], order: Sequence[int]
    ) -> None:
        self.short = list(needs)
        """Heads missing by queue."""
        self._served = served
        self._order = order
        self._free = [0] * len(served)
        self._flow = [dict.fromkeys(queues, 0) for queues in served]
        self._able = [
            [idx for idx, queues in enumerate(served) if queue in queues]
            for queue in range(len(needs))
        ]

    def add(self, heads: Sequence[int]) -> None:
        """Bring more heads, by class."""
        for idx, count in enumerate(heads):
            self._free[idx] += count

    def fill(self) -> list[int]:
        """Meet as much need as the heads can; return the heads newly used by class."""
        used = [0] * len(self._served)
        for queue in self._order:
            while self.short[queue]:
                found = self._augment(queue)
                if found is None:
                    break
                idx, count = found
                used[idx] += count
        return used

    def bottleneck(self, queue: int) -> tuple[tuple[int, ...], int]:
        """Return why a queue that is short after `fill` stays short.

        Returns
        -------
        tuple of (tuple of int, int)
            Queues, and how many heads there are that may serve any of them: fewer than they need.
        """
        reached: dict[int, tuple[int, int] | None] = {queue: None}
        self._search(reached, [queue])
        classes = {idx for wanted in reached for idx in self._able[wanted]}
        heads = sum(self._free[idx] + sum(self._flow[idx].values()) for idx in classes)
        return tuple(sorted(reached)), heads

    def assigned(self) -> list[dict[int, int]]:
        """Return by class how many heads serve which queue: the certificate of what is met."""
        return [dict(flow) for flow in self._flow]

    def _search(
        self, reached: dict[int, tuple[int, int] | None], pending: list[int]
    ) -> tuple[int, int] | None:
        """Look for a free class; `reached` says by which move a queue would be left short."""
        for wanted in pending:
            for idx in self._able[wanted]:
                if self._free[idx]:
                    return idx, wanted
                for other, count in self._flow[idx].items():
                    if count and other not in reached:
                        reached[other] = (idx, wanted)
                        pending.append(other)
        return None

    def _augment(self, queue: int) -> tuple[int, int] | None:
        reached: dict[int, tuple[int, int] | None] = {queue: None}
        end = self._search(reached, [queue])
        if end is None:
            return None
        free_idx, wanted = end
        moves = [(free_idx, wanted)]
        amount = min(self._free[free_idx], self.short[queue])
        step = reached[wanted]
        while step is not None:
            mover, target = step
            amount = min(amount, self._flow[mover][moves[-1][1]])
            moves.append(step)
            step = reached[target]
        self._free[free_idx] -= amount
        left: int | None = None
        for mover, target in moves:
            if left is not None:
                self._flow[mover][left] -= amount
            self._flow[mover][target] += amount
            left = target
        self.short[queue] -= amount
        return free_idx, amount
