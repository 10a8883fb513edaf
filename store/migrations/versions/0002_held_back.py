"""The state `reserve`: variants that passed the checks and were held back for likelier ones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BEFORE = "state IN ('draft', 'blocked', 'pending', 'approved', 'rejected', 'live', 'retired')"
AFTER = "state IN ('draft', 'blocked', 'pending', 'reserve', 'approved', 'rejected', 'live', 'retired')"


def upgrade() -> None:
    """Let a variant be in reserve."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite_on_sqlite()
        return
    op.drop_constraint("state_known", "variants", type_="check")
    op.create_check_constraint("state_known", "variants", AFTER)


def _rewrite_on_sqlite() -> None:
    """Change the words of the constraint where SQLite keeps them, since it has no statement for it.

    This is the way that SQLite documents for what leaves rows as they are (https://www.sqlite.org/lang_altertable.html,
    "Making Other Kinds Of Table Schema Changes"). To make the table anew instead would mean to drop rows that others
    point to, past the triggers that guard them.
    """
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'variants'"
        ),
        {"before": BEFORE, "after": AFTER},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")  # so that every connection reads it anew
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
