"""A planning folder with every file, for tests to read and to spoil."""
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

GOOD: Mapping[str, str] = {
    "planning.yaml": """\
format: heliotrope/1
name: Dutch care
horizon:
  start: 2027-03-22
  end: "2027-04-05"
  zone: Europe/Amsterdam
interval_minutes: 30
currency: EUR
exchange_rates: {AUD: 0.61, USD: [{rate: 0.92}, {from: 2027-04-01, rate: 0.93}]}
shifts:
  min_hours: 4
  max_hours: 9
  length_step_minutes: 60
  start_step_minutes: 30
  clock_change: keep_duration
waking_hours: {from: 07:00, until: 23:00}
weights:
  wish_cents: 300
  priority_percent: [200, 100]
break_rules:
  - {over_hours: 5.5, break_minutes: 30}
  - {over_hours: 10, break_minutes: 45, paid: no, margin_minutes: 120}
min_stint_minutes: 60
closures:
  - {date: 2027-03-29, name: Easter Monday, site: ams}
  - {date: 2027-04-01, name: Company day}
permits: [AU.additional_hours, ZA.overtime]
rule_packs:
  - my-rules.yaml
  - {format: heliotrope-rules/1, pack: own, kind: policy, note:, limits: [{min: 12 h, until: 02:00}]}
announced: {times_on: 2027-03-01, rest_days_on: 2027-02-22}
history_from: 2026-10-01
""",
    "sites.csv": """\
site_id,name,zone,country,subdivision,currency
ams,Amsterdam,Europe/Amsterdam,NL,NL-NH,EUR
pbm,Paramaribo,America/Paramaribo,SR,,USD
""",
    "contracts.csv": """\
contract_id,min_hours_week,target_hours_week,max_hours_week,max_days_week,min_shift_hours,max_shift_hours,night_allowed,rule_packs,law,on_call
full,32,36,40,5,4,9,no,,,yes
part,16,20.5,24,4,,,yes,,NL,no
""",
    "agents.csv": """\
agent_id,name,site_id,contract_id,hourly_rate,currency,employed_from,employed_until,started_on,email,waking_from,waking_until
a1,Noor de Vries,ams,full,27.50,EUR,2020-01-01,2028-01-01,2020-01-01,noor@example.com,06:00,22:00
a2,"Bakker, Daan",ams,part,26,EUR,,,,,,
p1,Shanti Ramdin,pbm,full,11.00,USD,,,,,,
""",
    "locations.csv": """\
agent_id,from_date,until_date,zone,country,subdivision
a2,2027-03-24,2027-03-27,Australia/Perth,AU,AU-WA
a2,2027-03-27,2027-03-29,Asia/Kathmandu,NP,
""",
    "skills.csv": """\
agent_id,kind,value,level,valid_from,valid_until
a1,client,Tulp,,,
a1,channel,phone,3,,
a1,language,nl,C2,,
a1,certificate,KSF,,2026-04-01,2027-04-01
a2,client,Tulp,,,
a2,channel,email,,,
a2,language,nl,B2,,
p1,client,Tulp,,,
p1,channel,phone,,,
p1,language,nl-SR,C2,,
""",
    "queues.csv": """\
queue_id,client,channel,language,min_level,certificate,priority,opening,zone,target_percent,target_seconds,concurrency,patience_s,deadline_hours,shrinkage,country,subdivision
phone,Tulp,phone,nl,B2,KSF,1,Mo-Fr 08:00-18:00; Sa 10:00-14:00; PH 08:00-12:00,Europe/Amsterdam,80,20,,180,,0.1,NL,
mail,Tulp,email,nl,,,2,,Europe/Amsterdam,95,,1,,24,,AU,AU-NSW
""",
    "demand.csv": """\
queue_id,interval_start,offered,aht_s
phone,2027-03-22T08:00+01:00,12.5,240
phone,2027-03-22T07:30Z,3,240
mail,2027-03-28 03:00+02:00,4,600
phone,2027-03-28T03:00+02:00,0,0
""",
    "requirements.csv": """\
queue_id,interval_start,agents
phone,2027-03-29T08:00+02:00,2
mail,2027-04-04T21:30Z,1
""",
    "availability.csv": """\
agent_id,weekday,date,from,until,kind
a1,We,,09:00,17:00,available
a2,,2027-03-30,00:00,24:00,unavailable
""",
    "time_off.csv": """\
agent_id,from,until,kind,paid
a1,2027-03-29,2027-04-01,leave,yes
p1,2027-03-25T12:00,2027-03-25T14:00,training,no
""",
    "wishes.csv": """\
agent_id,weekday,date,from,until,wish,strength
a1,Su,,,,avoid,5
a2,,2027-03-31,18:00,,avoid,2
""",
    "history.csv": """\
agent_id,start_local,zone,fold,end_utc,duration_minutes
a1,2027-03-21T14:00,Europe/Amsterdam,,,480
a2,2026-10-25T02:30,Europe/Amsterdam,1,2026-10-25T09:00Z,
a2,2027-03-21T22:00,Europe/Amsterdam,,2027-03-22T05:00Z,
""",
    "pins.csv": """\
agent_id,start_local,zone,fold,duration_minutes
a1,2027-03-23T09:00,Europe/Amsterdam,,480
p1,2027-03-23T08:30,America/Paramaribo,0,240
""",
    "my-rules.yaml": """\
format: heliotrope-rules/1
pack: NL-FCC
kind: agreement
premiums:
  - {name: evening, from: 18:00, until: 24:00, factor: 1.25, checked_on: 2026-11-01}
""",
}


def write(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the good folder with some files replaced, or left out where the change is None."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**GOOD, **(changes or {})}.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        elif content is not None:
            (folder / name).write_bytes(content.encode())
    return folder


def edited(name: str, old: str, new: str) -> dict[str, str | bytes | None]:
    """Return the change that replaces `old`, which occurs once, in one file."""
    assert GOOD[name].count(old) == 1, (name, old)
    return {name: GOOD[name].replace(old, new)}
