"""Why a queue is served as it is at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.text import Text

from cli.words import clock_and_day, count, instant_text, shown, wrapped
from scheduler.usecases.explain import AgentAt, ExplainedMoment

__all__ = ["explain_lines"]

_MOST_NAMED = 12
_GOOD = ("on_queue", "free")


def explain_lines(moment: ExplainedMoment, *, width: int) -> Iterator[Text]:
    """Draw the need, the heads there, and each reason with the agents it holds for."""
    span = f"  {instant_text(moment.start_utc)[:-1]}-{moment.end_utc:%H:%M}Z"
    line = Text(shown(moment.queue_id, width // 2), style="bold")
    yield line.append(span, style="not bold")
    yield Text(f"  {clock_and_day(moment.local.wall)} in {moment.zone}", style="dim")
    verdict = Text(f"  {moment.need} needed, {moment.on_queue} there, ")
    verdict.append(
        f"{moment.missing} missing", style="bold red" if moment.missing else "bold green"
    )
    yield verdict
    yield Text("")
    total = sum(len(reason.agents) for reason in moment.reasons)
    for reason in moment.reasons:
        head = Text(f"{len(reason.agents):>5}  ", style="bold")
        indent = " " * 7
        words = wrapped(reason.words, width - len(indent))
        head.append(words[0], style="green" if reason.code in _GOOD else "yellow")
        yield head
        for rest in words[1:]:
            yield Text(indent + rest, style="yellow")
        ordered = sorted(reason.agents, key=lambda agent: (agent.detail, agent.site))
        for (detail, site), agents in groupby(ordered, key=lambda row: (row.detail, row.site)):
            for text in wrapped(_names(list(agents), detail, site), width - len(indent) - 2):
                yield Text(f"{indent}  {text}", style="dim")
    yield Text(f"{total:>5}  {'agent' if total == 1 else 'agents'} in all", style="bold")


def _names(agents: list[AgentAt], detail: str, site: str) -> str:
    named = ", ".join(f"{agent.name} ({agent.agent_id})" for agent in agents[:_MOST_NAMED])
    rest = len(agents) - _MOST_NAMED
    more = f" and {count(rest, 'other')}" if rest > 0 else ""
    return f"{site}{f', {detail}' if detail else ''}: {named}{more}"
