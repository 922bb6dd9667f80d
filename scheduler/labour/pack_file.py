"""Rule packs as documents: from YAML or JSON data to records and back, every fault located.

Shipped packs and those of a company have one format, ``heliotrope-rules/1``. A number carries its
unit in the text (``5 h 30 min``, ``4 weeks``), so that none can be read in a wrong one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from scheduler.errors import Fault, InputError
from scheduler.labour import pack as records
from scheduler.labour.pack import Limit, Night, Pack, Premium, Provision, Source, Unknown
from scheduler.labour.pack_checks import pack_problems
from scheduler.labour.quantities import (
    CONFIDENCE,
    DATE,
    FIELDS,
    NAMES,
    TEXT,
    Form,
    UnfitError,
    choice,
    closest_hint,
    scalar_text,
)

__all__ = ["FORMAT", "RULES", "pack_from_document", "pack_from_yaml", "pack_to_document"]

FORMAT = "heliotrope-rules/1"

RULES: dict[str, type[Limit]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind
    for kind in (
        records.ShiftHours,
        records.DayHours,
        records.WeekHours,
        records.AverageHours,
        records.DailyRest,
        records.WeeklyRest,
        records.ConsecutiveDays,
        records.SeriesShifts,
        records.SeriesRest,
        records.NightCount,
        records.FreeSundays,
        records.BreakTime,
        records.NoWork,
        records.MinEngagement,
        records.Notice,
    )
}
"""Kinds of limits by the word that stands after ``rule:`` in a document."""

_MOST_FAULTS = 50
_FAULTY: Any = object()
"""Stands for a default that is given but faulty: told there, once, and not missed elsewhere."""
_Path = tuple[str | int, ...]


def _pattern_form(pattern: str, expected: str) -> Form:
    def read(value: object) -> str:
        text = scalar_text(value)
        if text is None or not re.fullmatch(pattern, text):
            raise UnfitError("bad_text", expected)
        return text

    return Form(read, str)


_PACK_ID = _pattern_form(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", "an id of letters, digits, _ and -, such as NL or NL-FCC"
)
_COUNTRY = _pattern_form(r"[A-Z]{2}", "a country of two capitals (ISO 3166-1), such as NL")
_URL = _pattern_form(r"https?://[^\s<>|]+", "an address that begins with https:// or http://")
_KIND = choice(("law", "agreement", "policy"))
_STACKING = choice(("highest", "sum"))
_PACK_KEYS = (
    "format",
    "pack",
    "name",
    "kind",
    "country",
    "includes",
    "checked_on",
    "confidence",
    "sources",
    "night",
    "limits",
    "premiums",
    "stacking",
    "unknown",
    "notes",
)


class _UniqueKeys(yaml.BaseLoader):
    """Everything stays text, as `yaml.BaseLoader` does it; a key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            problem = None
            if not isinstance(key_node, yaml.ScalarNode):
                problem = "a key that is no word"
            elif key_node.value in seen:
                problem = f"the key {key_node.value} stands there twice"
            if problem is not None:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def pack_from_yaml(text: str, *, file: str) -> Pack:
    """Return the pack of a YAML text; see `pack_from_document`."""
    try:
        document = yaml.load(text, Loader=_UniqueKeys)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "this cannot be read"
        line = None if mark is None else mark.line + 1
        raise InputError((Fault("bad_yaml", file, f"YAML; {problem}", line=line),)) from error
    return pack_from_document(document, file=file)


def pack_from_document(document: object, *, file: str) -> Pack:
    """Return the pack of a document of plain data, as YAML or JSON gives it.

    Parameters
    ----------
    document : object
        Mappings, lists and scalars; numbers and truth values may be text.
    file : str
        How faults call the document.

    Raises
    ------
    InputError
        With every fault: where it stands (``limits[3].max``), what stands there, what was expected.
    """
    reader = _Reader(file)
    pack = reader.pack(document)
    if pack is not None:
        for path, code, expected, value in pack_problems(pack):
            reader.fault(code, path, expected, value)
    faults = reader.faults
    if len(faults) > _MOST_FAULTS:
        left = len(faults) - _MOST_FAULTS
        more = Fault("more_faults", file, f"fewer faults: {left} more are not listed")
        faults = [*faults[:_MOST_FAULTS], more]
    if faults or pack is None:
        raise InputError(tuple(faults))
    return pack


class _Reader:
    """Reads one document and collects its faults."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(
        self, code: str, path: _Path, expected: str, value: object = None, hint: str | None = None
    ) -> None:
        column = ""
        for step in path:
            column += f"[{step}]" if isinstance(step, int) else f".{step}" if column else step
        if not column.isprintable():
            column = column.encode("unicode_escape").decode()
        text = None if value is None else scalar_text(value)
        if value is not None and text is None:
            text = "a list" if isinstance(value, list) else "a mapping"
        self.faults.append(
            Fault(code, self.file, expected, column=column or None, value=text, hint=hint)
        )

    def pack(self, document: object) -> Pack | None:
        """Return the pack as far as it can be read: faulty provisions are left out."""
        if not isinstance(document, Mapping):
            self.fault("bad_pack", (), f"a mapping with format: {FORMAT}", document)
            return None
        if scalar_text(document.get("format")) != FORMAT:
            self.fault("unknown_format", ("format",), FORMAT, document.get("format", ""))
            return None
        self._known(document, _PACK_KEYS, ())
        pack_id = self._value(document, "pack", (), _PACK_ID, required=True)
        name = self._value(document, "name", (), TEXT, required=True)
        kind = self._value(document, "kind", (), _KIND, required=True)
        country = self._value(document, "country", (), _COUNTRY)
        includes = self._value(document, "includes", (), NAMES)
        stacking = self._value(document, "stacking", (), _STACKING)
        sources = self._sources(document.get("sources"))
        defaults = {
            "confidence": self._default(document, "confidence", CONFIDENCE),
            "checked_on": self._default(document, "checked_on", DATE),
        }
        night = None
        if "night" in document:
            night = self._provision(Night, document["night"], ("night",), defaults, "night")
        limits = [
            self._limit(entry, ("limits", idx), defaults)
            for idx, entry in self._entries(document, "limits")
        ]
        premiums = [
            self._provision(Premium, entry, ("premiums", idx), defaults, None)
            for idx, entry in self._entries(document, "premiums")
        ]
        unknown = [
            self._record(Unknown, entry, ("unknown", idx))
            for idx, entry in self._entries(document, "unknown")
        ]
        notes = [
            self._read(TEXT, entry, ("notes", idx))
            for idx, entry in self._entries(document, "notes")
        ]
        if self.faults:
            return None
        return Pack(
            pack_id=pack_id,
            name=name,
            kind=kind,
            country=country,
            includes=includes or (),
            night=night,
            limits=tuple(limits),
            premiums=tuple(premiums),
            stacking=stacking or "highest",
            unknown=tuple(unknown),
            sources=sources,
            notes=tuple(notes),
        )

    def _limit(self, entry: object, path: _Path, defaults: Mapping[str, Any]) -> Any:
        if not isinstance(entry, Mapping):
            self.fault("bad_pack", path, "a mapping with a rule and its numbers", entry)
            return None
        word = scalar_text(entry.get("rule"))
        if word is None:
            self.fault("missing_key", (*path, "rule"), "one of " + ", ".join(RULES))
            return None
        if word not in RULES:
            expected = "one of " + ", ".join(RULES)
            hint = closest_hint(word, RULES)
            self.fault("unknown_rule", (*path, "rule"), expected, word, hint)
            return None
        return self._provision(RULES[word], entry, path, defaults, word, also=("rule",))

    def _provision(
        self,
        kind: type[Provision],
        entry: object,
        path: _Path,
        defaults: Mapping[str, Any],
        name: str | None,
        *,
        also: tuple[str, ...] = (),
    ) -> Any:
        """Return a record of `kind`, None after noting what keeps it from being made."""
        if not isinstance(entry, Mapping):
            self.fault("bad_pack", path, "a mapping", entry)
            return None
        fields = {FIELDS[field.name][0]: field for field in dataclasses.fields(kind)}
        self._known(entry, (*also, *fields), path)
        before = len(self.faults)
        values: dict[str, Any] = {}
        given = {**defaults, "name": name, "sources": ()}
        for key, field in fields.items():
            fallback = given.get(field.name)
            required = fallback is None and field.default is dataclasses.MISSING
            value = self._value(entry, key, path, FIELDS[field.name][1], required=required)
            if value is None:
                value = fallback
            if value is not None:
                values[field.name] = value
        return kind(**values) if len(self.faults) == before else None

    def _sources(self, value: object) -> tuple[Source, ...]:
        if value is None:
            return ()
        if not isinstance(value, Mapping):
            self.fault("bad_pack", ("sources",), "a mapping from key to title and url", value)
            return ()
        found = []
        for key, entry in value.items():
            path = ("sources", str(key))
            if not isinstance(entry, Mapping):
                self.fault("bad_pack", path, "a mapping with title and url", entry)
                continue
            self._known(entry, ("title", "url"), path)
            title = self._value(entry, "title", path, TEXT, required=True)
            url = self._value(entry, "url", path, _URL)
            found.append(Source(str(key), title or "", url or ""))
        return tuple(found)

    def _record(self, kind: type[Any], entry: object, path: _Path) -> Any:
        names = tuple(field.name for field in dataclasses.fields(kind))
        if not isinstance(entry, Mapping):
            self.fault("bad_pack", path, "a mapping with " + " and ".join(names), entry)
            return None
        self._known(entry, names, path)
        return kind(**{name: self._value(entry, name, path, TEXT, required=True) for name in names})

    def _entries(self, document: Mapping[Any, Any], key: str) -> list[tuple[int, object]]:
        value = document.get(key)
        if value in (None, ""):
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.fault("bad_pack", (key,), "a list", value)
            return []
        return list(enumerate(value))

    def _known(self, entry: Mapping[Any, Any], keys: Sequence[str], path: _Path) -> None:
        for key in entry:
            if key not in keys:
                hint = closest_hint(str(key), keys)
                self.fault("unknown_key", (*path, str(key)), "one of " + ", ".join(keys), hint=hint)

    def _value(
        self,
        entry: Mapping[Any, Any],
        key: str,
        path: _Path,
        form: Form,
        *,
        required: bool = False,
    ) -> Any:
        if entry.get(key) is None:
            if required:
                self.fault("missing_key", (*path, key), "a value: this key must be given")
            return None
        return self._read(form, entry[key], (*path, key))

    def _default(self, document: Mapping[Any, Any], key: str, form: Form) -> Any:
        value = self._value(document, key, (), form)
        return _FAULTY if value is None and document.get(key) is not None else value

    def _read(self, form: Form, value: object, path: _Path) -> Any:
        try:
            return form.read(value)
        except UnfitError as error:
            shown = value if error.entry is None else error.entry
            self.fault(error.code, path, error.expected, shown, error.hint)
            return None


def pack_to_document(pack: Pack) -> dict[str, Any]:
    """Return a pack as plain data that `pack_from_document` reads back as the same pack."""
    words = {kind: word for word, kind in RULES.items()}
    document: dict[str, Any] = {
        "format": FORMAT,
        "pack": pack.pack_id,
        "name": pack.name,
        "kind": pack.kind,
    }
    if pack.country is not None:
        document["country"] = pack.country
    document["includes"] = list(pack.includes)
    document["sources"] = {
        source.key: {"title": source.title} | ({"url": source.url} if source.url else {})
        for source in pack.sources
    }
    if pack.night is not None:
        document["night"] = _provision_document(pack.night)
    document["limits"] = [
        {"rule": words[type(limit)]} | _provision_document(limit) for limit in pack.limits
    ]
    document["premiums"] = [_provision_document(premium) for premium in pack.premiums]
    document["stacking"] = pack.stacking
    document["unknown"] = [dataclasses.asdict(unknown) for unknown in pack.unknown]
    document["notes"] = list(pack.notes)
    return document


def _provision_document(provision: Provision) -> dict[str, object]:
    """Return what a provision says; fields that stand at their default are left out."""
    entry = {}
    for field in dataclasses.fields(provision):
        value = getattr(provision, field.name)
        if value is not None and value != field.default:
            key, form = FIELDS[field.name]
            entry[key] = form.write(value)
    return entry
