"""Whatever bytes stand in the files: faults, never an exception, and soon."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.intake.faults import MOST_LISTED
from scheduler.intake.planning_folder import read_planning

from .folders import GOOD, write

FILES = sorted(GOOD)
MEGABYTES_10 = 10_000_000
PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(["\n", ",", '"', ";", ":", "- ", "{", "[", "&a ", "*a ", "!!int ", "\t", "\r"]),
    st.sampled_from(["2027-03-28T02:30", "Europe/Amsterdam", "9" * 30, "1e99", "٣", "\x1b[2J"]),
).map(lambda piece: piece if isinstance(piece, bytes) else piece.encode())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.lists(PIECES, max_size=30), st.integers(0, 2_000), st.booleans())
@example("planning.yaml", [b"? [a]\n: b\n"], 0, True)
@example("planning.yaml", [b"=: 1\n<<: {a: 1}\n"], 0, False)
@example("planning.yaml", [b"%YAML 9.9\n---\n"], 0, True)
def test_rubbish_gives_faults_not_exceptions(
    file: str, pieces: list[bytes], at: int, replace: bool
) -> None:
    good, rubbish = GOOD[file].encode(), b"".join(pieces)
    at = min(at, len(good))
    content = rubbish if replace else good[:at] + rubbish + good[at:]
    with tempfile.TemporaryDirectory() as name:
        intake = read_planning(write(Path(name), {file: content}))
        document = Path(name) / "plan.json"
        document.write_bytes(content)
        assert read_planning(document).faults
    assert (intake.planning is None) == bool(intake.faults)
    for fault in (*intake.faults, *intake.notices):
        str(fault).encode()
        assert len(str(fault)) < 2_000


def cells(rng: random.Random) -> bytes:
    return b"\n".join(b"a1,client,Tulp" if rng.random() < 0.5 else b"x,y" for _ in range(999_999))


BIG = {
    "random": lambda rng: rng.randbytes(MEGABYTES_10),
    "one_line": lambda rng: b"x" * MEGABYTES_10,
    "one_cell": lambda rng: b"agent_id,kind,value\n" + b"x" * MEGABYTES_10,
    "commas": lambda rng: b"," * MEGABYTES_10,
    "row_of_commas": lambda rng: b"agent_id,kind,value\n" + b"," * MEGABYTES_10,
    "empty_lines": lambda rng: b"agent_id,kind,value\n" + b"\n" * MEGABYTES_10 + b"a,b",
    "bad_rows": lambda rng: b"agent_id,kind,value\n" + cells(rng),
    "strangers": lambda rng: b"agent_id,kind,value\n" + b"a9,client,Tulp\n" * 200_000,
    "open_quote": lambda rng: b'agent_id,kind,value\n"' + b"a,b\n" * 2_500_000,
    "zeros": lambda rng: bytes(MEGABYTES_10),
    "brackets": lambda rng: b"[" * MEGABYTES_10,
    "objects": lambda rng: b'{"agents": [' + b"{}," * 3_000_000 + b"{}]}",
}


@pytest.mark.parametrize("shape", BIG)
def test_ten_megabytes_of_rubbish_are_refused_soon(tmp_path: Path, shape: str) -> None:
    content = BIG[shape](random.Random(7))
    write(tmp_path, {"skills.csv": content, "planning.yaml": content})
    (tmp_path / "plan.json").write_bytes(content)
    for path in (tmp_path, tmp_path / "plan.json"):
        started = time.process_time()
        intake = read_planning(path)
        # Not a benchmark: rubbish that is worked through row by row would take a minute.
        assert time.process_time() - started < 12
        assert intake.planning is None
        assert 1 <= len(intake.faults) <= 3 * (MOST_LISTED + 1)
