"""The service under schemathesis, for half a minute; `tests.contract.fuzz` does it at length."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from schemathesis.openapi.checks import RejectedPositiveData

from tests.contract.excused import why_excused
from tests.contract.fuzz import fuzz, served

JSON = "application/json"
COVERED = frozenset(
    {"add_agents", "put_sites", "delete_skills", "submit_solve", "publish_roster", "diff_rosters"}
)
"""Operations whose every boundary is tried: one of each sort."""


@pytest.mark.slow
def test_the_service_keeps_to_its_description(tmp_path: Path) -> None:
    with served(tmp_path) as (running, world):
        outcomes = [
            fuzz(running, world, caller, seed=seed, most_examples=most, phases=("fuzzing",))
            for seed, (caller, most) in enumerate(
                (("administrator", 2), ("agent", 1), ("nobody", 1))
            )
        ]
        outcomes.append(
            fuzz(
                running, world, "planner", seed=9, most_examples=1,
                phases=("examples", "coverage"), chosen=COVERED,
            )
        )  # fmt: skip
    report = "\n".join(line for outcome in outcomes for line in outcome.lines())
    assert not any(outcome.failures for outcome in outcomes), report
    assert sum(outcome.cases for outcome in outcomes) >= 600, report
    administrator, _, nobody, _ = outcomes
    assert sum(administrator.statuses[status] for status in (200, 201, 202, 204)) >= 50, report
    assert not {status for status in (401, 403) if administrator.statuses[status]} - {401}, report
    assert nobody.statuses[401] > nobody.cases / 2, report


class _Answer:
    """What of an answer is looked at."""

    def __init__(self, status: int, *codes: str) -> None:
        self.status_code = status
        self.request = httpx.Request("POST", "http://x", headers={"Content-Type": JSON})
        faults = [{"code": code} for code in codes]
        self.content = httpx.Response(status, json={"code": "x", "faults": faults}).content


def test_only_what_a_schema_cannot_say_is_excused() -> None:
    failure = RejectedPositiveData(
        operation="x", message="x", status_code=422, allowed_statuses=["2xx"]
    )
    excused = {
        answer: why_excused(failure, _Answer(*answer)) is not None  # type: ignore[arg-type]
        for answer in (
            (412,), (400,), (415,), (422, "unknown_id"), (422, "unknown_id", "missing"),
            (422, "extra_forbidden"), (422, "string_too_long"), (500,),
        )
    }  # fmt: skip
    assert [answer for answer, is_excused in excused.items() if is_excused] == [
        (412,),
        (422, "unknown_id"),
    ]
