"""Wins, misses, and words: what a scorer was surest of, and whether deletion bears its words out."""

from dataclasses import replace
from pathlib import Path

import pytest

from inference.encoder import FakeEncoder
from inference.scoring import LocalScorer
from tests.training.test_scorer import BAD, GOOD, results
from training import cases
from training.champion import Champion, Fresh
from training.results import Results
from training.scorer import train

FAKE = FakeEncoder()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scorer that knows the world of `results`."""
    out = tmp_path_factory.mktemp("cases") / "scorer"
    train(results(80, 1), out, encoder=FAKE, splits=1)
    return out


@pytest.fixture(scope="module")
def champion(folder: Path) -> Champion:
    return Champion.load(folder, FAKE)


def fresh(champion: Champion, turned: int) -> Fresh:
    """Twenty new tests; in the first `turned` of them what is good and what is bad change places."""
    groups = [
        replace(group, texts=tuple(f"{text} anew" for text in group.texts), impressions=(9_000,) * 3, clicks=clicks)
        for number, group in enumerate(results(20, 5).groups)
        for clicks in [(100, 500, 200) if number < turned else (500, 100, 200)]
    ]
    return champion.fresh(Results(tuple(groups)), FAKE)


def test_wins_and_misses_are_the_surest_of_each(champion: Champion, folder: Path) -> None:
    found = cases.find(champion, LocalScorer(folder, FAKE), fresh(champion, turned=4), 3)
    assert [case.right for case in found].count(True) == [case.right for case in found].count(False) == 3
    assert [case.chance for case in found] == sorted((case.chance for case in found), reverse=True)
    assert all(case.chance > 0.5 for case in found)
    misses = [case for case in found if not case.right]
    assert {case.test for case in misses} <= {f"t{number}" for number in range(4)}
    assert len({case.test for case in misses}) == 3
    for case in found:
        assert (GOOD in case.chosen) or (BAD in case.other)
        assert (case.ratio > 1) is case.right


def test_fewer_than_asked_for_are_what_there_is(champion: Champion, folder: Path) -> None:
    found = cases.find(champion, LocalScorer(folder, FAKE), fresh(champion, turned=0), 50)
    assert len({case.test for case in found}) == len(found) == 20
    assert all(case.right for case in found)


def test_what_it_names_moves_a_score_more_than_what_the_lot_names(champion: Champion, folder: Path) -> None:
    found = cases.deletion(LocalScorer(folder, FAKE), fresh(champion, 0).results.texts)
    assert found.deletion_texts == 60
    assert found.deletion_top > 1.5 * found.deletion_random > 0
    assert found.deletion_won > 0.8
    assert found == cases.deletion(LocalScorer(folder, FAKE), fresh(champion, 0).results.texts)


def test_texts_too_short_to_compare_say_nothing(folder: Path) -> None:
    assert cases.deletion(LocalScorer(folder, FAKE), ["one", "one two three"]) == cases.Deletion(0, 0, 0, 0)
