"""Briefs in the making are kept, and nobody writes over what somebody else typed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from store import drafts
from store.database import Database
from store.draft import Draft
from store.drafts import Seen
from store.errors import NotFound


def keep(database: Database, content: dict[str, Any], seen: Draft | None = None, author: str = "ada") -> Draft:
    with database.write() as session:
        return drafts.keep(session, content, author, Seen(seen.id, seen.version) if seen else None)


def stored(database: Database, draft: Draft) -> Draft:
    with database.read() as session:
        return drafts.get(session, draft.id)


def test_what_is_typed_is_stored_over_what_was_seen(database: Database) -> None:
    first = keep(database, {"name": "Spr"})
    second = keep(database, {"name": "Spring", "facts": ["", "x"]}, first)
    assert (second.id, second.version, second.name) == (first.id, 2, "Spring")
    assert stored(database, first) == second
    assert stored(database, first).content == {"name": "Spring", "facts": ["", "x"]}


def test_the_second_of_two_who_change_one_at_once_gets_a_draft_of_their_own(database: Database) -> None:
    seen = keep(database, {"name": "Spring"})
    first = keep(database, {"name": "Spring", "brand": "A"}, seen)
    second = keep(database, {"name": "Spring", "brand": "B"}, seen, "bo")
    assert second.id != first.id
    assert (stored(database, first).content["brand"], stored(database, second).content["brand"]) == ("A", "B")
    assert (first.author, second.author) == ("ada", "bo")


def test_the_same_again_changes_nothing_whatever_was_seen(database: Database) -> None:
    seen = keep(database, {"name": "Spring"})
    changed = keep(database, {"name": "Summer"}, seen)
    assert keep(database, {"name": "Summer"}, seen) == changed


def test_what_was_thrown_away_comes_back_where_somebody_still_types_in_it(database: Database) -> None:
    seen = keep(database, {"name": "Spring"})
    with database.write() as session:
        drafts.drop(session, seen.id)
    with pytest.raises(NotFound):
        stored(database, seen)
    with pytest.raises(NotFound), database.write() as session:
        drafts.drop(session, seen.id)
    assert stored(database, keep(database, {"name": "Spring 2"}, seen)).name == "Spring 2"


def test_of_many_at_once_one_is_first_and_all_are_kept(database: Database) -> None:
    seen = keep(database, {"name": "Spring"})
    texts = [f"Text {number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        kept = list(pool.map(lambda text: keep(database, {"product": text}, seen), texts))
    assert sum(draft.id == seen.id for draft in kept) == 1
    assert sorted(stored(database, draft).content["product"] for draft in kept) == texts


def test_the_newest_come_first_and_one_authors_alone_where_asked(database: Database) -> None:
    old, other, new = (
        keep(database, {"name": name}, author=who) for name, who in [("a", "ada"), ("b", "bo"), ("", "ada")]
    )
    with database.read() as session:
        assert drafts.recent(session, limit=9) == [new, other, old]
        assert drafts.recent(session, limit=1, author="bo") == [other]
    assert new.name == "Untitled"
