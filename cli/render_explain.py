"""Why a queue is served as it is at a moment, what would help, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from cli.words import clock_and_day, count, instant_text, money, shown, wrapped
from scheduler.domain.walltime import clock_text
from scheduler.usecases.explain import AgentAt, ExplainedMoment

if TYPE_CHECKING:
    from scheduler.usecases.explain_conflicts import FoundConflict
    from scheduler.usecases.explain_prices import FoundFix, PricedMoment, PricedShift, ShiftAt

__all__ = ["conflict_lines", "explain_lines", "price_lines"]

_MOST_NAMED, _MOST_PRICED, _MOST_FIXES = 12, 5, 8
_GOOD = ("on_queue", "free", "missed", "other_time_missed")
_INDENT = " " * 7
_KINDS = {
    "break": ("break moved", "breaks moved"),
    "shift": ("agent with other shifts", "agents with other shifts"),
    "limit": ("contract limit a step wider", "contract limits a step wider"),
    "wish": ("wish dropped", "wishes dropped"),
    "options": ("agent with longer waking hours", "agents with longer waking hours"),
    "skill": ("agent with the skill", "agents with the skill"),
    "hire": ("hire", "hires"),
}


def explain_lines(moment: ExplainedMoment, *, width: int, named: bool = True) -> Iterator[Text]:
    """Draw the need, the heads there, and each reason with the agents it holds for.

    Parameters
    ----------
    named : bool
        Whether to name the agents, or only to count them.
    """
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
        words = wrapped(reason.words, width - len(_INDENT))
        head.append(words[0], style="green" if reason.code in _GOOD else "yellow")
        yield head
        for rest in words[1:]:
            yield Text(_INDENT + rest, style="yellow")
        if not named:
            continue
        ordered = sorted(reason.agents, key=lambda agent: (agent.detail, agent.site))
        for (detail, site), agents in groupby(ordered, key=lambda row: (row.detail, row.site)):
            for text in wrapped(_names(list(agents), detail, site), width - len(_INDENT) - 2):
                yield Text(f"{_INDENT}  {text}", style="dim")
    yield Text(f"{total:>5}  {'agent' if total == 1 else 'agents'} in all", style="bold")


def _names(agents: list[AgentAt], detail: str, site: str) -> str:
    named = ", ".join(f"{agent.name} ({agent.agent_id})" for agent in agents[:_MOST_NAMED])
    rest = len(agents) - _MOST_NAMED
    more = f" and {count(rest, 'other')}" if rest > 0 else ""
    return f"{site}{f', {detail}' if detail else ''}: {named}{more}"


def price_lines(priced: PricedMoment, *, width: int) -> Iterator[Text]:
    """Draw who could work the moment at what cost, and the fixes that pay."""
    currency = priced.currency
    if priced.could_work:
        yield Text("")
        yield Text("Who could lawfully work then, and what it would add to the cost", style="bold")
        for shift in priced.could_work[:_MOST_PRICED]:
            yield from _amount(shift.delta_cents, currency, _shift_words(shift), width=width)
        rest = priced.could_work[_MOST_PRICED:]
        if rest:
            most = money(rest[-1].delta_cents, currency)
            yield Text(f"  and {count(len(rest), 'other')}, up to {most}", style="dim")
    if priced.tried:
        yield Text("")
        yield Text("What would lower the cost, each tried by itself", style="bold")
        for fix in priced.fixes[:_MOST_FIXES]:
            yield from _amount(-fix.gain_cents, currency, _fix_words(fix), width=width)
        more = len(priced.fixes) - _MOST_FIXES
        if more > 0:
            yield Text(f"  and {count(more, 'other')} that gain less", style="dim")
        if not priced.fixes:
            yield Text("  Nothing that was tried: every way costs more than it brings.")
    tried = ", ".join(
        count(number, *_KINDS.get(kind, (kind, kind))) for kind, number in priced.tried
    )
    if tried:
        yield from _dim(f"Tried: {tried}.", width)
        yield from _dim(f"Not tried: {'; '.join(priced.not_tried)}.", width)


def _amount(cents: int, currency: str, words: str, *, width: int) -> Iterator[Text]:
    amount = f"{'+' if cents >= 0 else '-'}{money(abs(cents), currency)}"
    indent = max(16, cell_len(amount) + 4)
    first, *rest = wrapped(words, width - indent)
    head = Text(f"  {amount:>{indent - 4}}  ", style="red" if cents >= 0 else "green")
    yield head.append(first, style="default")
    for line in rest:
        yield Text(" " * indent + line)


def _shift_words(row: PricedShift) -> str:
    instead = "" if row.instead is None else f", instead of {_span(row.instead)}"
    return f"{row.name} ({row.agent_id}): {_dated(row.shift)}{instead}"


def _fix_words(fix: FoundFix) -> str:
    parts = [fix.what] if fix.what else []
    if fix.shifts:
        parts.append(f"would work {count(fix.shifts, 'shift')}")
    elif fix.kind != "break":
        parts += [f"works {_dated(shift)}" for shift in fix.added]
        parts += [f"not {_dated(shift)}" for shift in fix.removed]
        if not fix.added and not fix.removed:
            parts.append("shifts stay as they are")
    return f"{fix.name} ({fix.agent_id}): {'; '.join(parts)}"


def _dated(shift: ShiftAt) -> str:
    return f"{clock_and_day(shift.start)}-{clock_text(shift.end.minute)} {shift.zone}"


def _span(shift: ShiftAt) -> str:
    return f"{clock_text(shift.start.minute)}-{clock_text(shift.end.minute)}"


def conflict_lines(conflicts: Sequence[FoundConflict], *, width: int) -> Iterator[Text]:
    """Draw each set of pins and rules that contradict each other."""
    if not conflicts:
        yield Text("No pins contradict each other or a rule that spans several shifts.")
        return
    for conflict in conflicts:
        head = Text(f"{shown(conflict.name, width // 2)} ({shown(conflict.agent_id, 20)})")
        head.stylize("bold")
        yield head
        for member in conflict.members:
            first, *rest = wrapped(member.words, width - 4)
            yield Text(f"  - {first}", style="yellow")
            for line in rest:
                yield Text(f"    {line}", style="yellow")
        verdict = "These cannot all be kept; without any one of them the others can."
        if len(conflict.members) == 1:
            verdict = "This cannot be kept beside the shifts before the horizon."
        if not conflict.smallest:
            verdict = "These cannot all be kept; time ran out before it was clear which matter."
        for line in wrapped(verdict, width - 2):
            yield Text(f"  {line}", style="dim")
        yield Text("")
    agents = len({conflict.agent_id for conflict in conflicts})
    yield Text(f"{count(len(conflicts), 'conflict')} of {count(agents, 'agent')}", style="bold")


def _dim(text: str, width: int) -> Iterator[Text]:
    for line in wrapped(text, width - 2):
        yield Text(f"  {line}", style="dim")
