"""Write the example planning folder `dutch-247`: sixty agents, five sites, ten queues, two weeks.

The folder is committed; this script says how it came about and makes it anew, byte for byte (but
for the last digits of the forecast)::

    python examples/make_dutch_247.py             # writes examples/dutch-247
    python examples/make_dutch_247.py DIR --report
    python examples/make_dutch_247.py DIR --without-demand

``contacts.csv`` is a history drawn at random; ``demand.csv`` is what `helio forecast` makes of it.
``--report`` also prints, per hour of UTC, how many agents are needed and how many are awake.
All people and companies are invented.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import dutch_247_contacts as contacts
import dutch_247_demand as demand
import dutch_247_people as people

from scheduler.usecases.forecast_contacts import demand_csv, forecast_contacts
from scheduler.usecases.read_input import read_planning

SEED = 20270328
FOLDER = Path(__file__).parent / "dutch-247"

PLANNING_YAML = """\
# Customer care around the clock for two Dutch companies, by people who are awake.
#
# Lichtmolen (energy) and Reisvink (travel) are invented, and so are all agents. While the
# Netherlands sleep, Paramaribo and Willemstad have evening and Sydney and Perth have day.
# This file and the CSV files beside it are made by examples/make_dutch_247.py.

format: heliotrope/1
name: Dutch customer care around the clock

# Two weeks of local days in Amsterdam, the end not included. Both clock changes of that spring lie
# inside: the Netherlands on Sunday 28 March (also Easter Sunday), Sydney on Sunday 4 April.
horizon:
  start: 2027-03-22
  end: 2027-04-05
  zone: Europe/Amsterdam

interval_minutes: 30

# All costs are in the base currency; one unit of each other currency is worth so much of it.
currency: EUR
exchange_rates:
  SRD: 0.0236
  XCG: 0.4810
  AUD: 0.5620

# Elapsed lengths, breaks included: 4:30, 5:30, 6:30, 7:30 and 8:30 hours, starting on the whole and
# half hours of the agent's own clock.
shifts:
  min_hours: 4.5
  max_hours: 8.5
  length_step_minutes: 60
  start_step_minutes: 30

# Outside these hours of the own clock nobody works, but for the few contracts that allow nights.
waking_hours:
  from: "07:00"
  until: "23:00"

# Agents know their shifts from this date on: four weeks ahead, as the law of the Netherlands asks.
announced:
  times_on: 2027-02-19

# Suriname forbids work on Sundays and holidays without a permit; in Australia more than 38 hours a
# week need the agent's agreement.
permits: [SR.rest_day_work, AU.additional_hours]

# Breaks are the default: half an hour, unpaid, in shifts of more than five and a half hours.
# What things are worth is the default, too; to change it, add for instance
#   weights:
#     own_night_cents_hour: 2500
"""


def tables() -> dict[str, tuple[str, Sequence[people.Row]]]:
    """Return, by file stem, the column names (one text, blanks between) and the rows."""
    return {
        "sites": ("site_id name zone country subdivision currency", people.SITES),
        "contracts": (
            (
                "contract_id min_hours_week target_hours_week max_hours_week max_days_week "
                "max_shift_hours night_allowed"
            ),
            people.CONTRACTS,
        ),
        "agents": (
            (
                "agent_id name site_id contract_id hourly_rate currency employed_from "
                "employed_until started_on email"
            ),
            people.agents(),
        ),
        "locations": ("agent_id from_date until_date zone country subdivision", people.LOCATIONS),
        "skills": ("agent_id kind value level valid_from valid_until", people.skills()),
        "queues": (
            (
                "queue_id client channel language min_level certificate priority opening zone "
                "country target_percent target_seconds concurrency patience_s deadline_hours "
                "shrinkage"
            ),
            tuple(demand.queue_rows()),
        ),
        "requirements": ("queue_id interval_start agents", tuple(demand.requirement_rows())),
        "availability": ("agent_id weekday date from until kind", _by_day(people.AVAILABILITY)),
        "time_off": ("agent_id from until kind paid", people.TIME_OFF),
        "wishes": ("agent_id weekday date from until wish strength", _by_day(people.WISHES)),
        "history": (
            "agent_id start_local zone duration_minutes",
            people.past_shifts(Random(SEED)),
        ),
        "contacts": (
            "queue interval_start_utc offered aht_s",
            tuple(contacts.contact_rows(SEED)),
        ),
        "pins": ("agent_id start_local zone duration_minutes", people.PINS),
    }


def write_folder(folder: Path) -> None:
    """Write the planning folder but for its demand; files of the same name are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "planning.yaml").write_text(PLANNING_YAML, encoding="utf-8", newline="\n")
    for stem, (columns, rows) in tables().items():
        path = folder / f"{stem}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns.split())
            writer.writerows(rows)


def forecast_demand(folder: Path) -> str:
    """Return the text of ``demand.csv``: the forecast of the folder's contacts."""
    old = folder / "demand.csv"
    old.unlink(missing_ok=True)
    planning = read_planning(folder)
    return demand_csv(forecast_contacts(folder / "contacts.csv", planning).demand)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder, and on request report whether its demand can be met; return 0."""
    parser = argparse.ArgumentParser(description="Write the example planning folder dutch-247.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument(
        "--report", action="store_true", help="also print need against awake agents"
    )
    parser.add_argument(
        "--without-demand", action="store_true", help="do not forecast: leave demand.csv alone"
    )
    options = parser.parse_args(arguments)
    write_folder(options.folder)
    if not options.without_demand:
        text = forecast_demand(options.folder)
        (options.folder / "demand.csv").write_text(text, encoding="utf-8", newline="\n")
    if options.report:
        import feasibility

        sys.stdout.write(feasibility.report(feasibility.read(options.folder)))
    return 0


def _by_day(rows: Sequence[people.Row]) -> tuple[people.Row, ...]:
    """Put the second cell under ``weekday`` or, where it is a date, under ``date``."""
    split = (("", day) if "-" in str(day) else (day, "") for _, day, *_ in rows)
    return tuple((row[0], *days, *row[2:]) for row, days in zip(rows, split, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
