"""Two variants side by side: who is compared with whom, on which side, and what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import preferences, variants
from store.database import Database
from store.errors import Conflict, InputError, NotFound
from store.preference import Better, Preference
from store.preferences import Draw
from store.states import State
from store.variants import Query
from tests import nouns

PENDING = Query(state=State.PENDING)


@pytest.fixture
def campaign(database: Database) -> int:
    return nouns.campaign(database)


def drawn(database: Database, reviewer: str = "ada", query: Query = PENDING) -> tuple[Draw | None, int]:
    with database.read() as session:
        turn = preferences.following(session, query, reviewer)
    assert not turn.more
    return turn.draw, turn.left


def say(database: Database, draw: Draw, better: Better = "left", reviewer: str = "ada") -> Preference:
    word = Preference(left_id=draw.left_id, right_id=draw.right_id, better=better, reviewer=reviewer, seed=draw.seed)
    with database.write() as session:
        return preferences.say(session, word)


def undo(database: Database, preference: Preference, reviewer: str = "ada") -> Preference:
    with database.write() as session:
        return preferences.undo(session, preference.id or 0, reviewer)


def pair(draw: Draw | None) -> set[int]:
    assert draw is not None
    return {draw.left_id, draw.right_id}


def test_each_variant_comes_up_once_beside_one_of_its_own_place(database: Database, campaign: int) -> None:
    parents = [nouns.stored(database, campaign_id=campaign) for _ in range(3)]
    students = [nouns.stored(database, campaign_id=campaign, segment=nouns.STUDENTS) for _ in range(2)]
    nouns.stored(database, campaign_id=nouns.campaign(database))  # alone in its campaign
    draw, left = drawn(database)
    assert (pair(draw), left) == (set(parents[:2]), 2)
    assert draw is not None
    say(database, draw)
    draw, left = drawn(database)
    assert (pair(draw), left) == (set(students), 1)
    assert draw is not None
    say(database, draw, "neither")
    assert drawn(database) == (None, 0)
    assert pair(drawn(database, "bo")[0]) == set(parents[:2])


def test_two_answers_to_one_prompt_come_together_first(database: Database, campaign: int) -> None:
    with database.write() as session:
        ids = [
            variants.add(session, nouns.variant(campaign_id=campaign), [], nouns.prompt(text)).id
            for text in ("one", "other", "one")
        ]
    assert pair(drawn(database)[0]) == {ids[0], ids[2]}


def test_the_filters_hold_for_both(database: Database, campaign: int) -> None:
    ids = [nouns.stored(database, campaign_id=campaign) for _ in range(3)]
    with database.write() as session:
        session.connection().exec_driver_sql(f"UPDATE variants SET state = 'approved' WHERE id = {ids[1]}")
    assert pair(drawn(database)[0]) == {ids[0], ids[2]}
    assert drawn(database, query=Query(state=State.APPROVED)) == (None, 0)


def test_no_more_is_looked_at_than_is_stated(
    database: Database, campaign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [nouns.stored(database, campaign_id=campaign) for _ in range(5)]
    monkeypatch.setattr(preferences, "LOOKED", 4)
    with database.read() as session:
        turn = preferences.following(session, PENDING, "ada")
    assert (pair(turn.draw), turn.left, turn.more) == (set(ids[:2]), 2, True)


@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1), st.text(min_size=1, max_size=20))
def test_the_lot_is_the_same_whichever_is_named_first(one: int, other: int, reviewer: str) -> None:
    draw = preferences.sides(one, other, reviewer)
    assert draw == preferences.sides(other, one, reviewer)
    assert sorted(draw[:2]) == sorted((one, other))


def test_the_lot_is_even() -> None:
    low_left = sum(preferences.sides(n, n + 1, "ada").left_id == n for n in range(1_000))
    assert 430 < low_left < 570


def test_what_was_said_stands_until_it_is_taken_back_and_then_comes_up_again(database: Database, campaign: int) -> None:
    ids = [nouns.stored(database, campaign_id=campaign) for _ in range(2)]
    draw = drawn(database)[0]
    assert draw is not None
    said = say(database, draw, "right")
    assert said.chosen == draw.right_id
    with pytest.raises(Conflict, match="compared 1 and 2 already; undo that first"):
        say(database, Draw(draw.right_id, draw.left_id, 0))
    with database.read() as session:
        assert list(preferences.standing(session)) == [said]
        assert preferences.of_variant(session, ids[0]) == [said]
    with pytest.raises(Conflict, match="what ada said"):
        undo(database, said, "bo")
    assert undo(database, said) == said
    with pytest.raises(Conflict, match="taken back already"):
        undo(database, said)
    with database.read() as session:
        assert list(preferences.standing(session)) == []
    assert drawn(database)[0] == draw
    again = say(database, draw)
    with database.read() as session:
        assert list(preferences.standing(session)) == [again]


def test_only_like_is_compared_to_like(database: Database, campaign: int) -> None:
    one = nouns.stored(database, campaign_id=campaign)
    other = nouns.stored(database, campaign_id=campaign, segment=nouns.STUDENTS)
    with pytest.raises(InputError, match="compare like to like"):
        say(database, Draw(one, other, 0))
    with pytest.raises(InputError, match="compare like to like"):
        say(database, Draw(one, one, 0))
    with pytest.raises(NotFound, match="no variant 99"):
        say(database, Draw(one, 99, 0))
    with pytest.raises(NotFound, match="no preference 7"):
        undo(database, Preference(id=7, left_id=one, right_id=other, better="left", reviewer="ada", seed=0))
