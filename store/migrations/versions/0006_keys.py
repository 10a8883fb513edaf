"""Keys of the API: their hashes, whose they are, and when they were revoked."""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The table; of a key only the revocation is added, once."""
    words = [sa.Column(name, sa.Text, nullable=False) for name in ("handle", "hash", "name", "role")]
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer, primary_key=True),
        *words,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("role IN ('copywriter', 'approver', 'service', 'admin')", name="role_known"),
        sa.UniqueConstraint("handle"),
    )
    guards.fixed("keys", "id, handle, hash, name, role, created_at")
    guards.set_once("keys", "revoked_at")
    guards.insert_once("keys", "handle")
