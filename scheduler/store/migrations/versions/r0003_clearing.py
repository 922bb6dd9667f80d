"""When bytes were last put, so that old ones can be cleared; what receivers last answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.clock import system_clock

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table and a column; what is there counts as put now."""
    table = op.create_table(
        "blob_use",
        sa.Column("sha256", _TEXT, nullable=False),
        sa.Column("put_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_use")),
    )
    now = system_clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    blob = sa.table("blob", sa.column("sha256"))
    there = sa.select(blob.c.sha256, sa.literal(now, sa.Text()))
    op.execute(table.insert().from_select(["sha256", "put_at"], there))
    op.add_column("delivery", sa.Column("last_status", sa.BigInteger(), nullable=True))
