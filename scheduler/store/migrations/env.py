"""Runs revisions on the connection and in the transaction that `upgrade` has opened."""

from __future__ import annotations

from alembic import context

from scheduler.store.columns import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
