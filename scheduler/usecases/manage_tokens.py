"""Tokens: made, listed, put in place of others, taken away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.access.policy import Operation, allows
from scheduler.domain.access import Principal, TokenKind
from scheduler.errors import StateError
from scheduler.service import Service, require, require_ever
from scheduler.usecases.manage_access import kept_token, make_token

if TYPE_CHECKING:
    from scheduler.store import StoredToken

__all__ = ["add_agent_calendar", "add_token", "list_tokens", "revoke_token", "rotate_token"]


def add_token(
    service: Service,
    caller: Principal,
    *,
    kind: TokenKind = TokenKind.PERSONAL,
    label: str = "",
    lifetime: timedelta | None = None,
) -> tuple[str, datetime | None]:
    """Make a token of one's own; see `make_token`. A calendar token needs an agent.

    Raises
    ------
    DeniedError
        If the caller may not.
    """
    if kind is TokenKind.CALENDAR:
        require(caller, Operation.OWN_FEED_WRITE, agent_id=caller.agent_id)
    require(caller, Operation.OWN_ACCESS_WRITE)
    return make_token(
        service.store,
        service.clock,
        caller.principal_id,
        by=caller.principal_id,
        kind=kind,
        label=label,
        lifetime=lifetime,
    )


def add_agent_calendar(service: Service, caller: Principal, agent_id: str, *, label: str) -> str:
    """Make the secret of a calendar for an agent, as planner or administrator; return it.

    It is the agent's own token, who sees it in the list and may take it away.

    Raises
    ------
    NotFoundError, DeniedError
        If there is no such agent, or it is out of the caller's scope.
    StateError
        If nobody may log in as this agent.
    """
    from scheduler.store import NotFoundError

    require_ever(caller, Operation.AGENT_FEED_WRITE)
    with service.store.writing(by=caller.principal_id) as unit:
        site_id = str(unit.rows.get("agents", agent_id).values["site_id"])
        require(caller, Operation.AGENT_FEED_WRITE, site_ids=(site_id,), agent_id=agent_id)
        try:
            owner = unit.principals.of_agent(agent_id)
        except NotFoundError:
            raise StateError(
                "Nobody may log in as this agent, so there is nobody whose calendar it could be; "
                "an administrator adds a principal with this agent_id first."
            ) from None
        kind = TokenKind.CALENDAR
        text, _ = kept_token(unit, service.clock, owner.principal_id, kind, label=label)
    return text


def list_tokens(
    service: Service,
    caller: Principal,
    principal_id: str | None = None,
    *,
    after: str | None = None,
    limit: int = 100,
) -> tuple[StoredToken, ...]:
    """Return the good tokens of the caller, or as administrator of somebody else, by id.

    Parameters
    ----------
    after : str, optional
        Only those behind this id: the last one of the page before.

    Raises
    ------
    NotFoundError, DeniedError
        If there is no such principal, or the caller may not.
    """
    wanted = principal_id or caller.principal_id
    own = wanted == caller.principal_id
    require(caller, Operation.OWN_ACCESS_READ if own else Operation.TOKENS_OF_OTHERS)
    with service.store.reading() as unit:
        unit.principals.get(wanted)
        return unit.tokens.list(
            principal_id=wanted, good_at=service.clock(), after=after, limit=limit
        )


def rotate_token(
    service: Service, caller: Principal, token_id: str
) -> tuple[str, TokenKind, datetime | None]:
    """Make a new token in place of one of one's own, which is void at once.

    Kind, label and lifetime are the same; the lifetime begins anew.

    Returns
    -------
    (str, TokenKind, datetime.datetime or None)
        The token, which is shown once, its kind, and when it ends.

    Raises
    ------
    NotFoundError
        If the caller has no such token that is good.
    StateError
        If it is a session's: those are renewed.
    """
    from scheduler.store import NotFoundError

    require(caller, Operation.OWN_ACCESS_WRITE)
    with service.store.writing(by=caller.principal_id) as unit:
        token = unit.tokens.get(token_id)
        own = token.principal_id == caller.principal_id
        if not own or not token.is_good(service.clock()):
            raise NotFoundError("There is no such token.")
        if token.kind is TokenKind.SESSION:
            raise StateError("A session is renewed, not rotated.")
        if not unit.tokens.revoke(token_id):
            raise NotFoundError("There is no such token.")
        lifetime = None if token.expires_at is None else token.expires_at - token.created_at
        text, end = kept_token(
            unit,
            service.clock,
            caller.principal_id,
            token.kind,
            label=token.label,
            lifetime=lifetime,
        )
    return text, token.kind, end


def revoke_token(service: Service, caller: Principal, token_id: str) -> None:
    """Take a token away, one's own or as administrator another's.

    Raises
    ------
    NotFoundError
        If there is none that the caller may take away.
    """
    from scheduler.store import NotFoundError

    require(caller, Operation.OWN_ACCESS_WRITE)
    with service.store.writing(by=caller.principal_id) as unit:
        token = unit.tokens.get(token_id)
        own = token.principal_id == caller.principal_id
        if not own and not allows(caller, Operation.TOKENS_OF_OTHERS):
            raise NotFoundError("There is no such token.")
        unit.tokens.revoke(token_id)
