"""Log-in and log-out, sessions, and who one is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from api.deps import Caller, Served, token_of
from api.problems import MEDIA_TYPE
from api.schemas.access import LogInAsked, MeTold, PasswordAsked, TokenMade
from scheduler.domain.access import Principal, TokenKind
from scheduler.usecases.log_in import caller_address, log_in, log_out, renew_session
from scheduler.usecases.manage_access import set_password

__all__ = ["SESSION", "Address", "refused", "router", "shown", "token_made"]

SESSION = {
    "token": "helio_s_0123456789abcdef_...",
    "token_id": "0123456789abcdef",
    "kind": "session",
    "expires_at": "2027-03-01T20:00:00Z",
    "calendar_path": None,
}
_ME = {
    "principal_id": "4f2a",
    "name": "noor",
    "role": "planner",
    "agent_id": None,
    "site_ids": ["ams"],
    "is_active": True,
}


def shown(example: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return the example of an answer."""
    return {status: {"content": {"application/json": {"example": example}}}}


def refused(status: int, when: str) -> dict[int | str, dict[str, Any]]:
    """Return when an operation answers with a problem that others do not have."""
    schema = {"type": "object", "required": ["type", "title", "status", "detail", "code"]}
    return {status: {"description": when, "content": {MEDIA_TYPE: {"schema": schema}}}}


def token_made(text: str, kind: TokenKind, expires_at: datetime | None) -> TokenMade:
    """Return a new token as it goes over the wire, this once."""
    path = f"/v1/calendars/{text}.ics" if kind is TokenKind.CALENDAR else None
    token_id = text.split("_")[2]
    return TokenMade(
        token=text, token_id=token_id, kind=kind, expires_at=expires_at, calendar_path=path
    )


def _address(request: Request, service: Served) -> str:
    peer = request.client.host if request.client is not None else "unknown"
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return caller_address(service, peer, forwarded)


Address = Annotated[str, Depends(_address)]
"""Where the caller comes from, behind proxies that the settings trust."""

router = APIRouter(prefix="/v1", tags=["access"])


def me_told(principal: Principal) -> MeTold:
    """Return who somebody is as it goes over the wire."""
    return MeTold(
        principal_id=principal.principal_id,
        name=principal.name,
        role=principal.role,
        agent_id=principal.agent_id,
        site_ids=list(principal.site_ids),
        is_active=principal.is_active,
    )


@router.post("/log-in", operation_id="log_in", responses=shown(SESSION))
def logged_in(asked: LogInAsked, address: Address, service: Served) -> TokenMade:
    """Begin a session; send its token as `Authorization: Bearer ...`."""
    text, end = log_in(service, asked.name, asked.password.get_secret_value(), address=address)
    return token_made(text, TokenKind.SESSION, end)


@router.post("/log-out", operation_id="log_out", status_code=204)
def logged_out(request: Request, service: Served, _caller: Caller) -> None:
    """End the session, or make void whatever token this is sent with."""
    log_out(service, token_of(request))


@router.get("/me", operation_id="me", responses=shown(_ME))
def me(caller: Caller) -> MeTold:
    """Return who one is."""
    return me_told(caller)


@router.put("/me/password", operation_id="set_own_password", status_code=204)
def own_password(asked: PasswordAsked, service: Served, caller: Caller) -> None:
    """Set one's own password; all sessions end."""
    set_password(service, caller, caller.principal_id, asked.password.get_secret_value())


@router.post(
    "/me/session",
    operation_id="renew_session",
    responses=shown(SESSION) | refused(409, "The token is none of a session."),
)
def session_renewed(request: Request, service: Served, _caller: Caller) -> TokenMade:
    """Go on with a session under a new token; the old one is void."""
    text, end = renew_session(service, token_of(request))
    return token_made(text, TokenKind.SESSION, end)
