"""Principals have versions and may be known to a provider; sessions remember when they began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add columns; who is there is at version 1 and known to no provider."""
    version = sa.Column("version", sa.BigInteger(), nullable=False, server_default="1")
    op.add_column("principal", version)
    for name in ("oidc_issuer", "oidc_subject"):
        op.add_column("principal", sa.Column(name, _TEXT, nullable=True))
    op.create_index(
        op.f("ix_principal_oidc_issuer_oidc_subject"),
        "principal",
        ["oidc_issuer", "oidc_subject"],
        unique=True,
    )
    op.add_column("token", sa.Column("began_at", _TEXT, nullable=True))
