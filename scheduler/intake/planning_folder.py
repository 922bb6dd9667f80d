"""Reading a planning folder, or the same as one JSON document: all its faults, or a planning."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scheduler.domain import Planning
from scheduler.errors import Fault
from scheduler.intake.checks import check_all
from scheduler.intake.columns import TABLES, Table
from scheduler.intake.csv_file import RawTable, read_csv
from scheduler.intake.document import input_digest
from scheduler.intake.draft import Draft
from scheduler.intake.faults import FaultLog, Source, closest
from scheduler.intake.files import read_text
from scheduler.intake.json_file import json_rows, parse_json, settings_tree
from scheduler.intake.notices import note_oddities
from scheduler.intake.records import MAKERS
from scheduler.intake.rule_packs import read_rule_packs
from scheduler.intake.setting_keys import SETTINGS_FILE
from scheduler.intake.settings import Settings, read_settings
from scheduler.intake.tables import ReadTable, read_table
from scheduler.intake.yaml_file import MOST_YAML_BYTES, parse_yaml

__all__ = ["Intake", "read_document", "read_planning"]

_MOST_NAMES = 2_000
_NOT_OF_PLANNING = ("source", "tree", "pack_entries")
_DEMAND = "demand"
_NOT_READ = ("roster.json", "shifts.csv", "contacts.csv")
_KNOWN = (SETTINGS_FILE, *(table.file for table in TABLES))


@dataclass(frozen=True, slots=True)
class Intake:
    """The outcome of reading a planning.

    Parameters
    ----------
    planning : Planning, optional
        None exactly when there are faults: nothing is half imported.
    faults : tuple of Fault
        Everything wrong, in file and line order.
    notices : tuple of Fault
        What is odd but can be used.
    rule_pack_files : tuple of str
        For each of the planning's rule packs the name of its file as given, empty for a pack that
        stands in the settings or the document itself. No part of the planning or its digest.
    """

    planning: Planning | None
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()
    rule_pack_files: tuple[str, ...] = ()


def read_planning(
    path: Path, *, rule_packs: Sequence[Path] = (), demand: Path | None = None
) -> Intake:
    """Read a planning folder, or a ``.json`` file that holds the planning document.

    Bad content never raises: whatever is wrong comes back as faults, those of all files together.

    Parameters
    ----------
    path : Path
        A folder, or a file whose name ends in ``.json``.
    rule_packs : sequence of Path, optional
        Files with further rule packs; they come after those that the planning names, and count in
        its digest.
    demand : Path, optional
        A CSV file whose rows stand in place of all demand of the planning.

    Returns
    -------
    Intake
        The planning with its digest, or the faults.
    """
    log = FaultLog()
    if _is_document(path):
        return _judged(_read_document(path, log, demand), path.name, None, rule_packs, log)
    return _judged(_read_folder(path, log, demand), path.name, path, rule_packs, log)


def read_document(text: str, *, name: str = "planning") -> Intake:
    """Read a planning document that is at hand as JSON text; see `read_planning`.

    Parameters
    ----------
    name : str
        What faults call the document.
    """
    log, top = FaultLog(), Source(name, pointer="")
    data = parse_json(text, top, log)
    return _judged(None if data is None else _draft_of(data, top, log), name, None, (), log)


def _judged(
    draft: Draft | None, name: str, folder: Path | None, rule_packs: Sequence[Path], log: FaultLog
) -> Intake:
    """Read the rule packs, judge the whole, and make the planning if there are no faults."""
    settings = Settings(Source(name)) if draft is None else draft.settings
    packs = read_rule_packs(settings, folder, rule_packs, log)
    if draft is None:
        return Intake(None, log.faults(), log.notices())
    check_all(draft, log)
    faults = log.faults()
    if faults:
        return Intake(None, faults, log.notices())
    planning = _assemble(draft, tuple(text for _, text in packs))
    note_oddities(planning, draft, log)
    digest = input_digest(planning)
    files = tuple(name for name, _ in packs)
    return Intake(replace(planning, input_sha256=digest), (), log.notices(), files)


def _is_document(path: Path) -> bool:
    try:
        return path.suffix.lower() == ".json" and not path.is_dir()
    except (OSError, ValueError):
        return False


def _read_folder(path: Path, log: FaultLog, demand: Path | None) -> Draft | None:
    names = _names(path, log)
    if names is None:
        return None
    spare = sorted(names.difference(_KNOWN, _NOT_READ))
    settings = _read_settings_file(path, names, spare, log)
    tables: dict[str, ReadTable] = {}
    unread: set[str] = set()
    for rank, table in enumerate(TABLES, start=1):
        if table.stem == _DEMAND and demand is not None:
            _read_demand(demand, table, rank, tables, unread, log)
            continue
        source = Source(table.file, rank=rank)
        if table.file not in names:
            if table.required:
                _note_missing(source, table.meaning.rstrip("."), spare, log)
                unread.add(table.stem)
            continue
        _keep(table, read_csv(path / table.file, table, source, log), tables, unread, log)
    for name in spare:
        if name in settings.pack_entries:
            continue
        meant = closest(name, [other for other in _KNOWN if other not in names] or _KNOWN)
        if meant is not None and name.lower().endswith((".csv", ".yml", ".yaml")):
            source = Source(name)
            hint = f"Did you mean {meant!r}? This file was not read."
            log.notice(
                "unused_file", source, "the name of a file of the planning folder", hint=hint
            )
    return Draft(settings, tables, frozenset(unread))


def _names(path: Path, log: FaultLog) -> set[str] | None:
    source = Source(path.name or str(path))
    try:
        if not path.exists():
            log.add("missing_file", source, "a planning folder (or .json document) of this name")
            return None
        if not path.is_dir():
            log.add(
                "not_a_file", source, "a planning folder, or a document whose name ends in .json"
            )
            return None
        with os.scandir(path) as entries:
            names = {entry.name for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)}
        return names | {name for name in _KNOWN if os.path.lexists(path / name)}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "bad name"
        log.add("not_a_file", source, f"a folder that can be opened, not: {reason}")
        return None


def _note_missing(source: Source, meaning: str, spare: list[str], log: FaultLog) -> None:
    found = closest(source.file, spare)
    hint = None if found is None else f"The folder has {found!r}: rename it."
    log.add("missing_file", source, f"this file in the folder: {meaning}", hint=hint)


def _read_settings_file(path: Path, names: set[str], spare: list[str], log: FaultLog) -> Settings:
    source = Source(SETTINGS_FILE)
    if SETTINGS_FILE not in names:
        _note_missing(source, "name, horizon, currency, policy", spare, log)
        return Settings(source)
    text = read_text(path / SETTINGS_FILE, source, log, most=MOST_YAML_BYTES)
    root = None if text is None else parse_yaml(text, source, log)
    return Settings(source) if root is None else read_settings(root, source, log)


def _keep(
    table: Table,
    raw: RawTable | None,
    tables: dict[str, ReadTable],
    unread: set[str],
    log: FaultLog,
) -> None:
    if raw is None:
        unread.add(table.stem)
    else:
        tables[table.stem] = read_table(table, raw, MAKERS[table.stem], log)


def _read_demand(
    path: Path,
    table: Table,
    rank: int,
    tables: dict[str, ReadTable],
    unread: set[str],
    log: FaultLog,
) -> None:
    """Read the demand that stands in place of the planning's own."""
    source = Source(path.name, rank=rank)
    if path.exists():
        _keep(table, read_csv(path, table, source, log), tables, unread, log)
        return
    log.add("missing_file", source, "a file with demand of this name")
    unread.add(table.stem)


def _read_document(path: Path, log: FaultLog, demand: Path | None) -> Draft | None:
    top = Source(path.name, pointer="")
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        log.add("missing_file", top, "a planning document (or folder) of this name")
        return None
    text = read_text(path, top, log)
    data = None if text is None else parse_json(text, top, log)
    return None if data is None else _draft_of(data, top, log, demand)


def _draft_of(
    data: Mapping[str, Any], top: Source, log: FaultLog, demand: Path | None = None
) -> Draft:
    stems = {table.stem: table for table in TABLES}
    root = settings_tree(
        {key: value for key, value in data.items() if key not in stems}, top, log, ()
    )
    for key in getattr(data, "repeated", ()):
        log.add("duplicate_key", top, "each key once", path=(key,), value=key)
    settings = read_settings(root, top, log, known=stems)
    tables: dict[str, ReadTable] = {}
    unread: set[str] = set()
    for rank, (stem, table) in enumerate(stems.items(), start=1):
        if stem == _DEMAND and demand is not None:
            _read_demand(demand, table, rank, tables, unread, log)
            continue
        source = Source(top.file, pointer=f"/{stem}", rank=rank)
        content = data.get(stem)
        if content is None:
            if table.required:
                log.add("missing_key", source, f"a list of objects: {table.meaning.rstrip('.')}")
                unread.add(stem)
            continue
        _keep(table, json_rows(content, table, source, log), tables, unread, log)
    return Draft(settings, tables, frozenset(unread))


def _assemble(draft: Draft, rule_packs: tuple[str, ...]) -> Planning:
    settings = draft.settings
    named: dict[str, Any] = {
        field: getattr(settings, field)
        for field in Settings.__dataclass_fields__
        if field not in _NOT_OF_PLANNING
    }
    rows: dict[str, Any] = {stem: tuple(read.records) for stem, read in draft.tables.items()}
    return Planning(**named, **rows, rule_packs=rule_packs)
