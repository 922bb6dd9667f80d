"""One small edit of a good folder each: the fault says what, where and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.errors import Fault
from scheduler.intake.faults import CODES, MOST_LISTED
from scheduler.intake.opening import is_always_open, open_quarters, parse_opening
from scheduler.intake.planning_folder import read_planning
from tests.builders import make_queue

from .folders import GOOD, edited, write
from .spoilt import (
    AGENTS,
    CONTRACTS,
    DEMAND,
    EDITS,
    HISTORY,
    NEEDS,
    NOTICES,
    OFF,
    PINS,
    PLACES,
    QUEUES,
    SITES,
    SKILLS,
    TIMES,
    WHOLE_FILES,
    WISHES,
    YAML,
)

LONG_AND_SHORT = [("12:00", 60), ("08:00", 480), ("14:00", 60), ("16:00", 60)]


def the_fault(faults: tuple[Fault, ...], code: str) -> Fault:
    found = [fault for fault in faults if fault.code == code]
    assert found, [str(fault) for fault in faults]
    return found[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "line", "column", "word"),
    EDITS,
    ids=[f"{edit[0].partition('.')[0]}-{edit[3]}-{idx}" for idx, edit in enumerate(EDITS)],
)
def test_one_edit_gives_one_fault_at_its_place(
    tmp_path: Path,
    file: str,
    old: str,
    new: str,
    code: str,
    line: int,
    column: str | None,
    word: str,
) -> None:
    intake = read_planning(write(tmp_path, edited(file, old, new)))
    assert intake.planning is None
    fault = the_fault(intake.faults, code)
    assert (fault.file, fault.line, fault.column) == (file, line, column)
    assert word in str(fault)
    assert fault.value is None or repr(fault.value)[:20] in str(fault)
    others = {f.code for f in intake.faults} - {code}
    allowed = {"unknown_column", "missing_column", "duplicate_column", "unknown_key", "missing_key"}
    assert others <= allowed | {"unknown_id", "bad_number", "bad_currency", "missing_value"}


@pytest.mark.parametrize(
    ("changes", "code", "file", "word"), WHOLE_FILES, ids=[str(i) for i in range(len(WHOLE_FILES))]
)
def test_a_file_that_is_wrong_as_a_whole(
    tmp_path: Path, changes: dict[str, str | bytes | None], code: str, file: str, word: str
) -> None:
    intake = read_planning(write(tmp_path, changes))
    assert intake.planning is None
    fault = the_fault(intake.faults, code)
    assert fault.file == file
    assert word in str(fault)


def test_the_good_folder_has_nothing_to_say(tmp_path: Path) -> None:
    intake = read_planning(write(tmp_path))
    assert [str(fault) for fault in intake.faults] == []
    # p1 speaks Dutch on the phone but lacks the certificate; nobody else is without use.
    assert [notice.code for notice in intake.notices] == ["idle_agent"]


@pytest.mark.parametrize(
    ("changes", "code", "line", "word"), NOTICES, ids=[f"{n[1]}-{i}" for i, n in enumerate(NOTICES)]
)
def test_notices_do_not_stop_the_planning(
    tmp_path: Path, changes: dict[str, str | bytes | None], code: str, line: int, word: str
) -> None:
    intake = read_planning(write(tmp_path, changes))
    assert intake.planning is not None, [str(fault) for fault in intake.faults]
    assert any(n.code == code and n.line == line and word in str(n) for n in intake.notices), (
        intake.notices
    )


def test_all_faults_of_all_files_come_together_in_order(tmp_path: Path) -> None:
    """Every edit that can stand beside the others, at once: nothing hides anything."""
    texts = dict(GOOD)
    expected = set()
    for file, old, new, code in (
        (YAML, "min_hours: 4", "min_hours: 4.1", "bad_number"),
        (SITES, ",NL,", ",nl,", "bad_country"),
        (CONTRACTS, "20.5", "20.33", "bad_number"),
        (AGENTS, "27.50", "-1", "out_of_range"),
        (PLACES, "2027-03-27,2027", "2027-03-26,2027", "overlapping_locations"),
        (SKILLS, "p1,client", "p2,client", "unknown_id"),
        (QUEUES, "08:00-18:00", "8-18", "bad_opening"),
        (DEMAND, "12.5", "twelve", "bad_number"),
        (NEEDS, "mail,", "mial,", "unknown_id"),
        (TIMES, "We,,09:00", ",,09:00", "one_of_two"),
        (OFF, "2027-04-01", "2027-03-29", "wrong_order"),
        (WISHES, "avoid,5", "avoid,6", "out_of_range"),
        (HISTORY, "2027-03-22T05:00Z", "2027-03-22T21:01Z", "out_of_range"),
        (PINS, "2027-03-23T09:00", "2027-03-28T02:30", "skipped_time"),
    ):
        texts[file] = texts[file].replace(old, new)
        expected.add((file, code))
    faults = read_planning(write(tmp_path, texts)).faults
    assert {(fault.file, fault.code) for fault in faults} == expected
    places = [(list(GOOD).index(fault.file), fault.line or 0) for fault in faults]
    assert places == sorted(places)


def test_long_lists_end_in_a_count(tmp_path: Path) -> None:
    rows = "".join(f"phone,2027-03-22T08:00,{n},240\n" for n in range(200))
    faults = read_planning(
        write(tmp_path, {DEMAND: "queue_id,interval_start,offered,aht_s\n" + rows})
    ).faults
    assert [fault.code for fault in faults] == ["missing_offset"] * MOST_LISTED + ["more_faults"]
    assert f"{200 - MOST_LISTED} more" in str(faults[-1])


def test_a_long_shift_overlaps_all_that_begin_in_it(tmp_path: Path) -> None:
    rows = ["agent_id,start_local,zone,duration_minutes"]
    rows += [f"a1,2027-03-20T{start},Europe/Amsterdam,{m}" for start, m in LONG_AND_SHORT]
    faults = read_planning(write(tmp_path, {HISTORY: "\n".join(rows)})).faults
    assert [(f.code, f.line) for f in faults] == [("overlapping_shifts", n) for n in (2, 4)]
    assert all("line 3" in str(fault) for fault in faults)


def test_a_day_of_pins_is_that_of_the_place_of_work(tmp_path: Path) -> None:
    """On that day a2 works in Perth, eight hours ahead of UTC."""
    rows = ["agent_id,start_local,zone,duration_minutes"]
    rows += [f"a2,2027-03-25T{start},UTC,240" for start in ("01:00", "17:00")]
    assert read_planning(write(tmp_path / "two", {PINS: "\n".join(rows)})).planning is not None
    rows += ["a2,2027-03-26T05:00,UTC,240"]
    faults = read_planning(write(tmp_path / "one", {PINS: "\n".join(rows)})).faults
    assert [(f.code, f.line) for f in faults] == [("overlapping_shifts", 4)]
    assert "line 3 has one on 2027-03-26" in str(faults[0])


@pytest.mark.parametrize("old", [",phone,nl,B2", ",80,20,,180,,"])
def test_contacts_that_can_wait_may_arrive_while_the_queue_is_closed(
    tmp_path: Path, old: str
) -> None:
    waiting = {",phone,nl,B2": ",email,nl,B2", ",80,20,,180,,": ",80,20,,180,4,"}[old]
    changes = edited(QUEUES, old, waiting) | edited(DEMAND, "07:30Z", "22:30Z")
    assert read_planning(write(tmp_path, changes)).faults == ()
    agents = changes | edited(NEEDS, "08:00+02:00", "08:00+03:00")
    assert [f.code for f in read_planning(write(tmp_path, agents)).faults] == ["closed_queue"]


@pytest.mark.parametrize(
    ("hours", "word"),
    [
        ("PH off", "2027-03-29 is a public holiday in NL"),
        ("PH 08:30-12:00", "PH 08:30-12:00 Europe/Amsterdam"),
        ("PH 08:15-08:30", "2027-03-29"),
        ("PH 08:00-08:15; PH 08:15-08:30", None),
    ],
)
def test_on_easter_monday_the_hours_of_holidays_hold(
    tmp_path: Path, hours: str, word: str | None
) -> None:
    """Needed are two agents on that Monday from 08:00 to 08:30 by the clock of Amsterdam."""
    faults = read_planning(write(tmp_path, edited(QUEUES, "PH 08:00-12:00", hours))).faults
    found = [(f.code, f.file, f.line, f.column) for f in faults]
    assert found == ([] if word is None else [("closed_queue", NEEDS, 2, "interval_start")])
    assert word is None or word in str(faults[0])


def test_the_holiday_is_the_customers_and_its_date_that_of_the_queue(tmp_path: Path) -> None:
    """King's Day begins in Amsterdam at 22:00 UTC of the day before, in Belgium never."""
    texts = {
        YAML: GOOD[YAML].replace("2027-04-05", "2027-05-03"),
        QUEUES: GOOD[QUEUES].replace("Mo-Fr 08:00-18:00; Sa 10:00-14:00; PH 08:00-12:00", "PH off"),
        NEEDS: "queue_id,interval_start,agents\nphone,2027-04-26T21:30Z,1\n",
    }
    last = {**texts, NEEDS: texts[NEEDS].replace("21:30", "22:00")}
    abroad = {**last, QUEUES: texts[QUEUES].replace("0.1,NL", "0.1,BE")}
    for name, changes, codes in (
        ("eve", texts, []),
        ("day", last, ["closed_queue"]),
        ("abroad", abroad, []),
    ):
        intake = read_planning(write(tmp_path / name, changes))
        assert [fault.code for fault in intake.faults] == codes, name


@pytest.mark.parametrize(
    ("first_use", "since", "word"),
    [
        # Paramaribo is a date behind when the horizon begins at midnight in Amsterdam.
        ("", "2027-03-21", None),
        ("", "2027-03-22", "rate on 2027-03-21"),
        ("2027-03-25", "2027-03-25", None),
        ("2027-03-25", "2027-03-26", "holds from 2027-03-26: add one for 2027-03-25."),
        ("2027-03-25", "2027-03-30", "add one for 2027-03-25 to 2027-03-29."),
    ],
)
def test_a_rate_must_hold_from_the_first_date_an_agent_may_be_paid_on(
    tmp_path: Path, first_use: str, since: str, word: str | None
) -> None:
    rates = GOOD[YAML].replace("[{rate: 0.92}, {from: 2027-04-01", f"[{{from: {since}")
    people = GOOD[AGENTS].replace("11.00,USD,,", f"11.00,USD,{first_use},")
    places = GOOD[SITES].replace("SR,,USD", "SR,,EUR")
    faults = read_planning(write(tmp_path, {YAML: rates, AGENTS: people, SITES: places})).faults
    expected = [] if word is None else [("missing_exchange_rate", AGENTS, 4, "currency")]
    assert [(f.code, f.file, f.line, f.column) for f in faults] == expected
    assert word is None or word in str(faults[0])


def test_a_currency_without_a_rate_is_one_fault_where_it_is_first_needed(tmp_path: Path) -> None:
    without = GOOD[YAML].replace("USD: [{rate: 0.92}, {from: 2027-04-01, rate: 0.93}]", "SRD: 1")
    faults = read_planning(write(tmp_path / "none", {YAML: without})).faults
    assert [(f.file, f.line, f.value) for f in faults] == [(SITES, 3, "USD")]
    # Paramaribo is a date behind Kathmandu when the horizon begins: who is there needs it first.
    late = GOOD[YAML].replace("[{rate: 0.92}, {from: 2027-04-01", "[{from: 2027-04-01")
    people = GOOD[AGENTS].replace("11.00,USD,,", "11.00,USD,2027-03-21,")
    for name, site, file, row in (
        ("site", "America/Paramaribo", SITES, 3),
        ("agent", "Asia/Kathmandu", AGENTS, 4),
    ):
        sites = GOOD[SITES].replace("America/Paramaribo,SR", f"{site},SR")
        moved = f"{GOOD[PLACES]}p1,2027-01-01,2027-06-01,America/Paramaribo,SR,\n"
        texts = {YAML: late, AGENTS: people, SITES: sites, PLACES: moved}
        faults = read_planning(write(tmp_path / name, texts)).faults
        assert [(f.file, f.line, f.value) for f in faults] == [(file, row, "USD")], name
        assert "add one for 2027-03-21 to 2027-03-31." in str(faults[0])


def test_a_closure_of_its_own_that_some_clock_may_reach_is_not_noted(tmp_path: Path) -> None:
    """In zones ahead and behind the horizon touches a date before and one after its own."""
    for day in ("2027-03-21", "2027-04-05"):
        changes = edited(YAML, "date: 2027-04-01, name", f"date: {day}, name")
        notices = read_planning(write(tmp_path / day, changes)).notices
        assert "unused_closure" not in {notice.code for notice in notices}
    both = edited(YAML, "date: 2027-04-01, name", "date: 2027-03-29, name")  # ams closes as well
    notices = read_planning(write(tmp_path / "both", both)).notices
    assert "unused_closure" not in {notice.code for notice in notices}


@pytest.mark.parametrize(
    ("employed", "word"),
    [
        ("2026-10-25,2027-03-22", None),
        ("2026-10-26,", "from employed_from 2026-10-26 on"),
        (",2027-03-21", "before employed_until 2027-03-21"),
    ],
)
def test_history_outside_the_employment(tmp_path: Path, employed: str, word: str | None) -> None:
    """The past shifts of a2 begin on 2026-10-25 and on 2027-03-21 at 22:00."""
    changes = edited(AGENTS, "ams,part,26,EUR,,,", f"ams,part,26,EUR,{employed},")
    faults = read_planning(write(tmp_path, changes)).faults
    assert [f.code for f in faults] == ([] if word is None else ["history_contradicts"])
    assert word is None or word in str(faults[0])


def test_the_date_of_a_past_shift_is_that_of_the_place_of_work(tmp_path: Path) -> None:
    """02:00 UTC of 21 March is 23:00 of the day before in Paramaribo."""
    rows = "agent_id,start_local,zone,duration_minutes\np1,2027-03-21T02:00,UTC,60\n"
    for since, codes in (("2027-03-21", ["history_contradicts"]), ("2027-03-20", [])):
        people = GOOD[AGENTS].replace("11.00,USD,,", f"11.00,USD,{since},")
        faults = read_planning(write(tmp_path / since, {HISTORY: rows, AGENTS: people})).faults
        assert [fault.code for fault in faults] == codes


def test_dates_that_may_coincide(tmp_path: Path) -> None:
    """Days off announced with the times; no history before the horizon's first date."""
    text = GOOD[YAML].replace("rest_days_on: 2027-02-22", "rest_days_on: 2027-03-01")
    text = text.replace("history_from: 2026-10-01", "history_from: 2027-03-22")
    assert read_planning(write(tmp_path, {YAML: text, HISTORY: None})).faults == ()


def test_a_table_without_rows_is_one_fault(tmp_path: Path) -> None:
    bare = {AGENTS: GOOD[AGENTS].split("\n")[0]}
    faults = read_planning(write(tmp_path, bare)).faults
    assert [(f.file, f.code) for f in faults] == [(AGENTS, "empty_table")]


def test_ids_of_a_file_that_breaks_off_are_not_held_against_others(tmp_path: Path) -> None:
    broken = GOOD[AGENTS].replace('"Bakker, Daan"', '"Bakker"x')
    faults = read_planning(write(tmp_path, {AGENTS: broken})).faults
    assert [(f.file, f.line, f.code) for f in faults] == [(AGENTS, 3, "bad_csv")]


def test_a_quarter_of_an_hour_is_open_when_all_of_it_is() -> None:
    assert sorted(open_quarters(((490, 540), (540, 560), (1425, 1440)))) == [
        495,
        510,
        525,
        540,
        1425,
    ]
    for text, always in (
        ("Mo-We 00:00-24:00; Th-Su 00:00-12:07; Th-Su 12:07-24:00", True),
        ("Mo-Su 00:00-23:59", False),
        ("Mo-Sa 00:00-24:00", False),
        ("Mo-Su 00:00-24:00; PH off", False),
        ("PH 00:00-24:00", True),
        ("PH 00:00-12:00", False),
    ):
        hours = parse_opening(text)
        queue = make_queue(opening=hours.weekly, holiday_opening=hours.holidays)
        assert is_always_open(queue) == always, text


def test_a_folder_is_not_there_or_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    write(tmp_path / "plan")
    (tmp_path / "plan" / "agents.csv").unlink()
    (tmp_path / "plan" / "agents.csv").mkdir()
    for path, code in (
        (tmp_path / "nowhere", "missing_file"),
        (tmp_path / "nowhere.json", "missing_file"),
        (tmp_path / "notes.txt", "not_a_file"),
        (tmp_path / "plan", "not_a_file"),
        (Path("\0"), "missing_file"),
        (Path("\0.json"), "missing_file"),
        (Path("x" * 5_000), "not_a_file"),
    ):
        intake = read_planning(path)
        assert intake.planning is None
        assert code in {fault.code for fault in intake.faults}


def test_every_code_is_tried_somewhere() -> None:
    tried = {edit[3] for edit in EDITS} | {entry[1] for entry in WHOLE_FILES}
    tried |= {notice[1] for notice in NOTICES} | {"more_faults", "not_a_file"}
    in_documents = {"bad_json"}  # test_document.py
    in_rosters = {"zone_data_changed"}  # test_roster_json.py
    assert tried | in_documents | in_rosters == set(CODES)
