"""Settings of ``planning.yaml`` (or of the document's top level) become policy records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from scheduler.domain import (
    Announcement,
    BreakRule,
    ClockChange,
    Closure,
    ExchangeRate,
    Horizon,
    ShiftPolicy,
    WakingHours,
    Weights,
)
from scheduler.domain.demand import CHANNELS, ChannelTarget, Pool, StaffingPolicy
from scheduler.domain.planning import DEFAULT_BREAK_RULES
from scheduler.intake.faults import FaultLog, Source
from scheduler.intake.setting_keys import CHANNEL_TARGET, FORMAT, GROUPS
from scheduler.intake.setting_reader import Found, Reader, node_at, says
from scheduler.intake.setting_reader import Path as SettingPath
from scheduler.intake.yaml_file import Branch, Leaf, Node

__all__ = ["LONGEST_HORIZON_DAYS", "Settings", "read_settings"]

LONGEST_HORIZON_DAYS = 371
"""Days that a planning or a roster may span at most."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What could be read of the settings; None where a fault was noted or nothing was given.

    Parameters
    ----------
    tree : Branch, Items or Leaf, optional
        What they were read from, for faults that show only beside other files.
    pack_entries : tuple of str or Branch
        The company's rule packs as written: paths, or the packs themselves; read by
        `scheduler.intake.rule_packs`.
    """

    source: Source
    tree: Node | None = None
    pack_entries: tuple[str | Branch, ...] = ()
    name: str | None = None
    horizon: Horizon | None = None
    interval_minutes: int | None = None
    currency: str | None = None
    exchange_rates: tuple[ExchangeRate, ...] | None = None
    closures: tuple[Closure, ...] | None = None
    permits: tuple[str, ...] = ()
    announced: Announcement | None = None
    history_from: date | None = None
    shifts: ShiftPolicy | None = None
    waking_hours: WakingHours | None = None
    weights: Weights | None = None
    break_rules: tuple[BreakRule, ...] | None = None
    min_stint_minutes: int | None = None
    staffing: StaffingPolicy | None = None
    pools: tuple[Pool, ...] | None = None


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
    reader = Reader(source, log)
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
    horizon = _horizon(parts.get("horizon"), root, reader)
    return Settings(
        source,
        tree=root,
        pack_entries=found.get("rule_packs", ()),
        name=found.get("name"),
        horizon=horizon,
        interval_minutes=found.get("interval_minutes"),
        currency=found.get("currency"),
        exchange_rates=_rates(parts.get("exchange_rates", {}), found.get("currency"), root, reader),
        closures=_closures(parts.get("closures", ())),
        permits=found.get("permits", ()),
        announced=_announced(parts.get("announced"), root, reader),
        history_from=_history_from(found, horizon, root, reader),
        shifts=reader.make(_shifts, parts.get("shifts", {}), root, "shifts"),
        waking_hours=reader.make(_waking, parts.get("waking_hours", {}), root, "waking_hours"),
        weights=reader.make(_weights, parts.get("weights", {}), root, "weights"),
        break_rules=_breaks(parts, root, reader),
        min_stint_minutes=None
        if "min_stint_minutes" in found.bad
        else found.get("min_stint_minutes", 60),
        staffing=_staffing(parts.get("staffing", {}), root, reader),
        pools=_pools(parts.get("pools", {})),
    )


def _horizon(values: Mapping[str, Any] | None, root: Branch, reader: Reader) -> Horizon | None:
    if values is None:
        return None
    start, end = values["start"], values["end"]
    path = ("horizon", "end")
    node = node_at(root, path)
    if end <= start:
        expected = f"a date after start {start}"
        hint = "end is the date after the last one."
        reader.fault("wrong_order", node, path, expected, value=says(node), hint=hint)
        return None
    if (end - start).days > LONGEST_HORIZON_DAYS:
        expected = (
            f"a horizon of at most {LONGEST_HORIZON_DAYS} days, this has {(end - start).days}"
        )
        reader.fault("horizon_too_long", node, path, expected, value=says(node))
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


def _breaks(parts: Mapping[str, Any], root: Branch, reader: Reader) -> tuple[BreakRule, ...] | None:
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
            node_at(root, ("break_rules",)),
            ("break_rules",),
            "each over_hours once",
        )
    return None if len(good) < len(rules) else tuple(good)


def _rates(
    rates: Mapping[str, Sequence[Found]] | None, base: str | None, root: Branch, reader: Reader
) -> tuple[ExchangeRate, ...] | None:
    if rates is None:
        return None
    made: list[ExchangeRate] = []
    for code, entries in rates.items():
        path: SettingPath = ("exchange_rates", code)
        node = node_at(root, path)
        if code == base:
            if any(entry["rate"] != 1 for entry in entries):
                expected = "1, or no rate, for the base currency"
                reader.fault("bad_settings", node, path, expected, value=says(node))
            continue
        made += (ExchangeRate(code, entry["rate"], entry.get("from")) for entry in entries)
        dates = [entry.get("from", date.min) for entry in entries]
        for idx, (before, day) in enumerate(pairwise(dates), start=1):
            if day <= before:
                place = (*path, idx, "from")
                node = node_at(root, place)
                first = "the first one, which has no date" if before == date.min else before
                expected = f"a date after {first}: each rate holds until the next"
                reader.fault("wrong_order", node, place, expected, value=says(node))
    return tuple(sorted(made, key=lambda rate: (rate.currency, rate.from_date or date.min)))


def _staffing(
    values: Mapping[str, Any] | None, root: Branch, reader: Reader
) -> StaffingPolicy | None:
    written = root.entries.get("staffing")
    channels: list[tuple[str, ChannelTarget]] = []
    is_good = True
    for channel in CHANNELS:
        node = written.entries.get(channel) if isinstance(written, Branch) else None
        if node is None or not (isinstance(node, Branch) or channel in (values or ())):
            continue
        target = reader.any_group(node, CHANNEL_TARGET, ("staffing", channel))
        is_good = is_good and target is not None
        channels.append((channel, ChannelTarget(**(target or {}))))
    if values is None or not is_good:
        return None
    model = values.get("phone_model", "erlang_c")
    return StaffingPolicy(model, tuple(channels), values.get("ramp_up", ()))


def _pools(pools: Mapping[str, Sequence[Found]] | None) -> tuple[Pool, ...] | None:
    if pools is None:
        return None
    return tuple(Pool(name, entry["queues"]) for name, (entry,) in pools.items())


def _closures(listed: Sequence[Found | None] | None) -> tuple[Closure, ...] | None:
    if listed is None or None in listed:
        return None
    found = (each for each in listed if each is not None)
    return tuple(Closure(each["date"], each["name"], each.get("site")) for each in found)


def _announced(values: Found | None, root: Branch, reader: Reader) -> Announcement | None:
    if not values:
        return None
    times, rest_days = values["times_on"], values.get("rest_days_on")
    if rest_days is not None and rest_days > times:
        path = ("announced", "rest_days_on")
        node = node_at(root, path)
        expected = f"a date not after times_on {times}: who knows the times knows the days off"
        reader.fault("wrong_order", node, path, expected, value=says(node))
        return None
    return Announcement(times, rest_days)


def _history_from(
    found: Found, horizon: Horizon | None, root: Branch, reader: Reader
) -> date | None:
    day: date | None = found.get("history_from")
    if day is not None and horizon is not None and day > horizon.start:
        node = node_at(root, ("history_from",))
        expected = f"a date not after the horizon's start {horizon.start}"
        hint = "It is the first date from which history.csv is complete."
        reader.fault("wrong_order", node, ("history_from",), expected, value=says(node), hint=hint)
        return None
    return day
