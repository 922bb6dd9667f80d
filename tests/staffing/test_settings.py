"""Staffing and pools in the settings: read, written again, and refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from scheduler.domain.demand import ChannelTarget, Pool, StaffingPolicy
from scheduler.intake.document import canonical_text, to_document
from scheduler.intake.planning_folder import read_document
from tests.builders import make_planning, make_queue

QUEUES = (
    make_queue("phone-a"),
    make_queue("phone-b"),
    make_queue("chat", channel="chat", concurrency=2),
    make_queue("mail", channel="email"),
)


def document(**settings: Any) -> dict[str, Any]:
    planning = make_planning(queues=QUEUES)
    rows = {"queue_id": "phone-a", "interval_start": "2027-03-01T09:00Z", "agents": 1}
    return {**to_document(planning), "requirements": [rows], **settings}


def test_settings_come_back_as_they_were() -> None:
    staffing = {
        "phone_model": "erlang_a",
        "chat": {"target_percent": 90, "max_occupancy": 0.85, "concurrency": 3},
        "social": {"deadline_hours": "4", "target_seconds": 60},
        "ramp_up": [50, 80],
    }
    found = read_document(
        json.dumps(document(staffing=staffing, pools={"all": ["phone-a", "phone-b"]}))
    )
    assert not found.faults
    assert found.planning is not None
    assert found.planning.staffing == StaffingPolicy(
        "erlang_a",
        (
            ("chat", ChannelTarget(Decimal(90), None, None, Decimal("0.85"), 3)),
            ("social", ChannelTarget(None, 60, Decimal(4))),
        ),
        (50, 80),
    )
    assert found.planning.pools == (Pool("all", ("phone-a", "phone-b")),)
    again = read_document(canonical_text(found.planning)).planning
    assert again == found.planning
    plain = replace(found.planning, staffing=StaffingPolicy(), pools=())
    assert not {"staffing", "pools"} & to_document(plain).keys()
    assert canonical_text(plain) != canonical_text(found.planning)


@pytest.mark.parametrize(
    ("settings", "code", "column"),
    [
        ({"staffing": {"chat": {"target_percent": 0}}}, "out_of_range", "chat/target_percent"),
        ({"staffing": {"chat": {"max_occupancy": 1.2}}}, "out_of_range", "chat/max_occupancy"),
        ({"staffing": {"chat": {"seconds": 1}}}, "unknown_key", "/staffing/chat/seconds"),
        ({"staffing": {"chat": 3}}, "wrong_type", "/staffing/chat"),
        ({"staffing": {"fone": {}}}, "unknown_key", "/staffing/fone"),
        ({"staffing": {"phone_model": "erlang_d"}}, "unknown_value", "/staffing/phone_model"),
        ({"staffing": {"ramp_up": [0]}}, "out_of_range", "/staffing/ramp_up/0"),
        ({"pools": {"p": ["phone-a", "phone-x"]}}, "unknown_id", "/pools/p/1"),
        ({"pools": {"p": ["phone-a"], "r": ["phone-a"]}}, "duplicate_id", "/pools/r/0"),
        ({"pools": {"p": ["phone-a", "phone-a"]}}, "duplicate_id", "/pools/p/1"),
        ({"pools": {"p": ["phone-a", "chat"]}}, "bad_settings", "/pools/p/1"),
        ({"pools": {"p": ["mail"]}}, "bad_settings", "/pools/p/0"),
        ({"pools": {"p": []}}, "wrong_type", "/pools/p"),
        ({"pools": ["phone-a"]}, "wrong_type", "/pools"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], code: str, column: str) -> None:
    faults = read_document(json.dumps(document(**settings))).faults
    assert [fault.code for fault in faults] == [code]
    assert (faults[0].column or "").endswith(column)
