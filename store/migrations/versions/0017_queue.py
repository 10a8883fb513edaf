"""The queue by age, page by page."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """An index that gives the variants of one state in the order of their ids."""
    op.create_index("ix_variants_state", "variants", ["state", "id"])
