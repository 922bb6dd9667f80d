"""Draw the picture in the README: what the terminal shows when an example is solved.

``python docs/make_picture.py examples/dutch-247 docs/demo.svg`` copies the planning folder, runs
``helio solve`` and ``helio show`` on the copy at 80 columns with colours, and draws parts of what
they print. Parts left out are marked; nothing is written by hand.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

__all__ = ["draw", "main", "sections"]

COLUMNS = 80
SOLVE_PARTS = ("cost EUR", "Cover by queue", "People", "Rules that bind", "Audit")
SHOW_PARTS = ("Mean heads on duty", "0  1  2  3", "░░░ night there")
SUN_LEFT_OUT = "on the road"
DOTS = Text("  ...", style="dim")

THEME = TerminalTheme(
    (24, 26, 33),
    (216, 218, 224),
    [
        (24, 26, 33),
        (240, 113, 120),
        (149, 200, 120),
        (240, 190, 90),
        (110, 170, 245),
        (190, 140, 230),
        (100, 200, 205),
        (216, 218, 224),
    ],
)
# As rich's own, less the fonts fetched from the network: a picture shows what its reader has.
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
    font-family: "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
}}
.{unique_id}-title {{
    font-family: "DejaVu Sans", Helvetica, Arial, sans-serif;
    font-size: 16px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""


def run(folder: Path, *arguments: str) -> list[Text]:
    """Return what a command prints in `folder`, one `Text` a line, colours kept."""
    environment = os.environ | {
        "COLUMNS": str(COLUMNS),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return [Text.from_ansi(line) for line in done.stdout.decode().splitlines()]


def sections(lines: Iterable[Text]) -> list[list[Text]]:
    """Split lines into the runs between blank ones."""
    found: list[list[Text]] = [[]]
    for line in lines:
        if line.plain.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [section for section in found if section]


def excerpt(parts: Iterable[list[Text]], starts: Sequence[str]) -> list[Text]:
    """Return the sections with a line that begins with one of `starts`, gaps marked with dots.

    Raises
    ------
    SystemExit
        When one is not there: the commands print something else now, and the picture must follow.
    """
    lines: list[Text] = []
    missing = list(starts)
    left_out = False
    for section in parts:
        begun = [start for start in missing if any(_begins(line, start) for line in section)]
        if not begun:
            left_out = True
            continue
        missing.remove(begun[0])
        if left_out:
            lines += [Text(""), DOTS]
        lines += [Text(""), *section]
        left_out = False
    if missing:
        raise SystemExit(f"the output has no part with a line that begins {missing[0]!r}")
    return [*lines, Text(""), DOTS] if left_out else lines


def _begins(line: Text, start: str) -> bool:
    return line.plain.strip().startswith(start)


def without_places(section: list[Text], left_out: str) -> list[Text]:
    """Return a sun table with dots for the places whose name starts so; each has two lines."""
    kept: list[Text] = []
    skip = 0
    for line in section:
        if line.plain.startswith(left_out):
            skip = 2
            if not kept or kept[-1] is not DOTS:
                kept.append(DOTS)
        if not skip:
            kept.append(line)
        skip = max(0, skip - 1)
    return kept


def draw(lines: Iterable[Text], title: str) -> str:
    """Return lines as an SVG document."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor")
    for line in lines:
        console.print(line, soft_wrap=True)
    return console.export_svg(title=title, theme=THEME, code_format=SVG, unique_id="helio")


def main(source: Path, target: Path, time_limit: str = "60s") -> None:
    """Solve a copy of the planning folder `source` and draw the picture into `target`."""
    folder = f"examples/{source.resolve().name}"
    out = f"{folder}/out"
    with tempfile.TemporaryDirectory() as work:
        here = Path(work)
        shutil.copytree(source, here / folder, ignore=shutil.ignore_patterns("out"))
        solved = sections(run(here, "solve", folder, "--time-limit", time_limit))
        shown = sections(run(here, "show", out))
    sun = [without_places(section, SUN_LEFT_OUT) for section in shown]
    lines = [
        Text(f"$ helio solve {folder}", style="bold"),
        *excerpt(solved, SOLVE_PARTS),
        Text(""),
        Text(f"$ helio show {out}", style="bold"),
        *excerpt(sun, SHOW_PARTS),
    ]
    target.write_text(draw(lines, "heliotrope"), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python docs/make_picture.py FOLDER TARGET.svg")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
