"""Tokens: one's own, those of others for administrators, and agents' calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Caller, Limit, Served
from api.routes.log_in import refused, shown, token_made
from api.schemas.access import CalendarAsked, TokenAsked, TokenMade, TokensTold, TokenTold
from scheduler.domain.access import Principal, TokenKind
from scheduler.service import Service
from scheduler.usecases.manage_tokens import (
    add_agent_calendar,
    add_token,
    list_tokens,
    revoke_token,
    rotate_token,
)

__all__ = ["router"]

_PERSONAL = {
    "token": "helio_p_0123456789abcdef_...",
    "token_id": "0123456789abcdef",
    "kind": "personal",
    "expires_at": None,
    "calendar_path": None,
}
_CALENDAR = {
    "token": "helio_c_0123456789abcdef_...",
    "token_id": "0123456789abcdef",
    "kind": "calendar",
    "expires_at": None,
    "calendar_path": "/v1/calendars/helio_c_0123456789abcdef_....ics",
}
_LISTED = {
    "tokens": [
        {
            "token_id": "0123456789abcdef",
            "kind": "personal",
            "label": "my script",
            "created_at": "2027-03-01T08:00:00Z",
            "expires_at": None,
        }
    ],
    "next": None,
}
After = Annotated[str | None, Query(max_length=64, description="From `next`.")]
TokenId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1", tags=["access"])


def _page(
    service: Service, caller: Principal, principal_id: str, after: str | None, limit: int
) -> TokensTold:
    found = list_tokens(service, caller, principal_id, after=after, limit=limit)
    tokens = [
        TokenTold(
            token_id=token.token_id,
            kind=token.kind,
            label=token.label,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
        for token in found
    ]
    return TokensTold(tokens=tokens, next=found[-1].token_id if len(found) == limit else None)


@router.get("/me/tokens", operation_id="my_tokens", responses=shown(_LISTED))
def own_tokens(
    service: Served, caller: Caller, after: After = None, limit: Limit = 100
) -> TokensTold:
    """Return one's own tokens."""
    return _page(service, caller, caller.principal_id, after, limit)


@router.get(
    "/principals/{principal_id}/tokens",
    operation_id="principal_tokens",
    responses=shown(_LISTED),
)
def tokens_of(
    principal_id: Annotated[str, Path(max_length=64)],
    service: Served,
    caller: Caller,
    after: After = None,
    limit: Limit = 100,
) -> TokensTold:
    """Return somebody's tokens."""
    return _page(service, caller, principal_id, after, limit)


@router.post(
    "/me/tokens",
    operation_id="add_token",
    status_code=201,
    responses=shown(_PERSONAL, 201),
)
def token_added(asked: TokenAsked, service: Served, caller: Caller) -> TokenMade:
    """Make a token for oneself: for programs, or the secret address of one's own calendar."""
    lifetime = None if asked.days is None else timedelta(days=asked.days)
    if asked.kind is TokenKind.CALENDAR:
        lifetime = None
    text, end = add_token(service, caller, kind=asked.kind, label=asked.label, lifetime=lifetime)
    return token_made(text, asked.kind, end)


@router.post(
    "/agents/{agent_id}/calendar-tokens",
    operation_id="add_agent_calendar",
    status_code=201,
    responses=shown(_CALENDAR, 201),
)
def agent_calendar_added(
    agent_id: Annotated[str, Path(max_length=100)],
    asked: CalendarAsked,
    service: Served,
    caller: Caller,
) -> TokenMade:
    """Make the secret address of an agent's calendar, to hand to the agent."""
    text = add_agent_calendar(service, caller, agent_id, label=asked.label)
    return token_made(text, TokenKind.CALENDAR, None)


@router.post(
    "/tokens/{token_id}/rotate",
    operation_id="rotate_token",
    status_code=201,
    responses=shown(_PERSONAL, 201) | refused(409, "A session's token: renew the session."),
)
def token_rotated(token_id: TokenId, service: Served, caller: Caller) -> TokenMade:
    """Make a new token in place of one of one's own, which is void at once."""
    text, kind, end = rotate_token(service, caller, token_id)
    return token_made(text, kind, end)


@router.delete("/tokens/{token_id}", operation_id="revoke_token", status_code=204)
def token_revoked(token_id: TokenId, service: Served, caller: Caller) -> None:
    """Make a token void at once."""
    revoke_token(service, caller, token_id)
