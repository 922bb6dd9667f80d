"""Log-in, one's own tokens, and for administrators the principals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, SecretStr

from api.deps import Caller, Limit, Served
from api.schemas.base import Given, Told
from scheduler.domain.access import Principal, Role, TokenKind
from scheduler.usecases.log_in import log_in, log_out
from scheduler.usecases.manage_access import (
    add_principal,
    add_token,
    change_principal,
    list_principals,
    list_tokens,
    revoke_token,
    set_password,
)

__all__ = ["router"]

_TOKEN = "helio_p_0123456789abcdef_..."
_PRINCIPAL = {
    "principal_id": "4f2a",
    "name": "noor",
    "role": "planner",
    "agent_id": None,
    "site_ids": ["ams"],
    "is_active": True,
}


class LogInAsked(Given):
    """Name and password."""

    name: str = Field(min_length=1, max_length=100, examples=["noor"])
    password: SecretStr = Field(min_length=1, max_length=1000, examples=["correct horse battery"])


class PrincipalTold(Told):
    """Who somebody is and what they may do."""

    principal_id: str
    name: str
    role: Role
    agent_id: str | None
    site_ids: list[str]
    is_active: bool


class PrincipalsTold(Told):
    """A page of principals; ask on with ``after`` while there is a ``next``."""

    principals: list[PrincipalTold]
    next: str | None = None


class PrincipalAsked(Given):
    """A principal to add."""

    name: str = Field(min_length=1, max_length=100, examples=["noor"])
    role: Role = Field(strict=False, examples=["planner"])
    agent_id: str | None = Field(default=None, max_length=100)
    site_ids: list[str] = Field(default=[], max_length=1000)
    password: SecretStr | None = Field(default=None, max_length=1000)


class PrincipalChanged(Given):
    """A principal as it is to be."""

    name: str = Field(min_length=1, max_length=100, examples=["noor"])
    role: Role = Field(strict=False, examples=["planner"])
    agent_id: str | None = Field(default=None, max_length=100)
    site_ids: list[str] = Field(default=[], max_length=1000)
    is_active: bool = True


class PasswordAsked(Given):
    """A new password: at least 12 characters, none of the common ones."""

    password: SecretStr = Field(min_length=1, max_length=1000, examples=["correct horse battery"])


class TokenAsked(Given):
    """A token to make for oneself."""

    kind: TokenKind = Field(default=TokenKind.PERSONAL, strict=False)
    label: str = Field(default="", max_length=100, examples=["my script"])
    days: int | None = Field(default=None, ge=1, le=3650, description="Good for; none: for ever.")


class TokenMade(Told):
    """A new token; it is shown this once."""

    token: str
    kind: TokenKind
    expires_at: datetime | None
    calendar_path: str | None = None


class TokenTold(Told):
    """A token without its secret."""

    token_id: str
    kind: TokenKind
    label: str
    created_at: datetime
    expires_at: datetime | None


class TokensTold(Told):
    """Good tokens."""

    tokens: list[TokenTold]


def _told(principal: Principal) -> PrincipalTold:
    return PrincipalTold(
        principal_id=principal.principal_id,
        name=principal.name,
        role=principal.role,
        agent_id=principal.agent_id,
        site_ids=list(principal.site_ids),
        is_active=principal.is_active,
    )


def _shown(example: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"application/json": {"example": example}}}}


router = APIRouter(prefix="/v1", tags=["access"])
PrincipalId = Annotated[str, Path(max_length=64)]


@router.post(
    "/log-in",
    operation_id="log_in",
    responses=_shown({"token": _TOKEN, "kind": "session", "expires_at": None}),
)
def logged_in(asked: LogInAsked, request: Request, service: Served) -> TokenMade:
    """Begin a session; send its token as `Authorization: Bearer ...`."""
    address = request.client.host if request.client is not None else "unknown"
    text, _ = log_in(service, asked.name, asked.password.get_secret_value(), address=address)
    return TokenMade(token=text, kind=TokenKind.SESSION, expires_at=None)


@router.post("/log-out", operation_id="log_out", status_code=204)
def logged_out(request: Request, service: Served, _caller: Caller) -> None:
    """End the session, or make void whatever token this is sent with."""
    log_out(service, request.headers["authorization"].split()[-1])


@router.get("/me", operation_id="me", responses=_shown(_PRINCIPAL))
def me(caller: Caller) -> PrincipalTold:
    """Return who one is."""
    return _told(caller)


@router.put("/me/password", operation_id="set_own_password", status_code=204)
def own_password(asked: PasswordAsked, service: Served, caller: Caller) -> None:
    """Set one's own password; all sessions end."""
    set_password(service, caller, caller.principal_id, asked.password.get_secret_value())


@router.get("/me/tokens", operation_id="my_tokens", responses=_shown({"tokens": []}))
def own_tokens(service: Served, caller: Caller) -> TokensTold:
    """Return one's own tokens."""
    return TokensTold(
        tokens=[
            TokenTold(
                token_id=token.token_id,
                kind=TokenKind(token.kind),
                label=token.label,
                created_at=token.created_at,
                expires_at=token.expires_at,
            )
            for token in list_tokens(service, caller)
        ]
    )


@router.post(
    "/me/tokens",
    operation_id="add_token",
    status_code=201,
    responses=_shown({"token": _TOKEN, "kind": "personal", "expires_at": None}, 201),
)
def token_made(asked: TokenAsked, service: Served, caller: Caller) -> TokenMade:
    """Make a token for oneself: for programs, or the secret address of one's own calendar."""
    lifetime = None if asked.days is None else timedelta(days=asked.days)
    if asked.kind is TokenKind.CALENDAR:
        lifetime = None
    text, end = add_token(service, caller, kind=asked.kind, label=asked.label, lifetime=lifetime)
    path = f"/v1/calendars/{text}.ics" if asked.kind is TokenKind.CALENDAR else None
    return TokenMade(token=text, kind=asked.kind, expires_at=end, calendar_path=path)


@router.delete("/tokens/{token_id}", operation_id="revoke_token", status_code=204)
def token_revoked(
    token_id: Annotated[str, Path(max_length=64)], service: Served, caller: Caller
) -> None:
    """Make a token void at once."""
    revoke_token(service, caller, token_id)


@router.get(
    "/principals",
    operation_id="list_principals",
    responses=_shown({"principals": [_PRINCIPAL], "next": None}),
)
def principals(
    service: Served,
    caller: Caller,
    after: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> PrincipalsTold:
    """Return all who may log in."""
    found = list_principals(service, caller, after=after, limit=limit)
    behind = found[-1].principal_id if len(found) == limit else None
    return PrincipalsTold(principals=[_told(each) for each in found], next=behind)


@router.post(
    "/principals",
    operation_id="add_principal",
    status_code=201,
    responses=_shown(_PRINCIPAL, 201),
)
def principal_added(asked: PrincipalAsked, service: Served, caller: Caller) -> PrincipalTold:
    """Let somebody in."""
    password = None if asked.password is None else asked.password.get_secret_value()
    return _told(
        add_principal(
            service,
            caller,
            asked.name,
            asked.role,
            agent_id=asked.agent_id,
            site_ids=tuple(asked.site_ids),
            password=password,
        )
    )


@router.put(
    "/principals/{principal_id}", operation_id="change_principal", responses=_shown(_PRINCIPAL)
)
def principal_changed(
    principal_id: PrincipalId, asked: PrincipalChanged, service: Served, caller: Caller
) -> PrincipalTold:
    """Change a principal, or take access away: then all its tokens are void at once."""
    return _told(
        change_principal(
            service,
            caller,
            principal_id,
            name=asked.name,
            role=asked.role,
            agent_id=asked.agent_id,
            site_ids=tuple(asked.site_ids),
            is_active=asked.is_active,
        )
    )


@router.put("/principals/{principal_id}/password", operation_id="set_password", status_code=204)
def password_set(
    principal_id: PrincipalId, asked: PasswordAsked, service: Served, caller: Caller
) -> None:
    """Set somebody's password; their sessions end."""
    set_password(service, caller, principal_id, asked.password.get_secret_value())
