"""What nothing may be learnt from any more."""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The table and its guard."""
    op.create_table(
        "forgotten",
        sa.Column("example_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    guards.append_only("forgotten", "example_id")
