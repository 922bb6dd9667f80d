"""Problems as bytes: the same records as in JSON, but by column, for problems too big for text.

A file is a preamble, a JSON header and blocks of little-endian integers. Nothing in it is executed
and nothing is trusted: lengths, references and every field are checked as in JSON.

============ ====================================================================================
preamble     24 bytes: magic, version, length of the header, CRC-32 of all that follows
header       JSON: the problem's schema, the kinds of rules, all texts, and the list of blocks, each
             with name, type, numbers, bytes and packing
blocks       each from a multiple of 8 bytes on, in the order of the header
============ ====================================================================================

A field of many records is one block (texts: one list in the header). A tuple is a block of lengths,
whose name ends in ``#``, and then its items, one after the other, under ``[]``. Rules are a block
of kinds in declared order, then the fields kind by kind. Columns of the option table are read where
they lie, without a copy.
"""

from __future__ import annotations

import json
import struct
import types
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import accumulate, chain, pairwise, starmap
from typing import Any, NamedTuple, NoReturn, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from solver.codec import (
    LARGEST,
    LARGEST_CELL,
    PROBLEM_SCHEMA,
    RULE_KINDS,
    check_references,
    construct,
    parse_json,
)
from solver.errors import CodecError
from solver.problem import OptionTable, PlanningProblem

__all__ = ["MAGIC", "VERSION", "problem_from_bytes", "problem_to_bytes"]

MAGIC = b"\x89HELIOP\n"
VERSION = 1
_PREAMBLE = struct.Struct("<8sIQI")
_ALIGNED = 8
_TYPES: dict[str, np.dtype[np.signedinteger[Any]]] = {"i4": np.dtype("<i4"), "i8": np.dtype("<i8")}
_FASTEST = 1
_Array = NDArray[Any]


class _Block(NamedTuple):
    """What the header says of a block, in the order it says it."""

    name: str
    type: str
    numbers: int
    bytes: int
    packing: str


def problem_to_bytes(problem: PlanningProblem, *, compress: bool = False) -> bytes:
    """Write a problem by column.

    Parameters
    ----------
    problem : PlanningProblem
        The problem.
    compress : bool
        Whether to pack the blocks (zlib, fastest level): about a tenth of the size in several
        times the time.

    Returns
    -------
    bytes
        The same for equal problems.
    """
    writer = _Writer(compress=compress)
    writer.put([problem], PlanningProblem, "")
    header = {
        "schema": PROBLEM_SCHEMA,
        "kinds": writer.kinds,
        "texts": writer.texts,
        "blocks": writer.blocks,
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    body = [text + b" " * _padding(len(text)), *writer.stored]
    checksum = 0
    for part in body:
        checksum = zlib.crc32(part, checksum)
    return b"".join([_PREAMBLE.pack(MAGIC, VERSION, len(body[0]), checksum), *body])


def problem_from_bytes(data: bytes) -> PlanningProblem:
    """Read a problem.

    Parameters
    ----------
    data : bytes
        What `problem_to_bytes` wrote.

    Returns
    -------
    PlanningProblem
        Equal to the one written. Its option table keeps `data` alive.

    Raises
    ------
    CodecError
        When the bytes are something else, cut off or altered, or a field is malformed.
    """
    if len(data) < _PREAMBLE.size:
        raise CodecError(f"a problem begins with {_PREAMBLE.size} bytes, found {len(data)}")
    magic, version, header_bytes, checksum = _PREAMBLE.unpack_from(data)
    if magic != MAGIC:
        raise CodecError("not a problem in bytes: it does not begin with the magic number")
    if version != VERSION:
        raise CodecError(f"version {version} of the binary form is not known, only {VERSION}")
    body = memoryview(data)[_PREAMBLE.size :]
    if zlib.crc32(body) != checksum:
        raise CodecError("the bytes are cut off or altered: the checksum does not fit")
    try:
        text = bytes(body[:header_bytes]).decode()
    except UnicodeDecodeError as error:
        raise CodecError(f"the header is no text: {error}") from error
    reader = _Reader(parse_json(text), data, _PREAMBLE.size + header_bytes)
    problem: PlanningProblem = reader.take(1, PlanningProblem, "")[0]
    reader.finish()
    check_references(problem)
    return problem


def _padding(length: int) -> int:
    return -length % _ALIGNED


def _fail(path: str, expected: str) -> NoReturn:
    raise CodecError(f"{path or 'document'}: expected {expected}")


def _is_rule(hint: Any) -> bool:
    return get_origin(hint) is types.UnionType


class _Writer:
    """Collects the columns of records."""

    def __init__(self, *, compress: bool) -> None:
        self.kinds: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.blocks: list[_Block] = []
        self.stored: list[bytes | memoryview] = []
        self._compress = compress

    def put(self, values: Sequence[Any], hint: Any, path: str) -> None:
        """Write one field of many records, or the records themselves."""
        if hint is int:
            self._put_block(path, self._integers(values, path))
        elif hint is str:
            self.texts[path] = list(values)
        elif get_origin(hint) is tuple:
            items = get_args(hint)
            if items[-1] is Ellipsis:
                self._put_block(f"{path}#", np.array([len(value) for value in values], "<i4"))
                self.put(list(chain.from_iterable(values)), items[0], f"{path}[]")
            else:
                for index, item in enumerate(items):
                    self.put([value[index] for value in values], item, f"{path}[{index}]")
        elif hint is OptionTable:
            for column in fields(OptionTable):
                array = getattr(values[0], column.name)
                self._put_block(f"{path}.{column.name}", array.astype("<i4", copy=False))
        elif _is_rule(hint):
            self._put_rules(values, path)
        else:
            hints = get_type_hints(hint)
            for name in _names(hint):
                parts = [getattr(value, name) for value in values]
                self.put(parts, hints[name], f"{path}.{name}" if path else name)

    def _put_rules(self, rules: Sequence[Any], path: str) -> None:
        by_kind: dict[str, list[Any]] = {}
        for rule in rules:
            by_kind.setdefault(type(rule).__name__, []).append(rule)
        self.kinds = list(by_kind)
        code = {kind: index for index, kind in enumerate(by_kind)}
        codes = np.array([code[type(rule).__name__] for rule in rules], "<i4")
        self._put_block(f"{path}.kind", codes)
        for kind, mine in by_kind.items():
            self.put(mine, RULE_KINDS[kind], f"{path}.{kind}")

    def _integers(self, values: Sequence[int], path: str) -> _Array:
        """Return the numbers in 32 bits if they fit, else in 64."""
        if any(not -LARGEST <= value <= LARGEST for value in values):
            _fail(path, f"whole numbers of at most {LARGEST} either way")
        array = np.array(values, "<i8")
        small = array.astype("<i4")
        return small if np.array_equal(small, array) else array

    def _put_block(self, name: str, array: _Array) -> None:
        content: bytes | memoryview = np.ascontiguousarray(array).view(np.uint8).data
        packing = "raw"
        if self._compress:
            packed = zlib.compress(content, _FASTEST)
            if len(packed) < len(content):
                content, packing = packed, "zlib"
        kind = f"i{array.itemsize}"
        self.blocks.append(_Block(name, kind, len(array), len(content), packing))
        self.stored += [content, bytes(_padding(len(content)))]


class _Reader:
    """Hands out the columns of records, each once."""

    def __init__(self, header: dict[str, Any], data: bytes, start: int) -> None:
        schema = header.pop("schema", None)
        if schema != PROBLEM_SCHEMA:
            raise CodecError(f"schema: expected {PROBLEM_SCHEMA!r}, found {str(schema)[:60]!r}")
        if list(header) != ["kinds", "texts", "blocks"]:
            _fail("header", "the fields schema, kinds, texts and blocks")
        self._kinds = _kinds(header["kinds"])
        self._texts = _texts(header["texts"])
        self._data = data
        self._places: dict[str, tuple[_Block, int]] = {}
        for block in _blocks(header["blocks"]):
            if block.name in self._places:
                _fail(f"blocks.{block.name}", "one block of that name")
            self._places[block.name] = block, start
            start += block.bytes + _padding(block.bytes)
        if start != len(data):
            raise CodecError(f"the blocks end at byte {start}, the data at {len(data)}")

    def take(self, count: int, hint: Any, path: str) -> list[Any]:
        """Read one field of `count` records, or the records themselves."""
        if hint is int:
            numbers: list[Any] = self._take_block(path, count).tolist()
            return numbers
        if hint is str:
            return self._take_texts(path, count)
        if get_origin(hint) is tuple:
            items = get_args(hint)
            if items[-1] is Ellipsis:
                return self._take_tuples(count, items[0], path)
            columns = (self.take(count, item, f"{path}[{i}]") for i, item in enumerate(items))
            return list(zip(*columns, strict=True))
        if hint is OptionTable:
            return [self._take_table(path)]
        if _is_rule(hint):
            return self._take_rules(count, path)
        hints = get_type_hints(hint)
        columns = (
            self.take(count, hints[name], f"{path}.{name}" if path else name)
            for name in _names(hint)
        )
        return _make(hint, zip(*columns, strict=True), path)

    def finish(self) -> None:
        """Make sure that nothing is left over."""
        left = [*self._places, *self._texts]
        if left:
            raise CodecError(f"{left[0]}: no such field")

    def _take_block(self, name: str, count: int) -> _Array:
        if name not in self._places:
            raise CodecError(f"{name}: the field is missing")
        block, start = self._places.pop(name)
        dtype = _TYPES[block.type]
        if block.numbers != count:
            _fail(name, f"{count} numbers, not {block.numbers}")
        if block.packing == "raw":
            if block.bytes != count * dtype.itemsize:
                _fail(name, f"{count * dtype.itemsize} bytes, not {block.bytes}")
            array = np.frombuffer(self._data, dtype, count, start)
        else:
            stored = memoryview(self._data)[start : start + block.bytes]
            array = np.frombuffer(_unpack(stored, count * dtype.itemsize, name), dtype)
        largest = LARGEST if block.type == "i8" else LARGEST_CELL
        if count and (array.min() < -largest or array.max() > largest):
            _fail(name, f"whole numbers of at most {largest} either way")
        return array

    def _take_texts(self, path: str, count: int) -> list[str]:
        if path not in self._texts:
            raise CodecError(f"{path}: the field is missing")
        texts = self._texts.pop(path)
        if len(texts) != count:
            _fail(path, f"{count} texts, not {len(texts)}")
        return texts

    def _take_tuples(self, count: int, item: Any, path: str) -> list[tuple[Any, ...]]:
        lengths = self._take_block(f"{path}#", count).tolist()
        if min(lengths, default=0) < 0:
            _fail(f"{path}#", "lengths")
        items = self.take(sum(lengths), item, f"{path}[]")
        edges = accumulate(lengths, initial=0)
        return [tuple(items[start:end]) for start, end in pairwise(edges)]

    def _take_table(self, path: str) -> OptionTable:
        columns = {}
        for column in fields(OptionTable):
            name = f"{path}.{column.name}"
            block, _ = self._places.get(name, (None, 0))
            if block is not None and block.type != "i4":
                _fail(name, "whole numbers of 32 bits")
            columns[column.name] = self._take_block(name, block.numbers if block else 0)
        return construct(OptionTable, columns, path)

    def _take_rules(self, count: int, path: str) -> list[Any]:
        codes = self._take_block(f"{path}.kind", count)
        if count and not 0 <= codes.min() <= codes.max() < len(self._kinds):
            _fail(f"{path}.kind", f"numbers below {len(self._kinds)}")
        counts = np.bincount(codes, minlength=len(self._kinds)).tolist()
        by_kind = [
            iter(self.take(of_kind, RULE_KINDS[kind], f"{path}.{kind}"))
            for kind, of_kind in zip(self._kinds, counts, strict=True)
        ]
        return [next(by_kind[code]) for code in codes.tolist()]


def _names(record: type) -> list[str]:
    return [part.name for part in fields(record)]


def _make(record: type, rows: Iterable[tuple[Any, ...]], path: str) -> list[Any]:
    """Make records of rows of fields, and name the one that refuses them."""
    made: list[Any] = []
    try:
        made.extend(starmap(record, rows))
    except ValueError as error:
        where = f"{path.removesuffix('[]')}[{len(made)}]" if path else "document"
        raise CodecError(f"{where}: {error}") from error
    return made


def _unpack(stored: memoryview, size: int, name: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(stored, size + 1)
    except zlib.error as error:
        raise CodecError(f"{name}: the block cannot be unpacked: {error}") from error
    if len(content) != size or not unpacker.eof or unpacker.unused_data:
        _fail(name, f"{size} bytes packed, no more and no less")
    return content


def _kinds(value: Any) -> list[str]:
    if not isinstance(value, list) or any(
        not isinstance(kind, str) or kind not in RULE_KINDS for kind in value
    ):
        _fail("kinds", f"a list of {', '.join(RULE_KINDS)}")
    if len(set(value)) != len(value):
        _fail("kinds", "each kind once")
    return list(value)


def _texts(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, dict) or any(
        not isinstance(texts, list) or any(not isinstance(text, str) for text in texts)
        for texts in value.values()
    ):
        _fail("texts", "lists of texts by name")
    return dict(value)


def _blocks(value: Any) -> list[_Block]:
    if not isinstance(value, list):
        _fail("blocks", "a list")
    found = []
    for index, entry in enumerate(value):
        if not isinstance(entry, list) or len(entry) != len(_Block._fields):
            _fail(f"blocks[{index}]", f"a list of {', '.join(_Block._fields)}")
        block = _Block(*entry)
        sizes = (block.numbers, block.bytes)
        if not isinstance(block.name, str):
            _fail(f"blocks[{index}]", "a name")
        if block.type not in tuple(_TYPES) or block.packing not in ("raw", "zlib"):
            _fail(f"blocks.{block.name}", "type i4 or i8, packing raw or zlib")
        if any(type(size) is not int or not 0 <= size <= LARGEST for size in sizes):
            _fail(f"blocks.{block.name}", "sizes")
        found.append(block)
    return found
