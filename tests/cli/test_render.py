"""Screens at any width, with and without block characters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from cli.render_cover import cover_lines, sun_lines
from cli.render_explain import explain_lines
from cli.render_grid import day_lines, grid_lines, title_lines
from cli.render_progress import panel, plain_line
from cli.render_summary import audit_lines, summary_lines
from cli.screen import ASCII, UNICODE, Glyphs, glyphs_for
from scheduler.audit import shortfalls
from scheduler.usecases.audit_roster import audit_roster
from scheduler.usecases.explain import explain_moment
from scheduler.usecases.roster_view import RosterView, SunRow
from scheduler.usecases.show_roster import show_roster
from scheduler.usecases.summary import summarise
from tests.cli.rosters import START, hand_planning, hand_roster


@pytest.fixture(scope="module")
def view() -> RosterView:
    return show_roster(hand_roster(), hand_planning())


def drawn(view: RosterView, width: int, glyphs: Glyphs) -> list[str]:
    lines = [
        *title_lines(view, width=width, glyphs=glyphs),
        *grid_lines(view, width=width, glyphs=glyphs),
        *cover_lines(view.cover, width=width, glyphs=glyphs),
        *sun_lines(view.sun, width=width, glyphs=glyphs),
    ]
    return [line.plain for line in lines]


@pytest.mark.parametrize("width", [60, 80, 100, 132, 200, 400])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(view: RosterView, width: int):
    for glyphs in (UNICODE, ASCII):
        lines = drawn(view, width, glyphs)
        assert max(map(len, lines)) <= width
        # Every shift has its cell, and the legend one of each kind.
        cells = [word for line in lines for word in line.split() if len(word) == 9]
        marks = Counter(cell[4] for cell in cells if (cell[:4] + cell[5:]).isdigit())
        shifts = [shift for row in view.agents for shift in row.shifts]
        own_night = sum(shift.own_night_minutes > 0 for shift in shifts)
        assert marks == {"=": 2, "~": own_night + 1, "-": len(shifts) - own_night}


def test_long_ids_and_wide_letters_stay_within_the_terminal():
    """Ids may have a hundred characters, names two hundred, and some letters are two wide."""
    planning, roster = hand_planning(), hand_roster()
    ids = {queue.queue_id: queue.queue_id + "-x" * 45 for queue in planning.queues}
    planning = replace(
        planning,
        name="A very long name\nof a planning " * 6,
        agents=tuple(replace(row, name="安娜\n德弗里斯" * 20) for row in planning.agents),
        sites=tuple(replace(row, name="阿姆斯特丹 " * 30) for row in planning.sites),
        queues=tuple(replace(row, queue_id=ids[row.queue_id]) for row in planning.queues),
        requirements=tuple(
            replace(row, queue_id=ids[row.queue_id]) for row in planning.requirements
        ),
    )
    shifts = tuple(
        replace(
            shift,
            activities=tuple(
                replace(part, queue_id=ids[part.queue_id]) for part in shift.activities
            ),
        )
        for shift in roster.shifts
    )
    roster = replace(roster, shifts=shifts)
    report = audit_roster(planning, roster)
    short = shortfalls(planning, roster)
    summary = summarise(planning, roster, report, shortfalls=short, activity_seconds=3599.0)
    day = START + timedelta(days=4)
    moment = explain_moment(
        roster, planning, queue_id=next(iter(ids.values())), at="2027-03-26T15:00Z"
    )
    found = [
        *drawn(show_roster(roster, planning), 80, UNICODE),
        *(line.plain for line in day_lines(show_roster(roster, planning, day=day), width=80)),
        *(line.plain for line in summary_lines(summary, width=80, glyphs=UNICODE)),
        *(line.plain for line in explain_lines(moment, width=80)),
    ]
    assert max(map(cell_len, found)) <= 80
    assert max(map(cell_len, drawn(show_roster(roster, planning), 60, UNICODE))) <= 60
    assert not any("\n" in line for line in found)
    assert any(line.endswith("; activities: 59:59") for line in found)


def test_ascii_means_ascii(view: RosterView):
    text = "\n".join(drawn(view, 80, ASCII)).replace("Čapek", "").replace("Č", "")
    assert text.isascii()


@pytest.mark.parametrize(
    ("encoding", "term", "glyphs"),
    [
        ("utf-8", "xterm", UNICODE),
        ("UTF-8", None, UNICODE),
        ("utf-8", "dumb", ASCII),
        ("ascii", "xterm", ASCII),
        ("iso8859-1", "xterm", ASCII),
        (None, None, ASCII),
    ],
)
def test_block_characters_only_where_they_can_be_shown(encoding, term, glyphs):
    assert glyphs_for(encoding, term) is glyphs


def test_crowds_still_fit_under_the_sun():
    night = tuple(1.0 if hour < 8 else 0.0 for hour in range(24))
    row = SunRow("Big", "Europe/Amsterdam", (1234.0,) * 24, night, 1.0, 0.0)
    lines = [line.plain for line in sun_lines([row, row], width=80, glyphs=UNICODE)]
    assert max(map(len, lines)) <= 80
    assert sum(line.count("1234") for line in lines) == 2 * 24
    assert sum(line.count("2468") for line in lines) == 24
    # With no more than a character of room, the night still shows beside the number.
    assert sum(line.count("░1234") for line in lines) == 2 * 8


def test_a_day_names_who_works_when_on_which_queue():
    day = START + timedelta(days=4)
    view = show_roster(hand_roster(), hand_planning(), day=day)
    lines = [line.plain for line in day_lines(view, width=80)]
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert "6 agents on duty" in text
    for words in (
        "A04 Kirra Jones 23:00-Sat 07:30 Australia/Sydney, 8 h own night 12:00-20:30Z",
        "10:00-14:00 phone-nl 14:00-14:30 break 14:30-18:30 chat-nl",
    ):
        assert words in text


def test_figures_and_verdict_of_a_solve():
    planning, roster = hand_planning(), hand_roster()
    report = audit_roster(planning, roster)
    summary = summarise(planning, roster, report, lost_minutes=90)
    lines = [line.plain for line in summary_lines(summary, width=80, glyphs=UNICODE)]
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "cost EUR 8,200.00   bound EUR 8,000.00   gap 2.44 %" in text
    assert "6 agents (6 with shifts), 57 shifts, 456 h paid" in text
    assert "1.5 h of it for want of shorter stints" in text
    verdict = [line.plain for line in audit_lines(summary, width=80)]
    assert max(map(len, verdict)) <= 80
    assert (
        verdict[0] == f"Audit  {len(report.hard)} hard findings, {len(report.soft)} soft findings"
    )
    told = " ".join(" ".join(verdict).split())
    assert all(" ".join(finding.sentence.split()) in told for finding in report.hard)
    clean = audit_lines(replace(summary, findings=(), hard=0, hard_pinned=0), width=80)
    assert "0 hard findings" in next(iter(clean)).plain


def test_progress_before_and_after_the_first_roster():
    from solver import Progress

    state = Progress(12.0, 1_000_00, 900_00, "prices")
    line = plain_line(state, elapsed_seconds=12.0, limit_seconds=60.0, currency="EUR")
    assert line == "0:12 of 1:00  prices  cost EUR 1,000  bound EUR 900  gap 10.00 %"
    for known in (None, state, replace(state, cost_cents=None)):
        for elapsed in (0.0, 59.9, 75.0):
            text = panel(
                known,
                name="a roster",
                elapsed_seconds=elapsed,
                limit_seconds=60.0,
                currency="EUR",
                stopping=False,
                width=80,
                glyphs=UNICODE,
            ).plain
            assert max(map(len, text.splitlines())) <= 80
            assert "Ctrl-C stops" in text
