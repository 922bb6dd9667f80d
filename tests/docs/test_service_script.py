"""The example of the server, as a stranger runs it; and that its last step can tell wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "examples" / "service.sh"
CHECK = PROJECT / "examples" / "check_calendar.py"
NOON = datetime(2099, 3, 29, 10, tzinfo=UTC)  # in Amsterdam, the day its clock goes forward


def run_script(folder: Path, seconds: str) -> subprocess.CompletedProcess[str]:
    """Run it with the commands of this checkout, in an environment with settings it must ignore."""
    programs = folder / "bin"
    programs.mkdir()
    helio = programs / "helio"
    helio.write_text(f"#!{sys.executable}\nfrom cli.main import main\nmain()\n")
    helio.chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    work = folder / "work"
    work.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]]),
        "TMPDIR": str(work),
        "TIME": seconds,
        "HELIOTROPE_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "HELIOTROPE_PORT": "1",
    }
    done = subprocess.run(
        [str(SCRIPT)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert list(work.iterdir()) == [], "it leaves nothing behind"
    return done


@pytest.mark.slow
def test_from_an_empty_folder_to_an_agent_s_calendar(tmp_path: Path) -> None:
    done = run_script(tmp_path, "6")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    steps = [line.split(".")[0] for line in lines if not line.startswith(" ")]
    assert steps == [*map(str, range(1, 12)), "Everything worked"]
    assert lines[-2].startswith("    The calendar has ")
    assert not done.stderr


@pytest.mark.slow
def test_a_step_that_fails_is_named_and_its_problem_shown(tmp_path: Path) -> None:
    done = run_script(tmp_path, "-1")
    assert done.returncode == 1
    assert "POST /v1/solves answered 422" in done.stderr
    assert '"detail"' in done.stderr
    assert "time_limit_seconds" in done.stderr
    assert "FAILED at: 4." in done.stderr


def shift(start: datetime, hours: float, *, offset_hours: int = 2) -> dict[str, str]:
    end = start + timedelta(hours=hours)
    away = timedelta(hours=offset_hours)
    return {
        "start": f"{(start + away).replace(tzinfo=None).isoformat()}+0{offset_hours}:00",
        "end": f"{(end + away).replace(tzinfo=None).isoformat()}+0{offset_hours}:00",
        "start_utc": start.isoformat(),
        "end_utc": end.isoformat(),
        "zone": "Europe/Amsterdam",
    }


def check(folder: Path, shifts: list[dict[str, str]], calendar: Calendar) -> tuple[int, str]:
    (folder / "s.json").write_text(json.dumps({"shifts": shifts}))
    (folder / "s.ics").write_bytes(calendar.to_ical())
    done = subprocess.run(
        [sys.executable, str(CHECK), "s.json", "s.ics"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.strip()


def calendar_of(*events: tuple[datetime, float, str]) -> Calendar:
    calendar = Calendar()
    for number, (start, hours, status) in enumerate(events):
        event = Event()
        event.add("uid", f"{number}@here")
        event.add("dtstart", start)
        event.add("dtend", start + timedelta(hours=hours))
        event.add("status", status)
        calendar.add_component(event)
    return calendar


GOOD = ((NOON, 8.5, "CONFIRMED"), (NOON + timedelta(days=1), 4.0, "CONFIRMED"))


def test_a_calendar_that_says_the_same_is_good(tmp_path: Path) -> None:
    shifts = [shift(start, hours) for start, hours, _ in GOOD]
    taken_away = (NOON + timedelta(days=2), 8.0, "CANCELLED")
    code, said = check(tmp_path, shifts, calendar_of(*GOOD, taken_away))
    assert (code, said) == (
        0, "The calendar has all 2 shifts, at the right instants, and nothing else.",
    )  # fmt: skip


def _late(calendar: Calendar) -> None:
    event = calendar.walk("VEVENT")[0]
    event["DTSTART"].dt += timedelta(hours=1)


def _twice(calendar: Calendar) -> None:
    calendar.walk("VEVENT")[1]["UID"] = calendar.walk("VEVENT")[0]["UID"]


def _no_zone(calendar: Calendar) -> None:
    for name in ("DTSTART", "DTEND"):
        event = calendar.walk("VEVENT")[0]
        event[name].dt = event[name].dt.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda calendar: calendar.subcomponents.pop(), "Not in the calendar: 2099-03-30 10:00Z"),
        (lambda calendar: calendar.add_component(
            calendar_of(*GOOD, (NOON + timedelta(days=5), 1.0, "CONFIRMED")).subcomponents[2]
        ), "In the calendar only: 2099-04-03 10:00Z-11:00Z."),
        (_late, "In the calendar only: 2099-03-29 11:00Z"),
        (_twice, "identifier"),
        (_no_zone, "no zone"),
    ],
    ids=["missing", "strange", "late", "twice", "no zone"],
)  # fmt: skip
def test_a_calendar_that_does_not_is_told_apart(
    tmp_path: Path, spoil: Callable[[Calendar], object], says: str
) -> None:
    calendar = calendar_of(*GOOD)
    spoil(calendar)
    code, said = check(tmp_path, [shift(start, hours) for start, hours, _ in GOOD], calendar)
    assert code == 1
    assert says in said


def test_a_shift_whose_clock_is_not_its_instant_is_wrong(tmp_path: Path) -> None:
    winter = shift(NOON, 8.5, offset_hours=1)
    code, said = check(tmp_path, [winter], calendar_of(GOOD[0]))
    assert code == 1
    assert "is not" in said
    assert check(tmp_path, [], Calendar())[0] == 1


def test_what_a_calendar_has_forgotten_is_not_missed(tmp_path: Path) -> None:
    old = shift(datetime(2020, 4, 1, 10, tzinfo=UTC), 8.0)
    code, said = check(tmp_path, [old], Calendar())
    assert code == 0
    assert "older than 60 days" in said
    assert check(tmp_path, [old, shift(NOON, 8.0)], Calendar())[0] == 1
