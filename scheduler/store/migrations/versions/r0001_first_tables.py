"""The first tables.

Types are written out here, so that what later versions of the code make of them changes nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PUBLISHED = sa.text("state = 'published'")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT, nullable=False) for name in names]


def _texts_or_none(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT, nullable=True) for name in names]


def _row() -> tuple[sa.Column[int], sa.Column[int]]:
    key = sa.Column("row_id", _KEY, nullable=False)
    return key, sa.Column("version", sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "agent",
        *_row(),
        *_texts("agent_id", "name", "site_id", "contract_id", "hourly_rate", "currency"),
        *_texts_or_none(
            "employed_from", "employed_until", "started_on", "email", "waking_from", "waking_until"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_agent")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_agent_agent_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_agent_site_id"), "agent", ["site_id"], unique=False)
    op.create_table(
        "availability",
        *_row(),
        *_texts("agent_id"),
        *_texts_or_none("weekday", "date"),
        *_texts("from", "until", "kind"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_availability")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_availability_agent_id"), "availability", ["agent_id"], unique=False)
    op.create_table(
        "blob",
        *_texts("sha256"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "contract",
        *_row(),
        *_texts("contract_id", "min_hours_week", "target_hours_week", "max_hours_week"),
        sa.Column("max_days_week", sa.BigInteger(), nullable=True),
        *_texts_or_none(
            "min_shift_hours", "max_shift_hours", "night_allowed", "rule_packs", "law", "on_call"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_contract")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_contract_contract_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "demand",
        *_row(),
        *_texts("queue_id", "interval_start", "offered", "aht_s"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_demand")),
        sa.UniqueConstraint(
            "queue_id", "interval_start", name=op.f("uq_demand_queue_id_interval_start")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "executor",
        *_texts("executor_id", "host", "started_at", "beat_at"),
        sa.PrimaryKeyConstraint("executor_id", name=op.f("pk_executor")),
    )
    op.create_table(
        "history",
        *_row(),
        *_texts("agent_id", "start_local", "zone"),
        sa.Column("fold", sa.BigInteger(), nullable=True),
        *_texts_or_none("end_utc"),
        sa.Column("duration_minutes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_history")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_history_agent_id_start_local"),
        "history",
        ["agent_id", "start_local"],
        unique=False,
    )
    op.create_table(
        "location",
        *_row(),
        *_texts("agent_id", "from_date"),
        *_texts_or_none("until_date"),
        *_texts("zone", "country"),
        *_texts_or_none("subdivision"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_location")),
        sa.UniqueConstraint("agent_id", "from_date", name=op.f("uq_location_agent_id_from_date")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "period",
        *_texts("period_id"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_texts("name", "start_date", "end_date", "zone", "settings", "site_ids", "queue_ids"),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_period")),
    )
    op.create_table(
        "pin",
        *_row(),
        *_texts("agent_id", "start_local", "zone"),
        sa.Column("fold", sa.BigInteger(), nullable=True),
        sa.Column("duration_minutes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_pin")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_pin_agent_id_start_local"), "pin", ["agent_id", "start_local"], unique=False
    )
    op.create_table(
        "principal",
        *_texts("principal_id", "name", "name_key", "role"),
        *_texts_or_none("agent_id"),
        *_texts("site_ids"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_texts_or_none("password_hash"),
        *_texts("failures"),
        sa.PrimaryKeyConstraint("principal_id", name=op.f("pk_principal")),
        sa.UniqueConstraint("name_key", name=op.f("uq_principal_name_key")),
    )
    op.create_table(
        "queue",
        *_row(),
        *_texts("queue_id", "client", "channel", "language"),
        *_texts_or_none("min_level", "certificate"),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        *_texts_or_none("opening"),
        *_texts("zone"),
        *_texts_or_none("country", "subdivision", "target_percent"),
        sa.Column("target_seconds", sa.BigInteger(), nullable=True),
        sa.Column("concurrency", sa.BigInteger(), nullable=True),
        sa.Column("patience_s", sa.BigInteger(), nullable=True),
        *_texts_or_none("deadline_hours", "shrinkage"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_queue")),
        sa.UniqueConstraint("queue_id", name=op.f("uq_queue_queue_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "requirement",
        *_row(),
        *_texts("queue_id", "interval_start"),
        sa.Column("agents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_requirement")),
        sa.UniqueConstraint(
            "queue_id", "interval_start", name=op.f("uq_requirement_queue_id_interval_start")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "site",
        *_row(),
        *_texts("site_id", "name", "zone", "country"),
        *_texts_or_none("subdivision"),
        *_texts("currency"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_site")),
        sa.UniqueConstraint("site_id", name=op.f("uq_site_site_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "skill",
        *_row(),
        *_texts("agent_id", "kind", "value"),
        *_texts_or_none("level", "valid_from", "valid_until"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_skill")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_skill_agent_id"), "skill", ["agent_id"], unique=False)
    op.create_table(
        "time_off",
        *_row(),
        *_texts("agent_id", "from", "until", "kind"),
        *_texts_or_none("paid"),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_time_off")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_time_off_agent_id"), "time_off", ["agent_id"], unique=False)
    op.create_table(
        "trail",
        sa.Column("entry_id", _KEY, nullable=False),
        *_texts("who", "at", "verb", "subject", "subject_key"),
        *_texts_or_none("before", "after"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_trail")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_trail_subject_subject_key"), "trail", ["subject", "subject_key"], unique=False
    )
    op.create_table(
        "webhook",
        *_texts("webhook_id", "url", "secret", "events"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_texts("created_at"),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "wish",
        *_row(),
        *_texts("agent_id"),
        *_texts_or_none("weekday", "date", "from", "until"),
        *_texts("wish"),
        sa.Column("strength", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_wish")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_wish_agent_id"), "wish", ["agent_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("delivery_id", _KEY, nullable=False),
        *_texts("webhook_id", "event", "body", "created_at", "due_at"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        *_texts_or_none("last_error", "done_at"),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhook.webhook_id"],
            name=op.f("fk_delivery_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_delivery_done_at_due_at"), "delivery", ["done_at", "due_at"], unique=False
    )
    op.create_table(
        "job",
        sa.Column("row_id", _KEY, nullable=False),
        *_texts(
            "job_id", "period_id", "state", "params", "input_sha256", "submitted_by", "submitted_at"
        ),
        *_texts_or_none("started_at", "ended_at"),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        *_texts_or_none("executor_id"),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        *_texts_or_none("roster_id", "result", "fault"),
        sa.ForeignKeyConstraint(["period_id"], ["period.period_id"], name=op.f("fk_job_period_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_job")),
        sa.UniqueConstraint("job_id", name=op.f("uq_job_job_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_job_period_id"), "job", ["period_id"], unique=False)
    op.create_index(op.f("ix_job_state"), "job", ["state"], unique=False)
    op.create_table(
        "roster",
        *_texts("roster_id"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_texts("period_id"),
        sa.Column("number", sa.BigInteger(), nullable=False),
        *_texts("state", "input_sha256"),
        sa.Column("cost_cents", sa.BigInteger(), nullable=False),
        sa.Column("bound_cents", sa.BigInteger(), nullable=False),
        sa.Column("hard_findings", sa.BigInteger(), nullable=False),
        *_texts("created_at"),
        *_texts_or_none("job_id", "published_at", "published_by"),
        *_texts("document_sha256"),
        *_texts_or_none("first_start", "last_end"),
        sa.ForeignKeyConstraint(
            ["document_sha256"], ["blob.sha256"], name=op.f("fk_roster_document_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["period.period_id"], name=op.f("fk_roster_period_id")
        ),
        sa.PrimaryKeyConstraint("roster_id", name=op.f("pk_roster")),
        sa.UniqueConstraint("job_id", name=op.f("uq_roster_job_id")),
        sa.UniqueConstraint("period_id", "number", name=op.f("uq_roster_period_id_number")),
    )
    op.create_index(
        "uq_roster_published",
        "roster",
        ["period_id"],
        unique=True,
        sqlite_where=_PUBLISHED,
        postgresql_where=_PUBLISHED,
    )
    op.create_table(
        "token",
        *_texts("token_id", "token_hash", "principal_id", "kind", "label", "created_at"),
        *_texts_or_none("expires_at", "revoked_at"),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["principal.principal_id"], name=op.f("fk_token_principal_id")
        ),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_token_token_hash")),
    )
    op.create_index(op.f("ix_token_principal_id"), "token", ["principal_id"], unique=False)
    op.create_table(
        "idempotency",
        *_texts("principal", "idempotency_key", "body", "job_id"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_idempotency_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("principal", "idempotency_key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "incumbent",
        *_texts("job_id"),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_incumbent_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_incumbent")),
    )
    op.create_table(
        "progress",
        *_texts("job_id"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("at"),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=True),
        sa.Column("bound_cents", sa.BigInteger(), nullable=True),
        *_texts("phase"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.job_id"], name=op.f("fk_progress_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("pk_progress")),
    )
    op.create_table(
        "shift",
        *_texts("roster_id", "agent_id", "start_utc", "end_utc", "start_local", "zone"),
        sa.Column("fold", sa.BigInteger(), nullable=False),
        sa.Column("paid_minutes", sa.BigInteger(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        *_texts("breaks", "activities"),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["roster.roster_id"], name=op.f("fk_shift_roster_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("roster_id", "agent_id", "start_utc", name=op.f("pk_shift")),
    )
