"""Shift options the slow way: minute by minute, reading the clock at each, in plain Python.

Shares nothing with `scheduler.planning` but the domain records and what `timegrid` says a clock
shows at an instant and where an agent is. Daily windows are judged by readings, not by edges, so
the plannings compared must not begin or end a window inside an hour that a clock repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import chain

from scheduler.domain import Agent, BreakRule, ClockChange, Planning, WallTime
from scheduler.labour import (
    BreakTime,
    DayHours,
    Limit,
    MinEngagement,
    Notice,
    NoWork,
    Pack,
    RuleBook,
    ShiftHours,
)
from scheduler.timegrid.holidays import is_public_holiday
from scheduler.timegrid.timeline import Place, place_at, place_timeline
from scheduler.timegrid.windows import horizon_bounds
from scheduler.timegrid.zones import local_of

MINUTE = timedelta(minutes=1)
MARGIN_MINUTES = 3 * 1440


@dataclass(frozen=True)
class OptionFacts:
    """All that the option table says of one shift, in readable form."""

    day: date
    start: int
    end: int
    paid_minutes: int
    break_slots: int
    break_from: int
    break_until: int
    wages_cents: int
    own_night_cents: int
    wish_cents: int
    weekend: bool
    evening: bool
    pinned: bool


@lru_cache(maxsize=1024)
def readings(zone: str, utc_day: date) -> tuple[int, ...]:
    """What the clock shows each minute of a UTC date, as ordinal of the day * 1440 + minute."""
    start = datetime(utc_day.year, utc_day.month, utc_day.day, tzinfo=UTC)
    return tuple(wall_number(local_of(start + idx * MINUTE, zone).wall) for idx in range(1440))


def wall_number(wall: WallTime) -> int:
    return wall.day.toordinal() * 1440 + wall.minute


class Oracle:
    """The options of one agent of a planning; minutes count from the horizon's start."""

    def __init__(self, planning: Planning, agent: Agent, book: RuleBook) -> None:
        self.planning, self.agent, self.book = planning, agent, book
        self.waking = agent.waking_hours or planning.waking_hours
        self.start, self.end = horizon_bounds(planning.horizon)
        self.minutes = (self.end - self.start) // MINUTE
        self.contract = next(
            row for row in planning.contracts if row.contract_id == agent.contract_id
        )
        self.site = next(row for row in planning.sites if row.site_id == agent.site_id)
        self.timeline = place_timeline(self.site, self.own(planning.locations))
        self.off = self.own(planning.time_off)
        self.availability = self.own(planning.availability)
        self.wishes = self.own(planning.wishes)
        self.tables: dict[str, tuple[int, ...]] = {}
        self.forbidden: dict[str, list[int]] = {}
        self.instants: dict[tuple[str, int, bool], int] = {}
        self.serving = self.serving_slots()

    def own(self, rows):
        return [row for row in rows if row.agent_id == self.agent.agent_id]

    def table(self, zone: str) -> tuple[int, ...]:
        if zone not in self.tables:
            first = self.start - MARGIN_MINUTES * MINUTE
            skipped = first.hour * 60 + first.minute
            days = (self.minutes + 2 * MARGIN_MINUTES) // 1440 + 2
            shown = (readings(zone, first.date() + timedelta(days=idx)) for idx in range(days))
            self.tables[zone] = tuple(chain.from_iterable(shown))[skipped:]
        return self.tables[zone]

    def shown(self, zone: str, minute: int) -> int:
        return self.table(zone)[minute + MARGIN_MINUTES]

    def place(self, minute: int) -> Place:
        return place_at(self.timeline, self.start + minute * MINUTE)

    def reading(self, minute: int) -> int:
        return self.shown(self.place(minute).zone, minute)

    def when(self, zone: str, wall: int, *, last: bool = False) -> int:
        """Minute at which the clock shows `wall`; where it never does, when it jumps over it."""
        key = zone, wall, last
        if key not in self.instants:
            self.instants[key] = self.look_up(*key)
        return self.instants[key]

    def look_up(self, zone: str, wall: int, last: bool) -> int:
        table = self.table(zone)
        if wall in table:
            first = table.index(wall)
            second = table.index(wall, first + 1) if table.count(wall) > 1 else first
            return (second if last else first) - MARGIN_MINUTES
        hits = [idx for idx in range(1, len(table)) if table[idx - 1] < wall < table[idx]]
        if not hits:
            return -MARGIN_MINUTES if wall < table[0] else self.minutes + MARGIN_MINUTES
        return hits[0] - MARGIN_MINUTES

    # Skills

    def holds(self, kind: str, fits, minute: int) -> bool:
        today = date.fromordinal(self.reading(minute) // 1440)
        return any(
            skill.kind == kind
            and fits(skill)
            and (skill.valid_from is None or skill.valid_from <= today)
            and (skill.valid_until is None or today < skill.valid_until)
            for skill in self.own(self.planning.skills)
        )

    def may_serve(self, queue, minute: int) -> bool:
        def speaks(skill) -> bool:
            mine, asked = skill.value.lower().split("-"), queue.language.lower().split("-")
            common = min(len(mine), len(asked))
            if mine[:common] != asked[:common]:
                return False
            return queue.min_level is None or (
                skill.level is not None and skill.level >= queue.min_level
            )

        return (
            self.holds("client", lambda skill: skill.value == queue.client, minute)
            and self.holds("channel", lambda skill: skill.value == queue.channel, minute)
            and self.holds("language", speaks, minute)
            and (
                queue.certificate is None
                or self.holds("certificate", lambda skill: skill.value == queue.certificate, minute)
            )
        )

    def queues_in_slot(self, slot: int) -> frozenset[str]:
        """Queues held through the whole interval around a slot (sampled each 5 minutes)."""
        length = self.planning.interval_minutes
        first = slot * 15 // length * length
        return frozenset(
            queue.queue_id
            for queue in self.planning.queues
            if all(self.may_serve(queue, minute) for minute in (*range(first, first + length, 5),))
        )

    def serving_slots(self) -> list[frozenset[str]]:
        per_interval = self.planning.interval_minutes // 15
        found = [self.queues_in_slot(slot) for slot in range(0, self.minutes // 15, per_interval)]
        return [queues for queues in found for _ in range(per_interval)]

    # Lawful shifts

    def forbidden_minutes(self, zone: str) -> list[int]:
        """How many minutes before each one the agent may not be at work."""
        if zone not in self.forbidden:
            before = [0]
            for minute in range(self.minutes + 2 * 1440):
                before.append(before[-1] + (not self.allowed(zone, minute)))
            self.forbidden[zone] = before
        return self.forbidden[zone]

    def allowed(self, zone: str, minute: int) -> bool:
        """Whether the agent may be at work in a minute, by the clock of the place."""
        shown = self.shown(zone, minute)
        today, clock = date.fromordinal(shown // 1440), shown % 1440
        waking = self.waking
        if not self.contract.night_allowed and not (
            waking.from_minute <= clock < waking.until_minute
        ):
            return False
        if self.agent.employed_from and today < self.agent.employed_from:
            return False
        if self.agent.employed_until and today >= self.agent.employed_until:
            return False
        rows = [
            row
            for row in self.availability
            if today == row.day or today.isoweekday() == row.weekday
        ]
        inside = [row for row in rows if row.from_minute <= clock < row.until_minute]
        if any(row.available for row in rows) and not any(row.available for row in inside):
            return False
        if any(not row.available for row in inside):
            return False
        return not any(
            self.when(zone, wall_number(row.start))
            <= minute
            < self.when(zone, wall_number(row.end), last=True)
            for row in self.off
        )

    def ends(self, zone: str, start: int) -> set[int]:
        policy, contract = self.planning.shifts, self.contract
        found = set()
        length = policy.min_minutes
        while length <= policy.max_minutes:
            if (contract.min_shift_minutes or 0) <= length <= (contract.max_shift_minutes or 9999):
                if policy.clock_change is ClockChange.KEEP_DURATION:
                    found.add(start + length)
                else:
                    found.add(self.when(zone, self.shown(zone, start) + length))
            length += policy.length_step_minutes
        return {end for end in found if end > start}

    def options(self) -> set[OptionFacts]:
        found: set[OptionFacts] = set()
        taken = {self.reading_at(past.start) // 1440 for past in self.own(self.planning.history)}
        pins = {self.reading_at(pin.start) // 1440: pin for pin in self.own(self.planning.pins)}
        for start in range(0, self.minutes, 15):
            place = self.place(start)
            shown = self.shown(place.zone, start)
            if shown // 1440 in taken or shown // 1440 in pins:
                continue
            if shown % 1440 % self.planning.shifts.start_step_minutes:
                continue
            for end in self.ends(place.zone, start):
                if (
                    all(
                        (now := self.place(minute)).zone == place.zone
                        and (now.country, now.subdivision) == (place.country, place.subdivision)
                        for minute in range(start, end, 15)
                    )
                    and self.forbidden_minutes(place.zone)[start]
                    == self.forbidden_minutes(place.zone)[end]
                    and any(self.serving[start // 15 : end // 15])
                    and self.lawful(start, end)
                ):
                    found.add(self.facts(start, end, pinned=False))
        for pin in pins.values():
            start, end = (pin.start - self.start) // MINUTE, (pin.end - self.start) // MINUTE
            found.add(self.facts(start, end, pinned=True))
        return found

    def reading_at(self, instant: datetime) -> int:
        return self.reading((instant - self.start) // MINUTE)

    # Costs

    def facts(self, start: int, end: int, *, pinned: bool) -> OptionFacts:
        planning = self.planning
        zone = self.place(start).zone
        shown = [self.shown(zone, minute) for minute in range(start, end)]
        day = date.fromordinal(shown[0] // 1440)
        length, paid, slots = self.pause(start, end)
        unpaid = 0 if paid else length
        rate = self.agent.hourly_rate
        if self.agent.currency != planning.currency:
            rate *= max(
                (row.from_date or date.min, row.rate)
                for row in planning.exchange_rates
                if (row.from_date or date.min) <= day
            )[1]
        waking = self.waking
        night = sum(not waking.from_minute <= wall % 1440 < waking.until_minute for wall in shown)
        return OptionFacts(
            day=day,
            start=start // 15,
            end=end // 15,
            paid_minutes=end - start - unpaid,
            break_slots=length // 15,
            break_from=min(slots, default=-1),
            break_until=max(slots, default=-1),
            wages_cents=round_half_up(Decimal(end - start - unpaid) * rate * 100 / 60),
            own_night_cents=round_half_up(
                Decimal(night) * planning.weights.own_night_cents_hour / 60
            ),
            wish_cents=self.shift_wishes(day, shown) * planning.weights.wish_cents,
            weekend=day.strftime("%a") in ("Sat", "Sun"),
            evening=any(wall // 1440 == day.toordinal() and wall % 1440 >= 1200 for wall in shown),
            pinned=pinned,
        )

    def pause(self, start: int, end: int) -> tuple[int, bool, list[int]]:
        """Length of the break, whether it is paid, slots at which it may start."""
        elapsed, rule = end - start, self.break_rule(end - start)
        asked = [row for _, row in self.limits(start) if isinstance(row, BreakTime)]
        length = rule.break_minutes if rule else 0
        while any(
            row.over_minutes < elapsed - length and row.min_minutes > length for row in asked
        ):
            length += 15
        if not length:
            return 0, False, []
        margin = rule.margin_minutes if rule else 0
        slots = [
            slot
            for slot in range(start // 15, end // 15)
            if slot * 15 >= start + margin and slot * 15 + length <= end - margin
        ]
        latest = [
            start + row.within_minutes
            for row in asked
            if row.over_minutes < elapsed - length and row.within_minutes is not None
        ]
        if latest and slots:
            early = [slot for slot in slots if slot * 15 <= min(latest)]
            slots = early or [min(latest) // 15]
        return length, rule is not None and rule.paid, slots

    # Law

    def limits(self, start: int) -> list[tuple[Pack, Limit]]:
        """The limits that a shift with that start falls under."""
        here = {self.site.country, self.contract.law, self.place(start).country}
        today = date.fromordinal(self.shown(self.site.zone, start) // 1440)
        days = self.contract.max_days_week or 7
        return [
            (pack, limit)
            for pack in self.book.packs.values()
            if pack.kind == "policy"
            or (pack.country is not None and pack.country in here)
            or pack.pack_id in self.contract.rule_packs
            for limit in pack.limits
            if (limit.valid_from is None or limit.valid_from <= today)
            and (limit.valid_to is None or today < limit.valid_to)
            and limit.on_call in (None, self.contract.on_call)
            and (limit.days_over is None or days > limit.days_over)
            and f"{pack.pack_id}.{limit.waived_by}" not in self.planning.permits
        ]

    def lawful(self, start: int, end: int) -> bool:
        """Whether neither a closure nor a limit speaks against a shift by itself."""
        place = self.place(start)
        shown = [self.shown(place.zone, minute) for minute in range(start, end)]
        days = {date.fromordinal(wall // 1440) for wall in shown}
        closed = {
            row.day
            for row in self.planning.closures
            if row.site_id is None or row.site_id == self.agent.site_id
        }
        length, paid, slots = self.pause(start, end)
        if closed & days or (length and not slots):
            return False
        work = end - start - (0 if paid else length)
        told = self.planning.announced
        for pack, limit in self.limits(start):
            match limit:
                case ShiftHours():
                    night = sum(
                        pack.night.from_minute <= wall % 1440 < pack.night.until_minute
                        for wall in shown
                    )
                    most = limit.extended_max_minutes or limit.max_minutes
                    if work > most and (not limit.night_only or night > pack.night.over_minutes):
                        return False
                case DayHours() if work > limit.max_minutes:
                    return False
                case MinEngagement() if work < limit.min_minutes:
                    return False
                case NoWork() if any(
                    day.isoweekday() in limit.weekdays
                    or (limit.holidays and is_public_holiday(day, place.country, None))
                    for day in days
                ):
                    return False
                case Notice() if told is not None:
                    day = date.fromordinal(shown[0] // 1440)
                    times = (day - told.times_on).days
                    free = (day - (told.rest_days_on or told.times_on)).days
                    split = limit.or_times_days is not None and (
                        times >= limit.or_times_days and free >= limit.or_rest_days_days
                    )
                    if times < limit.times_days and not split:
                        return False
        return True

    def break_rule(self, elapsed: int) -> BreakRule | None:
        best = None
        for rule in self.planning.break_rules:
            if elapsed > rule.over_minutes and (
                best is None or rule.over_minutes > best.over_minutes
            ):
                best = rule
        return best

    def shift_wishes(self, day: date, shown: list[int]) -> int:
        points = 0
        for wish in self.wishes:
            times = range(wish.from_minute, wish.until_minute)
            if not wish.want:
                for touched in {wall // 1440 for wall in shown}:
                    if wish_is_for(wish, date.fromordinal(touched)) and any(
                        wall // 1440 == touched and wall % 1440 in times for wall in shown
                    ):
                        points += wish.strength
            elif wish_is_for(wish, day) and self.asks(day):
                named = len(times) != 1440
                if named and any(
                    wall // 1440 != day.toordinal() or wall % 1440 not in times for wall in shown
                ):
                    points += wish.strength
        return points

    def asks(self, day: date) -> bool:
        """Whether a date counts and is not off the whole day."""
        noon = day.toordinal() * 1440 + 720
        if all(self.reading(minute) != noon for minute in range(0, self.minutes, 5)):
            return False
        return not all(
            any(
                wall_number(row.start) <= day.toordinal() * 1440 + minute < wall_number(row.end)
                for row in self.off
            )
            for minute in range(0, 1440, 5)
        )

    def off_points(self, day: date) -> int:
        return sum(
            wish.strength
            for wish in self.wishes
            if wish.want and wish_is_for(wish, day) and self.asks(day)
        )


def wish_is_for(wish, day: date) -> bool:
    return day == wish.day or day.isoweekday() == wish.weekday


def round_half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
