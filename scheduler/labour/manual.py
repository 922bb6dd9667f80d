"""Pages of the packs; run as a module with a folder to write them there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from scheduler.labour.pack import Pack, Provision
from scheduler.labour.pack_file import RULES
from scheduler.labour.registry import permit_names, shipped_packs
from scheduler.labour.wording import condition_text, limit_text, night_text, premium_text

__all__ = ["main", "pages"]

_DISCLAIMER = (
    "This is not legal advice: have the numbers checked before you rely on them. How each kind of "
    "limit is judged: [law.md](../law.md)."
)
_MADE = "<!-- made from the rule packs by python -m scheduler.labour.manual; do not edit -->"
_KINDS = {"law": "Law", "agreement": "Collective agreement", "policy": "Company policy"}
_WORDS = {kind: word for word, kind in RULES.items()}
_INDEX = """# Rule packs

{made}

{disclaimer}

One file per country, agreement or company holds its limits and premiums as data, each with the
article, the source, the date of the last check and how sure we are of it. Which of them hold for an
agent, and when: [which packs hold](../law.md#which-packs-hold). How to add one, or to replace one
by your own: [add a country](../add_a_country.md).

| pack | kind | country | limits | premiums | not known | includes |
|---|---|---|---|---|---|---|
{packs}

## How sure

| confidence | means |
|---|---|
| confirmed | read in the source named |
| secondary | read in a commercial or second-hand source only |
| reading | our reading of the text, or the company's choice |
| unconfirmed | no readable source: kept as company policy, with a notice, never as law |

What could not be confirmed at all is no number in a pack: it stands under *Not known* on its page,
with what holds instead, and a notice names it when the pack is in use.

## Permits

A planning that names one of these under `permits` says that the company may deviate: the limits
that name it no longer hold.

| permit | limits it lifts |
|---|---|
{permits}
"""


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    packs = shipped_packs()
    return {"index.md": _index(packs.values())} | {
        f"{pack.pack_id.lower()}.md": _page(pack) for pack in packs.values()
    }


def main(folder: Path) -> None:
    """Write all pages into a folder, which must exist."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _index(packs: Iterable[Pack]) -> str:
    packs = tuple(packs)
    rows = [
        (
            f"[{pack.name}]({pack.pack_id.lower()}.md) (`{pack.pack_id}`)",
            _KINDS[pack.kind].lower(),
            pack.country or "",
            str(len(pack.limits)),
            str(len(pack.premiums)),
            str(len(pack.unknown)),
            _links(pack.includes),
        )
        for pack in packs
    ]
    by_id = {pack.pack_id: pack for pack in packs}
    lifted = []
    for permit in permit_names(packs):
        pack_id, _, name = permit.partition(".")
        names = [limit.name for limit in by_id[pack_id].limits if limit.waived_by == name]
        lifted.append((f"`{permit}`", ", ".join(f"`{name}`" for name in names)))
    return _INDEX.format(
        made=_MADE, disclaimer=_DISCLAIMER, packs=_rows(rows), permits=_rows(lifted)
    )


def _page(pack: Pack) -> str:
    holds = f"{_KINDS[pack.kind]} of {pack.country}." if pack.country else f"{_KINDS[pack.kind]}."
    parts = [f"# {pack.name}", _MADE, _DISCLAIMER, f"{holds} Id: `{pack.pack_id}`."]
    if pack.includes:
        parts.append(f"Wherever it holds, so does {_links(pack.includes)}.")
    if pack.night is not None:
        night = pack.night
        parts.append(
            f"**Night shift**: {night_text(night)} ({night.article}; {night.confidence}; "
            f"{', '.join(night.sources)})."
        )
    if pack.limits:
        head = ("name", "rule", "limit", "condition", "article", "confidence", "sources")
        rows = [
            (
                f"`{limit.name}`",
                f"`{_WORDS[type(limit)]}`",
                _noted(limit_text(limit), limit),
                *_citation(pack, limit),
            )
            for limit in pack.limits
        ]
        parts += ["## Limits", _table(head, rows)]
    if pack.premiums:
        head = ("name", "time", "factor", "condition", "article", "confidence", "sources")
        rows = [
            (
                f"`{row.name}`",
                _noted(premium_text(row), row),
                f"{row.factor:f}",
                *_citation(pack, row),
            )
            for row in pack.premiums
        ]
        meet = {"highest": "the highest factor counts", "sum": "the surcharges add up"}
        stacking = f"Pay as a multiple of the hourly rate. Where two meet, {meet[pack.stacking]}."
        parts += ["## Premiums", stacking, _table(head, rows)]
    if pack.unknown:
        unknown = [(row.matter, row.instead) for row in pack.unknown]
        parts += ["## Not known", _table(("matter", "what holds instead"), unknown)]
    if pack.notes:
        intro = "What else applies and no limit carries:"
        parts += ["## Besides", intro, "\n".join(f"- {note}" for note in pack.notes)]
    if pack.sources:
        rows = [(row.key, row.title, f"<{row.url}>" if row.url else "") for row in pack.sources]
        parts += ["## Sources", _checked(pack), _table(("key", "title", "address"), rows)]
    return "\n\n".join(parts) + "\n"


def _noted(text: str, provision: Provision) -> str:
    return f"{text}. *{provision.note}*" if provision.note else text


def _citation(pack: Pack, provision: Provision) -> tuple[str, ...]:
    return (
        condition_text(pack, provision),
        provision.article,
        provision.confidence,
        ", ".join(provision.sources),
    )


def _checked(pack: Pack) -> str:
    provisions: list[Provision] = [*pack.limits, *pack.premiums]
    if pack.night is not None:
        provisions.append(pack.night)
    days = sorted({str(provision.checked_on) for provision in provisions})
    return f"Numbers last compared on {', '.join(days)}." if days else "Read for the notes above."


def _links(pack_ids: Iterable[str]) -> str:
    return ", ".join(f"[{pack_id}]({pack_id.lower()}.md)" for pack_id in pack_ids)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(
        (
            "| " + " | ".join(head) + " |",
            "|" + "---|" * len(head),
            _rows(rows),
        )
    )


def _rows(rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
