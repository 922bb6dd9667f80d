"""Settings of ``planning.yaml`` (or of the document's top level) become policy records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from scheduler.domain import BreakRule, ClockChange, Horizon, ShiftPolicy, WakingHours, Weights
from scheduler.domain.planning import DEFAULT_BREAK_RULES
from scheduler.intake.columns import Column
from scheduler.intake.faults import FaultLog, Source, did_you_mean
from scheduler.intake.kinds import BadValue
from scheduler.intake.setting_keys import FORMAT, GROUPS, Group
from scheduler.intake.tables import read_cell
from scheduler.intake.yaml_file import Branch, Items, Leaf, Node

__all__ = ["LONGEST_HORIZON_DAYS", "Settings", "read_settings"]

LONGEST_HORIZON_DAYS = 371
"""Days that a planning or a roster may span at most."""
_MAY_BE_EMPTY = ("any", "null", "string")
_T = TypeVar("_T")
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What could be read of the settings; None where a fault was noted."""

    source: Source
    name: str | None = None
    horizon: Horizon | None = None
    interval_minutes: int | None = None
    currency: str | None = None
    exchange_rates: tuple[tuple[str, Decimal], ...] | None = None
    shifts: ShiftPolicy | None = None
    waking_hours: WakingHours | None = None
    weights: Weights | None = None
    break_rules: tuple[BreakRule, ...] | None = None
    min_stint_minutes: int | None = None


def read_settings(root: Node, source: Source, log: FaultLog, known: Iterable[str] = ()) -> Settings:
    """Read all settings, noting every fault.

    Parameters
    ----------
    root : Branch, Items or Leaf
        The tree of the file.
    source, log
        Where faults point to and are noted.
    known : iterable of str
        Further keys of the top level that are read elsewhere (the tables of a document).
    """
    reader = _Reader(source, log)
    if not isinstance(root, Branch):
        reader.fault("wrong_type", root, (), "settings like 'name: Dutch care', key by key")
        return Settings(source)
    top = GROUPS[0]
    groups = {group.name: group for group in GROUPS[1:]}
    reader.unknown_keys(root, (), (*(c.name for c in top.columns), *groups, *known))
    found = reader.group(root, top, ())
    parts: dict[str, Any] = {}
    for name, group in groups.items():
        node = root.entries.get(name)
        if isinstance(node, Leaf) and node.text is None and node.json_type in ("any", "null"):
            node = None
        if node is not None:
            parts[name] = reader.any_group(node, group, (name,))
        elif group.required:
            expected = f"the settings {', '.join(c.name for c in group.columns)}"
            reader.fault("missing_key", root, (name,), expected)
            parts[name] = None
    written = found.get("format", FORMAT)
    if written != FORMAT:
        node = root.entries.get("format")
        reader.fault("unknown_format", node, ("format",), f"{FORMAT!r}", value=written)
    return Settings(
        source,
        name=found.get("name"),
        horizon=_horizon(parts.get("horizon"), root, reader),
        interval_minutes=found.get("interval_minutes"),
        currency=found.get("currency"),
        exchange_rates=_rates(parts.get("exchange_rates", {}), found.get("currency"), root, reader),
        shifts=reader.make(_shifts, parts.get("shifts", {}), root, "shifts"),
        waking_hours=reader.make(_waking, parts.get("waking_hours", {}), root, "waking_hours"),
        weights=reader.make(_weights, parts.get("weights", {}), root, "weights"),
        break_rules=_breaks(parts, root, reader),
        min_stint_minutes=None
        if "min_stint_minutes" in found.bad
        else found.get("min_stint_minutes", 60),
    )


class _Found(dict[str, Any]):
    """Values of a group by key, and the keys whose values could not be read."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: set[str] = set()


class _Reader:
    def __init__(self, source: Source, log: FaultLog) -> None:
        self.source, self.log = source, log

    def fault(
        self,
        code: str,
        node: Node | None,
        path: _Path,
        expected: str,
        *,
        value: str | None = None,
        hint: str | Callable[[], str | None] | None = None,
        line: int | None = None,
    ) -> None:
        if line is None and node is not None:
            line = node.line
        self.log.add(code, self.source, expected, row=line, path=path, value=value, hint=hint)

    def unknown_keys(self, branch: Branch, path: _Path, known: tuple[str, ...]) -> None:
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

    def any_group(self, node: Node, group: Group, path: _Path) -> Any:
        """Return the values of a group, a list of them, or a free mapping; None if misshapen."""
        if group.many:
            if not isinstance(node, Items):
                self.fault(
                    "wrong_type", node, path, "a list, each entry after a '-'", value=_says(node)
                )
                return None
            return [self._branch(item, group, (*path, i)) for i, item in enumerate(node.items)]
        if group.any_key:
            return self._free(node, group, path)
        return self._branch(node, group, path)

    def _branch(self, node: Node, group: Group, path: _Path) -> _Found | None:
        names = tuple(column.name for column in group.columns)
        if not isinstance(node, Branch):
            self.fault("wrong_type", node, path, f"settings {', '.join(names)}", value=_says(node))
            return None
        self.unknown_keys(node, path, names)
        found = self.group(node, group, path)
        return None if found.bad else found

    def group(self, branch: Branch, group: Group, path: _Path) -> _Found:
        found = _Found()
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

    def _value(self, node: Node, column: Column, path: _Path) -> Any:
        """Return a setting's value, or None after noting a fault."""
        if not column.many:
            return self._scalar(node, column, path)
        if not isinstance(node, Items) or not node.items:
            self.fault("wrong_type", node, path, f"a list like {column.example}", value=_says(node))
            return None
        each = [self._scalar(item, column, (*path, i)) for i, item in enumerate(node.items)]
        return None if None in each else tuple(each)

    def _scalar(self, node: Node, column: Column, path: _Path) -> Any:
        kind = column.kind
        if not isinstance(node, Leaf) or node.json_type not in ("any", *kind.json_types):
            self.fault("wrong_type", node, path, kind.expected, value=_says(node))
            return None
        try:
            return read_cell(column, node.text or "", decimal_comma=False)
        except BadValue as bad:
            self.fault(
                bad.code, node, path, bad.expected or kind.expected, value=node.text, hint=bad.hint
            )
            return None

    def _free(self, node: Node, group: Group, path: _Path) -> dict[str, Any] | None:
        key_column, value_column = group.columns
        if not isinstance(node, Branch):
            example = f"lines like '{key_column.example}: {value_column.example}'"
            self.fault("wrong_type", node, path, example, value=_says(node))
            return None
        found: dict[str, Any] = {}
        for key, item in node.entries.items():
            try:
                key_column.kind.read(key)
            except BadValue as bad:
                expected = key_column.kind.expected
                self.fault(bad.code, item, (*path, key), expected, value=key, hint=bad.hint)
                continue
            value = self._scalar(item, value_column, (*path, key))
            if value is not None:
                found[key] = value
        return found

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
            node = _node_at(root, path)
            self.fault(
                "bad_settings", node, path, f"settings that agree: {error}", value=_says(node)
            )
            return None


def _says(node: Node | None) -> str | None:
    return node.text if isinstance(node, Leaf) else None


def _node_at(node: Node, path: _Path) -> Node:
    """Return the deepest node on the way along `path`."""
    for step in path:
        if isinstance(node, Branch) and isinstance(step, str) and step in node.entries:
            node = node.entries[step]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def _horizon(values: Mapping[str, Any] | None, root: Branch, reader: _Reader) -> Horizon | None:
    if values is None:
        return None
    start, end = values["start"], values["end"]
    path = ("horizon", "end")
    node = _node_at(root, path)
    if end <= start:
        expected = f"a date after start {start}"
        hint = "end is the date after the last one."
        reader.fault("wrong_order", node, path, expected, value=_says(node), hint=hint)
        return None
    if (end - start).days > LONGEST_HORIZON_DAYS:
        expected = (
            f"a horizon of at most {LONGEST_HORIZON_DAYS} days, this has {(end - start).days}"
        )
        reader.fault("horizon_too_long", node, path, expected, value=_says(node))
        return None
    return Horizon(start, end, values["zone"])


def _shifts(values: Mapping[str, Any]) -> ShiftPolicy:
    names = {"min_hours": "min_minutes", "max_hours": "max_minutes"}
    found = {names.get(key, key): value for key, value in values.items()}
    if "clock_change" in found:
        found["clock_change"] = ClockChange(found["clock_change"])
    return ShiftPolicy(**found)


def _waking(values: Mapping[str, Any]) -> WakingHours:
    return WakingHours(**{f"{key}_minute": value for key, value in values.items()})


def _weights(values: Mapping[str, Any]) -> Weights:
    return Weights(**values)


def _break_rule(values: Mapping[str, Any]) -> BreakRule:
    return BreakRule(
        over_minutes=values["over_hours"],
        break_minutes=values["break_minutes"],
        paid=values.get("paid", False),
        margin_minutes=values.get("margin_minutes", 120),
    )


def _breaks(
    parts: Mapping[str, Any], root: Branch, reader: _Reader
) -> tuple[BreakRule, ...] | None:
    if "break_rules" not in parts:
        return DEFAULT_BREAK_RULES
    listed = parts["break_rules"]
    if listed is None:
        return None
    rules = [reader.make(_break_rule, v, root, "break_rules", i) for i, v in enumerate(listed)]
    good = [rule for rule in rules if rule is not None]
    if len({rule.over_minutes for rule in good}) < len(good):
        reader.fault(
            "bad_settings",
            _node_at(root, ("break_rules",)),
            ("break_rules",),
            "each over_hours once",
        )
    return None if len(good) < len(rules) else tuple(good)


def _rates(
    rates: dict[str, Decimal] | None, base: str | None, root: Branch, reader: _Reader
) -> tuple[tuple[str, Decimal], ...] | None:
    if rates is None:
        return None
    if base is not None and rates.get(base, 1) != 1:
        path = ("exchange_rates", base)
        node = _node_at(root, path)
        reader.fault(
            "bad_settings", node, path, "1, or no rate, for the base currency", value=_says(node)
        )
    return tuple(sorted((code, rate) for code, rate in rates.items() if code != base))
