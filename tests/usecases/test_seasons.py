"""Seasons: clocks through a year, and cover of the standard week against independent oracles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import Location, Planning, RequirementInterval, WakingHours
from scheduler.timegrid.windows import horizon_bounds, minutes_in_clock_window
from scheduler.timegrid.zones import local_of
from scheduler.usecases.awake_cover import HeadsFlow
from scheduler.usecases.seasons import plan_seasons
from solver import uncovered_time
from tests.builders import (
    MONDAY,
    flat_requirements,
    make_agent,
    make_contract,
    make_horizon,
    make_planning,
    make_queue,
    make_site,
    make_skills,
)

QUARTER = timedelta(minutes=15)
AMS, SYD, PBM = "Europe/Amsterdam", "Australia/Sydney", "America/Paramaribo"


def of_sites(*zones: str, **changes: object) -> Planning:
    """One agent in each zone, one always open Dutch queue without need."""
    sites = tuple(make_site(zone) for zone in zones)
    agents = tuple(make_agent(f"a{idx}", site.site_id) for idx, site in enumerate(sites))
    return make_planning(sites=sites, agents=agents, **changes)


def test_amsterdam_and_sydney_through_2027():
    view = plan_seasons(of_sites(AMS, SYD), 2027)
    assert [(row.first_day, row.last_day, row.ahead_minutes[1] // 60) for row in view.seasons] == [
        (date(2027, 1, 4), date(2027, 3, 27), 10),
        (date(2027, 3, 28), date(2027, 4, 3), 9),
        (date(2027, 4, 4), date(2027, 10, 2), 8),
        (date(2027, 10, 3), date(2027, 10, 30), 9),
        (date(2027, 10, 31), date(2028, 1, 2), 10),
    ]
    moves = [(week.number, move) for week in view.weeks for move in week.moves]
    assert [(number, move.name, move.day, move.minutes) for number, move in moves] == [
        (12, "Amsterdam", date(2027, 3, 28), 60),
        (13, "Sydney", date(2027, 4, 4), -60),
        (39, "Sydney", date(2027, 10, 3), 60),
        (43, "Amsterdam", date(2027, 10, 31), -60),
    ]
    assert [row.weeks for row in view.seasons][1] == (12, 13)


def test_places_whose_clocks_stand_still_have_one_season():
    zones = (PBM, "America/Curacao", "Australia/Perth", "Asia/Kathmandu")
    sites = tuple(make_site(zone, country="SR") for zone in zones)
    queue = make_queue(zone=PBM)
    view = plan_seasons(
        make_planning(sites=sites, agents=(make_agent("a", "perth"),), queues=(queue,)), 2027
    )
    (season,) = view.seasons
    assert season.ahead_minutes == (0, -60, 11 * 60, 8 * 60 + 45)
    assert not any(week.moves for week in view.weeks)
    # Perth sleeps from 23:00 to 07:00, which is 15:00 to 23:00 of UTC; nobody lives elsewhere.
    assert season.awake[2] == (1.0,) * 30 + (0.0,) * 16 + (1.0,) * 2
    assert not any(season.awake[0])


def test_lord_howe_moves_by_half_an_hour():
    view = plan_seasons(
        of_sites("Australia/Lord_Howe", queues=(make_queue(zone="Australia/Lord_Howe"),)), 2027
    )
    assert [row.offsets_minutes for row in view.seasons] == [(660,), (630,), (660,)]
    assert [move.minutes for week in view.weeks for move in week.moves] == [-30, 30]


@pytest.mark.parametrize(("year", "weeks"), [(2026, 53), (2027, 52), (2032, 53)])
def test_the_weeks_of_a_year_tile_it(year: int, weeks: int):
    view = plan_seasons(of_sites(AMS), year)
    assert [week.number for week in view.weeks] == list(range(1, weeks + 1))
    for week in view.weeks:
        assert week.monday.isocalendar() == (year, week.number, 1)
    for before, after in zip(view.seasons, view.seasons[1:], strict=False):
        assert after.first_day - before.last_day == timedelta(days=1)


# -- Cover against Hall's condition --------------------------------------------------------------


def subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(count + 1):
        yield from combinations(range(count), size)


def deficiency(
    served: Sequence[tuple[int, ...]], heads: Sequence[int], needs: Sequence[int]
) -> int:
    """Hall: the most by which the need of some queues exceeds the heads that may serve any."""
    return max(
        sum(needs[queue] for queue in queues)
        - sum(count for able, count in zip(served, heads, strict=True) if set(able) & set(queues))
        for queues in subsets(len(needs))
    )


@st.composite
def spreads(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[int], list[int]]:
    queues = draw(st.integers(1, 4))
    able = st.lists(st.sampled_from(range(queues)), unique=True).map(lambda row: tuple(sorted(row)))
    served = draw(st.lists(able, min_size=1, max_size=5))
    counts = st.integers(0, 6)
    heads = draw(st.lists(counts, min_size=len(served), max_size=len(served)))
    needs = draw(st.lists(counts, min_size=queues, max_size=queues))
    return served, heads, needs


@given(spreads(), st.data())
def test_heads_meet_what_halls_condition_allows(
    case: tuple[list[tuple[int, ...]], list[int], list[int]], data: st.DataObject
):
    served, heads, needs = case
    order = data.draw(st.permutations(range(len(needs))))
    flow = HeadsFlow(served, needs, order)
    flow.add(heads)
    used = flow.fill()
    assert sum(flow.short) == deficiency(served, heads, needs)
    for idx, split in enumerate(flow.assigned()):
        assert set(split) <= set(served[idx])
        assert min(split.values(), default=0) >= 0
        assert sum(split.values()) == used[idx] <= heads[idx]
    for queue, need in enumerate(needs):
        assert need - flow.short[queue] == sum(split.get(queue, 0) for split in flow.assigned())
    for count in range(1, len(order) + 1):  # the more important queues first, as well as can be
        first = [need if queue in order[:count] else 0 for queue, need in enumerate(needs)]
        assert sum(flow.short[queue] for queue in order[:count]) == deficiency(served, heads, first)
    for queue, missing in enumerate(flow.short):
        if missing:
            shared, able = flow.bottleneck(queue)
            assert queue in shared
            assert able == sum(
                count for row, count in zip(served, heads, strict=True) if set(row) & set(shared)
            )
            assert able < sum(needs[idx] for idx in shared)
    more = data.draw(st.lists(st.integers(0, 3), min_size=len(heads), max_size=len(heads)))
    before = list(flow.short)
    flow.add(more)
    new = flow.fill()
    assert all(left <= had for left, had in zip(flow.short, before, strict=True))
    assert sum(new) == sum(before) - sum(flow.short)
    assert all(count <= extra for count, extra in zip(new, more, strict=True))
    both = [one + other for one, other in zip(heads, more, strict=True)]
    assert sum(flow.short) == deficiency(served, both, needs)


@given(st.data())
def test_hours_of_a_week_against_all_cuts(data: st.DataObject):
    served, heads, needs = data.draw(spreads())
    room = data.draw(st.lists(st.integers(0, 9), min_size=len(served), max_size=len(served)))
    kinds = [(tuple(needs), tuple(heads))]
    for _ in range(data.draw(st.integers(0, 2))):
        other = st.integers(0, 6)
        kinds.append(
            (
                tuple(data.draw(other) for _ in needs),
                tuple(data.draw(other) for _ in heads),
            )
        )
    quarters = [kind for kind in kinds for _ in range(data.draw(st.integers(1, 3)))]
    least_cut = min(
        sum(room[idx] for idx in cut)
        + sum(
            sum(needed)
            - deficiency(
                served,
                [0 if idx in cut else count for idx, count in enumerate(there)],
                needed,
            )
            for needed, there in quarters
        )
        for cut in subsets(len(served))
    )
    total = sum(sum(needed) for needed, _ in quarters)
    assert uncovered_time(served, room, quarters) == total - least_cut


@given(
    st.lists(
        st.tuples(
            st.sampled_from((AMS, SYD, PBM)),
            st.sampled_from(((0,), (1,), (0, 1))),
            st.sampled_from((None, WakingHours(540, 1020), WakingHours(0, 1440))),
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.integers(0, 2), min_size=48, max_size=48),
    st.sampled_from((12, 13, 20, 39, 43)),
)
@settings(max_examples=12, deadline=None)
def test_a_week_of_the_year_against_instants(
    crew: list[tuple[str, tuple[int, ...], WakingHours | None]], need: list[int], number: int
):
    """Two queues, clocks of Amsterdam and Sydney; need by hour of day, on weekends one less."""
    queues = (make_queue("q0"), make_queue("q1", zone=SYD, channel="chat", priority=2))
    sites = tuple(make_site(zone) for zone in (AMS, SYD, PBM))
    agents = tuple(
        make_agent(f"a{idx}", zone.rsplit("/", maxsplit=1)[-1].lower(), waking_hours=waking)
        for idx, (zone, _, waking) in enumerate(crew)
    )
    skills = tuple(
        skill
        for idx, (_, able, _) in enumerate(crew)
        for queue in able
        for skill in make_skills(f"a{idx}", queues[queue])
    )

    def needed(queue: int, instant: datetime) -> int:
        wall = local_of(instant, queues[queue].zone).wall
        weekend = wall.day.isoweekday() >= 6
        return max(0, need[24 * queue + wall.minute // 60] - weekend)

    horizon = make_horizon(days=7)
    start, end = horizon_bounds(horizon)
    requirements = tuple(
        RequirementInterval(queue.queue_id, start + step * 2 * QUARTER, amount)
        for idx, queue in enumerate(queues)
        for step in range((end - start) // (2 * QUARTER))
        if (amount := needed(idx, start + step * 2 * QUARTER))
    )
    planning = make_planning(
        sites=sites,
        agents=agents,
        queues=queues,
        skills=skills,
        horizon=horizon,
        requirements=requirements,
    )
    view = plan_seasons(planning, 2027)

    monday = datetime.combine(date.fromisocalendar(2027, number, 1), time(), tzinfo=UTC)
    short = own_night = 0
    served = [able for _, able, _ in crew]
    for step in range(672):
        now = monday + step * QUARTER
        needs = [needed(0, now), needed(1, now)]
        awake = []
        for zone, _, own in crew:
            waking = own or WakingHours()
            minutes = minutes_in_clock_window(
                now, now + QUARTER, zone, waking.from_minute, waking.until_minute
            )
            awake.append(int(minutes == 15))
        missing = deficiency(served, awake, needs)
        short += missing
        own_night += missing - deficiency(served, [1] * len(crew), needs)
    week = view.weeks[number - 1]
    assert (week.short_hours, week.own_night_hours) == (short / 4, own_night / 4)


# -- What is said about gaps ---------------------------------------------------------------------


def test_a_gap_is_named_with_clocks_weeks_and_who_could_fill_it():
    """Amsterdam needs one agent around the clock: eight hours of its night are nobody's day."""
    horizon = make_horizon()
    planning = of_sites(
        AMS,
        horizon=horizon,
        requirements=flat_requirements(horizon),
        contracts=(make_contract(max_minutes_week=7 * 24 * 60),),
    )
    view = plan_seasons(planning, 2027)
    assert not view.proven
    winter, summer, winter_again = view.seasons
    (gap,) = winter.cover.gaps
    assert (gap.queue_id, gap.weekdays, gap.minutes) == ("q1", (1, 2, 3, 4, 5, 6, 7), 480)
    assert (gap.from_utc_minute, gap.from_local_minute) == (22 * 60, 23 * 60)
    assert summer.cover.gaps[0].from_utc_minute == 21 * 60
    assert (gap.most_short, gap.needed, gap.awake) == (1, 1, 0)
    assert (gap.short_hours, gap.own_night_hours) == (56.0, 56.0)
    assert gap.weeks == tuple(range(1, 13))
    assert summer.cover.gaps[0].weeks == tuple(range(12, 44))
    assert winter_again.cover.own_night_by_base == (56.0,)
    assert winter.cover.night_contract_hours == 0
    # In week 12 a night ends an hour earlier, the next begins one earlier, still in the week.
    assert [view.weeks[idx].short_hours for idx in (10, 11, 42)] == [56.0, 56.0, 56.0]
    assert not any(week.changes_cover for week in view.weeks)
    # Hours: 112 of the 168 needed lie in the agent's day, the others would be own night.
    assert winter.cover.average_short_hours == 56.0
    assert winter.cover.average_own_night_hours == 56.0

    nights = replace(
        planning, contracts=(make_contract(max_minutes_week=10080, night_allowed=True),)
    )
    assert plan_seasons(nights, 2027).seasons[0].cover.night_contract_hours == 56.0

    helped = of_sites(AMS, SYD, horizon=horizon, requirements=flat_requirements(horizon))
    cover = [season.cover for season in plan_seasons(helped, 2027).seasons]
    assert [row.short_hours for row in cover] == [0, 0, 0, 0, 0]
    # Each agent may work 40 hours: 88 of the 168 are left, at whatever time.
    assert {row.average_short_hours for row in cover} == {88.0}
    assert {row.average_own_night_hours for row in cover} == {0.0}


def test_a_clock_change_that_opens_a_gap_is_marked():
    """Sydney wakes at 07:00: an hour too late for Amsterdam's evening once its summer is over."""
    horizon = make_horizon()
    start, _ = horizon_bounds(horizon)
    late = tuple(
        RequirementInterval("q1", start + timedelta(days=day, hours=21, minutes=30 * half), 1)
        for day in range(7)
        for half in range(2)
    )
    site = make_site(SYD)
    planning = make_planning(
        sites=(make_site(), site),
        agents=(make_agent("a1", site.site_id),),
        horizon=horizon,
        requirements=late,
    )
    view = plan_seasons(planning, 2027)
    # 21:00 in Amsterdam is 07:00 in Sydney in winter, then 06:00 and 05:00.
    assert [season.cover.short_hours for season in view.seasons] == [0, 7, 7, 7, 0]
    marked = [week.number for week in view.weeks if week.changes_cover]
    assert marked == [12, 43]
    assert marked == [week.number for week in view.weeks if week.changes_own_night]


def test_what_the_horizon_does_not_hold():
    day = make_horizon(days=1)
    view = plan_seasons(of_sites(AMS, horizon=day, requirements=flat_requirements(day)), 2027)
    assert view.unknown_hours == 144
    # A whole week in which the clock jumps over an hour leaves none open.
    week = make_horizon(date(2027, 3, 22))
    view = plan_seasons(of_sites(AMS, horizon=week, requirements=flat_requirements(week)), 2027)
    assert view.unknown_hours == 0
    assert view.hours.needed_hours == 168


def test_the_standard_week_keeps_the_highest_need_for_heads_and_the_mean_for_hours():
    horizon = make_horizon(days=14)
    start, _ = horizon_bounds(horizon)
    noon = start + timedelta(hours=12)
    needs = (
        RequirementInterval("q1", noon, 1),
        RequirementInterval("q1", noon + timedelta(days=7), 3),
    )
    view = plan_seasons(of_sites(AMS, horizon=horizon, requirements=needs), 2027)
    (gap,) = view.seasons[0].cover.gaps
    assert (gap.most_short, gap.weekdays, gap.from_local_minute) == (2, (1,), 720)
    assert view.hours.needed_hours == 1.0


def test_who_has_moved_for_good_lives_there_and_who_travels_does_not():
    stays = (
        Location("a0", date(2027, 2, 1), SYD, "AU"),
        Location("a1", date(2027, 2, 1), SYD, "AU", until_date=date(2027, 12, 1)),
    )
    sites = (make_site(),)
    planning = make_planning(
        sites=sites,
        agents=(
            make_agent("a0"),
            make_agent("a1"),
            make_agent("a2", employed_until=MONDAY),
        ),
        locations=stays,
    )
    view = plan_seasons(planning, 2027)
    assert [(base.name, base.zone, base.agents) for base in view.bases] == [
        ("Amsterdam", AMS, 1),
        ("Sydney (of Amsterdam)", SYD, 1),
    ]
