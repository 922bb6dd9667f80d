"""Jobs about staffing on a real server, for tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

__all__ = ["CSV", "ended", "good", "history", "staffing_jobs"]

CSV = {"Content-Type": "text/csv"}
_FINAL = ("done", "stopped", "failed")


def good(answer: httpx.Response) -> httpx.Response:
    """Return an answer that is one of success."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer


def ended(client: httpx.Client, where: str, seconds: float = 120) -> dict[str, Any]:
    """Wait for a job's end; return what it says then."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job: dict[str, Any] = good(client.get(where)).json()
        if job["state"] in _FINAL:
            return job
        time.sleep(0.1)
    raise AssertionError(f"not ended: {job}")


def history(*, weeks: int = 6, offered: int = 6, queue: str = "phone-ams") -> str:
    """Return a history of every day 09:00 to 15:00 that ends where the horizon begins."""
    lines = ["queue,interval_start_utc,interval_min,offered,handled,abandoned,aht_s"]
    first = datetime(2027, 3, 22, 8, tzinfo=UTC) - timedelta(weeks=weeks)
    for day in range(weeks * 7):
        for half in range(12):
            start = first + timedelta(days=day, minutes=30 * half)
            count = offered + (day * 5 + half * 3) % 4 - (day % 7)
            lines.append(f"{queue},{start:%Y-%m-%dT%H:%MZ},30,{max(count, 1)},,,180")
    return "\n".join(lines) + "\n"


def staffing_jobs(client: httpx.Client, period_id: str, queue_id: str) -> dict[str, str]:
    """Have a forecast, a calculation and a simulation done for a period with a row of demand.

    Returns
    -------
    dict of str to str
        Their ids, by the names that these have in addresses.
    """
    period = good(client.get(f"/v1/periods/{period_id}")).json()
    nobody = {
        "format": "heliotrope-roster/1", "horizon": period["horizon"], "currency": "EUR",
        "shifts": [],
    }  # fmt: skip
    roster = good(client.post(f"/v1/periods/{period_id}/rosters", json=nobody)).json()
    submitted = {
        "forecast_id": client.post(
            "/v1/forecasts", params={"period_id": period_id}, headers=CSV,
            content=history(queue=queue_id),
        ),
        "requirements_id": client.post("/v1/requirements/jobs", json={"period_id": period_id}),
        "simulation_id": client.post(
            "/v1/simulations", json={"roster_id": roster["roster_id"], "replications": 1}
        ),
    }  # fmt: skip
    for answer in submitted.values():
        job = ended(client, good(answer).headers["location"])
        assert job["state"] == "done", job
    return {name: answer.json()[name] for name, answer in submitted.items()}
