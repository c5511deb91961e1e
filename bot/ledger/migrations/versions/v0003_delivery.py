"""Posts note which version their channel shows, messages which process is at them; channels keep how they reach people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """What was said before counts as drawn: nobody is told old things again. What was heard before is nobody's."""
    op.add_column("posts", sa.Column("drawn", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE posts SET drawn = version")
    op.create_index("ix_posts_channel_ref", "posts", ["channel", "ref"])
    op.add_column("messages", sa.Column("claimed_by", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("claimed", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "reaches",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reach", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name="pk_reaches"),
    )
