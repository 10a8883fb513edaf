"""One word on many variants, and taken back as one."""

import pytest

from store import decisions, exports, sweeps, variants
from store.database import Database
from store.decision import Kind
from store.errors import Conflict
from store.states import State
from store.sweeps import Swept
from store.variants import Query
from tests import nouns


def sweep(database: Database, query: Query, expected: int, kind: Kind = Kind.APPROVE) -> Swept:
    with database.write() as session:
        return sweeps.decide(session, query, nouns.word(0, kind), expected)


def undo(database: Database, name: str) -> Swept:
    with database.write() as session:
        return sweeps.undo(session, name, "bo")


def states(database: Database, ids: list[int]) -> list[State]:
    with database.read() as session:
        return [variants.get(session, variant).state for variant in ids]


def test_all_that_match_and_wait_are_decided_and_taken_back_as_one(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(3)]
    others = [nouns.stored(database, segment=nouns.STUDENTS), nouns.stored(database, nouns.BLOCKING)]
    swept = sweep(database, Query(segment=nouns.PARENTS, state=State.REJECTED), 3)
    assert (swept.done, swept.left) == (3, 0)
    assert states(database, [*ids, *others]) == [State.APPROVED] * 3 + [State.PENDING, State.BLOCKED]
    assert undo(database, swept.sweep)[1:] == (3, 0)
    assert states(database, ids) == [State.PENDING] * 3
    with pytest.raises(Conflict, match="already"):
        undo(database, swept.sweep)


def test_each_decision_stands_by_itself(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(2)]
    swept = sweep(database, Query(), 2, Kind.REJECT)
    with database.write() as session:
        decisions.undo(session, ids[0], "bo")
        decisions.decide(session, nouns.word(ids[0]))
    assert undo(database, swept.sweep)[1:] == (1, 0)
    assert states(database, ids) == [State.APPROVED, State.PENDING]


def test_what_came_meanwhile_is_not_decided_unseen(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(3)]
    with pytest.raises(Conflict, match="3 variants match now, and there were 2 when you looked"):
        sweep(database, Query(), 2)
    assert states(database, ids) == [State.PENDING] * 3


def test_a_sweep_has_a_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [nouns.stored(database) for _ in range(3)]
    monkeypatch.setattr(sweeps, "MOST", 2)
    with pytest.raises(Conflict, match="more than 2 variants match; narrow the filters"):
        sweep(database, Query(), 3)
    assert states(database, ids) == [State.PENDING] * 3


def test_what_has_been_exported_stays(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(2)]
    swept = sweep(database, Query(), 2)
    with database.write() as session:
        exports.mark(session, ids[:1], "csv", "bo")
    assert undo(database, swept.sweep)[1:] == (1, 1)
    assert states(database, ids) == [State.APPROVED, State.PENDING]
