"""Log-in through a provider: two addresses that a browser is sent to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api.deps import Served
from api.errors import HttpError
from api.routes.log_in import SESSION, Address, refused, shown, token_made
from api.schemas.access import TokenMade
from scheduler.domain.access import TokenKind
from scheduler.service import Service
from scheduler.usecases.log_in_oidc import (
    LOGIN_LIFETIME,
    NotConfiguredError,
    ProviderDownError,
    begin_at_provider,
    come_back,
)

__all__ = ["router"]

_NONE_HERE = refused(404, "This server has no provider.") | refused(429, "Too many tries.")
_REFUSED = refused(401, "The answer is not to be believed.") | refused(403, "Nobody we know.")

router = APIRouter(prefix="/v1/oidc", tags=["access"])


def _cookie(service: Service) -> tuple[str, bool]:
    """Return the cookie's name, and whether it may travel encrypted only.

    Behind https the name makes browsers refuse one that another host of the domain has set.
    """
    secure = (service.settings.public_url or "").startswith("https://")
    return ("__Host-helio-log-in" if secure else "helio-log-in"), secure


def _http_error(error: NotConfiguredError | ProviderDownError) -> HttpError:
    status = 404 if isinstance(error, NotConfiguredError) else 503
    return HttpError(status, error.code, str(error))


@router.get(
    "/log-in",
    operation_id="oidc_log_in",
    status_code=302,
    response_class=RedirectResponse,
    responses=_NONE_HERE,
)
def sent_away(address: Address, service: Served) -> RedirectResponse:
    """Send a browser to the provider to log in there; it has ten minutes."""
    try:
        url, keepsake = begin_at_provider(service, address=address)
    except (NotConfiguredError, ProviderDownError) as error:
        raise _http_error(error) from None
    answer = RedirectResponse(url, 302)
    name, secure = _cookie(service)
    answer.set_cookie(
        name,
        keepsake,
        max_age=int(LOGIN_LIFETIME.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(
    "/callback",
    operation_id="oidc_callback",
    responses=shown(SESSION) | _NONE_HERE | _REFUSED,
)
def came_back(
    request: Request,
    response: Response,
    address: Address,
    service: Served,
    code: Annotated[str | None, Query(max_length=4096)] = None,
    state: Annotated[str | None, Query(max_length=200)] = None,
    iss: Annotated[str | None, Query(max_length=1000)] = None,
) -> TokenMade:
    """Begin a session for somebody whom the provider sends back."""
    name, secure = _cookie(service)
    try:
        text, end = come_back(
            service,
            keepsake=request.cookies.get(name),
            code=code,
            state=state,
            issuer=iss,
            address=address,
        )
    except (NotConfiguredError, ProviderDownError) as error:
        raise _http_error(error) from None
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return token_made(text, TokenKind.SESSION, end)
