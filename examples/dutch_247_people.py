"""The sixty invented agents of the example: who they are, where they work, what they can and wish.

Hand-written tables, so that a reader can look a person up. Only the week before the horizon is
drawn at random (`past_shifts`), from a seeded generator and `Random.random` alone, whose numbers
are the same on every machine and Python version.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from scheduler.domain import WallTime

Row = tuple[object, ...]

SITES: tuple[Row, ...] = (
    ("AMS", "Amsterdam", "Europe/Amsterdam", "NL", "NL-NH", "EUR"),
    ("PBM", "Paramaribo", "America/Paramaribo", "SR", "", "SRD"),
    ("CUR", "Willemstad", "America/Curacao", "CW", "", "XCG"),
    ("SYD", "Sydney", "Australia/Sydney", "AU", "AU-NSW", "AUD"),
    ("PER", "Perth", "Australia/Perth", "AU", "AU-WA", "AUD"),
)

# contract_id, min / target / max hours a week, max days a week, longest shift in hours, nights
CONTRACTS: tuple[Row, ...] = (
    ("FT40", 32, 40, 44, 5, "", "no"),
    ("FT36", 30, 36, 40, 5, "", "no"),
    ("PT32", 26, 32, 36, 5, "", "no"),
    ("PT24", 20, 24, 30, 5, "", "no"),
    ("PT16", 12, 16, 20, 3, "", "no"),
    ("NIGHT36", 30, 36, 40, 5, 8.5, "yes"),
)

# Clients, channels and certificate that come with a job.
JOBS: dict[str, tuple[str, str, str]] = {
    "energy": ("lichtmolen", "phone chat whatsapp email", "KSF"),
    "travel": ("reisvink", "phone chat whatsapp email social", ""),
    "both": ("lichtmolen reisvink", "phone chat whatsapp email social", "KSF"),
    "writer": ("lichtmolen reisvink", "chat whatsapp email social", ""),
    "english": ("reisvink", "phone chat", ""),
}

# name | site | contract | rate in the site's currency | in the job since | job | languages
_AGENTS = """
Anouk de Vries        | AMS | FT40    | 17.25 | 2019-05-06 | both    | nl:C2 en:C1 de:B2
Bram Janssen          | AMS | FT36    | 16.30 | 2021-09-01 | energy  | nl:C2 en:B2
Carlijn Bakker        | AMS | PT24    | 15.90 | 2022-02-14 | energy  | nl:C2 en:B1
Daan Visser           | AMS | NIGHT36 | 17.70 | 2018-11-05 | both    | nl:C2 en:C1
Eva Smit              | AMS | FT36    | 16.60 | 2020-03-02 | both    | nl:C2 en:C1 de:C1
Fatima El Amrani      | AMS | PT32    | 16.10 | 2021-06-14 | energy  | nl:C2 en:B2 ar:C1
Gijs Mulder           | AMS | FT40    | 16.80 | 2020-08-24 | both    | nl:C2 en:C1
Hanna Schulz          | AMS | PT32    | 16.55 | 2021-01-11 | travel  | de:C2 nl:C1 en:C1
Ibrahim Yilmaz        | AMS | FT36    | 16.15 | 2022-05-09 | energy  | nl:C2 en:B2 tr:C2
Jasmijn van Dijk      | AMS | PT16    | 15.35 | 2025-09-15 | writer  | nl:C2 en:C1
Koen Peters           | AMS | NIGHT36 | 17.45 | 2019-10-21 | both    | nl:C2 en:C1 de:B1
Lotte Hendriks        | AMS | FT36    | 16.85 | 2019-04-01 | both    | nl:C2 en:C1 fr:B2
Milan Kowalski        | AMS | PT32    | 15.95 | 2023-03-06 | travel  | pl:C2 nl:B2 en:C1 de:C1
Noor Willems          | AMS | PT24    | 15.85 | 2022-10-03 | both    | nl:C2 en:B2
Olivier Dekker        | AMS | FT40    | 17.05 | 2020-01-13 | both    | nl:C2 en:C2
Pleun Jacobs          | AMS | PT24    | 15.80 | 2023-06-05 | energy  | nl:C2 en:B1
Quinten van den Berg  | AMS | PT16    | 15.20 | 2026-02-02 | writer  | nl:C2 en:C1
Roos Vermeulen        | AMS | FT36    | 16.50 | 2021-04-12 | both    | nl:C2 en:C1 de:B2
Sander Brouwer        | AMS | PT32    | 16.25 | 2020-11-16 | energy  | nl:C2 en:B2
Tess de Groot         | AMS | PT24    | 15.95 | 2022-08-22 | travel  | nl:C2 en:C1 de:C1
Umut Aydin            | AMS | FT40    | 16.55 | 2021-11-29 | both    | nl:C2 en:B2 tr:C1
Vera Kuipers          | AMS | PT32    | 16.15 | 2021-08-09 | energy  | nl:C2 en:B2 de:B2
Wouter van Leeuwen    | AMS | FT36    | 16.75 | 2019-09-16 | both    | nl:C2 en:C1
Xander Post           | AMS | PT16    | 15.25 | 2025-11-03 | energy  | nl:C2 en:B2
Yara Benali           | AMS | PT24    | 15.70 | 2023-10-16 | travel  | nl:C2 fr:C1 en:B2 de:B2
Zoë Maas              | AMS | PT32    | 15.50 | 2027-03-29 | writer  | nl:C2 en:C1
Arjen Hoekstra        | AMS | NIGHT36 | 17.55 | 2018-06-18 | both    | nl:C2 fy:C2 en:B2
Shanti Ramdin         | PBM | FT40    | 345   | 2021-02-01 | both    | nl-SR:C2 en:C1 hns:C2
Cheryl Pinas          | PBM | FT40    | 330   | 2021-02-01 | both    | nl-SR:C2 en:B2 srn:C2
Rayen Soekhoe         | PBM | FT40    | 310   | 2022-07-04 | energy  | nl-SR:C2 en:B2
Dinesh Jagroep        | PBM | PT32    | 305   | 2022-07-04 | energy  | nl-SR:C2 en:B2
Marciano Amatdjais    | PBM | FT40    | 325   | 2021-10-11 | both    | nl-SR:C2 en:C1 jv:B2
Priscilla Wijdenbosch | PBM | FT40    | 315   | 2022-03-14 | both    | nl-SR:C2 en:C1
Ruben Kartosen        | PBM | PT24    | 300   | 2023-01-16 | energy  | nl-SR:C2 en:B2
Santusha Bhagwandas   | PBM | FT40    | 320   | 2021-10-11 | both    | nl-SR:C2 en:C1
Orlando Linger        | PBM | PT32    | 310   | 2022-09-05 | travel  | nl-SR:C2 en:C1
Gracia Emanuels       | PBM | PT16    | 290   | 2025-08-18 | writer  | nl-SR:C2 en:B2
Vikash Mahabier       | PBM | FT40    | 335   | 2021-05-17 | both    | nl-SR:C2 en:C1
Melissa Tjon A Fat    | PBM | PT32    | 300   | 2023-05-08 | travel  | nl-SR:C2 en:C1
Jair Vreden           | PBM | PT24    | 295   | 2024-02-19 | energy  | nl-SR:C2 en:B2
Sharon Martina        | CUR | FT40    | 24.50 | 2021-03-15 | both    | nl:C1 pap:C2 en:C1 es:B2
Rignald Isenia        | CUR | FT36    | 22.80 | 2022-01-10 | both    | nl:C1 pap:C2 en:C1
Tamara Girigorie      | CUR | PT32    | 21.90 | 2022-06-20 | both    | nl:C2 pap:C2 en:C1
Elvin Cijntje         | CUR | FT40    | 23.60 | 2021-09-27 | energy  | nl:C1 pap:C2 en:B2
Nayomi Felicia        | CUR | PT24    | 20.70 | 2024-04-08 | travel  | nl:C1 pap:C2 en:C2 es:C1
Giovanni Maduro       | CUR | FT40    | 24.10 | 2021-03-15 | both    | nl:C2 pap:C2 en:C1
Charlene Rosalia      | CUR | PT32    | 21.40 | 2023-02-13 | travel  | nl:B2 pap:C2 en:C1
Maaike Thompson       | SYD | FT36    | 31.20 | 2020-02-03 | both    | nl:C2 en:C2
Jeroen Kramer         | SYD | FT36    | 30.70 | 2020-07-20 | both    | nl:C2 en:C1
Liam O'Brien          | SYD | PT32    | 28.65 | 2023-08-14 | english | en-AU:C2
Femke Nguyen          | SYD | FT36    | 30.55 | 2021-05-31 | both    | nl:C2 en:C2 vi:B1
Pieter Zijlstra       | SYD | PT32    | 30.00 | 2021-10-25 | both    | nl:C2 en:C1
Chloe Anderson        | SYD | PT24    | 28.25 | 2024-01-29 | english | en-AU:C2
Marloes Walker        | SYD | FT36    | 30.25 | 2022-03-28 | both    | nl:C2 en:C2
Stefan Huisman        | SYD | PT24    | 29.20 | 2022-11-14 | energy  | nl:C2 en:C1
Esther van Rijn       | PER | FT40    | 30.40 | 2021-01-18 | both    | nl:C2 en:C2
Thijs Campbell        | PER | FT36    | 29.90 | 2021-08-30 | both    | nl:C2 en:C2 de:B2
Renske Hartog         | PER | FT36    | 29.75 | 2022-05-16 | both    | nl:C2 en:C1
Ruby Mitchell         | PER | PT24    | 28.00 | 2024-06-03 | english | en-AU:C2
Joris Bosman          | PER | PT32    | 29.45 | 2022-09-12 | both    | nl:C2 en:C1
"""

# Certificates and trainings that run out or begin: agent, kind, value -> valid from, until.
VALIDITY: dict[tuple[str, str, str], tuple[str, str]] = {
    ("A006", "certificate", "KSF"): ("2025-03-26", "2027-03-26"),
    ("A014", "certificate", "KSF"): ("2025-04-01", "2027-04-01"),
    ("A030", "certificate", "KSF"): ("2025-03-30", "2027-03-30"),
    ("A049", "certificate", "KSF"): ("2025-04-02", "2027-04-02"),
    ("A024", "certificate", "KSF"): ("2027-03-27", ""),
    ("A040", "certificate", "KSF"): ("2027-03-25", ""),
    ("A020", "channel", "social"): ("2027-03-29", ""),
    ("A043", "client", "reisvink"): ("", "2027-04-03"),
}
# Trained for a second client from a date on, the certificate following.
EXTRA_SKILLS: tuple[Row, ...] = (
    ("A002", "client", "reisvink", "", "2027-03-29", ""),
    ("A031", "client", "reisvink", "", "2027-03-30", ""),
    ("A039", "client", "lichtmolen", "", "2027-03-24", ""),
    ("A039", "certificate", "KSF", "", "2027-03-31", ""),
)

EMPLOYED = {"A026": ("2027-03-29", ""), "A037": ("2025-08-18", "2027-04-01")}

LOCATIONS: tuple[Row, ...] = (
    ("A007", "2027-03-01", "2027-04-19", "Asia/Makassar", "ID", "ID-BA"),
    ("A008", "2027-03-20", "2027-04-03", "Europe/Lisbon", "PT", "PT-11"),
    ("A012", "2027-02-15", "2027-03-31", "Australia/Sydney", "AU", "AU-NSW"),
    ("A015", "2027-03-25", "", "Australia/Sydney", "AU", "AU-NSW"),
    ("A018", "2027-03-01", "2027-04-12", "Africa/Johannesburg", "ZA", "ZA-WC"),
    ("A023", "2027-03-26", "2027-04-10", "Asia/Kathmandu", "NP", ""),
    ("A036", "2027-03-08", "2027-03-29", "Europe/Amsterdam", "NL", "NL-NH"),
    ("A051", "2027-03-29", "2027-04-12", "Australia/Lord_Howe", "AU", "AU-NSW"),
)

TIME_OFF: tuple[Row, ...] = (
    ("A015", "2027-03-24", "2027-03-25", "travel", "no"),
    ("A012", "2027-03-30", "2027-03-31", "travel", "no"),
    ("A023", "2027-03-25", "2027-03-26", "travel", "no"),
    ("A036", "2027-03-28", "2027-03-30", "travel", "no"),
    ("A005", "2027-03-26", "2027-03-30", "leave", "yes"),
    ("A009", "2027-03-29", "2027-04-05", "leave", "yes"),
    ("A019", "2027-03-22", "2027-03-25", "leave", "yes"),
    ("A029", "2027-03-26", "2027-03-30", "leave", "yes"),
    ("A032", "2027-04-01", "2027-04-04", "leave", "yes"),
    ("A044", "2027-03-22", "2027-03-24", "sick", "yes"),
    ("A054", "2027-04-02", "2027-04-05", "leave", "yes"),
    ("A057", "2027-03-26", "2027-03-29", "leave", "yes"),
    ("A002", "2027-03-24T09:00", "2027-03-24T17:30", "training", "yes"),
    ("A031", "2027-03-25T08:00", "2027-03-25T16:30", "training", "yes"),
    ("A039", "2027-03-23T13:00", "2027-03-23T17:00", "training", "yes"),
    ("A022", "2027-03-31T09:00", "2027-03-31T12:00", "medical", "yes"),
)

# agent, weekday or date, from, until, available or unavailable
AVAILABILITY: tuple[Row, ...] = (
    *(
        (agent_id, day, "08:30", "14:30", "available")
        for agent_id in ("A003", "A016")
        for day in ("Mo", "Tu", "We", "Th", "Fr")
    ),
    *(("A010", day, "08:00", "18:00", "unavailable") for day in ("Tu", "We", "Th")),
    *(("A017", day, "08:30", "17:00", "unavailable") for day in ("Mo", "We", "Fr")),
    *(("A024", day, "08:30", "17:30", "unavailable") for day in ("Mo", "Tu", "Th")),
    *(("A037", day, "07:00", "15:00", "unavailable") for day in ("Mo", "Tu", "We", "Th", "Fr")),
    ("A014", "We", "07:00", "23:00", "unavailable"),
    ("A020", "Fr", "12:00", "24:00", "unavailable"),
    ("A025", "Su", "00:00", "24:00", "unavailable"),
    ("A034", "Sa", "00:00", "24:00", "unavailable"),
    ("A043", "Su", "07:00", "13:00", "unavailable"),
    ("A053", "Mo", "09:00", "16:00", "unavailable"),
    ("A055", "Th", "07:00", "23:00", "unavailable"),
    ("A060", "2027-03-27", "07:00", "23:00", "unavailable"),
    ("A033", "2027-03-31", "07:00", "12:00", "unavailable"),
)

# agent, weekday or date, from, until, want or avoid, strength
WISHES: tuple[Row, ...] = (
    ("A001", "Fr", "17:00", "24:00", "avoid", 3),
    ("A002", "Mo", "07:00", "16:00", "want", 2),
    ("A005", "Tu", "", "", "avoid", 2),
    ("A006", "2027-03-28", "", "", "avoid", 5),
    ("A008", "Sa", "", "", "avoid", 2),
    ("A009", "We", "18:00", "23:00", "avoid", 3),
    ("A011", "Sa", "", "", "want", 1),
    ("A013", "Th", "19:00", "23:00", "avoid", 2),
    ("A015", "Su", "", "", "avoid", 3),
    ("A018", "Mo", "08:00", "17:00", "want", 2),
    ("A019", "Sa", "", "", "avoid", 4),
    ("A020", "2027-04-04", "", "", "avoid", 3),
    ("A021", "Su", "", "", "want", 2),
    ("A022", "We", "08:00", "16:00", "want", 3),
    ("A023", "2027-03-22", "07:00", "13:00", "avoid", 1),
    ("A024", "Sa", "", "", "want", 3),
    ("A028", "Su", "07:00", "13:00", "avoid", 4),
    ("A030", "Fr", "18:00", "24:00", "avoid", 2),
    ("A032", "Mo", "", "", "want", 1),
    ("A033", "Sa", "18:00", "24:00", "avoid", 3),
    ("A035", "2027-03-28", "", "", "avoid", 5),
    ("A038", "Tu", "07:00", "16:00", "want", 2),
    ("A041", "Su", "", "", "avoid", 4),
    ("A042", "Th", "", "", "want", 2),
    ("A046", "Mo", "18:00", "23:00", "avoid", 2),
    ("A048", "Sa", "07:00", "12:00", "avoid", 3),
    ("A049", "We", "", "", "avoid", 2),
    ("A051", "2027-04-03", "", "", "avoid", 4),
    ("A054", "Mo", "08:00", "17:00", "want", 2),
    ("A056", "Su", "", "", "avoid", 3),
    ("A058", "Fr", "08:00", "18:00", "want", 1),
    ("A060", "2027-03-29", "", "", "want", 2),
)

# A day that must stay: Anouk leads a training, Maaike opens the Sunday of Sydney's clock change.
PINS: tuple[Row, ...] = (
    ("A001", "2027-03-24T08:30", "Europe/Amsterdam", 510),
    ("A048", "2027-04-04T07:30", "Australia/Sydney", 510),
)

_WEEKS_OF_HISTORY = 16
_FIRST_PAST_DAY = date(2027, 3, 22) - timedelta(weeks=_WEEKS_OF_HISTORY)
_WITHOUT_HISTORY = ("A010", "A026", "A044")
# An early shift in Sydney, where it is Monday already: it runs on into the horizon.
_RUNNING_SHIFT: Row = ("A052", "2027-03-22T07:00", "Australia/Sydney", 330)
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAYS_A_WEEK = {"FT40": 5, "FT36": 4, "PT32": 4, "PT24": 3, "PT16": 2, "NIGHT36": 4}
_PAST_SHIFT_MINUTES = 510


def agents() -> tuple[Row, ...]:
    """Return the rows of ``agents.csv``."""
    currencies = {site[0]: site[5] for site in SITES}
    rows: list[Row] = []
    for agent_id, (name, site, contract, rate, since, _, _) in _people().items():
        mail = "".join(c for c in name.lower().replace("ë", "e") if c.isascii() and c.isalpha())
        employed = EMPLOYED.get(agent_id, ("", ""))
        address = f"{mail}@heliotrope.example"
        rows.append(
            (agent_id, name, site, contract, rate, currencies[site], *employed, since, address)
        )
    return tuple(rows)


def skills() -> tuple[Row, ...]:
    """Return the rows of ``skills.csv``."""
    rows: list[Row] = []
    for agent_id, (*_, job, languages) in _people().items():
        clients, channels, certificate = JOBS[job]
        held: list[tuple[str, str, str]] = []
        for tag in languages.split():
            language, level = tag.split(":")
            held.append(("language", language, level))
        held += [("client", client, "") for client in clients.split()]
        held += [("channel", channel, "") for channel in channels.split()]
        held += [("certificate", certificate, "")] if certificate else []
        for kind, value, level in held:
            dates = VALIDITY.get((agent_id, kind, value), ("", ""))
            rows.append((agent_id, kind, value, level, *dates))
        rows += [row for row in EXTRA_SKILLS if row[0] == agent_id]
    return tuple(rows)


def past_shifts(rng: Random) -> tuple[Row, ...]:
    """Draw the rows of ``history.csv``: sixteen weeks before the horizon, lawful for everybody.

    Every agent has two days off in a row, the same each week, starts at much the same time and has
    every other Sunday off, so that rest, weekly rest, runs of days and free Sundays are kept by
    construction. Nobody works before the first day in the job, or on the day of a journey.
    """
    zones = {str(site[0]): str(site[2]) for site in SITES}
    rows: list[Row] = []
    for number, (agent_id, (_, site, contract, _, since, *_)) in enumerate(_people().items()):
        first_off, usual = int(rng.random() * 6), 7 * 60 + 30 * int(rng.random() * 14)
        runs_on = agent_id == _RUNNING_SHIFT[0]
        if runs_on:
            first_off = 5
        for week in range(_WEEKS_OF_HISTORY):
            shifts_left = _DAYS_A_WEEK[contract]
            for offset in range(7):
                late = 30 * int(rng.random() * 3)
                day = _FIRST_PAST_DAY + timedelta(weeks=week, days=offset)
                start = WallTime(day, usual + late)
                day_off = offset in (first_off, first_off + 1)
                if agent_id in _WITHOUT_HISTORY or day_off or not shifts_left:
                    continue
                if day.isoformat() < since or (offset == 6 and (week + number) % 2):
                    continue
                if not _is_free(agent_id, offset, start.minute):
                    continue
                zone = _zone_then(agent_id, start.day, zones[site])
                if zone != _zone_then(agent_id, day - timedelta(days=1), zones[site]):
                    continue
                rows.append((agent_id, start, zone, _PAST_SHIFT_MINUTES))
                shifts_left -= 1
        if runs_on:
            rows.append(_RUNNING_SHIFT)
    return tuple(rows)


def _people() -> dict[str, tuple[str, ...]]:
    lines = _AGENTS.strip().splitlines()
    cells = (tuple(cell.strip() for cell in line.split("|")) for line in lines)
    return {f"A{number:03d}": row for number, row in enumerate(cells, start=1)}


def _zone_then(agent_id: str, day: date, site_zone: str) -> str:
    for who, start, end, zone, *_ in LOCATIONS:
        if who == agent_id and str(start) <= day.isoformat() < (str(end) or "9999"):
            return str(zone)
    return site_zone


def _is_free(agent_id: str, weekday_idx: int, start_minute: int) -> bool:
    for who, day, start, end, kind in AVAILABILITY:
        if who == agent_id and day == _WEEKDAYS[weekday_idx]:
            inside = _minute(start) <= start_minute <= _minute(end) - _PAST_SHIFT_MINUTES
            apart = not (
                start_minute < _minute(end) and _minute(start) < start_minute + _PAST_SHIFT_MINUTES
            )
            if not (inside if kind == "available" else apart):
                return False
    return True


def _minute(clock: object) -> int:
    hours, minutes = str(clock).split(":")
    return int(hours) * 60 + int(minutes)
