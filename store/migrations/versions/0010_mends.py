"""What a finding proposes in the place of its words."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """A column of the findings; NULL where nothing is certain, and for those from before."""
    op.add_column("findings", sa.Column("mend", sa.Text))
