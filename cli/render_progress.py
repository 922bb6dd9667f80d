"""The state of a running solve: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import Protocol

from rich.text import Text

from cli.screen import Glyphs
from cli.words import duration_text, money, percent

__all__ = ["State", "panel", "plain_line"]


class State(Protocol):
    """What a solver tells about itself (``solver.Progress``)."""

    @property
    def elapsed_seconds(self) -> float:
        """Wall time since the search began."""

    @property
    def cost_cents(self) -> int | None:
        """Cost of the best roster so far."""

    @property
    def bound_cents(self) -> int | None:
        """Best proven bound so far."""

    @property
    def phase(self) -> str:
        """A word for people."""

    @property
    def gap(self) -> float | None:
        """Share of the cost not proven necessary."""


def _figures(state: State | None, currency: str) -> tuple[tuple[str, str], ...]:
    cost = state.cost_cents if state else None
    bound = state.bound_cents if state else None
    gap = state.gap if state else None
    return (
        ("cost", "-" if cost is None else money(cost, currency, whole=True)),
        ("bound", "-" if bound is None else money(bound, currency, whole=True)),
        ("gap", "-" if gap is None else percent(gap, digits=2)),
    )


def plain_line(
    state: State | None, *, elapsed_seconds: float, limit_seconds: float, currency: str
) -> str:
    """Return one line for a log."""
    parts = [
        f"{duration_text(elapsed_seconds)} of {duration_text(limit_seconds)}",
        state.phase if state else "starting",
        *(f"{name} {value}" for name, value in _figures(state, currency)),
    ]
    return "  ".join(parts)


def panel(
    state: State | None,
    *,
    name: str,
    elapsed_seconds: float,
    limit_seconds: float,
    currency: str,
    stopping: bool,
    width: int,
    glyphs: Glyphs,
) -> Text:
    """Return the live panel: a time bar, the figures, and what Ctrl-C does."""
    clock = f"{duration_text(elapsed_seconds)} of {duration_text(limit_seconds)}"
    phase = state.phase if state else "starting"
    length = max(8, min(40, width - len(clock) - len(phase) - 8))
    done = min(length, int(length * elapsed_seconds / limit_seconds))
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"Solving {name}\n", style="bold")
    text.append(f"  {clock}  ")
    text.append(glyphs.bar * done, style="green")
    text.append(glyphs.track * (length - done), style="dim")
    text.append(f"  {phase}\n", style="cyan")
    for title, value in _figures(state, currency):
        text.append(f"  {title} ", style="dim")
        text.append(value, style="bold")
    hint = (
        "Stopping: the best roster so far is being finished and written."
        if stopping
        else "Ctrl-C stops and keeps the best roster so far."
    )
    text.append(f"\n  {hint}", style="yellow" if stopping else "dim")
    return text
