"""The answer of ``helio erlang`` as a small table."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.words import count, percent, wrapped
from scheduler.usecases.calculate_agents import AgentsQuestion, AgentsRow, AgentsView

__all__ = ["erlang_lines"]


def erlang_lines(view: AgentsView, *, width: int) -> Iterator[Text]:
    """Draw load, answer, and the measures at each number of agents."""
    asked = view.question
    patience = "" if asked.patience_s is None else f", patience {asked.patience_s:g} s"
    side = "" if asked.concurrency == 1 else f", {asked.concurrency} side by side"
    what = (
        f"Erlang {view.model.upper()}: {asked.calls:,.10g} contacts of {asked.aht_s:,.10g} s "
        f"in {asked.interval_s:,.10g} s{patience}{side}"
    )
    yield from (Text(line) for line in wrapped(what, width))
    yield Text(f"Load {view.load_erlang:,.2f} Erlang")
    if view.fewest is not None:
        chosen = next(row for row in view.rows if row.is_fewest)
        answer = Text(f"{count(view.fewest, 'agent')} at work", style="bold green")
        if asked.shrinkage:
            answer.append(
                f", {chosen.gross:,} to roster at {_share(asked.shrinkage)} shrinkage",
            )
        yield answer
        goal = f"the fewest for {', '.join(_targets(asked))}"
        yield from (Text(line, style="dim") for line in wrapped(goal, width))
    yield Text("")
    yield from _table(view)
    notes = list(_notes(view))
    if notes:
        yield Text("")
        yield from (Text(note, style="yellow") for note in notes)


def _targets(asked: AgentsQuestion) -> Iterator[str]:
    if asked.level is not None:
        yield f"{_share(asked.level)} within {asked.target_s:g} s"
    if asked.max_wait_s is not None:
        yield f"mean wait at most {asked.max_wait_s:g} s"
    if asked.max_abandon is not None:
        yield f"at most {_share(asked.max_abandon)} hanging up"
    if asked.max_occupancy is not None:
        yield f"occupancy at most {_share(asked.max_occupancy)}"


def _share(fraction: float) -> str:
    return f"{round(fraction * 100, 4):g} %"


def _table(view: AgentsView) -> Iterator[Text]:
    with_patience = view.model == "a"
    in_time = f"in {view.question.target_s:g} s"
    head = f"{'agents':>7}{'rostered':>9}{in_time if len(in_time) < 9 else 'in time':>9}"
    if with_patience:
        head += f"{'(served)':>9}{'hang up':>8}"
    yield Text(f"{head}{'wait':>9}{'must wait':>10}{'occupancy':>10}", style="dim")
    for row in view.rows:
        line = f"{row.agents:>7,}{row.gross:>9,}{percent(row.service_level):>9}"
        if with_patience:
            served = percent(row.service_level_excl_short_abandons)
            line += f"{served:>9}{percent(row.p_abandon):>8}"
        wait = "no end" if row.mean_wait_s is None else _seconds(row.mean_wait_s)
        line += f"{wait:>9}{percent(row.p_wait):>10}{percent(row.occupancy):>10}"
        yield Text(f"{line}{_mark(row)}", style=_style(row))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 1000 else f"{seconds / 60:,.0f} min"


def _mark(row: AgentsRow) -> str:
    if row.is_fewest:
        return "  fewest"
    return "  asked" if row.is_asked else ""


def _style(row: AgentsRow) -> str:
    if row.is_fewest:
        return "bold green"
    return "" if row.meets is None or row.meets else "red"


def _notes(view: AgentsView) -> Iterator[str]:
    asked = view.question
    mine = next((row for row in view.rows if row.is_asked), None)
    if view.fewest is not None and mine is not None and not mine.is_fewest:
        short = view.fewest - mine.agents
        yield f"{count(abs(short), 'agent')} {'too few' if short > 0 else 'more than it takes'}."
    if view.model == "c" and any(row.mean_wait_s is None for row in view.rows):
        yield "no end: agents do not exceed the load, so the queue only grows."
    if view.model == "a":
        yield "(served): in time among those who did not hang up within that time."
    if asked.level is not None and asked.level > 0.9999:
        yield "No number of agents answers everybody in time; 99.99 % was taken."
    if view.load_erlang == 0:
        yield "Without contacts nobody is needed."
