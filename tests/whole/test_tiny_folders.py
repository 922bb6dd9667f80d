"""Six tiny folders whose optimum is known by enumeration: the solver must prove it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.planning import compile_problem
from scheduler.timegrid.zones import start_of_day
from scheduler.usecases.read_input import read_input
from scheduler.usecases.solve_planning import solve_params, solve_planning
from solver import SolveParams, SolveStatus, solve
from tests.solver.model.enumeration import best_cost

YAML = """\
format: heliotrope/1
name: {name}
horizon: {{start: {start}, end: {end}, zone: {zone}}}
interval_minutes: 30
currency: EUR
shifts: {{min_hours: 4, max_hours: 8, length_step_minutes: 240, start_step_minutes: 240}}
break_rules: [{{over_hours: 7.5, break_minutes: 30, margin_minutes: 210}}]
waking_hours: {{from: 07:00, until: "23:00"}}
"""


@dataclass(frozen=True)
class Tiny:
    """One folder: horizon, people by site zone, needs by queue and local hours, extra rows."""

    name: str
    start: date
    days: int
    zone: str
    agents: dict[str, str]
    needs: dict[str, tuple[int, int, int]]
    extra: dict[str, list[str]] = field(default_factory=dict)
    contract: str = "c,4,12,24,,no"


TINY = (
    Tiny(
        "spring change",
        date(2027, 3, 27),
        3,
        "Europe/Amsterdam",
        {"a": "Europe/Amsterdam", "b": "America/Paramaribo"},
        {"phone": (8, 20, 1)},
        contract="c,4,16,20,2,no",
    ),
    Tiny(
        "half-hour change",
        date(2027, 4, 3),
        3,
        "Australia/Lord_Howe",
        {"a": "Australia/Lord_Howe", "b": "Asia/Kathmandu"},
        {"phone": (8, 20, 1)},
        contract="c,0,12,16,2,no",
    ),
    Tiny(
        "traveller",
        date(2027, 3, 23),
        3,
        "Europe/Amsterdam",
        {"a": "Europe/Amsterdam", "b": "Europe/Amsterdam"},
        {"phone": (0, 24, 1)},
        {
            "locations": [
                "agent_id,from_date,until_date,zone,country",
                "a,2027-03-25,,Australia/Sydney,AU",
            ]
        },
    ),
    Tiny(
        "certificate runs out",
        date(2027, 6, 7),
        3,
        "Europe/Amsterdam",
        {"a": "Europe/Amsterdam", "b": "America/Curacao"},
        {"phone": (8, 20, 1), "claims": (8, 16, 1)},
        {"skills": ["a,certificate,KSF,,,2027-06-08", "b,certificate,KSF,,2027-06-08,"]},
    ),
    Tiny(
        "pins, history, wishes",
        date(2027, 10, 30),
        3,
        "Europe/Amsterdam",
        {"a": "Europe/Amsterdam", "b": "Europe/Amsterdam"},
        {"phone": (8, 20, 2)},
        {
            "pins": [
                "agent_id,start_local,zone,duration_minutes",
                "a,2027-10-31T12:00,Europe/Amsterdam,480",
            ],
            "history": [
                "agent_id,start_local,zone,duration_minutes",
                "a,2027-10-29T14:00,Europe/Amsterdam,540",
                "b,2027-10-29T15:30,Europe/Amsterdam,450",
            ],
            "wishes": [
                "agent_id,weekday,date,from,until,wish,strength",
                "b,Su,,,,avoid,5",
                "a,,2027-11-01,08:00,13:00,want,2",
            ],
        },
    ),
    Tiny(
        "three share two queues",
        date(2027, 6, 12),
        2,
        "Europe/Amsterdam",
        {"a": "Europe/Amsterdam", "b": "Europe/Amsterdam", "c": "America/Paramaribo"},
        {"phone": (8, 20, 2), "claims": (8, 24, 1)},
        {"skills": ["a,certificate,KSF,,,", "c,certificate,KSF,,,"]},
    ),
)


def write(folder: Path, tiny: Tiny) -> Path:
    folder.mkdir()
    end = tiny.start + timedelta(days=tiny.days)
    yaml = YAML.format(name=tiny.name, start=tiny.start, end=end, zone=tiny.zone)
    zones = sorted(set(tiny.agents.values()))
    rows = {
        "sites": ["site_id,name,zone,country,currency"]
        + [f"s{index},Site,{zone},NL,EUR" for index, zone in enumerate(zones)],
        "contracts": [
            "contract_id,min_hours_week,target_hours_week,max_hours_week,max_days_week,night_allowed",
            tiny.contract,
        ],
        "agents": ["agent_id,name,site_id,contract_id,hourly_rate,currency"]
        + [
            f"{agent},Agent {agent},s{zones.index(zone)},c,{11 + 3 * index}.37,EUR"
            for index, (agent, zone) in enumerate(tiny.agents.items())
        ],
        "queues": ["queue_id,client,channel,language,certificate,priority,zone"]
        + [
            f"{queue},acme,phone,nl,{'KSF' if queue == 'claims' else ''},{index + 1},{tiny.zone}"
            for index, queue in enumerate(tiny.needs)
        ],
        "skills": ["agent_id,kind,value,level,valid_from,valid_until"]
        + [
            f"{agent},{kind},,,"
            for agent in tiny.agents
            for kind in ("language,nl", "channel,phone", "client,acme")
        ]
        + tiny.extra.get("skills", []),
        "requirements": ["queue_id,interval_start,agents", *needs(tiny, end)],
        **{name: lines for name, lines in tiny.extra.items() if name != "skills"},
    }
    (folder / "planning.yaml").write_text(yaml)
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def needs(tiny: Tiny, end: date) -> list[str]:
    lines = []
    at: datetime = start_of_day(tiny.start, tiny.zone)
    first, stop = at, start_of_day(end, tiny.zone)
    while at < stop:
        hour = (at - first) / timedelta(hours=1) % 24
        lines += [
            f"{queue},{at.astimezone(UTC):%Y-%m-%dT%H:%MZ},{agents}"
            for queue, (low, high, agents) in tiny.needs.items()
            if low <= hour < high
        ]
        at += timedelta(minutes=30)
    return lines


@pytest.mark.parametrize("tiny", TINY, ids=lambda tiny: tiny.name)
def test_solver_proves_the_enumerated_optimum(tmp_path: Path, tiny: Tiny) -> None:
    intake = read_input(write(tmp_path / "folder", tiny))
    assert intake.planning is not None, [str(fault) for fault in intake.faults]
    problem = compile_problem(intake.planning).problem
    result = solve(problem, SolveParams(time_limit_seconds=200.0, workers=2))
    assert result.status is SolveStatus.OPTIMAL
    assert result.cost_cents == result.bound_cents == best_cost(problem)
    by_prices = solve(problem, SolveParams(time_limit_seconds=1.0, workers=1, method="prices"))
    assert by_prices.bound_cents <= result.cost_cents <= by_prices.cost_cents
    params = solve_params(time_limit_seconds=200.0, workers=2, seed=1, gap_target=0.0)
    solved = solve_planning(intake.planning, params)
    assert [finding.sentence for finding in solved.report.hard if not finding.pinned] == []
    assert solved.roster.bound_cents == result.cost_cents
