"""Messages note whether something has come of them, so that one over which a process died is taken up again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What was heard before counts as handled."""
    op.add_column("messages", sa.Column("handled", sa.Boolean(), nullable=False, server_default=sa.true()))
    lite, postgres = sa.text("handled IS 0"), sa.text("handled IS false")
    op.create_index("ix_messages_open", "messages", ["seq"], sqlite_where=lite, postgresql_where=postgres)
