"""What has been said cannot be changed, whatever program tries; and the tables are what the migration makes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import account_tables, comments, decisions, drafts, exports, job_tables, outcomes, preferences, variants  # noqa: F401 - all tables  # noqa: F401 - all tables
from store.comment import Comment
from store.database import Database
from store.preference import Preference
from store.tables import Base, VariantRow
from tests import nouns

GUARDED = ["decisions", "outcomes", "exports", "scores", "comments", "preferences"]


@pytest.fixture
def full(database: Database) -> Database:
    """A row in every guarded table."""
    variant_id = nouns.stored(database, campaign_id=nouns.campaign(database))
    other_id = nouns.stored(database, campaign_id=1)
    with database.write() as session:
        variants.add_scores(session, {variant_id: nouns.score()})
        decisions.decide(session, nouns.word(variant_id))
        decisions.undo(session, variant_id, "anna")
        decisions.decide(session, nouns.word(variant_id))
        exports.mark(session, [variant_id], "csv", "anna")
        outcomes.record(session, [nouns.outcome()])
        comments.add(session, Comment(variant_id=variant_id, author="anna", text="Is it true?"))
        word = Preference(left_id=variant_id, right_id=other_id, better="left", reviewer="anna", seed=0)
        preferences.undo(session, preferences.say(session, word).id or 0, "anna")
    return database


def refused(database: Database, statement: str) -> str:
    """Run raw SQL, which the database is to refuse; gives what it says, and checks that nothing came of it."""
    before = dump(database)
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        session.execute(text(statement))
    assert dump(database) == before
    return str(caught.value.orig)


def dump(database: Database) -> list[object]:
    tables = [*GUARDED, "variants"]
    with database.read() as session:
        return [session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() for table in tables]


def test_said_is_said(full: Database) -> None:
    for table in GUARDED:
        assert f"UPDATE of {table} is refused" in refused(full, f"UPDATE {table} SET id = id")
        assert f"DELETE of {table} is refused" in refused(full, f"DELETE FROM {table}")


def test_of_a_variant_only_the_state_changes(full: Database) -> None:
    columns = [column.name for column in VariantRow.__table__.columns if column.name != "state"]
    assert len(columns) == 16
    for column in columns:
        assert "is refused" in refused(full, f"UPDATE variants SET {column} = {column}")
        assert "is refused" in refused(full, f"UPDATE variants SET state = 'pending', {column} = {column}")


def test_the_state_of_a_variant_changes_but_no_variant_goes(full: Database) -> None:
    with full.write() as session:
        session.execute(text("UPDATE variants SET state = 'rejected'"))
    assert "is refused" in refused(full, "DELETE FROM variants")


def test_nothing_is_replaced_or_emptied(full: Database) -> None:
    for table in [*GUARDED, "variants"]:
        if full.is_postgresql:
            assert "is refused" in refused(full, f"TRUNCATE {table} CASCADE")
        else:
            assert "is refused" in refused(full, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL has no INSERT OR REPLACE
def test_an_undo_is_not_replaced_by_another_of_the_same_decision(full: Database) -> None:
    columns = "variant_id, kind, reviewer, reason, undoes, created_at"
    statement = f"INSERT OR REPLACE INTO decisions ({columns}) SELECT {columns} FROM decisions WHERE kind = 'undo'"
    assert "is refused" in refused(full, statement)


def test_what_makes_no_sense_is_refused(full: Database) -> None:
    said = "variant_id, kind, reviewer, reason, created_at"
    for statement in [
        "UPDATE variants SET state = 'lost'",
        """INSERT INTO findings (variant_id, code, severity, field, start, "end", message)
        VALUES (99, 'c', 'warn', '', 0, 0, '')""",
        f"INSERT INTO decisions ({said}) SELECT id, 'maybe', 'x', '', created_at FROM variants",
        f"INSERT INTO decisions ({said}) SELECT id, 'undo', 'x', '', created_at FROM variants",
        """INSERT INTO outcomes (test_id, variant_id, text, segment, channel, impressions, clicks, created_at)
        SELECT 't', 'v', 'x', '', '', 1, 2, created_at FROM variants""",
    ]:
        refused(full, statement)


def test_the_migration_makes_the_tables_that_are_declared(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=-7))),
        datetime(2026, 1, 2, 3, 4),
    ],
)
def test_time_is_utc_in_and_out(database: Database, moment: datetime) -> None:
    with database.write() as session:
        outcomes.record(session, [nouns.outcome(started_at=moment)])
    with database.read() as session:
        found = outcomes.standing(session)[0].started_at
    assert found is not None
    assert found.utcoffset() == timedelta(0)
    assert found == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
