"""Numbers, times and money in words, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cli.words import (
    duration_text,
    fit,
    hours_text,
    parse_duration,
    parse_gap,
    percent,
    wrapped,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("1.5 h", 5400), ("2MIN", 120)],
)
def test_durations(text: str, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5", "5d", "1h30", "nan", "inf", "8000h", "h"])
def test_no_durations(text: str):
    with pytest.raises(ValueError, match=r"duration|must be"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "gap"), [("1%", 0.01), ("0.01", 0.01), ("0", 0), ("2.5 %", 0.025)]
)
def test_gaps(text: str, gap: float):
    assert parse_gap(text) == pytest.approx(gap)


@pytest.mark.parametrize("text", ["", "%", "1", "100%", "-1%", "nan", "inf", "one"])
def test_no_gaps(text: str):
    with pytest.raises(ValueError, match="not a gap"):
        parse_gap(text)


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_all_or_nothing(share: float):
    shown = percent(share)
    assert (shown == "100.0 %") == (share == 1)
    assert (shown == "0.0 %") == (share == 0)


@given(st.text(alphabet="ab cd娜\n", max_size=60), st.integers(4, 20))
def test_wrapping_keeps_every_letter_and_the_width(text: str, width: int):
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)
    if all(cell_len(word) <= width for word in text.split()):
        assert " ".join(lines).split() == text.split()


@given(st.text(alphabet="ab 娜é\n\t", max_size=30), st.integers(2, 20), st.sampled_from("…~"))
def test_a_cell_is_as_wide_as_asked_whatever_the_letters(text: str, width: int, ellipsis: str):
    cell = fit(text, width, ellipsis)
    assert cell_len(cell) == width
    assert "\n" not in cell


def test_texts():
    assert [duration_text(seconds) for seconds in (7.9, 65, 3723)] == ["0:07", "1:05", "1:02:03"]
    assert [hours_text(hours) for hours in (0, 12.5, 1234.25)] == ["0 h", "12.5 h", "1,234.25 h"]
