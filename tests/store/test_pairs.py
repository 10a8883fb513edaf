"""Pairs are kept once, and refuse to be changed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store import pairs
from store.database import Database
from store.growing import Counts
from store.pair import Pair

ONE = Pair(test_id="t", winner="One", loser="Two", cluster="c")


def test_they_are_kept_once_and_a_new_cluster_stands(database: Database) -> None:
    moved = ONE.model_copy(update={"cluster": "d"})
    for rows, counts in (([ONE], Counts(1, 0, 0)), ([ONE], Counts(0, 0, 1)), ([moved], Counts(0, 1, 0))):
        with database.write() as session:
            assert pairs.record(session, rows) == counts
    with database.read() as session:
        assert list(pairs.stream(session)) == [moved]
        assert pairs.count(session) == 1


def test_what_was_said_stays(database: Database) -> None:
    with database.write() as session:
        pairs.record(session, [ONE])
    for change in ("UPDATE pairs SET winner = 'Two'", "DELETE FROM pairs"):
        with pytest.raises(IntegrityError, match="rows are only added"), database.write() as session:
            session.execute(text(change))
