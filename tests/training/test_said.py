"""The measure of a said angle, held against the corpus: its weights are the fitted ones, and its errors are small."""

import pytest

import inference.said
from store.brief import Brief
from tests.inference.house import brief
from training import corpus
from training.said import Errors, Pair, calibrate, errors, pairs


def of(split: corpus.Split, language: str) -> list[Pair]:
    briefs = corpus.briefs()
    return [pair for pair in pairs(corpus.rows(split), briefs) if pair.brief.language == language]


def test_each_row_stands_with_each_claim_of_its_brief_once() -> None:
    briefs = corpus.briefs()
    (row, *_) = corpus.rows("test")
    found = pairs([row], briefs)
    claims = [*briefs[row.brief].brief.facts, briefs[row.brief].brief.offer]
    assert [pair.claim for pair in found] == claims
    assert [pair.claim for pair in found if pair.own] == list(row.angle)


def test_errors_are_counted_on_either_side() -> None:
    shop: Brief = brief(facts=("Refunds within 30 days", "Free coffee"), offer=None)
    told = [
        Pair("Refunds within 30 days", "Refunds within 30 days", shop, own=True),
        Pair("Nothing of the kind", "Refunds within 30 days", shop, own=True),
        Pair("Free coffee", "Free coffee", shop, own=False),
        Pair("Free coffee", "Refunds within 30 days", shop, own=False),
    ]
    assert errors(told) == Errors(0.5, 0.5, texts=2, others=2)


@pytest.mark.parametrize(("split", "language"), [("validation", "en"), ("test", "en"), ("test", "sv")])
def test_it_is_seldom_wrong_about_brands_it_was_not_fitted_to(split: corpus.Split, language: str) -> None:
    """Measured: 2.0, 3.5 and 0.0 % of own claims missed; 0.7, 1.0 and 1.1 % of other claims found."""
    found = errors(of(split, language))
    assert found.false_reject < 0.045
    assert found.false_accept < 0.02


@pytest.mark.slow  # reads figures and words of 2,132 rows with each of their brief's claims
def test_the_weights_are_those_fitted_to_the_corpus() -> None:
    weights, intercept = calibrate([*of("train", "en"), *of("train", "sv")])
    assert list(inference.said.WEIGHTS) == pytest.approx(weights, abs=0.3)
    assert pytest.approx(intercept, abs=0.3) == inference.said.INTERCEPT
