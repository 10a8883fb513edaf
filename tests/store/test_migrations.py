"""A database of an earlier version is brought up with everything in it, guards too."""

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import migrating
from store.columns import now
from store.database import Database, open_database
from store.settings import Settings

VARIANT = """
INSERT INTO variants (segment, channel, fields, search, raw, checkpoint, seed, sampling, state, created_at)
VALUES ('Parents', 'email', '{"subject": "Hej"}', 'hej', '', 'w', 0, '{}', 'pending', :now)
"""


def at(revision: str, url: str) -> Database:
    """A database as an earlier version left it."""
    opened = Database(url)
    with opened.engine.execution_options(writes=True).begin() as connection:
        config = migrating._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return opened


def execute(database: Database, statement: str, **values: object) -> None:
    with database.write() as session:
        session.execute(text(statement), values)


def test_variants_of_an_earlier_version_can_be_held_back(empty_url: str) -> None:
    old = at("0001", empty_url)
    execute(old, VARIANT, now=now())
    with pytest.raises(IntegrityError):
        execute(old, "UPDATE variants SET state = 'reserve'")
    open_database(Settings(database_url=empty_url)).close()
    execute(old, "UPDATE variants SET state = 'reserve'")  # by a connection that was open before, too
    for refused in ("UPDATE variants SET state = 'lost'", "UPDATE variants SET seed = 1", "DELETE FROM variants"):
        with pytest.raises(IntegrityError):
            execute(old, refused)
    with old.read() as session:
        assert session.scalar(text("SELECT state FROM variants")) == "reserve"
        if not old.is_postgresql:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    old.close()
