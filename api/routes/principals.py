"""Principals, for administrators: who may log in, and as what."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from api.deps import Caller, Limit, Served, Version, etag
from api.routes.log_in import shown
from api.schemas.access import (
    PasswordAsked,
    PrincipalAsked,
    PrincipalChanged,
    PrincipalsTold,
    PrincipalTold,
)
from scheduler.usecases.manage_access import (
    add_principal,
    change_principal,
    get_principal,
    list_principals,
    set_password,
)

__all__ = ["router"]

_PRINCIPAL = {
    "principal_id": "4f2a",
    "name": "noor",
    "role": "planner",
    "agent_id": None,
    "site_ids": ["ams"],
    "is_active": True,
    "oidc_issuer": None,
    "oidc_subject": None,
    "version": 1,
}
PrincipalId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1/principals", tags=["access"])


def _told(stored: Any) -> PrincipalTold:
    principal, identity = stored.principal, stored.identity
    return PrincipalTold(
        principal_id=principal.principal_id,
        name=principal.name,
        role=principal.role,
        agent_id=principal.agent_id,
        site_ids=list(principal.site_ids),
        is_active=principal.is_active,
        oidc_issuer=None if identity is None else identity.issuer,
        oidc_subject=None if identity is None else identity.subject,
        version=stored.version,
    )


@router.get(
    "",
    operation_id="list_principals",
    responses=shown({"principals": [_PRINCIPAL], "next": None}),
)
def listed(
    service: Served,
    caller: Caller,
    after: Annotated[str | None, Query(max_length=64, description="From `next`.")] = None,
    limit: Limit = 100,
) -> PrincipalsTold:
    """Return all who may log in."""
    found = list_principals(service, caller, after=after, limit=limit)
    behind = found[-1].principal.principal_id if len(found) == limit else None
    return PrincipalsTold(principals=[_told(each) for each in found], next=behind)


@router.post("", operation_id="add_principal", status_code=201, responses=shown(_PRINCIPAL, 201))
def added(
    asked: PrincipalAsked, service: Served, caller: Caller, response: Response
) -> PrincipalTold:
    """Let somebody in."""
    stored = add_principal(
        service,
        caller,
        asked.name,
        asked.role,
        agent_id=asked.agent_id,
        site_ids=tuple(asked.site_ids),
        password=None if asked.password is None else asked.password.get_secret_value(),
        oidc_subject=asked.oidc_subject,
    )
    response.headers.update(etag(stored.version))
    response.headers["Location"] = f"/v1/principals/{quote(stored.principal.principal_id)}"
    return _told(stored)


@router.get("/{principal_id}", operation_id="get_principal", responses=shown(_PRINCIPAL))
def got(
    principal_id: PrincipalId, service: Served, caller: Caller, response: Response
) -> PrincipalTold:
    """Return a principal."""
    stored = get_principal(service, caller, principal_id)
    response.headers.update(etag(stored.version))
    return _told(stored)


@router.put("/{principal_id}", operation_id="change_principal", responses=shown(_PRINCIPAL))
def changed(
    principal_id: PrincipalId,
    asked: PrincipalChanged,
    service: Served,
    caller: Caller,
    version: Version,
    response: Response,
) -> PrincipalTold:
    """Change a principal, or take access away: then all its tokens are void at once."""
    stored = change_principal(
        service,
        caller,
        principal_id,
        version,
        name=asked.name,
        role=asked.role,
        agent_id=asked.agent_id,
        site_ids=tuple(asked.site_ids),
        is_active=asked.is_active,
        oidc_subject=asked.oidc_subject,
    )
    response.headers.update(etag(stored.version))
    return _told(stored)


@router.put("/{principal_id}/password", operation_id="set_password", status_code=204)
def password_set(
    principal_id: PrincipalId, asked: PasswordAsked, service: Served, caller: Caller
) -> None:
    """Set somebody's password; their sessions end."""
    set_password(service, caller, principal_id, asked.password.get_secret_value())
