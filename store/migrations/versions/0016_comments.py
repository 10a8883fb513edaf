"""What people say of a variant to each other."""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """The table; its rows are only added."""
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("variant_id", sa.Integer, sa.ForeignKey("variants.id"), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_comments_variant", "comments", ["variant_id", "id"])
    guards.append_only("comments")
