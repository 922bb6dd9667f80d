"""Repair of a published roster: lawful, never worse than nothing, and true to the cent."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from solver import (
    AgentInput,
    Choice,
    CountCost,
    HoursLimit,
    HoursTarget,
    MinRest,
    Pin,
    PlanningProblem,
    QueueNeed,
    SlotRoster,
    Stint,
    check,
    plan_duties,
    score,
)
from solver.check import check_agent
from solver.replan import (
    Added,
    Change,
    ChangeError,
    NeedChange,
    OpenShift,
    Out,
    Removed,
    Replanner,
    Why,
    insert_option,
    repair,
    replan_duties,
)
from solver.replan.apply import apply_changes
from solver.replan.lawful import Judge
from solver.replan.moves import Limits
from solver.replan.present import OwnCosts, Present
from solver.replan.search import Search
from solver.replan.worth import classes_of
from tests.solver.random_problems import option_table, random_problem


@cache
def _published(seed: int, agents: int, days: int) -> tuple[PlanningProblem, SlotRoster]:
    """A random problem and a lawful roster of it: its pins, and what else fits, in random order."""
    problem, rng = (
        random_problem(seed, agents=agents, days=days, options_per_day=4),
        random.Random(seed),
    )
    table, choices = problem.options, []
    pins = {rule.option_idx for rule in problem.rules if isinstance(rule, Pin)}
    for agent_idx in range(agents):
        rules = [rule for rule in problem.rules if rule.agent_idx == agent_idx]
        rows = list(range(*problem.option_range(agent_idx)))
        rng.shuffle(rows)
        own: dict[int, Choice] = {}
        for row in sorted(rows, key=lambda row: row not in pins):
            day = int(table.day[row])
            at = rng.randint(int(table.break_from[row]), int(table.break_until[row]))
            tried = [*own.values(), Choice(agent_idx, day, row, at)]
            lawful = all(v.forgiven for v in check_agent(problem, agent_idx, rules, tried))
            if row in pins or (day not in own and lawful):
                own[day] = tried[-1]
        choices += own.values()
    return problem, SlotRoster(tuple(sorted(choices)))


def _what_happened(problem: PlanningProblem, rng: random.Random) -> tuple[list[Change], int]:
    agent_idx = rng.randrange(len(problem.agents))
    at = rng.randrange(problem.slots - 60)
    changes: list[Change] = [Out(agent_idx, at, at + rng.randrange(30, 250))]
    if rng.random() < 0.4:
        end = min(at + 40, problem.slots)
        changes.append(NeedChange(0, at, end, rng.choice([-1, 1, 2])))
    return changes, rng.choice([0, at // 2, at, at + 20])


def _broken(problem: PlanningProblem, roster: SlotRoster) -> Counter[tuple[str, int, int]]:
    return Counter(
        (violation.rule, violation.agent_idx, violation.at)
        for violation in check(problem, roster)
        if not violation.forgiven
    )


def _cost(problem: PlanningProblem, roster: SlotRoster) -> int:
    return sum(score(problem, roster).values())


def _in_order(roster: SlotRoster) -> SlotRoster:
    return SlotRoster(tuple(sorted(roster.choices)))


@pytest.mark.parametrize("seed", range(60))
def test_a_repair_is_lawful_priced_right_and_never_worse_than_nothing(seed: int):
    problem, roster = _published(seed, 5, 5)
    rng = random.Random(seed)
    changes, now = _what_happened(problem, rng)
    change_cents = rng.choice([0, 500, 3000])
    replanner = Replanner(problem, roster)
    result = replanner.repair(changes, from_slot=now, change_cents=change_cents)
    out, table = changes[0], problem.options
    assert isinstance(out, Out)

    def falls_away(choice: Choice) -> bool:
        there = table.start[choice.option_idx] < out.end_slot
        there &= table.end[choice.option_idx] > out.from_slot
        return choice.agent_idx == out.agent_idx and bool(there)

    left = SlotRoster(tuple(choice for choice in roster.choices if not falls_away(choice)))
    assert result.finished
    assert result.before_cents == _cost(problem, roster)
    assert result.unrepaired_cents == _cost(result.problem, left)
    assert result.cost_cents == _cost(result.problem, result.roster)
    assert result.cost_cents + result.change_cents <= result.unrepaired_cents
    assert not _broken(result.problem, result.roster) - _broken(result.problem, left)

    rows_left, rows_now = (
        {choice.option_idx for choice in one.choices} for one in (left, result.roster)
    )
    days = {(table.agent[row], table.day[row]) for row in rows_left ^ rows_now}
    assert result.change_cents == change_cents * len(days)
    own = [change for change in result.changed if change.why not in (Why.OUT, Why.ADDED)]
    assert {(change.agent_idx, change.day_idx) for change in own} == days
    assert all(table.start[row] >= now for row in rows_left ^ rows_now)
    assert not any(falls_away(choice) for choice in result.roster.choices)
    if len(changes) == 1 and len(own) <= 1:
        told = sum(change.own_cents + change.cover_cents for change in result.changed)
        assert told == result.cost_cents - result.before_cents

    assert _in_order(replanner.roster()) == _in_order(roster)
    again = replanner.repair(changes, from_slot=now, change_cents=change_cents)
    assert (again.roster, again.cost_cents) == (result.roster, result.cost_cents)
    replanner.accept(changes, again)
    assert replanner.roster() == result.roster
    assert replanner.cost_cents == result.cost_cents


def _search(
    problem: PlanningProblem, roster: SlotRoster, changes: list[Change], now: int, cents: int
) -> Search:
    own = OwnCosts(problem)
    present = Present(problem, own, roster)
    applied = apply_changes(present, changes)
    judge = Judge(problem, applied.choices)
    return Search(present, judge, applied, classes_of(problem), Limits(now, cents, lambda: False))


def _worked(problem: PlanningProblem, choice: Choice | None) -> set[int]:
    if choice is None:
        return set()
    table, row = problem.options, choice.option_idx
    pause = range(choice.break_start, choice.break_start + int(table.break_slots[row]))
    return set(range(table.start[row], min(table.end[row], problem.slots))) - set(pause)


def _best_single_by_enumeration(
    problem: PlanningProblem, left: SlotRoster, hole: set[int], away: int, now: int, cents: int
) -> int:
    """What the best change of one agent-day saves, by trying all with all breaks."""
    table, base, broken = problem.options, _cost(problem, left), _broken(problem, left)
    pins = {rule.option_idx for rule in problem.rules if isinstance(rule, Pin)}
    pinned = {(int(table.agent[row]), int(table.day[row])) for row in pins}
    best = 0
    for agent_idx, agent in enumerate(problem.agents):
        for day_idx in range(agent.days):
            key = agent_idx, day_idx
            mine = [c for c in left.choices if (c.agent_idx, c.day_idx) == key]
            begun = mine and table.start[mine[0].option_idx] < now
            if agent_idx == away or key in pinned or begun:
                continue
            others = [choice for choice in left.choices if choice not in mine]
            tries: list[Choice | None] = [None] if mine else []
            for row in range(*problem.option_range(agent_idx)):
                if table.day[row] == day_idx and table.start[row] >= now:
                    same = mine and mine[0].option_idx == row
                    breaks = range(table.break_from[row], table.break_until[row] + 1)
                    tries += [Choice(*key, row, at) for at in breaks if not same]
            for one in tries:
                spans = _span(problem, one) | _span(problem, mine[0] if mine else None)
                changed = SlotRoster(tuple(sorted([*others, *([one] if one else [])])))
                if spans & hole and not _broken(problem, changed) - broken:
                    best = max(best, base - _cost(problem, changed) - cents)
    return best


def _span(problem: PlanningProblem, choice: Choice | None) -> set[int]:
    if choice is None:
        return set()
    table = problem.options
    return set(range(table.start[choice.option_idx], table.end[choice.option_idx]))


@pytest.mark.parametrize("seed", range(24))
def test_the_best_single_change_is_the_best_of_all(seed: int):
    problem, roster = _published(1000 + seed, 4, 3)
    queues = tuple(replace(queue, short_cents=(4000, 2500, 300)) for queue in problem.queues)
    problem = replace(problem, queues=queues)
    rng = random.Random(seed)
    chosen = rng.choice(roster.choices)
    away, table = chosen.agent_idx, problem.options
    start, end = int(table.start[chosen.option_idx]), int(table.end[chosen.option_idx])
    now, cents = rng.choice([0, start // 2]), rng.choice([0, 700])
    search = _search(problem, roster, [Out(away, start, end)], now, cents)
    lost = [
        c
        for c in roster.choices
        if c.agent_idx == away
        and table.start[c.option_idx] < end
        and table.end[c.option_idx] > start
    ]
    left = SlotRoster(tuple(choice for choice in roster.choices if choice not in lost))
    hole = set().union(*(_worked(problem, choice) for choice in lost))
    best = _best_single_by_enumeration(problem, left, hole, away, now, cents)
    move = search.best_single()
    assert (move.gain_cents if move else 0) == best
    # What it has learnt about losses changes no value, before a change and after it.
    for _ in range(2):  # the second time losses are known
        _assert_bounds_hold(search)
    assert search.best_single() == move
    if move is not None:
        search._make(move)
        _assert_bounds_hold(search)
        back = search.candidates()
        rows = search.applied.rows[back.agent_days]
        there = [i for i in range(len(rows)) if search.present.rows[back.agent_days[i]] != rows[i]]
        for index in there:
            assert back.change[index] == (-cents if back.rows[index] == rows[index] else 0)


def _assert_bounds_hold(search: Search) -> None:
    """What a change saves at most is never less than what it saves; a fresh look says the same."""
    found = search.candidates()
    at_most = found.gain
    for agent_day in sorted(set(found.agent_days[~found.exact].tolist())):
        search._value(found, agent_day)
    assert (at_most >= found.gain).all()
    fresh = Search(
        search.present,
        search.judge,
        search.applied,
        classes_of(search.present.problem),
        search.limits,
    )
    fresh._touched, fresh._free = search._touched, search._free
    again = fresh.candidates()
    for agent_day in sorted(set(again.agent_days[~again.exact].tolist())):
        fresh._value(again, agent_day)
    assert (found.gain == again.gain).all()


def _small(
    rows: list[dict[str, int]],
    rules: tuple[object, ...] = (),
    *,
    needs: tuple[tuple[int, int, int], ...],
    groups: tuple[tuple[int, ...], ...] = ((0,),),
    group_of: tuple[int, ...],
) -> PlanningProblem:
    """Two days of 96 slots; `needs` are (queue, from, until) of one agent at 10.00 a slot."""
    queues = 1 + max(queue for queue, _, _ in needs)
    need = [[0] * 192 for _ in range(queues)]
    for queue, start, end in needs:
        need[queue][start:end] = [1] * (end - start)
    full = [{"wages_cents": 100, "paid_minutes": 15 * (r["end"] - r["start"]), **r} for r in rows]
    agents = tuple(AgentInput(f"a{i}", 2, (0, 0), ((0, g),)) for i, g in enumerate(group_of))
    rests = tuple(MinRest(agent_idx, 0) for agent_idx in range(len(agents)))
    return PlanningProblem(
        slots=192,
        queues=tuple(QueueNeed(f"q{i}", tuple(n), (1000, 1000, 1000)) for i, n in enumerate(need)),
        groups=groups,
        agents=agents,
        options=option_table(full),
        rules=(*rests, *rules),  # type: ignore[arg-type]
        idle_cents=50,
    )


def _on(*rows: int, problem: PlanningProblem) -> SlotRoster:
    table = problem.options
    return SlotRoster(tuple(Choice(int(table.agent[r]), int(table.day[r]), r) for r in rows))


def test_one_agent_gives_up_another_day_where_the_week_is_full():
    """B has hours for one of two days; the day that A leaves open is worth more."""
    rows = [
        {"agent": 0, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 1, "start": 128, "end": 160},
    ]
    problem = _small(
        rows, (HoursLimit(1, 0, 2, 480),), needs=((0, 32, 64), (0, 150, 160)), group_of=(0, 0)
    )
    result = repair(problem, _on(0, 2, problem=problem), [Out(0, 30, 70)])
    assert {(c.agent_idx, c.before, c.after, c.why) for c in result.changed} == {
        (0, 0, None, Why.OUT),
        (1, None, 1, Why.CALLED_IN),
        (1, 2, None, Why.FREED),
    }
    assert result.change_cents == 6000
    kept = repair(problem, _on(0, 2, problem=problem), [Out(0, 30, 70)], change_cents=12000)
    assert [change.why for change in kept.changed] == [Why.OUT]


def test_a_colleague_moves_and_another_takes_the_place_left():
    """Only B may serve what A leaves; C may serve what B leaves then."""
    rows = [
        {"agent": 0, "day": 0, "start": 40, "end": 60},
        {"agent": 1, "day": 0, "start": 40, "end": 60},
        {"agent": 1, "day": 0, "start": 70, "end": 90},
        {"agent": 2, "day": 0, "start": 70, "end": 90},
    ]
    problem = _small(
        rows,
        needs=((0, 40, 60), (1, 70, 90)),
        groups=((0,), (0, 1), (1,)),
        group_of=(0, 1, 2),
    )
    published = _on(0, 2, problem=problem)
    result = repair(problem, published, [Out(0, 40, 60)])
    assert {(c.agent_idx, c.after) for c in result.changed} == {(0, None), (1, 1), (2, 3)}
    assert result.cost_cents == result.before_cents
    assert repair(problem, published, [Out(0, 40, 60)], from_slot=65).cost_cents > 10000


def test_who_is_at_work_stays_and_who_is_ill_is_not_asked():
    rows = [
        {"agent": 0, "day": 0, "start": 40, "end": 60},
        {"agent": 0, "day": 0, "start": 50, "end": 80},
        {"agent": 1, "day": 0, "start": 20, "end": 39},
        {"agent": 1, "day": 0, "start": 40, "end": 60},
    ]
    problem = _small(rows, needs=((0, 40, 80),), group_of=(0, 0))
    published = _on(0, 2, problem=problem)
    later = repair(problem, published, [Out(0, 40, 50)], from_slot=30)
    assert [choice.option_idx for choice in later.roster.choices] == [2]
    before = repair(problem, published, [Out(0, 40, 50)], from_slot=10)
    assert [choice.option_idx for choice in before.roster.choices] == [3]


def test_a_repair_ends_where_no_more_is_lost_than_before():
    """Two are needed and one was there: one comes in A's place, and no second one."""
    rows = [{"agent": agent, "day": 0, "start": 32, "end": 64} for agent in range(3)]
    problem = _small(rows, needs=((0, 32, 64),), group_of=(0, 0, 0))
    need = tuple(2 * heads for heads in problem.queues[0].need)
    problem = replace(problem, queues=(replace(problem.queues[0], need=need),))
    result = repair(problem, _on(0, problem=problem), [Out(0, 32, 64)])
    assert [choice.option_idx for choice in result.roster.choices] == [1]


def test_a_break_moved_on_the_way_is_looked_at():
    rows = [
        {"agent": 0, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 0, "start": 0, "end": 40, "break_slots": 2, "break_from": 8}
        | {"break_until": 20},
    ]
    problem = _small(rows, needs=((0, 32, 64),), group_of=(0, 0))
    published = SlotRoster((Choice(0, 0, 0), Choice(1, 0, 1, 15)))
    search = _search(problem, published, [Out(0, 32, 64)], 0, 0)
    assert search.touched_agents() == [0]
    search.present.put(1, 0, 1, 16)
    assert search.touched_agents() == [0, 1]


def test_changes_by_hand_and_what_cannot_be():
    rows = [
        {"agent": 0, "day": 0, "start": 32, "end": 64},
        {"agent": 0, "day": 0, "start": 40, "end": 72},
        {"agent": 1, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 1, "start": 60, "end": 128},
    ]
    problem = _small(rows, needs=((0, 32, 64),), group_of=(0, 0))
    published = _on(0, problem=problem)
    removed = repair(problem, published, [Removed(0, 0)])
    assert [change.option_idx for change in removed.roster.choices] == [2]
    added = repair(problem, published, [Added(1)], change_cents=10**6)
    assert [choice.option_idx for choice in added.roster.choices] == [1]
    assert added.changed[0].why == Why.ADDED
    more = repair(problem, published, [NeedChange(0, 32, 64, 1)])
    assert {choice.option_idx for choice in more.roster.choices} == {0, 2}
    fewer = repair(problem, published, [NeedChange(0, 32, 64, -1)], change_cents=0)
    assert fewer.roster.choices == ()
    for wrong in (
        Removed(1, 0),
        Removed(0, 9),
        Out(7, 0, 5),
        NeedChange(3, 0, 5, 1),
        NeedChange(0, 0, 500, 1),
        Added(99),
    ):
        with pytest.raises(ChangeError):
            repair(problem, published, [wrong])
    with pytest.raises(ChangeError, match="MinRest"):
        repair(problem, _on(0, 2, problem=problem), [Added(3)])
    with pytest.raises(ChangeError, match="away"):
        repair(problem, published, [Out(1, 0, 100), Added(2)])


def test_accepted_changes_stay_known():
    rows = [
        {"agent": 0, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 0, "start": 32, "end": 64},
        {"agent": 2, "day": 0, "start": 32, "end": 64, "wages_cents": 900},
    ]
    problem = _small(rows, needs=((0, 32, 64),), group_of=(0, 0, 0))
    replanner = Replanner(problem, _on(0, problem=problem))
    first: list[Change] = [Out(0, 32, 64)]
    result = replanner.repair(first)
    replanner.accept(first, result)
    assert [choice.option_idx for choice in replanner.roster().choices] == [1]
    second = replanner.repair([Out(1, 32, 64)])
    assert [choice.option_idx for choice in second.roster.choices] == [2]
    need: list[Change] = [NeedChange(0, 32, 64, 1)]
    wanted = replanner.repair(need)
    replanner.accept(need, wanted)
    assert replanner.cost_cents == _cost(wanted.problem, wanted.roster)
    assert {choice.option_idx for choice in replanner.roster().choices} == {1, 2}


@pytest.mark.parametrize("seed", range(40))
def test_alternatives_add_up_to_all_agents_and_cost_what_they_say(seed: int):
    problem, roster = _published(seed, 6, 4)
    if problem.idle_cents:
        queues = tuple(replace(queue, short_cents=(4000, 2500, 300)) for queue in problem.queues)
        problem = replace(problem, queues=queues)
    rng = random.Random(seed)
    start = rng.randrange(problem.slots - 40)
    found = Replanner(problem, roster).alternatives(
        OpenShift(rng.randrange(2), start, start + 20), 3, from_slot=start // 2
    )
    assert len(found.ranked) + sum(number for _, number in found.excluded) == 6
    assert [one.cents for one in found.ranked] == sorted(one.cents for one in found.ranked)
    before = score(problem, roster)
    for one in found.ranked:
        others = [
            c for c in roster.choices if (c.agent_idx, c.day_idx) != (one.agent_idx, one.day_idx)
        ]
        pairs = [
            SlotRoster(
                tuple(sorted([*others, Choice(one.agent_idx, one.day_idx, one.option_idx, at)]))
            )
            for at in range(
                problem.options.break_from[one.option_idx],
                problem.options.break_until[one.option_idx] + 1,
            )
        ]
        least = min(pairs, key=lambda changed: _cost(problem, changed))
        after, terms = score(problem, least), dict(one.terms)
        assert terms.pop("change", 0) == 3000
        cover = sum(after[name] - before[name] for name in ("short", "idle"))
        assert terms.pop("cover", 0) == cover
        own = {name: after[name] - cents for name, cents in before.items()}
        assert terms == {n: c for n, c in own.items() if c and n not in ("short", "idle")}
        assert one.cents == _cost(problem, least) - _cost(problem, roster) + 3000
        assert not _broken(problem, least) - _broken(problem, roster)


def test_why_others_cannot():
    rows = [
        {"agent": 0, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 1, "start": 128, "end": 160},
        {"agent": 2, "day": 0, "start": 32, "end": 64},
        {"agent": 3, "day": 0, "start": 0, "end": 20},
        {"agent": 4, "day": 0, "start": 32, "end": 64},
        {"agent": 4, "day": 1, "start": 140, "end": 150},
    ]
    rules = (HoursLimit(1, 0, 2, 500), HoursLimit(4, 0, 1, 500), HoursTarget(4, 0, 2, 0, 0, 0, 0))
    problem = _small(
        rows,
        (*rules, CountCost(4, "weekend", (0,))),
        needs=((0, 32, 64), (0, 128, 160)),
        groups=((0,), ()),
        group_of=(0, 0, 1, 0, 0),
    )
    found = Replanner(problem, _on(0, 2, 6, problem=problem)).alternatives(
        OpenShift(0, 32, 64), changes=[Out(0, 32, 64)]
    )
    assert dict(found.excluded) == {"no_skill": 1, "no_option": 2, "HoursLimit": 1}
    assert found.first_excluded == ((1, "HoursLimit"),)
    (one,) = found.ranked
    assert (one.agent_idx, one.hours_left_minutes, one.covered_slots) == (4, 20, 32)
    assert (one.rest_before_slots, one.rest_after_slots) == (None, 76)


@pytest.mark.parametrize("seed", range(10))
def test_an_option_put_in_leaves_all_others_as_they_were(seed: int):
    problem, roster = _published(seed, 3, 4)
    rng = random.Random(seed)
    option = {"agent": rng.randrange(3), "day": rng.randrange(4), "start": 5, "end": 33}
    larger, same, row = insert_option(problem, roster, {**option, "wages_cents": 7})
    assert score(larger, same) == score(problem, roster)
    assert _broken(larger, same) == _broken(problem, roster)
    assert {name: int(getattr(larger.options, name)[row]) for name in option} == option
    pinned = [rule.option_idx for rule in larger.rules if isinstance(rule, Pin)]
    assert all(larger.options.pinned[idx] for idx in pinned)
    with pytest.raises(ChangeError):
        insert_option(problem, roster, {"agent": 0, "day": 0, "start": 5})


@pytest.mark.parametrize("seed", range(8))
def test_duties_far_from_a_change_stay(seed: int):
    problem, roster = _published(seed, 6, 4)
    plan = plan_duties(problem, roster, workers=1, time_limit_seconds=0.5)
    chosen = random.Random(seed).choice(plan.roster.choices)
    table, row = problem.options, chosen.option_idx
    span = int(table.start[row]), int(table.end[row])
    result = repair(problem, plan.roster, [Out(chosen.agent_idx, *span)], change_cents=0)
    again = replan_duties(
        problem,
        result.roster,
        published=plan.roster,
        stints=plan.stints,
        time_limit_seconds=0.5,
        workers=1,
    )
    rows = {choice.option_idx for choice in result.roster.choices}
    assert {choice.option_idx for choice in again.roster.choices} == rows
    touched = set().union(
        *(_span(problem, c) for c in set(result.roster.choices) ^ set(plan.roster.choices))
    )
    for choice in set(plan.roster.choices) & set(result.roster.choices):
        assert choice in again.roster.choices  # no break moves but of shifts that changed
        if not _span(problem, choice) & touched:
            assert _stints_in(problem, plan.stints, choice) == _stints_in(
                problem, again.stints, choice
            )
    assert again.short_cents >= again.flow_short_cents
    terms = score(problem, again.roster)
    assert (terms["short"], terms["idle"]) == (again.flow_short_cents, again.flow_idle_cents)
    same = replan_duties(problem, plan.roster, published=plan.roster, stints=plan.stints)
    assert same == plan


def test_who_comes_anew_serves_what_the_others_leave():
    """B stays on the dearer queue and keeps the break; C, called in, takes the other one."""
    rows = [
        {"agent": 0, "day": 0, "start": 32, "end": 64},
        {"agent": 1, "day": 0, "start": 0, "end": 40, "break_slots": 2, "break_from": 8}
        | {"break_until": 20},
        {"agent": 2, "day": 0, "start": 32, "end": 64},
    ]
    problem = _small(rows, needs=((0, 0, 40), (1, 32, 64)), groups=((0, 1),), group_of=(0, 0, 0))
    dear = replace(problem.queues[0], short_cents=(2000, 2000, 2000))
    problem = replace(problem, queues=(dear, problem.queues[1]))
    morning = Choice(1, 0, 1, 15)
    published = SlotRoster((Choice(0, 0, 0), morning))
    stints = (Stint(0, 32, 64, 1), Stint(1, 0, 15, 0), Stint(1, 17, 40, 0))
    repaired = SlotRoster((morning, Choice(2, 0, 2)))
    for from_slot in (0, 20):
        plan = replan_duties(
            problem, repaired, published=published, stints=stints, from_slot=from_slot
        )
        assert plan.roster == repaired
        if from_slot:
            assert plan.stints == (*stints[1:], Stint(2, 32, 64, 1))
        assert plan.lost_slots == 0


@pytest.mark.parametrize("seed", range(12))
def test_what_is_learnt_about_losses_is_forgotten_with_each_change(seed: int):
    problem, roster = _published(500 + seed, 8, 3)
    rng = random.Random(seed)
    at = rng.randrange(problem.slots - 100)
    search = _search(problem, roster, [Out(0, at, at + 100)], 0, 0)
    search._touched[:] = True
    for _ in range(3):
        _assert_bounds_hold(search)
        found = search.candidates()
        index = rng.randrange(len(found.rows))
        if not found.exact[index]:
            search._value(found, int(found.agent_days[index]))
        search._make(search._move(found, index))


def _stints_in(problem: PlanningProblem, stints: tuple[Stint, ...], choice: Choice) -> list[Stint]:
    span = _span(problem, choice)
    return [s for s in stints if s.agent_idx == choice.agent_idx and s.start in span]


def test_a_stop_or_no_time_leaves_what_the_change_left():
    problem, roster = _published(3, 5, 5)
    out = [Out(roster.choices[0].agent_idx, 0, problem.slots)]
    for result in (
        repair(problem, roster, out, should_stop=lambda: True),
        repair(problem, roster, out, time_limit_seconds=0.0),
    ):
        assert not result.finished
        assert result.cost_cents == result.unrepaired_cents
