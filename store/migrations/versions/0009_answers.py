"""Answers to writes that may be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """The table; its rows lapse after a day, so nothing guards them."""
    op.create_table(
        "answers",
        sa.Column("owner", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("status", sa.Integer),
        sa.Column("content", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_answers_created_at", "answers", ["created_at"])
