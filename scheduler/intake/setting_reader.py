"""Groups of settings read from a tree: which keys are there, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from scheduler.intake.columns import Column
from scheduler.intake.faults import FaultLog, Source, did_you_mean
from scheduler.intake.kinds import BadValue
from scheduler.intake.setting_keys import Group
from scheduler.intake.tables import read_cell
from scheduler.intake.yaml_file import Branch, Items, Leaf, Node

__all__ = ["Found", "Path", "Reader", "node_at", "says"]

_MAY_BE_EMPTY = ("any", "null", "string")
_T = TypeVar("_T")
Path = tuple[str | int, ...]
"""The way through nested settings."""


class Found(dict[str, Any]):
    """Values of a group by key, and the keys whose values could not be read."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(values or {})
        self.bad: set[str] = set()


class Reader:
    """Reads groups of settings from a tree, noting every fault where it stands.

    Parameters
    ----------
    source, log
        Where faults point to and are noted.
    """

    def __init__(self, source: Source, log: FaultLog) -> None:
        self.source, self.log = source, log

    def fault(
        self,
        code: str,
        node: Node | None,
        path: Path,
        expected: str,
        *,
        value: str | None = None,
        hint: str | Callable[[], str | None] | None = None,
        line: int | None = None,
    ) -> None:
        """Note a fault about `node`, or about another line."""
        if line is None and node is not None:
            line = node.line
        self.log.add(code, self.source, expected, row=line, path=path, value=value, hint=hint)

    def unknown_keys(self, branch: Branch, path: Path, known: tuple[str, ...]) -> None:
        """Note every key that is none of those known."""
        for key, line in branch.lines.items():
            if key not in known:
                self.fault(
                    "unknown_key",
                    branch,
                    (*path, key),
                    f"one of {', '.join(known)}",
                    value=key,
                    hint=partial(did_you_mean, key, known),
                    line=line,
                )

    def any_group(self, node: Node, group: Group, path: Path) -> Any:
        """Return the values of a group, a list of them, or a free mapping; None if misshapen.

        A free mapping has, by key, a list of groups with the columns after the first: one where
        a single value, or a list of plain values, stands, several where they are dated.
        """
        if group.many:
            if not isinstance(node, Items):
                self.fault(
                    "wrong_type", node, path, "a list, each entry after a '-'", value=says(node)
                )
                return None
            return [self._branch(item, group, (*path, i)) for i, item in enumerate(node.items)]
        if group.any_key:
            return self._free(node, group, path)
        return self._branch(node, group, path)

    def _branch(self, node: Node, group: Group, path: Path) -> Found | None:
        names = tuple(column.name for column in group.columns)
        if not isinstance(node, Branch):
            self.fault("wrong_type", node, path, f"settings {', '.join(names)}", value=says(node))
            return None
        self.unknown_keys(node, path, names)
        found = self.group(node, group, path)
        return None if found.bad else found

    def group(self, branch: Branch, group: Group, path: Path) -> Found:
        """Return the values of a group's columns, noting what is missing or cannot be read."""
        found = Found()
        for column in group.columns:
            node = branch.entries.get(column.name)
            if isinstance(node, Leaf) and not node.text and node.json_type in _MAY_BE_EMPTY:
                node = None
            if node is None:
                if column.required:
                    expected = f"{column.kind.expected} ({column.meaning})"
                    line = branch.lines.get(column.name)
                    self.fault("missing_key", branch, (*path, column.name), expected, line=line)
                    found.bad.add(column.name)
                continue
            value = self._value(node, column, (*path, column.name))
            if value is None:
                found.bad.add(column.name)
            else:
                found[column.name] = value
        return found

    def _value(self, node: Node, column: Column, path: Path) -> Any:
        """Return a setting's value, or None after noting a fault."""
        if not column.many:
            return self._scalar(node, column, path)
        if not isinstance(node, Items) or not node.items:
            self.fault("wrong_type", node, path, f"a list like {column.example}", value=says(node))
            return None
        each = [self._scalar(item, column, (*path, i)) for i, item in enumerate(node.items)]
        return None if None in each else tuple(each)

    def _scalar(self, node: Node, column: Column, path: Path) -> Any:
        kind = column.kind
        if isinstance(node, Branch) and "object" in kind.json_types:
            return node
        if not isinstance(node, Leaf) or node.json_type not in ("any", *kind.json_types):
            self.fault("wrong_type", node, path, kind.expected, value=says(node))
            return None
        try:
            return read_cell(column, node.text or "", decimal_comma=False)
        except BadValue as bad:
            self.fault(
                bad.code, node, path, bad.expected or kind.expected, value=node.text, hint=bad.hint
            )
            return None

    def _free(self, node: Node, group: Group, path: Path) -> dict[str, list[Found]] | None:
        key_column, value_column, *_ = group.columns
        if not isinstance(node, Branch):
            example = f"lines like '{key_column.example}: {value_column.example}'"
            self.fault("wrong_type", node, path, example, value=says(node))
            return None
        entries = replace(group, columns=group.columns[1:])
        found: dict[str, list[Found]] = {}
        is_good = True
        for key, item in node.entries.items():
            place = (*path, key)
            try:
                key_column.kind.read(key)
            except BadValue as bad:
                expected = key_column.kind.expected
                self.fault(bad.code, item, place, expected, value=key, hint=bad.hint)
                is_good = False
                continue
            listed: list[Found | None]
            if value_column.many:
                values = self._value(item, value_column, place)
                listed = [None if values is None else Found({value_column.name: values})]
            elif isinstance(item, Items) and item.items:
                listed = [
                    self._branch(each, entries, (*place, i)) for i, each in enumerate(item.items)
                ]
            else:
                value = self._scalar(item, value_column, place)
                listed = [None if value is None else Found({value_column.name: value})]
            good = [each for each in listed if each is not None]
            is_good = is_good and len(good) == len(listed)
            found[key] = good
        return found if is_good else None

    def make(
        self,
        maker: Callable[[Mapping[str, Any]], _T],
        values: Mapping[str, Any] | None,
        root: Branch,
        *path: str | int,
    ) -> _T | None:
        """Make a record; what the record itself refuses is a fault of the group."""
        if values is None:
            return None
        try:
            return maker(values)
        except ValueError as error:
            node = node_at(root, path)
            self.fault(
                "bad_settings", node, path, f"settings that agree: {error}", value=says(node)
            )
            return None


def says(node: Node | None) -> str | None:
    """Return the text of a scalar, None for anything else."""
    return node.text if isinstance(node, Leaf) else None


def node_at(node: Node, path: Path) -> Node:
    """Return the deepest node on the way along `path`."""
    for step in path:
        if isinstance(node, Branch) and isinstance(step, str) and step in node.entries:
            node = node.entries[step]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node
