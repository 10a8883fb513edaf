"""The classifier of segments: it learns what there is to learn, and says the same each time."""

from pathlib import Path

import numpy as np
import pytest

from inference.encoder import FakeEncoder
from store.segment import Segment
from tests.embedded import encoder
from training import corpus
from training.told import Choice, choices, fit, learn

SEGMENTS = tuple(
    Segment(name=name, cares_about=cares)
    for name, cares in (("Cooks", "sharp knives and pans"), ("Parents", "quick dinners"), ("Guests", "wine and cheese"))
)
TEXTS = {
    0: ["Our sharp knives last", "Iron pans, seasoned"],
    1: ["Dinners in ten minutes", "So quick"],
    2: ["Cheese, cut to order"],
}


def known() -> list[Choice]:
    return [Choice(text, SEGMENTS, place) for place, texts in TEXTS.items() for text in texts]


def test_it_tells_what_it_was_taught() -> None:
    told = fit(known(), FakeEncoder())
    assert told.tell(["sharp knives", "quick dinners", "wine and cheese"], SEGMENTS) == [0, 1, 2]


def test_the_same_choices_give_the_same_answers_and_their_order_does_not_matter() -> None:
    texts = ["knives and wine", "ten pans", "nothing"]
    forth, back = (fit(given, FakeEncoder()).tell(texts, SEGMENTS) for given in (known(), known()[::-1]))
    assert forth == back


def test_what_was_learnt_once_is_kept_until_there_is_something_else_to_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = learn(known(), FakeEncoder(), tmp_path / "kept")
    more = learn([*known(), Choice("dinners", SEGMENTS, 1)], FakeEncoder(), tmp_path / "kept")
    assert not np.array_equal(first.weights, more.weights)
    monkeypatch.setattr("training.told.fit", lambda *_: pytest.fail("it was learnt anew"))
    assert np.array_equal(learn(known(), FakeEncoder(), tmp_path / "kept").weights, first.weights)


def test_briefs_may_have_different_numbers_of_segments() -> None:
    few = [Choice("sharp knives", SEGMENTS[:2], 0), *known()]
    assert fit(few, FakeEncoder()).tell(["quick dinners"], SEGMENTS[:2]) == [1]


def test_no_text_is_no_answer() -> None:
    assert fit(known(), FakeEncoder()).tell([], SEGMENTS) == []


def test_rows_of_the_corpus_know_their_segment() -> None:
    briefs = corpus.briefs()
    row = corpus.rows("test")[9]
    (choice,) = choices([row], briefs)
    assert choice.segments[choice.chosen].name == row.segment
    assert choice.segments == briefs[row.brief].brief.segments


@pytest.mark.slow
def test_on_the_corpus_it_is_far_better_than_chance() -> None:
    """Measured when trained on all of the train side: 59 % of the English test rows, by chance 24 %."""
    briefs = corpus.briefs()
    english = [row for row in corpus.rows("train") if briefs[row.brief].brief.language == "en"][::6]
    told = fit(choices(english, briefs), encoder())
    right: list[bool] = []
    for name in ("burrstone-hollow", "chipbright", "damp-dog", "five-foot-desk", "pallet-fork", "tarbrook-wool"):
        held_out = choices([row for row in corpus.rows("test") if row.brief == name], briefs)
        guesses = told.tell([choice.text for choice in held_out], held_out[0].segments)
        right += [guess == choice.chosen for guess, choice in zip(guesses, held_out, strict=True)]
    assert np.mean(right) > 0.45
