"""Comments are added, counted and read in their order."""

import pytest
from pydantic import ValidationError

from store import comments
from store.comment import LONGEST, Comment
from store.database import Database
from store.errors import NotFound
from tests import nouns


def say(database: Database, variant: int, text: str, author: str = "ada") -> Comment:
    with database.write() as session:
        return comments.add(session, Comment(variant_id=variant, author=author, text=text))


def test_comments_are_read_in_their_order_and_counted_by_variant(database: Database) -> None:
    one, other, silent = (nouns.stored(database) for _ in range(3))
    say(database, one, "Is the van free?")
    say(database, other, "Dull.")
    said = say(database, one, "It is.", "bo")
    with database.read() as session:
        assert [(word.author, word.text) for word in comments.of_variant(session, one)] == [
            ("ada", "Is the van free?"),
            ("bo", "It is."),
        ]
        assert comments.of_variant(session, one)[1] == said
        assert comments.counts(session, [one, other, silent]) == {one: 2, other: 1}
    assert said.created_at is not None


def test_a_comment_on_nothing_is_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="no variant 99"):
        say(database, 99, "Where is it?")


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST + 1)])
def test_a_comment_says_something_and_not_too_much(text: str) -> None:
    with pytest.raises(ValidationError):
        Comment(variant_id=1, author="ada", text=text)
