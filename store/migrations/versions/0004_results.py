"""Results from elsewhere: what a text was shown with, reports that cannot be, and pairs without counts.

The key of an outcome gains its channel, so that one variant in two channels of one test has two totals.
"""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0004"
down_revision = "0003"

BEFORE = "clicks >= 0 AND clicks <= impressions"
AFTER = f"reason <> '' OR ({BEFORE})"


def upgrade() -> None:
    """New columns and a wider key for outcomes, and the table of pairs."""
    for name in ("image", "cluster", "week", "reason"):
        op.add_column("outcomes", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("outcomes", sa.Column("share", sa.Double))
    _let_the_impossible_in()
    op.drop_index("ix_outcomes_key", "outcomes")
    op.create_index("ix_outcomes_key", "outcomes", ["test_id", "segment", "channel", "variant_id", "id"])
    words = [sa.Column(name, sa.Text, nullable=False) for name in ("test_id", "winner", "loser", "image", "cluster")]
    moment = sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)
    op.create_table("pairs", sa.Column("id", sa.Integer, primary_key=True), *words, moment)
    op.create_index("ix_pairs_test_id", "pairs", ["test_id", "id"])
    guards.append_only("pairs")


def _let_the_impossible_in() -> None:
    """Counts that cannot be are let in where the row says so; on SQLite as in 0002, and for the reason given there."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint("clicks_within_impressions", "outcomes", type_="check")
        op.create_check_constraint("clicks_within_impressions", "outcomes", AFTER)
        return
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'outcomes'"
    connection.execute(sa.text(change), {"before": BEFORE, "after": AFTER})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")  # so that every connection reads it anew
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
