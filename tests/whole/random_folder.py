"""Small random planning folders: odd zones, clock changes, travellers, expiring skills, pins."""

from __future__ import annotations

import random
from datetime import UTC, date, timedelta
from pathlib import Path

from scheduler.timegrid.zones import start_of_day

ZONES = {
    "Europe/Amsterdam": "NL",
    "Asia/Kathmandu": "NP",
    "Australia/Adelaide": "AU",
    "Australia/Lord_Howe": "AU",
    "Australia/Eucla": "AU",
    "America/St_Johns": "CA",
    "Pacific/Chatham": "NZ",
    "America/Paramaribo": "SR",
    "Australia/Sydney": "AU",
}
# Weeks in which a clock changes: Europe forward and back, Australia back and forward.
STARTS = (date(2027, 3, 24), date(2027, 10, 27), date(2027, 3, 31), date(2027, 9, 29))
LANGUAGES = ("nl", "en", "nl-SR")


def write_random_folder(folder: Path, seed: int) -> Path:
    """Write a folder that intake accepts; the same seed gives the same bytes."""
    rng = random.Random(seed)
    start = STARTS[seed % len(STARTS)]
    end = start + timedelta(days=rng.randint(4, 9))
    zone = rng.choice(list(ZONES))
    interval = rng.choice((15, 30))
    night = rng.random() < 0.5
    sites = rng.sample(list(ZONES), rng.randint(1, 3))
    agents = [f"a{index}" for index in range(rng.randint(2, 7))]
    queues = [f"q{index}" for index in range(rng.randint(1, 3))]
    days = [start + timedelta(days=index) for index in range((end - start).days)]
    rows: dict[str, list[str]] = {
        "sites": ["site_id,name,zone,country,currency"],
        "contracts": [
            "contract_id,min_hours_week,target_hours_week,max_hours_week,max_days_week,night_allowed",
            "full,24,36,40,5,no",
            f"part,8,20,28,{rng.choice((3, 4))},{'yes' if night else 'no'}",
        ],
        "agents": ["agent_id,name,site_id,contract_id,hourly_rate,currency"],
        "skills": ["agent_id,kind,value,level,valid_from,valid_until"],
        "queues": ["queue_id,client,channel,language,min_level,certificate,priority,zone"],
        "requirements": ["queue_id,interval_start,agents"],
        "locations": ["agent_id,from_date,until_date,zone,country"],
        "time_off": ["agent_id,from,until,kind"],
        "availability": ["agent_id,weekday,date,from,until,kind"],
        "wishes": ["agent_id,weekday,date,from,until,wish,strength"],
        "history": ["agent_id,start_local,zone,duration_minutes"],
        "pins": ["agent_id,start_local,zone,duration_minutes"],
    }
    for index, site in enumerate(sites):
        rows["sites"].append(f"s{index},Site {index},{site},{ZONES[site]},EUR")
    for queue in queues:
        certificate = rng.choice(("KSF", ""))
        level = rng.choice(("B1", "B2", ""))
        rows["queues"].append(
            f"{queue},acme,phone,{rng.choice(LANGUAGES)},{level},{certificate},"
            f"{rng.randint(1, 4)},{zone}"
        )
    for agent in agents:
        site = rng.randrange(len(sites))
        rows["agents"].append(
            f"{agent},Agent {agent},s{site},{rng.choice(('full', 'part'))},"
            f"{rng.randint(9, 30)}.{rng.randint(0, 99):02d},EUR"
        )
        _skills(rng, rows["skills"], agent, days)
        _life(rng, rows, agent, days, sites[site])
    _requirements(rng, rows["requirements"], queues, start, end, zone, interval)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "planning.yaml").write_text(
        f"format: heliotrope/1\nname: Random {seed}\n"
        f"horizon: {{start: {start}, end: {end}, zone: {zone}}}\n"
        f"interval_minutes: {interval}\ncurrency: EUR\n"
        f"shifts: {{min_hours: 4, max_hours: 8, length_step_minutes: {rng.choice((60, 120))}, "
        f"start_step_minutes: {rng.choice((60, 120))}, "
        f"clock_change: {rng.choice(('keep_duration', 'keep_local_end'))}}}\n"
        f"min_stint_minutes: {rng.choice((30, 60))}\n"
    )
    for name, lines in rows.items():
        if len(lines) > 1:
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def _skills(rng: random.Random, lines: list[str], agent: str, days: list[date]) -> None:
    lines.append(f"{agent},channel,phone,,,")
    lines.append(f"{agent},client,acme,,,")
    lines.extend(
        f"{agent},language,{language},{rng.choice(('B1', 'B2', 'C1'))},,"
        for language in rng.sample(LANGUAGES, rng.randint(1, 2))
    )
    if rng.random() < 0.7:
        until = rng.choice(("", "", str(rng.choice(days))))
        lines.append(f"{agent},certificate,KSF,,,{until}")


def _life(
    rng: random.Random, rows: dict[str, list[str]], agent: str, days: list[date], home: str
) -> None:
    """Travel, leave, hours, wishes, last week's shifts, a fixed shift."""
    zone = home
    if rng.random() < 0.3:
        zone = rng.choice(list(ZONES))
        away = rng.choice(days[1:-1])
        back = rng.choice(("", str(away + timedelta(days=rng.randint(1, 4)))))
        rows["locations"].append(f"{agent},{away},{back},{zone},{ZONES[zone]}")
    if rng.random() < 0.3:
        day = rng.choice(days)
        rows["time_off"].append(f"{agent},{day},{day + timedelta(days=1)},leave")
    if rng.random() < 0.3:
        kind = rng.choice(("available", "unavailable"))
        rows["availability"].append(f"{agent},{rng.choice(('Mo', 'We', 'Sa'))},,09:00,15:30,{kind}")
    for wish in ("want", "avoid"):
        if rng.random() < 0.4:
            times = rng.choice((",", "08:00,17:00"))
            rows["wishes"].append(f"{agent},,{rng.choice(days)},{times},{wish},{rng.randint(1, 5)}")
    for back in range(rng.randint(1, 7), 1, -1):
        day = days[0] - timedelta(days=back)
        rows["history"].append(
            f"{agent},{day}T{rng.choice(('09:00', '12:00'))},{home},{rng.choice((240, 480))}"
        )
    if rng.random() < 0.25:
        day = rng.choice(days[1:-1])
        rows["pins"].append(f"{agent},{day}T{rng.choice(('10:00', '16:00'))},{home},360")


def _requirements(
    rng: random.Random,
    lines: list[str],
    queues: list[str],
    start: date,
    end: date,
    zone: str,
    interval: int,
) -> None:
    for queue in queues:
        low, high = rng.choice(((0, 24), (6, 20), (9, 17)))
        most = rng.randint(1, 2)
        at, stop = start_of_day(start, zone), start_of_day(end, zone)
        first = at
        while at < stop:
            hour = (at - first).total_seconds() / 3600 % 24
            if low <= hour < high:
                stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
                lines.append(f"{queue},{stamp},{rng.randint(1, most)}")
            at += timedelta(minutes=interval)
