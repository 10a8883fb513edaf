"""Which of two variants somebody found better."""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """The table; its rows are only added."""
    op.create_table(
        "preferences",
        sa.Column("id", sa.Integer, primary_key=True),
        *(
            sa.Column(side, sa.Integer, sa.ForeignKey("variants.id"), nullable=False)
            for side in ("left_id", "right_id")
        ),
        sa.Column("better", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("preferences.id"), unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("better IN ('left', 'right', 'neither', 'undo')", name="better_known"),
        sa.CheckConstraint("(better = 'undo') = (undoes IS NOT NULL)", name="undo_names_preference"),
        sa.CheckConstraint("left_id <> right_id", name="sides_differ"),
    )
    for name in ("left_id", "right_id"):
        op.create_index(f"ix_preferences_{name}", "preferences", [name])
    op.create_index("ix_preferences_reviewer", "preferences", ["reviewer", "id"])
    guards.append_only("preferences")
    guards.insert_once("preferences", "undoes")
