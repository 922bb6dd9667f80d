"""Checks of pools: queues that are staffed together must be there, once, and of one kind."""

from __future__ import annotations

from functools import partial

from scheduler.domain import Queue
from scheduler.domain.demand import StaffingPolicy
from scheduler.intake.draft import Draft
from scheduler.intake.faults import FaultLog, did_you_mean
from scheduler.intake.setting_reader import node_at

__all__ = ["check_pools"]


def check_pools(draft: Draft, log: FaultLog) -> None:
    """Refuse unknown queues, queues that stand twice, and pools of different kinds."""
    settings, table = draft.settings, draft.tables.get("queues")
    if settings.tree is None or table is None or not table.keys or not settings.pools:
        return
    queues = {queue.queue_id: queue for _, queue in draft.get("queues")}
    policy = settings.staffing or StaffingPolicy()
    seen: dict[str, str] = {}
    for pool in settings.pools:
        kinds: dict[str, str] = {}
        for idx, queue_id in enumerate(pool.queue_ids):
            path = ("pools", pool.name, idx)
            note = partial(
                log.add,
                source=settings.source,
                row=node_at(settings.tree, path).line,
                path=path,
                value=queue_id,
            )
            if queue_id not in table.keys:
                expected = f"the queue_id of a row of {table.source.table_name()}"
                hint = partial(did_you_mean, queue_id, tuple(table.keys))
                note("unknown_id", expected=expected, hint=hint)
            elif queue_id in seen:
                first = "this pool" if seen[queue_id] == pool.name else f"pool {seen[queue_id]}"
                note("duplicate_id", expected=f"each queue once (it stands in {first} already)")
            elif queue_id in queues and policy.defers(queues[queue_id]):
                note("bad_settings", expected="a queue that is answered at once, without deadline")
            elif queue_id in queues:
                kinds.setdefault(_kind(queues[queue_id], policy), queue_id)
                if len(kinds) > 1:
                    kind, first = next(iter(kinds.items()))
                    note("bad_settings", expected=f"a queue like {first}: {kind}")
                    break
            seen.setdefault(queue_id, pool.name)


def _kind(queue: Queue, policy: StaffingPolicy) -> str:
    if queue.channel == "phone":
        return "calls"
    return f"{policy.at_once(queue)} side by side"
