from __future__ import annotations

import itertools
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.curtois import Instance, InstanceError, read_instance
from benchmarks.curtois_problem import problem_of, type_order
from benchmarks.curtois_roster import (
    OFF,
    Plan,
    judge,
    plan_of,
    read_roster,
    slot_roster,
    write_roster,
)
from benchmarks.plain_cpsat import solve_plain
from solver.check import check
from solver.params import SolveParams
from solver.problem import PlanningProblem
from solver.score import score
from tests.benchmarks.instances import TINY, instance_texts


def agree(problem: PlanningProblem, instance: Instance, plan: Plan) -> bool:
    """Compare check and score with the judge; return whether the plan is lawful."""
    judgement = judge(instance, plan)
    try:
        roster = slot_roster(problem, instance, plan)
    except InstanceError:
        assert judgement.violations
        return False
    lawful = not check(problem, roster)
    assert lawful == (not judgement.violations), (plan, judgement.violations)
    assert sum(score(problem, roster).values()) == judgement.cost
    assert plan_of(problem, instance, roster) == plan
    return lawful


def test_every_roster_of_the_tiny_instance() -> None:
    instance = read_instance(TINY)
    problem = problem_of(instance)
    rows = list(itertools.product((OFF, 0, 1), repeat=7))
    other = ((1, OFF, 1, 1, OFF, OFF, OFF), (OFF,) * 7)
    lawful = sum(agree(problem, instance, (row, other[0])) for row in rows)
    lawful += sum(agree(problem, instance, (other[1], row)) for row in rows)
    assert lawful > 20


@settings(max_examples=120, deadline=None)
@given(text=instance_texts(), seed=st.integers(0, 10**6))
def test_check_and_score_are_those_of_the_format(text: str, seed: int) -> None:
    instance = read_instance(text)
    problem = problem_of(instance)
    draw = random.Random(seed)
    kinds = list(range(len(instance.types)))
    for share in (0.2, 0.6, 0.8):
        plan = []
        for _ in instance.staff:
            row: list[int] = []
            while len(row) < instance.days:
                on = draw.random() < share
                block = draw.randint(1, 4)
                row += [draw.choice(kinds) if on else OFF for _ in range(block)]
            plan.append(tuple(row[: instance.days]))
        agree(problem, instance, tuple(plan))


def test_a_week_of_rosters_between_rest_and_successions() -> None:
    """Each pair of types on consecutive days, alone: a rest too short or a lawful roster."""
    text = TINY.replace("E,480,", "M,480,E|M|L\nE,480,").replace("L,600,E", "L,600,E|M")
    text = text.replace("E=7|L=2", "E=7|L=7|M=7").replace("2640,1440,4,2,2,1", "9000,0,7,1,1,1")
    text = text.replace("3000,960,3", "3000,0,3")
    text += "".join(f"{day},M,0,100,1\n" for day in range(7))
    with pytest.raises(InstanceError, match="nested"):
        problem_of(read_instance(text.replace("M,480,E|M|L", "M,480,L")))
    instance = read_instance(text)
    problem = problem_of(instance)
    idle = (OFF,) * 7
    verdicts = [
        agree(problem, instance, ((before, after, *idle[2:]), idle))
        for before, after in itertools.product(range(3), repeat=2)
    ]
    assert sum(verdicts) == 3 + 1  # after M nothing, after E everything, after L only L


def test_a_limit_one_below_what_is_possible_binds() -> None:
    text = TINY.replace("A,E=7|L=2,2640,1440,4,2,2,1\n", "A,E=6|L=0,9000,0,7,1,1,1\n")
    instance = read_instance(text.replace("A,3\n", "").replace("3000,960,3", "3000,0,3"))
    problem = problem_of(instance)
    idle = (OFF,) * 7
    assert not agree(problem, instance, ((0,) * 7, idle))
    assert agree(problem, instance, ((0,) * 6 + (OFF,), idle))


NO_NEED = re.sub(r"(?m)^(\d,[EL]),\d,", r"\1,0,", TINY)


@pytest.mark.parametrize(
    "text",
    [
        TINY,
        NO_NEED,
        NO_NEED.replace("2640,1440", "2640,0").replace("A,1,E,2", "A,5,E,50"),
        NO_NEED.replace("2640,1440", "2640,0").replace("A,1,E,2", "A,1,E,50"),
    ],
    ids=["need", "fewest hours", "one day wanted, late", "one day wanted, early"],
)
def test_plain_cpsat_finds_the_enumerated_optimum(text: str) -> None:
    instance = read_instance(text)
    problem = problem_of(instance)
    rows = list(itertools.product((OFF, 0, 1), repeat=7))
    idle = (OFF,) * 7
    lawful = [
        [row for row in rows if not _broken(instance, agent, row, idle)] for agent in range(2)
    ]
    best = min(
        judge(instance, (first, second)).cost for first, second in itertools.product(*lawful)
    )
    answer = solve_plain(problem, SolveParams(workers=1), lambda: False)
    assert answer.roster is not None
    assert (answer.status, answer.bound_cents) == ("optimal", best)
    assert not check(problem, answer.roster)
    assert sum(score(problem, answer.roster).values()) == best


def _broken(
    instance: Instance, agent: int, row: tuple[int, ...], idle: tuple[int, ...]
) -> list[str]:
    plan = (row, idle) if agent == 0 else (idle, row)
    name = instance.staff[agent].agent_id
    return [text for text in judge(instance, plan).violations if text.startswith(f"{name}:")]


@given(instance_texts(), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_rosters_survive_being_written_and_read(text: str, seed: int) -> None:
    instance = read_instance(text)
    problem = problem_of(instance)
    draw, table = random.Random(seed), problem.options
    plan = [[OFF] * instance.days for _ in instance.staff]
    roster = slot_roster(problem, instance, tuple(map(tuple, plan)))
    assert read_roster(write_roster(problem, instance, roster), instance) == tuple(map(tuple, plan))
    for row in draw.sample(range(len(table)), min(3, len(table))):
        rank = int(table.start[row]) % len(instance.types)
        plan[int(table.agent[row])][int(table.day[row])] = type_order(instance)[rank]
    wanted = tuple(map(tuple, plan))
    written = write_roster(problem, instance, slot_roster(problem, instance, wanted))
    assert read_roster(written, instance) == wanted
    assert read_roster(written.replace("\t", " "), instance) == wanted
    assert read_roster(written.replace("-", ""), instance) == wanted


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("L,600,E", "L,600,X", "line 7: shift type 'X'"),
        ("A,3\n", "C,3\n", "line 14: agent 'C'"),
        ("A,1,E,2", "A,7,E,2", "line 17: day 7"),
        ("A,1,E,2", "A,1,E,-2", "line 17: weight must be a whole number"),
        ("B,E=3|L=7", "A,E=3|L=7", "line 11: agent 'A' is there twice"),
        ("SECTION_COVER", "SECTION_CLOVER", "no rows under SECTION_COVER"),
        ("E,480,", "E,480", None),
        ("0,E,1,100,1", "0,E,1,100,2", "cost the same"),
        ("0,E,1,100,1\n", "", "one row for every day"),
        ("# two", "two", "before the first section"),
    ],
)
def test_faults_are_told_with_their_line(old: str, new: str, said: str | None) -> None:
    text = TINY.replace(old, new, 1)
    if said is None:
        problem_of(read_instance(text))
    else:
        with pytest.raises(InstanceError, match=said):
            problem_of(read_instance(text))


def test_all_faults_are_told_together() -> None:
    text = TINY.replace("L,600,E", "L,many,E").replace("A,1,E,2", "A,1,E")
    with pytest.raises(InstanceError) as caught:
        read_instance(text)
    assert [line[:7] for line in str(caught.value).splitlines()] == ["line 7:", "line 17"]


def test_more_than_31_flags_are_refused() -> None:
    names = [f"t{idx}" for idx in range(32)]
    text = "SECTION_HORIZON\n7\nSECTION_SHIFTS\n" + "".join(f"{name},60,\n" for name in names)
    text += "SECTION_STAFF\nA," + "|".join(f"{name}=1" for name in names) + ",999,0,7,1,1,1\n"
    cover = "".join(f"{day},{name},0,1,1\n" for day in range(7) for name in names)
    with pytest.raises(InstanceError, match="32 flags"):
        problem_of(read_instance(text + "SECTION_COVER\n" + cover))
    fits = text.replace("t0=1|", "t0=7|") + "SECTION_COVER\n" + cover
    assert problem_of(read_instance(fits)).options.flags.max() == 1 << 30


def _instances() -> Path:
    folder = os.environ.get("HELIOTROPE_INSTANCES")
    if not folder:
        pytest.skip("HELIOTROPE_INSTANCES names no folder with public instances")
    return Path(folder)


def test_public_instances_and_their_checker(tmp_path: Path) -> None:
    folder = _instances()
    draw = random.Random(1)
    for file in sorted(folder.glob("Instance*.txt")):
        instance = read_instance(file)
        problem = problem_of(instance)
        assert problem.options.flags.max(initial=0) >= 0
        plan = tuple(
            tuple(draw.choice((OFF, 0, len(instance.types) - 1)) for _ in range(instance.days))
            for _ in instance.staff
        )
        lines = ("\t".join(_cell(instance, kind) for kind in row) for row in plan)
        out = tmp_path / "roster.txt"
        out.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        assert read_roster(out.read_text(encoding="ascii"), instance) == plan
        command = [sys.executable, str(folder / "verify.py"), str(file), str(out)]
        verdict = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
        judgement = judge(instance, plan)
        assert verdict["cost"] == judgement.cost
        assert verdict["feasible"] == (not judgement.violations)


def _cell(instance: Instance, kind: int) -> str:
    return "-" if kind == OFF else instance.types[kind].type_id
