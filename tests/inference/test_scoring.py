"""The scorer: its features, its head and what it says."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.encoder import FakeEncoder
from inference.features import STYLE, dense_width, features, surface
from inference.scorer import Candidate
from inference.scorers import SHIPPED
from inference.scoring import FILE, STRANGE, Head, LocalScorer
from inference.words import WORD
from store.errors import ModelError
from tests.embedded import encoder
from tests.heads import head, scorer_folder

FAKE = FakeEncoder()
PLAIN = "A regular monthly newsletter about our organisation"
STRONG = "He Was Told He'd Never Walk Again. What Happened Next Left Everyone In Tears"


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_features_are_finite_rows_in_order(texts: list[str]) -> None:
    matrix = features(texts, FAKE)
    assert matrix.shape[0] == len(texts)
    assert np.isfinite(matrix.data).all()
    for row, text in enumerate(texts):
        assert np.allclose(matrix[row].toarray(), features([text], FAKE).toarray())


@given(st.text(max_size=3_000))
def test_every_style_feature_is_between_0_and_1(text: str) -> None:
    values = {name: float(measure(text, WORD.findall(text))) for name, measure in STYLE.items()}
    assert all(0 <= value <= 1 for value in values.values()), values


def test_style_sees_what_it_names() -> None:
    def seen(text: str) -> set[str]:
        return {name for name, measure in STYLE.items() if name not in _ALWAYS and measure(text, WORD.findall(text))}

    assert seen("plain words") == set()
    assert seen("You won’t believe this: 3 best “tips”?") >= {
        "you",
        "negation",
        "this",
        "digit",
        "superlative",
        "colon",
    }
    assert seen("WE ask (why)…") >= {"we", "capitals", "question_word", "bracket", "ellipsis"}


_ALWAYS = {"length", "short", "word_length", "sentences", "title_case"}


def test_white_space_does_not_matter() -> None:
    assert np.allclose(features(["a  b\nc"], FAKE).toarray(), features([" a b c "], FAKE).toarray())


def test_a_field_is_scored_relative_to_its_mean() -> None:
    matrix = features(["one text", "another text here", "something else!"], FAKE)
    model = head(FAKE)
    mean, deviation = model.relative(matrix)
    raw = matrix @ model.weights
    assert np.allclose(mean, raw - raw.mean())
    centred = matrix.toarray() - matrix.toarray().mean(axis=0)
    dense = dense_width(FAKE.width)
    of_dense = ((centred[:, :dense] @ model.dense_factor) ** 2).sum(axis=1)
    of_sparse = (centred[:, dense:] ** 2) @ model.sparse_variance
    assert np.allclose(deviation**2, of_dense + of_sparse + model.residual_variance * 2 / 3)


def test_two_texts_against_each_other_and_in_a_field_of_two_agree() -> None:
    matrix = features(["one text", "another text here"], FAKE)
    model = head(FAKE)
    mean, deviation = model.relative(matrix)
    difference, of_difference = model.versus(matrix[:1], matrix[1:])
    assert np.isclose(difference[0], mean[0] - mean[1])
    assert np.isclose(of_difference[0], 2 * deviation[0])


def test_one_text_alone_is_its_own_field() -> None:
    model = head(FAKE)
    mean, deviation = model.relative(features(["alone"], FAKE))
    assert mean == [0]
    assert deviation == [model.effect_variance**0.5]


def test_a_head_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    model = head(FAKE)
    model.save(tmp_path / FILE)
    again = Head.load(tmp_path / FILE, FAKE)
    assert np.allclose(again.weights, model.weights)
    assert np.allclose(again.dense_factor, model.dense_factor, rtol=1e-3, atol=1e-6)
    assert np.isclose(again.residual_variance, model.residual_variance)


def test_scores_stand_in_order_with_interval_and_words(tmp_path: Path) -> None:
    scorer = LocalScorer(scorer_folder(tmp_path, FAKE), FAKE)
    texts = ["save the whales today", "an annual report", "Why? Because you can!", ""]
    scores = scorer.score([Candidate(text, channel="news_headline") for text in texts])
    assert abs(sum(score.log_odds for score in scores)) < 1e-9
    for text, score in zip(texts, scores, strict=True):
        assert score.low < score.log_odds < score.high
        assert (score.chance_to_beat_field > 0.5) == (score.log_odds > 0)
        assert score.checkpoint == scorer.checkpoint == "scorer-test"
        assert {effect.word for effect in score.words} <= set(WORD.findall(text))
        assert [abs(w.effect) for w in score.words] == sorted((abs(w.effect) for w in score.words), reverse=True)
    assert scores == scorer.score([Candidate(text, channel="news_headline") for text in texts])
    assert scorer.score([]) == []


def test_texts_of_one_word_have_no_words_to_leave_out(tmp_path: Path) -> None:
    scorer = LocalScorer(scorer_folder(tmp_path, FAKE), FAKE)
    assert [score.words for score in scorer.score([Candidate("Whales"), Candidate("")])] == [(), ()]
    assert features([], FAKE).shape == (0, features(["a"], FAKE).shape[1])


def test_a_words_effect_is_the_score_without_it(tmp_path: Path) -> None:
    scorer = LocalScorer(scorer_folder(tmp_path, FAKE), FAKE)
    field = ["save the whales today", "an annual report"]
    effects = {effect.word: effect.effect for effect in scorer.score([Candidate(text) for text in field])[0].words}
    weights = head(FAKE).weights.astype(np.float32)
    with_word, without = features([field[0], "save the today"], FAKE) @ weights
    assert effects["whales"] == pytest.approx(with_word - without, abs=1e-6)


def test_an_unknown_channel_is_less_certain(tmp_path: Path) -> None:
    scorer = LocalScorer(scorer_folder(tmp_path, FAKE), FAKE)
    (known, _), (strange, _) = (
        scorer.score([Candidate("one text", channel=channel), Candidate("two texts")], explain=False)
        for channel in ("news_headline", "sms")
    )
    assert strange.high - strange.low == pytest.approx(STRANGE * (known.high - known.low))
    assert strange.log_odds == known.log_odds
    assert known.words == ()


def _truncate(folder: Path) -> None:
    (folder / FILE).write_bytes((folder / FILE).read_bytes()[:5_000])


def _other_base(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps({**meta, "base": "other-encoder"}))


def _other_features(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps({**meta, "settings": {"features": "old", "channels": []}}))


def _other_shape(folder: Path) -> None:
    model = head(FAKE)
    Head(model.weights[:-1], model.dense_factor, model.sparse_variance, 0.1, 0.1).save(folder / FILE)


def _not_finite(folder: Path) -> None:
    model = head(FAKE)
    Head(model.weights * np.nan, model.dense_factor, model.sparse_variance, 0.1, 0.1).save(folder / FILE)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (_truncate, "cannot be read"),
        (_other_base, "base is 'other-encoder', but here it must be 'fake-encoder'"),
        (_other_features, "features is 'old'"),
        (_other_shape, "train it again"),
        (_not_finite, "finite"),
        (lambda folder: (folder / FILE).unlink(), "cannot be read"),
        (lambda folder: (folder / "meta.json").unlink(), "is missing"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, harm: object, message: str) -> None:
    folder = scorer_folder(tmp_path, FAKE)
    assert callable(harm)
    harm(folder)
    with pytest.raises(ModelError, match=message) as caught:
        LocalScorer(folder, FAKE)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_the_shipped_scorer_knows_what_earns_clicks_in_the_news() -> None:
    scores = LocalScorer(SHIPPED, encoder()).score(
        [Candidate(text, channel="news_headline") for text in (PLAIN, STRONG)]
    )
    assert scores[1].log_odds > scores[0].log_odds + 0.1
    assert scores[1].chance_to_beat_field > 0.6
    assert len(scores[1].words) == 5


def test_the_shipped_scorer_is_small_and_says_where_it_came_from(tmp_path: Path) -> None:
    assert (SHIPPED / FILE).stat().st_size < 6_000_000
    assert "10.1038/s41597-021-00934-7" in (SHIPPED / "README.md").read_text()
    assert json.loads((SHIPPED / "meta.json").read_text())["metrics"]["accuracy_all_pairs"] > 0.58
    shutil.copytree(SHIPPED, tmp_path / "copy")
    with pytest.raises(ModelError, match="all-minilm-l6-v2"):
        LocalScorer(tmp_path / "copy", FAKE)


def test_surface_is_the_part_without_the_encoder() -> None:
    assert np.allclose(features(["a text"], FAKE)[:, FAKE.width :].toarray(), surface(["a text"]).toarray())
