"""Who may sit down at the desk, and who is signed in."""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """The tables. An account stays, since its name stands on decisions; visits come and go."""
    words = [sa.Column(name, sa.Text, nullable=False) for name in ("name", "email", "role", "issuer", "subject")]
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        *words,
        sa.Column("hash", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("role IN ('copywriter', 'approver', 'admin')", name="account_role_known"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("issuer", "subject"),
    )
    guards.fixed("accounts", "id, name, email, issuer, subject, created_at")
    guards.insert_once("accounts", "name")
    op.create_table(
        "visits",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_visits_account_id", "visits", ["account_id"])
    op.create_index("ix_visits_began_at", "visits", ["began_at"])
