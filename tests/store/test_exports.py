"""Only approved copy leaves, and what has left is known."""

import pytest

from store import decisions, exports
from store.database import Database
from store.errors import Conflict, NotFound
from tests import nouns


def mark(database: Database, *variant_ids: int) -> None:
    with database.write() as session:
        exports.mark(session, variant_ids, "csv", "anna")


def exported(database: Database, variant_id: int) -> bool:
    with database.read() as session:
        return exports.first_at(session, variant_id) is not None


def test_all_are_marked_or_none(database: Database) -> None:
    approved, pending = nouns.stored(database), nouns.stored(database)
    with database.write() as session:
        decisions.decide(session, nouns.word(approved))
    with pytest.raises(Conflict, match=f"variant {pending} is pending; only approved"):
        mark(database, approved, pending)
    with pytest.raises(NotFound, match="no variant 99"):
        mark(database, approved, 99)
    assert not exported(database, approved)
    mark(database, approved)
    assert exported(database, approved)
    assert not exported(database, pending)


def test_the_first_export_is_when_it_left(database: Database) -> None:
    variant_id = nouns.stored(database)
    with database.write() as session:
        decisions.decide(session, nouns.word(variant_id))
    mark(database, variant_id, variant_id)
    with database.read() as session:
        first = exports.first_at(session, variant_id)
    mark(database, variant_id)
    mark(database)
    with database.read() as session:
        assert exports.first_at(session, variant_id) == first
    assert first is not None
    assert first.utcoffset() is not None
