"""Generated parts of the manual; run as a module to bring the manual and the schema up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scheduler.intake.columns import TABLES, Column, Table
from scheduler.intake.faults import CODES
from scheduler.intake.schema import schema_text
from scheduler.intake.setting_keys import GROUPS, Group

__all__ = ["SCHEMA_FILE", "fill", "main", "sections"]

SCHEMA_FILE = Path(__file__).with_name("planning.schema.json")
"""The schema that is shipped."""


def sections() -> dict[str, str]:
    """Return each generated part by name: ``settings``, one per table, ``codes``."""
    parts = {"settings": "\n\n".join(_group(group) for group in GROUPS)}
    parts |= {table.stem: _table(table) for table in TABLES}
    rows = (f"| `{code}` | {meaning} |" for code, meaning in CODES.items())
    parts["codes"] = "\n".join(("| code | meaning |", "|---|---|", *rows))
    return parts


def fill(text: str) -> str:
    """Return the manual with every part between its markers made anew.

    Raises
    ------
    ValueError
        If the markers of a part are missing.
    """
    for name, content in sections().items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        block = f"{begin}\n{content}\n{end}"
        text, count = pattern.subn(lambda _, block=block: block, text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"the manual needs the markers {begin} and {end} once, has {count}")
    return text


def _group(group: Group) -> str:
    head = f"**`{group.name}`** " if group.name else ""
    return f"{head}{group.meaning}\n\n{_columns(group.columns)}"


def _table(table: Table) -> str:
    needs = "Required" if table.required else "Optional"
    rows = ", at least one row" if table.needs_rows else ""
    return f"{table.meaning} {needs}{rows}.\n\n{_columns(table.columns)}"


def _columns(columns: tuple[Column, ...]) -> str:
    lines = ["| name | required | meaning | what is accepted | example |", "|---|---|---|---|---|"]
    for column in columns:
        accepted = column.kind.expected
        if column.refers_to is not None:
            accepted = f"a `{column.name}` of `{column.refers_to}.csv`"
        required = "yes" if column.required else ""
        cells = (f"`{column.name}`", required, column.meaning, accepted, f"`{column.example}`")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(manual: Path) -> None:
    """Write the generated parts of `manual`, and the schema, anew."""
    manual.write_text(fill(manual.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
