"""Log-in, tokens and principals on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, SecretStr

from api.schemas.base import Given, Told
from scheduler.domain.access import Role, TokenKind

__all__ = [
    "CalendarAsked",
    "LogInAsked",
    "MeTold",
    "PasswordAsked",
    "PrincipalAsked",
    "PrincipalChanged",
    "PrincipalTold",
    "PrincipalsTold",
    "TokenAsked",
    "TokenMade",
    "TokenTold",
    "TokensTold",
]


class LogInAsked(Given):
    """Name and password."""

    name: str = Field(min_length=1, max_length=100, examples=["noor"])
    password: SecretStr = Field(min_length=1, max_length=1000, examples=["correct horse battery"])


class PasswordAsked(Given):
    """A new password: at least 12 characters, none of the common ones."""

    password: SecretStr = Field(min_length=1, max_length=1000, examples=["correct horse battery"])


class MeTold(Told):
    """Who somebody is and what they may do."""

    principal_id: str
    name: str
    role: Role
    agent_id: str | None
    site_ids: list[str]
    is_active: bool


class PrincipalTold(MeTold):
    """A principal as administrators see it."""

    oidc_issuer: str | None
    oidc_subject: str | None
    version: int


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
    oidc_subject: str | None = Field(
        default=None, max_length=255, description="What the provider calls this person."
    )


class PrincipalChanged(Given):
    """A principal as it is to be; what is left out is taken away."""

    name: str = Field(min_length=1, max_length=100, examples=["noor"])
    role: Role = Field(strict=False, examples=["planner"])
    agent_id: str | None = Field(default=None, max_length=100)
    site_ids: list[str] = Field(default=[], max_length=1000)
    is_active: bool = True
    oidc_subject: str | None = Field(
        default=None, max_length=255, description="What the provider calls this person."
    )


class TokenAsked(Given):
    """A token to make for oneself."""

    kind: TokenKind = Field(default=TokenKind.PERSONAL, strict=False)
    label: str = Field(default="", max_length=100, examples=["my script"])
    days: int | None = Field(default=None, ge=1, le=3650, description="Good for; none: for ever.")


class CalendarAsked(Given):
    """A calendar's secret address to make for an agent."""

    label: str = Field(default="", max_length=100, examples=["phone of ams-01"])


class TokenMade(Told):
    """A new token; it is shown this once."""

    token: str
    token_id: str
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
    """A page of good tokens; ask on with ``after`` while there is a ``next``."""

    tokens: list[TokenTold]
    next: str | None = None
