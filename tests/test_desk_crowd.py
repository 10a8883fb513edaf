"""What the desk's benchmark counts as lost, and as decided twice."""

from benchmarks.desk_crowd import Told, counted
from benchmarks.desk_queue import fill
from store import decisions, variants
from store.database import Database
from store.states import State
from store.variants import Query
from tests import nouns


def test_what_was_told_and_is_not_there_is_lost(database: Database) -> None:
    one, other = nouns.stored(database), nouns.stored(database)
    with database.write() as session:
        decisions.decide(session, nouns.word(one, reviewer="a"))
    assert counted(database, Told([(one, "a")])) == {"lost": 0, "twice": 0}
    assert counted(database, Told([(one, "a"), (other, "a"), (one, "b")])) == {"lost": 2, "twice": 1}


def test_a_variant_on_which_two_decisions_stand_was_decided_twice(database: Database) -> None:
    one = nouns.stored(database)
    with database.write() as session:
        decisions.decide(session, nouns.word(one, reviewer="a"))
        session.connection().exec_driver_sql("UPDATE variants SET state = 'pending'")
        decisions.decide(session, nouns.word(one, reviewer="b"))
    assert counted(database, Told([(one, "a"), (one, "b")])) == {"lost": 0, "twice": 1}


def test_the_queue_has_as_many_as_asked_for_all_pending(database: Database) -> None:
    fill(database, 50)
    with database.read() as session:
        assert variants.count(session, Query())[State.PENDING] == 50
        assert all(row.score for row in variants.find(session, Query(), limit=50))
        assert variants.codes(session, Query())
