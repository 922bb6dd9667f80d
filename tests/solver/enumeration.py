"""Enumeration of one agent's rosters: the oracle of the dynamic programme."""

import itertools

import numpy as np

from solver.rules import CountCost, HoursTarget
from tests.solver.model.lawful import is_lawful


def shift_price(problem, row, gains):
    """Cheapest (cost, break start) of a shift for the worth of presence per slot."""
    table, top = problem.options, problem.slots
    start, end = int(table.start[row]), min(int(table.end[row]), top)
    length = int(table.break_slots[row])
    if not length:
        return -sum(gains[start:end]), -1
    ways = []
    for at in range(int(table.break_from[row]), int(table.break_until[row]) + 1):
        present = [slot for slot in range(start, end) if not at <= slot < at + length]
        ways.append((-sum(gains[slot] for slot in present), at))
    return min(ways)


def rosters_of(problem, agent_idx, *, most):
    """All choices of at most one option a day, as tuples of rows; None when there are too many."""
    low, high = problem.option_range(agent_idx)
    days = {}
    for row in range(low, high):
        days.setdefault(int(problem.options.day[row]), []).append(row)
    if np.prod([len(rows) + 1 for rows in days.values()], initial=1.0) > most:
        return None
    ways = itertools.product(*[[None, *rows] for rows in days.values()])
    return [tuple(row for row in way if row is not None) for way in ways]


def best_by_enumeration(problem, agent_idx, gains, slopes, *, rosters, left_out=(), counted=()):
    """Cost of the cheapest lawful roster, counting as `Pricer.best` counts; None if there is none.

    Plain sums over records; fairness is replaced by the straight `slopes`, but for the rules that
    are `counted`, and the rules of `left_out` are not looked at.
    """
    agent, table = problem.agents[agent_idx], problem.options
    mine = [rule for rule in problem.rules if rule.agent_idx == agent_idx]
    rules = [rule for rule in mine if rule not in left_out]
    priced = {}
    best = None
    for rows in rosters:
        cost = sum(
            cents
            for day, cents in enumerate(agent.off_cents)
            if day not in {int(table.day[row]) for row in rows}
        )
        for row in rows:
            if row not in priced:
                priced[row] = shift_price(problem, row, gains)
            cost += priced[row][0] + int(table.wages_cents[row] + table.own_night_cents[row])
            cost += int(table.premium_cents[row] + table.wish_cents[row])
            cost += slopes[0] * int(table.weekend[row]) + slopes[1] * int(table.evening[row])
        for rule in rules:
            if isinstance(rule, HoursTarget):
                inside = [r for r in rows if rule.first_day <= table.day[r] < rule.end_day]
                cost += rule.cents(sum(int(table.paid_minutes[r]) for r in inside))
        for rule in counted:
            if isinstance(rule, CountCost):
                cost += rule.cents(sum(int(getattr(table, rule.flag)[row]) for row in rows))
        if best is not None and cost >= best:
            continue
        if is_lawful(problem, agent_idx, rules, rows):
            best = cost
    return best
