"""Parts of the search and their answers as bytes: numbers only, nothing in them is executed.

============ ====================================================================================
preamble     56 bytes: magic, version, length of the header, length of the problem, SHA-256 of
             header and blocks
header       JSON: kind of the record, what it is about, and the shape of each of its arrays
blocks       the arrays in the order of the record, each from a multiple of 8 bytes on
problem      what `problem_to_bytes` wrote, or nothing
============ ====================================================================================

A part is about a problem, named by the SHA-256 of its bytes; an answer is about a part, named by
the SHA-256 in the part's preamble. So an answer that comes twice, late or in another place than
expected still finds its part, and a part sent again with the problem keeps its name.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.codec import parse_json
from solver.errors import CodecError

__all__ = [
    "MAGIC",
    "VERSION",
    "Answer",
    "BoundAnswer",
    "BoundPart",
    "Message",
    "Part",
    "PriceAnswer",
    "PricePart",
    "RoundingAnswer",
    "RoundingPart",
    "UnknownProblem",
    "name_of",
    "pack",
    "unpack",
]

MAGIC = b"\x89HELIOW\n"
VERSION = 1
_PREAMBLE = struct.Struct("<8sIIQ32s")
_ALIGNED = 8
_NAME_LENGTH = 64

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class PricePart:
    """Some agents' turns of a price pass.

    Parameters
    ----------
    agents : (n,) int32 array
        Agent indices, in the order of their turns.
    mu : (queues, slots) float32 array
        Prices in cents.
    slopes : (n, 2) float64 array
        Cost in cents of each weekend and each evening shift, per agent.
    alpha : float
        Step in cents.
    """

    agents: _Array
    mu: _Array
    slopes: _Array
    alpha: float


@dataclass(frozen=True, slots=True, eq=False)
class PriceAnswer:
    """What came of some agents' turns.

    Parameters
    ----------
    change : (queues, slots) float32 array
        Change of the prices.
    rows, breaks : (n, days) int32 arrays
        Option and break start per agent and day, -1 for none; rows of -2 where the agent has no
        roster at all, or fewer days.
    """

    change: _Array
    rows: _Array
    breaks: _Array


@dataclass(frozen=True, slots=True, eq=False)
class BoundPart:
    """Some agents whose best rosters are to be valued: arrays as in `PricePart`, in whole cents."""

    agents: _Array
    mu: _Array
    slopes: _Array


@dataclass(frozen=True, slots=True, eq=False)
class BoundAnswer:
    """The values of best rosters, (n,) float64, exact; see `solver.kernels.prices`."""

    values: _Array


@dataclass(frozen=True, slots=True, eq=False)
class RoundingPart:
    """One start of rounding.

    Parameters
    ----------
    counts : (agents,) int32 array
        Number of shifts per agent in the rosters of the last price pass; -1 for no roster.
    shifts : (all shifts, 2) int32 array
        Option and break start, one agent after the other.
    mu : (queues, slots) float32 array
        Prices in cents.
    blends : (sweeps,) float64 array
        Share of the prices in each sweep.
    seed : int
        Seed of all random choices.
    seconds : float
        Most wall time.
    """

    counts: _Array
    shifts: _Array
    mu: _Array
    blends: _Array
    seed: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class RoundingAnswer:
    """A roster: counts and shifts as in `RoundingPart`; indices of agents with their pins only."""

    counts: _Array
    shifts: _Array
    without_roster: _Array


@dataclass(frozen=True, slots=True, eq=False)
class UnknownProblem:
    """Says that the problem must be sent along."""


Part = PricePart | BoundPart | RoundingPart
Answer = PriceAnswer | BoundAnswer | RoundingAnswer | UnknownProblem

_INDICES, _PRICES, _SLOPES = ("<i4", "n"), ("<f4", "queues slots"), ("<f8", "n 2")
_COUNTS, _SHIFTS = ("<i4", "agents"), ("<i4", "shifts 2")
_LAYOUTS: dict[type, tuple[tuple[str, str], ...]] = {
    PricePart: (_INDICES, _PRICES, _SLOPES, ("<f8", "")),
    PriceAnswer: (_PRICES, ("<i4", "n days"), ("<i4", "n days")),
    BoundPart: (_INDICES, _PRICES, _SLOPES),
    BoundAnswer: (("<f8", "n"),),
    RoundingPart: (_COUNTS, _SHIFTS, _PRICES, ("<f8", "sweeps"), ("<i8", ""), ("<f8", "")),
    RoundingAnswer: (_COUNTS, _SHIFTS, ("<i4", "without")),
    UnknownProblem: (),
}
"""Type and named lengths of each field; numbers alone have no lengths."""
_KINDS = {record.__name__: record for record in _LAYOUTS}


class Message(NamedTuple):
    """What a message says.

    Attributes
    ----------
    record : Part or Answer
        Its arrays are read-only and keep the message alive.
    about : str
        Name of the problem that a part, or of the part that an answer is about.
    name : str
        Name of this part.
    problem : bytes
        The problem sent along, or nothing.
    """

    record: Part | Answer
    about: str
    name: str
    problem: bytes


def name_of(problem: bytes) -> str:
    """Return the name of a problem in bytes."""
    return hashlib.sha256(problem).hexdigest()


def pack(record: Part | Answer, about: str, problem: bytes = b"") -> bytes:
    """Write a part or an answer.

    Parameters
    ----------
    about : str
        Name of the problem that a part, or of the part that an answer is about.
    problem : bytes
        The problem, to be sent along with a part.
    """
    arrays = [
        np.asarray(getattr(record, field.name), dtype=kind, order="C")
        for field, (kind, _) in zip(fields(record), _LAYOUTS[type(record)], strict=True)
    ]
    header = {
        "kind": type(record).__name__,
        "about": about,
        "shapes": [list(array.shape) for array in arrays],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    pieces = [text + b" " * _padding(len(text) + _PREAMBLE.size)]
    length = len(pieces[0])
    for array in arrays:
        content = array.tobytes()
        pieces += [content, bytes(_padding(len(content)))]
    body = b"".join(pieces)
    digest = hashlib.sha256(body).digest()
    return _PREAMBLE.pack(MAGIC, VERSION, length, len(problem), digest) + body + problem


def unpack(data: bytes) -> Message:
    """Read a part or an answer.

    Raises
    ------
    CodecError
        When the bytes are something else, cut off or altered, or arrays do not fit each other.
    """
    if not isinstance(data, bytes) or len(data) < _PREAMBLE.size:
        raise CodecError(f"a message begins with {_PREAMBLE.size} bytes")
    magic, version, header_bytes, problem_bytes, digest = _PREAMBLE.unpack_from(data)
    if magic != MAGIC:
        raise CodecError("not a message: it does not begin with the magic number")
    if version != VERSION:
        raise CodecError(f"version {version} of the messages is not known, only {VERSION}")
    end = len(data) - problem_bytes
    start = _PREAMBLE.size + header_bytes
    if start > end:
        raise CodecError("the message is cut off: its lengths do not fit")
    if hashlib.sha256(memoryview(data)[_PREAMBLE.size : end]).digest() != digest:
        raise CodecError("the message is cut off or altered: the checksum does not fit")
    try:
        header = parse_json(data[_PREAMBLE.size : start].decode())
    except UnicodeDecodeError as error:
        raise CodecError(f"the header is no text: {error}") from error
    if list(header) != ["kind", "about", "shapes"]:
        raise CodecError("header: expected the fields kind, about and shapes")
    about = header["about"]
    if not isinstance(about, str) or len(about) != _NAME_LENGTH:
        raise CodecError("about: expected the name of a problem or part")
    record = _record(header["kind"], header["shapes"], data, start, end)
    return Message(record, about, digest.hex(), data[end:])


def _record(kind: Any, shapes: Any, data: bytes, start: int, end: int) -> Part | Answer:
    record = _KINDS.get(kind) if isinstance(kind, str) else None
    if record is None:
        raise CodecError(f"kind: expected one of {', '.join(_KINDS)}")
    layout = _LAYOUTS[record]
    if not isinstance(shapes, list) or len(shapes) != len(layout):
        raise CodecError(f"shapes: expected {len(layout)}")
    lengths: dict[str, int] = {}
    values: list[Any] = []
    for field, (dtype, dims), shape in zip(fields(record), layout, shapes, strict=True):
        count = _count(field.name, dims.split(), shape, lengths)
        size = count * np.dtype(dtype).itemsize
        if start + size > end:
            raise CodecError(f"{field.name}: the message ends before it")
        array = np.frombuffer(data, dtype, count, start).reshape(shape)
        if not np.isfinite(array).all():
            raise CodecError(f"{field.name}: expected finite numbers")
        values.append(array if dims else array.item())
        start += size + _padding(size)
    if start != end:
        raise CodecError(f"the arrays end at byte {start}, not at {end}")
    made: Part | Answer = record(*values)
    return made


def _count(name: str, dims: list[str], shape: Any, lengths: dict[str, int]) -> int:
    """Return how many numbers an array has; lengths of the same name must be the same."""
    if (
        not isinstance(shape, list)
        or len(shape) != len(dims)
        or any(type(length) is not int or length < 0 for length in shape)
    ):
        raise CodecError(f"{name}: expected {len(dims)} lengths")
    for dim, length in zip(dims, shape, strict=True):
        expected = int(dim) if dim.isdigit() else lengths.setdefault(dim, length)
        if length != expected:
            raise CodecError(f"{name}: expected {expected} {dim}, found {length}")
    return math.prod(shape)


def _padding(length: int) -> int:
    return -length % _ALIGNED
