"""A planning and a roster by hand: three places, two queues, the night the Dutch clock changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from scheduler.domain import (
    Activity,
    Agent,
    Break,
    Contract,
    Horizon,
    Location,
    Planning,
    Queue,
    RequirementInterval,
    Roster,
    Shift,
    Site,
    Skill,
    SolverNote,
    TimeOff,
    WallTime,
)
from scheduler.intake.document import input_digest, to_document
from scheduler.intake.roster_json import roster_to_json
from scheduler.timegrid.zones import local_of, tz_version

START, END = date(2027, 3, 22), date(2027, 4, 5)
HORIZON_START = datetime(2027, 3, 21, 23, tzinfo=UTC)
AMS, SYD, PBM = "Europe/Amsterdam", "Australia/Sydney", "America/Paramaribo"


def hand_planning() -> Planning:
    sites = (
        Site("AMS", "Amsterdam", AMS, "NL", "EUR"),
        Site("SYD", "Sydney", SYD, "AU", "EUR"),
        Site("PBM", "Paramaribo", PBM, "SR", "EUR"),
    )
    names = {
        "A01": ("Anouk de Vries", "AMS"),
        "A02": ("Sjoerd Čapek", "AMS"),
        "A03": ("=HYPERLINK(1)", "AMS"),
        "A04": ("Kirra Jones", "SYD"),
        "A05": ("Bas van den Berg-Achternaam", "SYD"),
        "A06": ("Shanice Pinas", "PBM"),
    }
    agents = tuple(
        Agent(agent_id, name, site_id, "full", Decimal(20), "EUR")
        for agent_id, (name, site_id) in names.items()
    )
    skills = tuple(
        Skill(agent.agent_id, kind, value, level)
        for agent in agents
        for kind, value, level in (
            ("language", "nl", "C1"),
            ("channel", "phone", None),
            ("channel", "chat", None),
            ("client", "acme", None),
        )
    )
    hours = range(14 * 24 - 1)
    return Planning(
        name="hand-made",
        horizon=Horizon(START, END, AMS),
        interval_minutes=30,
        currency="EUR",
        sites=sites,
        contracts=(Contract("full", 0, 2400, 2400, night_allowed=True),),
        agents=agents,
        queues=(
            Queue("phone-nl", "acme", "phone", "nl", 1, AMS),
            Queue("chat-nl", "acme", "chat", "nl", 2, AMS),
        ),
        skills=skills,
        locations=(Location("A02", date(2027, 3, 29), "Asia/Kathmandu", "NP"),),
        requirements=tuple(
            RequirementInterval("phone-nl", HORIZON_START + timedelta(minutes=30 * idx), 1)
            for idx in range(2 * len(hours))
        ),
        time_off=(
            TimeOff("A03", WallTime(date(2027, 3, 22), 0), WallTime(date(2027, 3, 25), 0), "leave"),
        ),
        input_sha256="0" * 64,
    )


def hand_roster() -> Roster:
    """Five shifts a week each; A04 works one into its own night, A01's first is pinned."""
    shifts = []
    first_hour_utc = {"A01": 8, "A02": 12, "A03": 14, "A04": 22, "A05": 1, "A06": 13}
    for day in range(14):
        for agent_id, hour in first_hour_utc.items():
            if day % 7 >= 5 or (agent_id == "A03" and day < 3):
                continue
            start = datetime(2027, 3, 22, hour, tzinfo=UTC) + timedelta(days=day)
            if agent_id == "A04" and day == 4:
                start -= timedelta(hours=10)
            zone = {"A04": SYD, "A05": SYD, "A06": PBM}.get(agent_id, AMS)
            if agent_id == "A02" and day >= 7:
                zone = "Asia/Kathmandu"
            shifts.append(_shift(agent_id, start, zone, pinned=agent_id == "A01" and day == 0))
    terms = (("short", 100_00), ("idle", 20_00), ("wages", 8000_00), ("own_night", 80_00))
    return Roster(
        horizon=Horizon(START, END, AMS),
        currency="EUR",
        shifts=tuple(sorted(shifts, key=lambda shift: (shift.start, shift.agent_id))),
        cost_cents=8200_00,
        bound_cents=8000_00,
        terms=terms,
        solver=SolverNote("0.1.0", "hand", "time_limit", 1, 2, 60.0),
        input_sha256="0" * 64,
        tz_version=tz_version(),
    )


def _shift(agent_id: str, start: datetime, zone: str, *, pinned: bool) -> Shift:
    local = local_of(start, zone)
    noon = start + timedelta(hours=4)
    back = noon + timedelta(minutes=30)
    end = start + timedelta(hours=8, minutes=30)
    second = "phone-nl" if agent_id in ("A04", "A05") else "chat-nl"
    return Shift(
        agent_id,
        start,
        end,
        local.wall,
        zone,
        local.fold,
        480,
        (Break(noon, back, paid=False),),
        (Activity("phone-nl", start, noon), Activity(second, back, end)),
        pinned,
    )


def write_hand_made(folder: Path, *, planning: Planning | None = None) -> None:
    """Write the hand-made roster and, beside it, `planning` or the one it was made from."""
    own = hand_planning()
    roster = replace(hand_roster(), input_sha256=input_digest(own))
    documents = {
        "roster.json": roster_to_json(roster),
        "planning.json": to_document(planning or own),
    }
    folder.mkdir(exist_ok=True)
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
