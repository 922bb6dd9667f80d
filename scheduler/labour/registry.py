"""The packs of a planning: those shipped, those of the company, and the permits it holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from scheduler.domain import Planning
from scheduler.errors import Fault, InputError
from scheduler.labour.applied import RuleBook
from scheduler.labour.pack import Pack
from scheduler.labour.pack_file import pack_from_document, pack_from_yaml
from scheduler.labour.quantities import closest_hint

__all__ = ["permit_names", "rule_book", "shipped_packs"]


@cache
def shipped_packs() -> Mapping[str, Pack]:
    """Return the packs that come with Heliotrope, by id, in order of their files.

    Raises
    ------
    InputError
        If one is faulty (a test keeps them from being shipped so).
    """
    folder = files("scheduler.labour").joinpath("packs")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            pack = pack_from_yaml(entry.read_text(encoding="utf-8"), file=entry.name)
            found[pack.pack_id] = pack
    return MappingProxyType(found)


def rule_book(planning: Planning, *, files: Sequence[str] = ()) -> RuleBook:
    """Return the shipped packs and the planning's own, with its permits.

    A pack of the planning takes the place of a shipped one with the same id, which must be of the
    same country and kind.

    Parameters
    ----------
    planning : Planning
        With its own packs as JSON.
    files : sequence of str, optional
        Where each of them was read, as faults shall say it; a pack without a file, or with an
        empty name, is called by its id.

    Raises
    ------
    InputError
        With every fault: of the planning's packs, and of contracts and permits that name a pack
        or permit that does not exist.
    """
    faults: list[Fault] = []
    own: dict[str, Pack] = {}
    named: dict[str, str] = {}
    unread: set[str] = set()
    for position, text in enumerate(planning.rule_packs, start=1):
        file = files[position - 1] if position <= len(files) else ""
        try:
            document = json.loads(text)
        except ValueError:
            faults.append(Fault("bad_json", file or f"rule pack {position}", "a JSON document"))
            continue
        file = file or _name_of(document, position)
        try:
            pack = pack_from_document(document, file=file)
        except InputError as error:
            faults.extend(error.faults)
            unread |= _claims(document)
            continue
        if pack.pack_id in own:
            expected = "an id that no other rule pack of the planning has"
            faults.append(
                Fault(
                    "duplicate_pack",
                    file,
                    expected,
                    column="pack",
                    value=pack.pack_id,
                    hint=f"{named[pack.pack_id]} has it as well.",
                )
            )
            continue
        named[pack.pack_id] = file
        unfit = list(_replacement_faults(pack, shipped_packs().get(pack.pack_id), file))
        if unfit:
            faults += unfit
            unread |= _claims(document)
            continue
        own[pack.pack_id] = pack
    packs = {**shipped_packs(), **own}
    faults += _pack_faults(packs, named, unread)
    faults += _contract_faults(planning, packs, unread)
    faults += _permit_faults(planning, packs, unread)
    if faults:
        raise InputError(tuple(faults))
    return RuleBook(MappingProxyType(packs), frozenset(planning.permits))


def permit_names(packs: Iterable[Pack]) -> tuple[str, ...]:
    """Return every permit that waives a limit of some pack, as ``PACK.permit``, sorted."""
    return tuple(
        sorted(
            {
                f"{pack.pack_id}.{limit.waived_by}"
                for pack in packs
                for limit in pack.limits
                if limit.waived_by is not None
            }
        )
    )


def _name_of(document: object, position: int) -> str:
    named = document.get("pack") if isinstance(document, dict) else None
    return f"rule pack {named if isinstance(named, str) and named else position}"


def _claims(document: object) -> set[str]:
    """Return id and country of a faulty pack: who names them is not at fault."""
    if not isinstance(document, dict):
        return set()
    return {str(document[key]) for key in ("pack", "country") if document.get(key)}


def _replacement_faults(pack: Pack, shipped: Pack | None, file: str) -> Iterator[Fault]:
    """Refuse a pack that would take the place of a shipped one and be something else."""
    if shipped is None:
        return
    hint = f"To add to {shipped.pack_id} instead, give this pack an id of its own."
    for key, given, wanted in (
        ("country", pack.country, shipped.country),
        ("kind", pack.kind, shipped.kind),
    ):
        if given != wanted:
            expected = f"that of the shipped pack {shipped.pack_id}, whose place this one takes: "
            expected += f"{wanted or 'none'}"
            yield Fault("wrong_replacement", file, expected, column=key, value=given, hint=hint)


def _pack_faults(
    packs: Mapping[str, Pack], named: Mapping[str, str], unread: set[str]
) -> Iterator[Fault]:
    """Judge packs beside each other; `named` has the files of the planning's own."""
    holders: dict[str, str] = {}
    for pack in packs.values():
        for idx, included in enumerate(pack.includes):
            if included not in packs and included not in unread:
                yield Fault(
                    "unknown_pack",
                    named.get(pack.pack_id, f"rule pack {pack.pack_id}"),
                    "the id of a rule pack: " + ", ".join(packs),
                    column=f"includes[{idx}]",
                    value=included,
                    hint=closest_hint(included, packs),
                )
        if pack.country is None:
            continue
        first = holders.setdefault(pack.country, pack.pack_id)
        if first != pack.pack_id:
            culprit = pack.pack_id if pack.pack_id in named else first
            other = first if culprit == pack.pack_id else pack.pack_id
            yield Fault(
                "duplicate_country",
                named.get(culprit, f"rule pack {culprit}"),
                f"a country without a pack: {other} is that of {pack.country}",
                column="country",
                value=pack.country,
                hint=f"To replace it, call the pack {other}; to add to it, leave country out and "
                "name the pack in the rule_packs of contracts.",
            )


def _contract_faults(
    planning: Planning, packs: Mapping[str, Pack], unread: set[str]
) -> Iterator[Fault]:
    countries = {pack.country for pack in packs.values() if pack.country is not None}
    for contract in planning.contracts:
        for named in contract.rule_packs:
            if named not in packs and named not in unread:
                yield Fault(
                    "unknown_pack",
                    "contracts.csv",
                    f"in contract {contract.contract_id} a rule pack: {', '.join(packs)}",
                    column="rule_packs",
                    value=named,
                    hint=closest_hint(named, packs),
                )
        if contract.law is not None and contract.law not in {*countries, *unread}:
            yield Fault(
                "no_law_pack",
                "contracts.csv",
                f"in contract {contract.contract_id} a country with a rule pack: "
                + ", ".join(sorted(countries)),
                column="law",
                value=contract.law,
                hint="A law that nobody has written down cannot be kept: add a rule pack for it.",
            )


def _permit_faults(
    planning: Planning, packs: Mapping[str, Pack], unread: set[str]
) -> Iterator[Fault]:
    known = permit_names(packs.values())
    for idx, permit in enumerate(planning.permits):
        if permit not in known and permit.partition(".")[0] not in unread:
            yield Fault(
                "unknown_permit",
                "planning.yaml",
                "a permit that some limit names: " + ", ".join(known),
                column=f"permits[{idx}]",
                value=permit,
                hint=closest_hint(permit, known),
            )
