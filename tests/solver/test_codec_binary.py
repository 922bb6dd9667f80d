"""Problems as bytes: what is written is read back, and nothing else is read."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.codec import problem_to_json
from solver.codec_binary import MAGIC, problem_from_bytes, problem_to_bytes
from solver.errors import CodecError
from solver.problem import PlanningProblem
from solver.rules import HoursMinimum, MinRest
from tests.solver.random_problems import EVERY_KIND, random_problem

PREAMBLE = struct.Struct("<8sIQI")
PROBLEM = random_problem(1405, agents=2, days=1, kinds=EVERY_KIND, slot_minutes=30)
DATA = problem_to_bytes(PROBLEM)
HEADER_BYTES = PREAMBLE.unpack_from(DATA)[2]
HEADER = json.loads(DATA[PREAMBLE.size : PREAMBLE.size + HEADER_BYTES])
BLOCKS = DATA[PREAMBLE.size + HEADER_BYTES :]


def sealed(header: Any, blocks: bytes = BLOCKS) -> bytes:
    """Put a file together whose preamble and checksum are right."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return PREAMBLE.pack(MAGIC, 1, len(text), zlib.crc32(text + blocks)) + text + blocks


def resealed(data: bytes) -> bytes:
    """Give altered bytes a checksum that fits."""
    magic, version, header_bytes, _ = PREAMBLE.unpack_from(data)
    body = data[PREAMBLE.size :]
    return PREAMBLE.pack(magic, version, header_bytes, zlib.crc32(body)) + body


def altered_header(change: Callable[[Any], object]) -> bytes:
    header = json.loads(json.dumps(HEADER))
    change(header)
    return sealed(header)


def altered_block(name: str, index: int, value: int) -> bytes:
    """Write another number into a block."""
    at = 0
    for block, kind, _, stored, _ in HEADER["blocks"]:
        if block == name:
            size = int(kind[1:])
            number = value.to_bytes(size, "little", signed=True)
            at += index * size
            return sealed(HEADER, BLOCKS[:at] + number + BLOCKS[at + size :])
        at += stored + -stored % 8
    raise LookupError(name)


@given(
    seed=st.integers(0, 10**6),
    agents=st.integers(1, 3),
    days=st.integers(1, 8),
    compress=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_round_trip(seed: int, agents: int, days: int, compress: bool) -> None:
    problem = random_problem(seed, agents=agents, days=days, kinds=EVERY_KIND)
    data = problem_to_bytes(problem, compress=compress)
    read = problem_from_bytes(data)
    assert read == problem
    assert problem_to_json(read) == problem_to_json(problem)
    assert problem_to_bytes(read, compress=compress) == data
    assert not read.options.start.flags.writeable


def test_nothing_at_all_and_odd_texts() -> None:
    empty = replace(PROBLEM, agents=(), rules=(), options=type(PROBLEM.options)())
    named = replace(
        PROBLEM, agents=(replace(PROBLEM.agents[0], agent_id='"é\n\x00'), *PROBLEM.agents[1:])
    )
    for problem in (empty, named):
        for compress in (False, True):
            assert problem_from_bytes(problem_to_bytes(problem, compress=compress)) == problem


def test_numbers_beyond_32_bits_are_kept_and_beyond_53_refused() -> None:
    for value in (2**31, -(2**31) - 1, 2**53 - 1):
        problem = replace(PROBLEM, rules=(MinRest(0, value), HoursMinimum(1, 0, 1, 5)))
        assert problem_from_bytes(problem_to_bytes(problem)) == problem
    with pytest.raises(CodecError, match=r"rules\[\].MinRest\.rest_slots"):
        problem_to_bytes(replace(PROBLEM, rules=(MinRest(0, 2**53),)))


@pytest.mark.parametrize("compress", [False, True])
def test_every_shorter_and_every_longer_file_is_refused(compress: bool) -> None:
    data = problem_to_bytes(PROBLEM, compress=compress)
    for length in [*range(PREAMBLE.size + 8), *range(32, len(data), 97), len(data) - 1]:
        with pytest.raises(CodecError):
            problem_from_bytes(data[:length])
        if length >= PREAMBLE.size:
            with pytest.raises(CodecError):
                problem_from_bytes(resealed(data[:length]))
    for more in (b"\0", b"\0" * 8):
        with pytest.raises(CodecError, match="checksum"):
            problem_from_bytes(data + more)
        with pytest.raises(CodecError, match="the blocks end at byte"):
            problem_from_bytes(resealed(data + more))


@given(at=st.integers(0, len(DATA) - 1), bit=st.integers(0, 7), reseal=st.booleans())
@settings(max_examples=250, deadline=None)
def test_one_altered_bit_is_noticed_or_leaves_a_sound_problem(
    at: int, bit: int, reseal: bool
) -> None:
    data = bytearray(DATA)
    data[at] ^= 1 << bit
    if not reseal:
        with pytest.raises(CodecError):
            problem_from_bytes(bytes(data))
        return
    try:
        read = problem_from_bytes(resealed(bytes(data)))
    except CodecError:
        return
    assert isinstance(read, PlanningProblem)
    assert problem_from_bytes(problem_to_bytes(read)) == read


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "begins with 24 bytes"),
        (problem_to_json(PROBLEM).encode(), "magic number"),
        (MAGIC + b"\x02" + DATA[9:], "version 2"),
        (sealed([]), "expected an object"),
        (sealed({}), "schema: expected"),
        (altered_header(lambda h: h.update(schema="heliotrope-problem/2")), "problem/2"),
        (altered_header(lambda h: h.pop("texts")), "the fields schema, kinds, texts and blocks"),
        (altered_header(lambda h: h["kinds"].append("FullMoon")), "kinds: expected a list of"),
        (altered_header(lambda h: h["kinds"].append(h["kinds"][0])), "kinds: expected each kind"),
        (altered_header(lambda h: h["texts"].update(x=["y"])), "x: no such field"),
        (altered_header(lambda h: h["texts"].update(x=[1])), "texts: expected lists of texts"),
        (altered_header(lambda h: h["texts"].pop("agents[].agent_id")), "agent_id: the field is"),
        (altered_header(lambda h: h["texts"]["agents[].agent_id"].append("z")), "expected 2 texts"),
        (altered_header(lambda h: h["blocks"].append(h["blocks"][0])), "one block of that name"),
        (altered_header(lambda h: h["blocks"].pop()), "the blocks end at byte"),
        (altered_header(lambda h: h["blocks"].append(["x", "i4", 0, 0, "raw"])), "x: no such"),
        (altered_header(lambda h: h["blocks"][0].append(0)), r"blocks\[0\]: expected a list of"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(0, "y")), "the field is missing"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(0, [])), "expected a name"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(1, "f8")), "type i4 or i8"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(1, [])), "type i4 or i8"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(1, "i8")), "slots: expected 8 bytes"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(2, 2)), "slots: expected 1 numbers"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(2, True)), "expected sizes"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(3, -8)), "expected sizes"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(3, 2**53)), "expected sizes"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(3, 2**52)), "the blocks end at byte"),
        (altered_header(lambda h: h["blocks"][0].__setitem__(4, "zlib")), "cannot be unpacked"),
        (
            altered_block("rules[].kind", 0, len(HEADER["kinds"])),
            r"rules\[\].kind: expected numbers",
        ),
        (altered_block("rules[].kind", 0, -1), r"rules\[\].kind: expected numbers below"),
        (altered_block("queues[].need#", 0, -1), r"queues\[\].need#: expected lengths"),
        (altered_block("queues[].need#", 0, 2**30), r"queues\[\].need\[\]: expected"),
        (
            altered_block("queues[].short_cents[0]", 0, -1),
            r"queues\[0\]: short_cents must not rise",
        ),
        (altered_block("rules[].Pin.option_idx", 0, 10**6), "option_idx: expected an option's row"),
        (altered_block("rules[].HoursMinimum.agent_idx", 0, 2), "expected an agent's index"),
        (altered_block("groups[][]", 0, 7), r"groups\[\d\]: expected queue indices"),
        (altered_block("options.agent", 0, 9), "options"),
        (altered_block("options.flags", 0, -(2**31)), "options.flags: expected whole numbers"),
    ],
)
def test_other_bytes_are_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(CodecError, match=complaint):
        problem_from_bytes(data)


def test_a_packed_block_must_hold_what_it_says() -> None:
    header = json.loads(json.dumps(HEADER))
    first = header["blocks"][0]
    rest = BLOCKS[first[3] + -first[3] % 8 :]
    contents = (b"", b"\0" * 3, b"\0" * 5, b"\0" * 10_000_000)
    unclosed = zlib.compress(b"\0" * 4)[:-1]
    for packed in (*map(zlib.compress, contents), unclosed):
        first[3:] = [len(packed), "zlib"]
        with pytest.raises(CodecError, match="slots: expected 4 bytes packed"):
            problem_from_bytes(sealed(header, packed + bytes(-len(packed) % 8) + rest))
