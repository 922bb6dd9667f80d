"""The quick calculator: so many contacts, so many agents."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.deps import Caller
from api.schemas.staffing import ErlangTold, erlang_told
from scheduler.usecases.ask_erlang import ask_erlang

__all__ = ["router"]

_LEAST = 0.001
_MOST = 1_000_000
_MOST_SECONDS = 31_536_000
_ROW = {
    "agents": 14,
    "gross": 20,
    "service_level": 0.888351,
    "service_level_excl_short_abandons": 0.888351,
    "p_wait": 0.174132,
    "mean_wait_s": 7.8359,
    "p_abandon": 0.0,
    "occupancy": 0.714286,
    "meets": True,
    "is_fewest": True,
    "is_asked": False,
}
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    "model": "c",
                    "load_erlang": 10.0,
                    "target": 0.8,
                    "target_s": 20.0,
                    "fewest": 14,
                    "rows": [_ROW],
                }
            }
        }
    }
}

Seconds = Annotated[float | None, Query(ge=_LEAST, le=_MOST_SECONDS, allow_inf_nan=False)]
Share = Annotated[float | None, Query(ge=_LEAST, le=1, allow_inf_nan=False)]

router = APIRouter(prefix="/v1/erlang", tags=["staffing"])


@router.get("", operation_id="erlang", responses=_EXAMPLE)
def erlang(
    caller: Caller,
    calls: Annotated[float, Query(ge=0, le=_MOST, allow_inf_nan=False, examples=[100])],
    aht_s: Annotated[
        float, Query(ge=_LEAST, le=_MOST_SECONDS, allow_inf_nan=False, examples=[180])
    ],
    interval_s: Annotated[float, Query(ge=1, le=_MOST_SECONDS, allow_inf_nan=False)] = 1800.0,
    model: Annotated[
        Literal["c", "a"] | None, Query(description="Without it A where there is a patience.")
    ] = None,
    patience_s: Seconds = None,
    agents: Annotated[int | None, Query(ge=0, le=_MOST, description="To be judged.")] = None,
    target: Annotated[
        float | None,
        Query(
            ge=_LEAST, le=1, allow_inf_nan=False, description="Share answered within `target_s`."
        ),
    ] = None,
    target_s: Annotated[float, Query(ge=0, le=_MOST_SECONDS, allow_inf_nan=False)] = 20.0,
    max_wait_s: Seconds = None,
    max_abandon: Share = None,
    max_occupancy: Share = None,
    concurrency: Annotated[int, Query(ge=1, le=1000)] = 1,
    shrinkage: Annotated[float, Query(ge=0, le=0.99, allow_inf_nan=False)] = 0.0,
) -> ErlangTold:
    """Return the fewest agents that meet the targets, or what so many agents achieve, or both.

    Without `agents` and without a target, 80 % are to be answered within `target_s`.
    """
    view = ask_erlang(
        caller,
        calls=calls,
        interval_s=interval_s,
        aht_s=aht_s,
        model=model,
        patience_s=patience_s,
        agents=agents,
        level=target,
        target_s=target_s,
        max_wait_s=max_wait_s,
        max_abandon=max_abandon,
        max_occupancy=max_occupancy,
        concurrency=concurrency,
        shrinkage=shrinkage,
    )
    return erlang_told(view)
