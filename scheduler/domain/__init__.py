"""Domain records: frozen, slotted, in field words; validated where they are made.

Instants are aware UTC datetimes. A wall-clock time is a `WallTime` and always travels with an IANA
zone name (and a fold where the hour repeats). Intervals are half-open.
"""

from scheduler.domain.availability import Availability, TimeOff, Wish
from scheduler.domain.demand import DemandInterval, Queue, RequirementInterval
from scheduler.domain.people import Agent, Contract, Location, Site, Skill
from scheduler.domain.planning import Announcement, Closure, ExchangeRate, Horizon, Planning
from scheduler.domain.policy import BreakRule, ClockChange, ShiftPolicy, WakingHours, Weights
from scheduler.domain.roster import Activity, Break, Roster, Shift, SolverNote
from scheduler.domain.shifts import PastShift, Pin
from scheduler.domain.walltime import WallTime

__all__ = [
    "Activity",
    "Agent",
    "Announcement",
    "Availability",
    "Break",
    "BreakRule",
    "ClockChange",
    "Closure",
    "Contract",
    "DemandInterval",
    "ExchangeRate",
    "Horizon",
    "Location",
    "PastShift",
    "Pin",
    "Planning",
    "Queue",
    "RequirementInterval",
    "Roster",
    "Shift",
    "ShiftPolicy",
    "Site",
    "Skill",
    "SolverNote",
    "TimeOff",
    "WakingHours",
    "WallTime",
    "Weights",
    "Wish",
]
