"""Where things are drawn: width, colour, and which characters the terminal can show."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console
from rich.text import Text

__all__ = ["ASCII", "UNICODE", "Glyphs", "Screen", "glyphs_for"]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters to draw with.

    Parameters
    ----------
    levels : str
        Nine characters of growing height, the first empty.
    night : str
        Fills an hour of night.
    none : str
        Stands where there is nothing.
    line : str
        A horizontal line.
    """

    levels: str
    night: str
    none: str
    line: str
    ellipsis: str
    bar: str
    track: str
    arrow: str


UNICODE = Glyphs(" ▁▂▃▄▅▆▇█", "░", "·", "─", "…", "━", "╌", "→")
ASCII = Glyphs(" .:-=+*#@", ":", ".", "-", "~", "=", "-", "->")


def glyphs_for(encoding: str | None, term: str | None) -> Glyphs:
    """Return block characters if the output can show them, else plain ASCII."""
    wide = (encoding or "").lower().replace("-", "").startswith("utf")
    return UNICODE if wide and term != "dumb" else ASCII


class Screen:
    """Standard output and standard error of one command.

    Results go to `out`, everything about the run to `err`. Colour codes are written to terminals
    only, and not where ``NO_COLOR`` is set.
    """

    @cached_property
    def out(self) -> Console:
        """Standard output."""
        return Console(highlight=False, soft_wrap=False)

    @cached_property
    def err(self) -> Console:
        """Standard error."""
        return Console(stderr=True, highlight=False, soft_wrap=True)

    @property
    def width(self) -> int:
        """Columns to draw in, at least 60."""
        return max(60, self.out.width)

    @property
    def glyphs(self) -> Glyphs:
        """Characters that standard output can show."""
        return glyphs_for(self.out.encoding, os.environ.get("TERM"))

    def lines(self, lines: Iterable[Text | str]) -> None:
        """Print lines as they are, without wrapping or markup."""
        for line in lines:
            self.out.print(
                line if isinstance(line, Text) else Text(line),
                soft_wrap=True,
            )

    def json(self, document: object) -> None:
        """Print one JSON document to standard output."""
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    def note(self, text: str, *, style: str = "") -> None:
        """Print a sentence about the run to standard error."""
        self.err.print(Text(text, style=style))
