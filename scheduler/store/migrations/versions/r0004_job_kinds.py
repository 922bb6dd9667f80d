"""Jobs are of kinds: what there is are solves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a column and its index."""
    op.add_column("job", sa.Column("kind", _TEXT, nullable=False, server_default="solve"))
    op.create_index(op.f("ix_job_kind"), "job", ["kind"], unique=False)
