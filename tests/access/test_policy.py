"""Who may do what: the whole matrix written out, and what must hold of any."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.access.policy import TABLE, Operation, Reach, allows, may_ever, row_operation
from scheduler.domain.access import Principal, Role
from scheduler.intake.columns import TABLES

ADMIN = Principal("p0", "root", Role.ADMIN)
EVERYWHERE = Principal("p1", "planner", Role.PLANNER)
HERE = Principal("p2", "planner of ams", Role.PLANNER, site_ids=("ams", "pbm"))
ELSEWHERE = Principal("p3", "planner of syd", Role.PLANNER, site_ids=("syd",))
AGENT = Principal("p4", "noor", Role.AGENT, agent_id="ams-01")
OTHER = Principal("p5", "sjoerd", Role.AGENT, agent_id="ams-02")
WHO = (ADMIN, EVERYWHERE, HERE, ELSEWHERE, AGENT, OTHER)

MATRIX = """
operation            admin planner here elsewhere agent other
sites.read           yes   yes     yes  yes       no    no
sites.write          yes   yes     no   no        no    no
contracts.read       yes   yes     yes  yes       no    no
contracts.write      yes   yes     no   no        no    no
queues.read          yes   yes     yes  yes       no    no
queues.write         yes   yes     no   no        no    no
agents.read          yes   yes     yes  no        no    no
agents.write         yes   yes     yes  no        no    no
locations.read       yes   yes     yes  no        no    no
locations.write      yes   yes     yes  no        no    no
skills.read          yes   yes     yes  no        no    no
skills.write         yes   yes     yes  no        no    no
demand.read          yes   yes     yes  yes       no    no
demand.write         yes   yes     yes  yes       no    no
requirements.read    yes   yes     yes  yes       no    no
requirements.write   yes   yes     yes  yes       no    no
availability.read    yes   yes     yes  no        yes   no
availability.write   yes   yes     yes  no        no    no
time_off.read        yes   yes     yes  no        yes   no
time_off.write       yes   yes     yes  no        yes   no
wishes.read          yes   yes     yes  no        yes   no
wishes.write         yes   yes     yes  no        yes   no
history.read         yes   yes     yes  no        no    no
history.write        yes   yes     yes  no        no    no
pins.read            yes   yes     yes  no        no    no
pins.write           yes   yes     yes  no        no    no
periods.read         yes   yes     yes  no        no    no
periods.write        yes   yes     yes  no        no    no
planning.import      yes   yes     no   no        no    no
solves.submit        yes   yes     yes  no        no    no
solves.read          yes   yes     yes  no        no    no
solves.cancel        yes   yes     yes  no        no    no
forecasts.submit     yes   yes     yes  no        no    no
forecasts.read       yes   yes     yes  no        no    no
forecasts.cancel     yes   yes     yes  no        no    no
forecasts.apply      yes   yes     yes  no        no    no
calculations.submit  yes   yes     yes  no        no    no
calculations.read    yes   yes     yes  no        no    no
calculations.cancel  yes   yes     yes  no        no    no
calculations.apply   yes   yes     yes  no        no    no
simulations.submit   yes   yes     yes  no        no    no
simulations.read     yes   yes     yes  no        no    no
simulations.cancel   yes   yes     yes  no        no    no
erlang.ask           yes   yes     yes  yes       no    no
rosters.read         yes   yes     yes  no        no    no
rosters.publish      yes   yes     yes  no        no    no
rosters.delete       yes   yes     yes  no        no    no
rosters.diff         yes   yes     yes  no        no    no
rosters.audit        yes   yes     yes  no        no    no
rosters.kpis         yes   yes     yes  no        no    no
own_shifts.read      yes   no      no   no        yes   no
agent_shifts.read    yes   yes     yes  no        yes   no
own_feed.write       yes   no      no   no        yes   no
agent_feed.write     yes   yes     yes  no        no    no
principals.read      yes   no      no   no        no    no
principals.write     yes   no      no   no        no    no
own_access.read      yes   yes     yes  yes       yes   yes
own_access.write     yes   yes     yes  yes       yes   yes
tokens.others        yes   no      no   no        no    no
trail.read           yes   no      no   no        no    no
webhooks.read        yes   no      no   no        no    no
webhooks.write       yes   no      no   no        no    no
workers.read         yes   yes     yes  yes       no    no
metrics.read         yes   no      no   no        no    no
demo_data.read       yes   yes     yes  yes       no    no
"""
"""May each do it, where it is about agent ams-01 of site ams?"""

ROWS = [line.split() for line in MATRIX.strip().splitlines()[1:]]

principals = st.one_of(
    st.just(ADMIN),
    st.builds(
        Principal,
        st.just("p"),
        st.just("planner"),
        st.just(Role.PLANNER),
        agent_id=st.sampled_from([None, "a1", "a2"]),
        site_ids=st.lists(st.sampled_from(["s1", "s2", "s3"]), unique=True).map(tuple),
    ),
    st.builds(
        Principal,
        st.just("p"),
        st.just("agent"),
        st.just(Role.AGENT),
        agent_id=st.sampled_from(["a1", "a2"]),
    ),
)
sites = st.lists(st.sampled_from(["s1", "s2", "s3"]), unique=True)
agents = st.sampled_from([None, "a1", "a2"])
operations = st.sampled_from(list(Operation))


def test_the_matrix_is_whole():
    assert [row[0] for row in ROWS] == [operation.value for operation in Operation]
    assert set(TABLE) == set(Operation)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_matrix(row: list[str]):
    found = [
        "yes" if allows(who, Operation(row[0]), site_ids=("ams",), agent_id="ams-01") else "no"
        for who in WHO
    ]
    assert found == row[1:]


@given(principals, operations, sites, agents)
@settings(deadline=None)
def test_inactive_principals_may_nothing(principal, operation, site_ids, agent_id):
    gone = replace(principal, is_active=False)
    assert not allows(gone, operation, site_ids=site_ids, agent_id=agent_id)
    assert not may_ever(gone, operation)


@given(operations, sites, agents)
@settings(deadline=None)
def test_nobody_may_more_than_the_next(operation, site_ids, agent_id):
    def may(principal: Principal) -> bool:
        return allows(principal, operation, site_ids=site_ids, agent_id=agent_id)

    agent = Principal("p", "agent", Role.AGENT, agent_id="a1")
    scoped = Principal("p", "planner", Role.PLANNER, site_ids=("s1", "s2"))
    wider = replace(scoped, site_ids=("s1", "s2", "s3"))
    free = replace(scoped, site_ids=())
    if TABLE[operation].agent not in (Reach.OWN, Reach.SELF):
        assert may(agent) <= may(scoped)
    assert may(scoped) <= may(wider) <= may(free) <= may(ADMIN)
    assert may(ADMIN)


@given(principals, operations, sites, agents)
@settings(deadline=None)
def test_one_site_out_of_scope_is_enough_to_refuse(principal, operation, site_ids, agent_id):
    if principal.site_ids and TABLE[operation].planner is Reach.SCOPE:
        expected = bool(site_ids) and set(site_ids) <= set(principal.site_ids)
        assert allows(principal, operation, site_ids=site_ids, agent_id=agent_id) == expected


@given(principals, operations, sites, agents)
@settings(deadline=None)
def test_what_may_never_be_is_never_allowed(principal, operation, site_ids, agent_id):
    if allows(principal, operation, site_ids=site_ids, agent_id=agent_id):
        assert may_ever(principal, operation)
    if may_ever(principal, operation):
        concerned = principal.site_ids or ("s1",)
        own = principal.agent_id
        assert allows(principal, operation, site_ids=concerned, agent_id=own)


@given(operations, sites, st.sampled_from([None, "a2", ""]))
@settings(deadline=None)
def test_agents_reach_nothing_of_others(operation, site_ids, agent_id):
    agent = Principal("p", "agent", Role.AGENT, agent_id="a1")
    allowed = allows(agent, operation, site_ids=site_ids, agent_id=agent_id)
    assert allowed == (operation.value in ("own_access.read", "own_access.write"))


def test_a_planner_with_shifts_of_ones_own_reads_them():
    planner = replace(HERE, agent_id="ams-07")
    assert allows(planner, Operation.OWN_SHIFTS_READ, agent_id="ams-07")
    assert not allows(planner, Operation.OWN_SHIFTS_READ, agent_id="ams-01")
    assert not allows(HERE, Operation.OWN_SHIFTS_READ, agent_id=None), "nobody is not one's own"


def test_every_table_of_a_planning_has_both_operations():
    for table in TABLES:
        for write in (False, True):
            assert row_operation(table.stem, write=write) in TABLE
    with pytest.raises(ValueError, match="nothing"):
        row_operation("nothing", write=True)
