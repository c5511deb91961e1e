"""Alembic's entry: runs inside the transaction that `bot.ledger.database.migrate` opened."""

from __future__ import annotations

from alembic import context

from bot.ledger.tables import Row

context.configure(connection=context.config.attributes["connection"], target_metadata=Row.metadata, render_as_batch=True)
context.run_migrations()
