"""The most characters that each line of an answer was allowed when its prompt was first asked."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A column of the prompts; NULL for those from before."""
    op.add_column("prompts", sa.Column("maxima", sa.JSON(none_as_null=True)))
