"""Which decisions were one word on many variants."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """A column of the decisions; NULL for those made one by one."""
    op.add_column("decisions", sa.Column("sweep", sa.Text))
    op.create_index("ix_decisions_sweep", "decisions", ["sweep"])
