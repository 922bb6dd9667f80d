"""Every number of a rule pack by name, and the pack with one of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from scheduler.labour import Limit, Night, Pack

NOT_JUDGED = frozenset(
    {
        "break_30.part_minutes",
        "break_45.part_minutes",
        "shift_hours.extended_rest_minutes",
        "on_call_notice.or_rest_days_days",
    }
)
"""Numbers of the Dutch act that no roster can break.

Breaks come in one piece, not in parts; the others are 0 for what the limit does not have.
"""

_P = TypeVar("_P", Limit, Night)


def numbers_of(pack: Pack) -> frozenset[str]:
    """``limit.field`` of each number; pairs as ``limit.extended_counts.0.times``."""
    provisions: list[Limit | Night] = [*pack.limits]
    if pack.night is not None:
        provisions.append(pack.night)
    return frozenset(f"{row.name}.{name}" for row in provisions for name in _numbers(row))


def _numbers(provision: Limit | Night) -> Iterator[str]:
    for field in fields(provision):
        value = getattr(provision, field.name)
        if field.name == "extended_counts":
            for idx in range(len(value)):
                yield f"{field.name}.{idx}.times"
                yield f"{field.name}.{idx}.days"
        elif isinstance(value, int) and not isinstance(value, bool):
            yield field.name


def changed(pack: Pack, number: str, step: int) -> Pack:
    """The pack with a number of `numbers_of` higher by a step."""
    name, field, *place = number.split(".")
    if name == "night":
        assert pack.night is not None
        return replace(pack, night=_changed(pack.night, field, place, step))
    limits = tuple(
        _changed(limit, field, place, step) if limit.name == name else limit
        for limit in pack.limits
    )
    return replace(pack, limits=limits)


def _changed(provision: _P, field: str, place: list[str], step: int) -> _P:
    value = getattr(provision, field)
    if not place:
        return replace(provision, **{field: value + step})
    idx, part = int(place[0]), ("times", "days").index(place[1])
    pairs = [list(pair) for pair in value]
    pairs[idx][part] += step
    higher: dict[str, Any] = {field: tuple(map(tuple, pairs))}
    return replace(provision, **higher)
