"""The log-probability that a writer gave its own answer: what it is unsure of is seldom approved."""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A column of the variants, as fixed as the others."""
    op.add_column("variants", sa.Column("log_probability", sa.Double))
    guards.also_fixed("variants", "log_probability")
