"""Tables of principals, their tokens, what they changed, and who is told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from scheduler.store.columns import Base, Instant, RowId, number, words

__all__ = ["DeliveryRow", "PrincipalRow", "TokenRow", "TrailRow", "WebhookRow"]


class PrincipalRow(Base, table=True):
    """Somebody who may log in; `name_key` is the name without regard to case.

    `failures` are the instants of failed log-ins since the last success, a JSON list. `oidc_issuer`
    and `oidc_subject` say as whom a provider knows the principal, both or neither.
    """

    __tablename__ = "principal"
    __table_args__ = (
        UniqueConstraint("name_key"),
        Index(None, "oidc_issuer", "oidc_subject", unique=True),
    )

    principal_id: str = words(primary_key=True)
    name: str = words()
    name_key: str = words()
    role: str = words()
    agent_id: str | None = words()
    site_ids: str = words()
    is_active: bool
    password_hash: str | None = words()
    failures: str = words(default="[]")
    version: int = number(default=1)
    oidc_issuer: str | None = words()
    oidc_subject: str | None = words()


class TokenRow(Base, table=True):
    """A token, known by its hash alone.

    `began_at` is when a session that was renewed began; empty: with this token.
    """

    __tablename__ = "token"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "principal_id"))

    token_id: str = words(primary_key=True)
    token_hash: str = words()
    principal_id: str = words(foreign_key="principal.principal_id")
    kind: str = words()
    label: str = words()
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime | None = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(sa_type=Instant)
    began_at: datetime | None = Field(sa_type=Instant)


class TrailRow(Base, table=True):
    """One change: who, when, what, before and after (JSON)."""

    __tablename__ = "trail"
    __table_args__ = (Index(None, "subject", "subject_key"), {"sqlite_autoincrement": True})

    entry_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    who: str = words()
    at: datetime = Field(sa_type=Instant)
    verb: str = words()
    subject: str = words()
    subject_key: str = words()
    before: str | None = words()
    after: str | None = words()


class WebhookRow(Base, table=True):
    """An address that is told of events."""

    __tablename__ = "webhook"

    webhook_id: str = words(primary_key=True)
    url: str = words()
    secret: str = words()
    events: str = words()
    is_active: bool
    created_at: datetime = Field(sa_type=Instant)


class DeliveryRow(Base, table=True):
    """One message to one address, until it has arrived."""

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "done_at", "due_at"), {"sqlite_autoincrement": True})

    delivery_id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    webhook_id: str = words(foreign_key="webhook.webhook_id", ondelete="CASCADE")
    event: str = words()
    body: str = words()
    created_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    attempts: int = number(default=0)
    last_status: int | None = number()
    last_error: str | None = words()
    done_at: datetime | None = Field(sa_type=Instant)
