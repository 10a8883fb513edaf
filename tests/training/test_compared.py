"""What people said of two side by side becomes pairs, as sure as they agree."""

from collections import Counter
from typing import Any

import pytest

from store import preferences, variants
from store.database import Database
from store.preference import Better, Preference
from tests import nouns
from training import dataset


@pytest.fixture
def ids(database: Database) -> list[int]:
    """Two answers to one prompt, and one to another."""
    campaign = nouns.campaign(database)
    texts = {"Dinner is at the door": "one", "Eight vegetables": "one", "Pause any week": "other"}
    with database.write() as session:
        drafts = [
            (nouns.variant(campaign_id=campaign, fields={"subject": text, "preheader": "Order a box"}), prompt)
            for text, prompt in texts.items()
        ]
        return [variants.add(session, draft, [], nouns.prompt(prompt)).id or 0 for draft, prompt in drafts]


def say(database: Database, left: int, right: int, better: Better, reviewer: str = "ada") -> int:
    word = Preference(left_id=left, right_id=right, better=better, reviewer=reviewer, seed=0)
    with database.write() as session:
        return preferences.say(session, word).id or 0


def rows(database: Database) -> tuple[list[dict[str, Any]], Counter[str]]:
    left_out: Counter[str] = Counter()
    with database.read() as session:
        return list(dataset.preference_rows(session, left_out)), left_out


def seen(database: Database) -> list[tuple[int, int, float, str]]:
    return [(row["chosen_id"], row["rejected_id"], row["margin"], row["source"]) for row in rows(database)[0]]


def test_the_better_one_is_chosen_whichever_side_it_stood_on(database: Database, ids: list[int]) -> None:
    say(database, ids[1], ids[0], "right")
    say(database, ids[2], ids[1], "right", "bo")
    assert seen(database) == [(ids[0], ids[1], 1.0, "comparison"), (ids[1], ids[2], 0.5, "comparison")]
    row = rows(database)[0][0]
    assert row["chosen"] == "subject: Dinner is at the door\npreheader: Order a box"
    assert row["rejected"] == "subject: Eight vegetables\npreheader: Order a box"
    assert row["prompt"] == [message.model_dump() for message in nouns.prompt("one").messages]


def test_a_pair_is_as_sure_as_those_who_compared_it_agree(database: Database, ids: list[int]) -> None:
    for reviewer, better in {"ada": "left", "bo": "left", "cy": "right", "di": "neither"}.items():
        say(database, ids[0], ids[1], better, reviewer)  # type: ignore[arg-type]
    assert seen(database) == [(ids[0], ids[1], 0.25, "comparison")]
    say(database, ids[0], ids[1], "right", "ed")
    assert rows(database) == ([], Counter(no_preference=1))


def test_what_was_taken_back_teaches_nothing(database: Database, ids: list[int]) -> None:
    said = say(database, ids[0], ids[1], "left")
    with database.write() as session:
        preferences.undo(session, said, "ada")
    assert rows(database) == ([], Counter())
