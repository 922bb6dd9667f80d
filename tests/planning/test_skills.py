"""Who may serve what, and from when to when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from scheduler.domain import Location, Planning, Skill
from scheduler.planning.skills import may_serve, tags_match
from tests.builders import (
    make_agent,
    make_horizon,
    make_planning,
    make_queue,
    make_site,
    make_skills,
)

from .books import compile_plain

KSF = make_queue("ksf", certificate="KSF")


@pytest.mark.parametrize(
    ("one", "other", "matches"),
    [
        ("nl", "nl", True),
        ("nl", "nl-SR", True),
        ("nl-SR", "nl", True),
        ("NL-sr", "nl-SR", True),
        ("nl-NL", "nl-SR", False),
        ("nl", "nld", False),
        ("n", "nl", False),
    ],
)
def test_language_tags_match_by_prefix(one: str, other: str, matches: bool) -> None:
    assert tags_match(one, other) is matches
    assert tags_match(other, one) is matches


@pytest.mark.parametrize(
    ("level", "min_level", "suffices"),
    [
        ("B2", "B2", True),
        ("C1", "B2", True),
        ("B1", "B2", False),
        (None, "A1", False),
        (None, None, True),
        ("A1", None, True),
    ],
)
def test_language_levels(level: str | None, min_level: str | None, suffices: bool) -> None:
    queue = make_queue(min_level=min_level)
    held = [replace(skill, level=level) for skill in make_skills("a1", queue)]
    assert may_serve(held, queue) is suffices


@pytest.mark.parametrize("kind", ["client", "channel", "language", "certificate"])
def test_each_kind_is_asked_for(kind: str) -> None:
    held = make_skills("a1", KSF)
    assert may_serve(held, KSF)
    assert not may_serve([skill for skill in held if skill.kind != kind], KSF)
    other = [replace(skill, value="x") if skill.kind == kind else skill for skill in held]
    assert not may_serve(other, KSF)


def test_one_sufficient_row_of_several_is_enough() -> None:
    queue = make_queue(min_level="B2")
    weak = Skill("a1", "language", "nl", "A2")
    assert may_serve([weak, *make_skills("a1", queue)], queue)


def segments(planning: Planning) -> list[tuple[int, tuple[str, ...]]]:
    """From which slot the first agent may serve which queues."""
    problem = compile_plain(planning).problem
    return [
        (slot, tuple(problem.queues[queue].queue_id for queue in problem.groups[group]))
        for slot, group in problem.agents[0].groups
    ]


def two_queues(certificates: tuple[Skill, ...], **overrides: object) -> Planning:
    skills = (*make_skills("a1"), *certificates)
    return make_planning(queues=(make_queue(), KSF), skills=skills, **overrides)


def certificate(valid_from: date | None = None, valid_until: date | None = None) -> Skill:
    return Skill("a1", "certificate", "KSF", None, valid_from, valid_until)


def test_a_certificate_that_runs_out_leaves_the_other_queues() -> None:
    planning = two_queues((certificate(valid_until=date(2027, 3, 3)),))
    assert segments(planning) == [(0, ("q1", "ksf")), (192, ("q1",))]
    # Options go on after the expiry.
    assert compile_plain(planning).problem.options.day.max() == 6


def test_a_renewed_certificate_holds_throughout() -> None:
    renewal = date(2027, 3, 3)
    planning = two_queues((certificate(valid_until=renewal), certificate(renewal)))
    assert segments(planning) == [(0, ("q1", "ksf"))]


def test_a_renewal_within_an_interval_leaves_no_gap() -> None:
    """The better level begins in Kathmandu at a quarter past an interval, as the other ends."""
    site = make_site("Asia/Kathmandu")
    fields = {"sites": (site,), "agents": (make_agent("a1", site.site_id),)}
    queue = make_queue(min_level="B2")
    renewal = date(2027, 3, 3)
    rest = [skill for skill in make_skills("a1") if skill.kind != "language"]
    first = Skill("a1", "language", "nl-SR", "B2", None, renewal)
    then = Skill("a1", "language", "nl", "C1", renewal)
    planning = make_planning(queues=(queue,), skills=(*rest, first, then), **fields)
    assert segments(planning) == [(0, ("q1",))]
    gap = replace(then, valid_from=date(2027, 3, 4))
    planning = replace(planning, skills=(*rest, first, gap))
    assert [queues for _, queues in segments(planning)] == [("q1",), (), ("q1",)]


def test_validity_holds_through_the_whole_interval() -> None:
    """Midnight in Kathmandu is a quarter past an interval of 30 minutes of the horizon."""
    site = make_site("Asia/Kathmandu")
    fields = {"sites": (site,), "agents": (make_agent("a1", site.site_id),)}
    until = (certificate(valid_until=date(2027, 3, 2)),)
    since = (certificate(valid_from=date(2027, 3, 2)),)
    # 2027-03-02 00:00 +05:45 is 18:15Z, slot 77 of a horizon from 23:00Z.
    assert segments(two_queues(until, **fields))[1][0] == 76
    assert segments(two_queues(since, **fields))[1][0] == 78
    quarter = {**fields, "interval_minutes": 15}
    assert segments(two_queues(until, **quarter))[1][0] == 77
    assert segments(two_queues(since, **quarter))[1][0] == 77


def test_validity_follows_the_place_of_work() -> None:
    """Valid until 4 March: for who is in Sydney by then, from Sydney's midnight."""
    planning = two_queues(
        (certificate(valid_until=date(2027, 3, 4)),),
        locations=(Location("a1", date(2027, 3, 4), "Australia/Sydney", "AU"),),
    )
    # 2027-03-04 00:00 +11:00 is 3 March 13:00Z, 14:00 in Amsterdam.
    assert segments(planning) == [(0, ("q1", "ksf")), (2 * 96 + 56, ("q1",))]


def test_back_across_the_date_it_is_valid_again() -> None:
    """Sydney's 4 March begins before the return to Amsterdam, where it is still the third."""
    planning = two_queues(
        (certificate(valid_until=date(2027, 3, 4)),),
        locations=(Location("a1", date(2027, 3, 1), "Australia/Sydney", "AU", date(2027, 3, 4)),),
    )
    changes = [slot for slot, _ in segments(planning)]
    # The stay ends at Sydney's midnight, 14:00 of 3 March in Amsterdam: valid ten hours more.
    assert changes == [0, 3 * 96]


def test_an_agent_who_may_serve_nothing_has_no_option_and_is_named() -> None:
    planning = make_planning(
        horizon=make_horizon(days=2),
        agents=(make_agent("a1"), make_agent("a2")),
        skills=make_skills("a1"),
    )
    compiled = compile_plain(planning)
    assert set(compiled.problem.options.agent.tolist()) == {0}
    [notice] = compiled.notices
    assert (notice.code, notice.value) == ("no_shift_possible", "a2")
    assert "no queue the agent may serve" in str(notice)
