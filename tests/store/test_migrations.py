"""A database of an earlier version is brought up with everything in it, guards too."""

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import migrating, outcomes
from store.columns import now
from store.database import Database, open_database
from store.growing import Counts
from store.outcome import Reported
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


OUTCOME = """
INSERT INTO outcomes (test_id, variant_id, text, segment, channel, impressions, clicks, created_at)
VALUES ('t', '1', 'Hej', '', '', 10, :clicks, :now)
"""


def test_outcomes_of_an_earlier_version_stand_beside_reports_that_cannot_be(empty_url: str) -> None:
    old = at("0003", empty_url)
    execute(old, OUTCOME, clicks=4, now=now())
    new = open_database(Settings(database_url=empty_url))
    before = Reported(test_id="t", variant_id="1", text="Hej", impressions=10, clicks=4)
    with new.write() as session:
        assert outcomes.record(session, [before]) == Counts(0, 0, 1)
        assert outcomes.record(session, [before.model_copy(update={"clicks": 11})]) == Counts(0, 1, 0)
    with pytest.raises(IntegrityError):  # without a reason it is still refused, by a connection open before, too
        execute(old, OUTCOME, clicks=11, now=now())
    with pytest.raises(IntegrityError):
        execute(old, "DELETE FROM outcomes")
    with new.read() as session:
        if not new.is_postgresql:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    new.close()
    old.close()
