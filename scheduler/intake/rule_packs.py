"""The company's own rule packs: files and inline mappings, kept as plain data.

What a pack says is judged by those who read law; here it becomes one canonical JSON text, whatever
it was written in, so that it travels with the planning and counts in its digest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.files import read_text
from scheduler.intake.settings import Settings
from scheduler.intake.values import PACK_FORMAT
from scheduler.intake.yaml_file import MOST_YAML_BYTES, Branch, Items, Leaf, Node, parse_yaml

__all__ = ["read_rule_packs"]

_FIRST_RANK = 1_000
_KEY = "rule_packs"


def read_rule_packs(
    settings: Settings, folder: Path | None, further: Sequence[Path], log: FaultLog
) -> tuple[tuple[str, str], ...]:
    """Return each rule pack, those of the settings and then the further files.

    The first of each pair is the name of its file as given, empty where the pack stands in the
    settings themselves; the second is the pack as canonical JSON.

    Parameters
    ----------
    settings : Settings
        With the entries as written.
    folder : Path, optional
        Where named files lie; None for a document, which holds its packs itself.
    further : sequence of Path
        Files named elsewhere, for instance on the command line.
    log : FaultLog
        Takes the faults of all packs.
    """
    packs: list[tuple[str, str | None]] = []
    for idx, entry in enumerate(settings.pack_entries):
        if isinstance(entry, Branch):
            packs.append(("", _pack(entry, settings.source, (_KEY, idx), log)))
        elif folder is not None:
            packs.append((entry, _named(entry, idx, folder, settings, log)))
    for idx, path in enumerate(further, start=len(settings.pack_entries)):
        packs.append((str(path), _read(path, Source(str(path), rank=_FIRST_RANK + idx), log)))
    return tuple((name, pack) for name, pack in packs if pack is not None)


def _named(entry: str, idx: int, folder: Path, settings: Settings, log: FaultLog) -> str | None:
    path = folder / entry
    problem = _problem(path, folder)
    if problem is not None:
        code, expected, hint = problem
        tree = settings.tree
        listed = tree.entries.get(_KEY) if isinstance(tree, Branch) else None
        line = listed.items[idx].line if isinstance(listed, Items) else None
        place = (_KEY, idx)
        log.add(code, settings.source, expected, row=line, path=place, value=entry, hint=hint)
        return None
    return _read(path, Source(entry, rank=_FIRST_RANK + idx), log)


def _problem(path: Path, folder: Path) -> tuple[str, str, str | None] | None:
    """Return code, expectation and hint when a named file cannot be one of the folder."""
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            hint = "A pack from elsewhere is named on the command line: --rule-pack."
            return "bad_rule_pack", "a file inside the planning folder", hint
        if not path.exists():
            expected = "a file that is there: the planning folder has none of this name"
            return "missing_file", expected, None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "bad name"
        return "not_a_file", f"a file that can be opened, not: {reason}", None
    return None


def _read(path: Path, source: Source, log: FaultLog) -> str | None:
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        log.add("missing_file", source, "a rule pack (YAML), but there is no file of this name")
        return None
    text = read_text(path, source, log, most=MOST_YAML_BYTES)
    tree = None if text is None else parse_yaml(text, source, log)
    return None if tree is None else _pack(tree, source, (), log)


def _pack(tree: Node, source: Source, path: tuple[str | int, ...], log: FaultLog) -> str | None:
    if not isinstance(tree, Branch):
        expected = f"a rule pack, key by key, beginning with 'format: {PACK_FORMAT}'"
        log.add("bad_rule_pack", source, expected, row=tree.line, path=path)
        return None
    written = tree.entries.get("format")
    text = written.text if isinstance(written, Leaf) else None
    if text != PACK_FORMAT:
        line = tree.line if written is None else written.line
        place = (*path, "format")
        log.add("unknown_format", source, f"{PACK_FORMAT!r}", row=line, path=place, value=text)
        return None
    if _is_cut(tree):
        log.add("bad_rule_pack", source, "a rule pack that is not nested without end", path=path)
        return None
    return json.dumps(_plain(tree), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(node: Node) -> object:
    """Return a tree as dicts, lists and texts; keys without a value are left out."""
    if isinstance(node, Branch):
        entries = {key: _plain(value) for key, value in node.entries.items()}
        return {key: value for key, value in entries.items() if value is not None}
    if isinstance(node, Items):
        items = (_plain(item) for item in node.items)
        return ["" if item is None else item for item in items]
    return node.text


def _is_cut(node: Node) -> bool:
    """Return whether something lay too deep in a document to become part of the tree."""
    if isinstance(node, Branch):
        return any(map(_is_cut, node.entries.values()))
    if isinstance(node, Items):
        return any(map(_is_cut, node.items))
    return node.json_type in ("list", "object")
