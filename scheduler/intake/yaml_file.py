"""Settings as a tree with lines: from YAML without its surprises, or from a JSON object.

Scalars stay text. YAML would read ``23:00`` as 1380 and ``no`` as false; here the kind of the
setting decides, as it does for a CSV cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from scheduler.intake.faults import FaultLog, Source

__all__ = ["MOST_YAML_BYTES", "Branch", "Items", "Leaf", "Node", "parse_yaml"]

MOST_YAML_BYTES = 256 * 1024
_DEEPEST = 12
_MOST_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One scalar: its text (None for null) and the JSON type it was written as, or ``any``."""

    text: str | None
    line: int | None
    json_type: str = "any"


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping, with the line of each key."""

    entries: dict[str, Node]
    lines: dict[str, int | None]
    line: int | None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    line: int | None


Node = Leaf | Branch | Items


def parse_yaml(text: str, source: Source, log: FaultLog) -> Node | None:
    """Return the tree of a YAML text, or None after noting why it cannot be read.

    Aliases, tags, a second document and deep nesting are refused before anything is built, so that
    no input can grow beyond its own size. A key given twice is noted and its first value kept.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        problem = _screen(text)
        if problem is not None:
            log.add("bad_yaml", source, problem[1], row=problem[0])
            return None
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        log.add(
            "bad_yaml",
            source,
            f"YAML; {error.problem or 'this cannot be read'}",
            row=None if mark is None else mark.line + 1,
            hint=_tab_hint(text, mark),
        )
        return None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        log.add("bad_yaml", source, "YAML made of printable characters", row=line)
        return None
    if root is None:
        return Branch({}, {}, 1)
    return _tree(root, (), source, log)


def _screen(text: str) -> tuple[int, str] | None:
    """Return line and complaint about the first thing that is not plain nested data."""
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            return line, "each value written out, no aliases (*name)"
        if getattr(event, "tag", None) is not None:
            return line, "plain values, no tags (!name)"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            return line, "one document, no second '---'"
        if depth > _DEEPEST or count > _MOST_EVENTS:
            return line, "a few dozen settings, two levels deep"
    return None


def _tab_hint(text: str, mark: yaml.Mark | None) -> str | None:
    if mark is None:
        return None
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    return "Indent with blanks, not with tabs." if "\t" in line else None


def _tree(node: yaml.Node, path: tuple[str | int, ...], source: Source, log: FaultLog) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Node] = {}
        lines: dict[str, int | None] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                log.add("bad_yaml", source, "plain words as keys", row=key_line, path=path)
                continue
            key = key_node.value.strip()
            if key in entries:
                log.add(
                    "duplicate_key",
                    source,
                    f"each key once (first in line {lines[key]})",
                    row=key_line,
                    path=(*path, key),
                    value=key,
                )
                continue
            entries[key] = _tree(value_node, (*path, key), source, log)
            lines[key] = key_line
        return Branch(entries, lines, line)
    if isinstance(node, yaml.SequenceNode):
        items = (_tree(item, (*path, idx), source, log) for idx, item in enumerate(node.value))
        return Items(tuple(items), line)
    is_null = node.tag == "tag:yaml.org,2002:null"
    return Leaf(None if is_null else str(node.value).strip(), line)
