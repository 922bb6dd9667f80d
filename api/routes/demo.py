"""A made-up planning to try things with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import Caller, Served
from scheduler.usecases.demo_data import MOST_AGENTS, demo_data

__all__ = ["router"]

_SHOWN = {"format": "heliotrope/1", "name": "Demo of 12 agents"}

router = APIRouter(prefix="/v1/demo-data", tags=["planning"])


@router.get(
    "",
    operation_id="demo_data",
    responses={200: {"content": {"application/json": {"example": _SHOWN}}}},
)
def made(
    service: Served,
    caller: Caller,
    start: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            description="First date; the next Monday without it.",
            examples=["2027-03-22"],
        ),
    ] = None,
    agents: Annotated[int, Query(ge=1, le=MOST_AGENTS, description="How many agents.")] = 12,
    seed: Annotated[int, Query(ge=0, lt=2**31, description="The same seed, the same data.")] = 1,
) -> Response:
    """Return a planning document of a made-up company: import it into a period and solve it."""
    text = demo_data(service, caller, start=start, agents=agents, seed=seed)
    return Response(text, media_type="application/json")
