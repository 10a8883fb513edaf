"""Jobs and their items: what is to be written, who is writing it, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

JOB = "'queued', 'running', 'cancelling', 'cancelled', 'ended'"
ITEM = "'queued', 'leased', 'done', 'failed', 'cancelled'"
UNTOLD = sa.text("told = 0 AND state IN ('done', 'failed')")


def upgrade() -> None:
    """Two tables. An item that is done has a campaign of its own, and no other item has it."""
    _jobs()
    _items()


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("checkpoints", sa.Text),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("files", sa.JSON(none_as_null=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("key"),
        sa.CheckConstraint(f"state IN ({JOB})", name="job_state_known"),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "id"])


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Integer, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("custom_id", sa.Text),
        sa.Column("body", sa.JSON(none_as_null=True)),
        sa.Column("error", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("campaign_id", sa.Integer, sa.ForeignKey("campaigns.id")),
        sa.Column("told", sa.Integer, nullable=False),
        sa.UniqueConstraint("job_id", "number"),
        sa.UniqueConstraint("job_id", "custom_id"),
        sa.UniqueConstraint("campaign_id"),
        sa.CheckConstraint(f"state IN ({ITEM})", name="item_state_known"),
        sa.CheckConstraint("(state = 'done') = (campaign_id IS NOT NULL)", name="done_has_campaign"),
    )
    op.create_index("ix_items_queue", "items", ["job_id", "state", "attempts", "id"])
    op.create_index("ix_items_untold", "items", ["job_id", "number"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)
