"""What scores foretold of two texts, held against which of them earned more."""

from math import sqrt

import numpy as np
import pytest
from scipy.special import ndtr

from store.outcome import Reported
from tests.nouns import outcome
from training import seen
from training.duel import Duel, between, reliability, unseen
from training.ours import Foretold, Ours
from training.share import REACH

FIELD = (1, "Busy parents", "email")


def foretold(log_odds: float, **changes: object) -> Foretold:
    values = {"width": 2 * REACH * 0.3, "checkpoint": "scorer-1", "field": FIELD, "among": 4}
    return Foretold(log_odds, **{**values, **changes})  # type: ignore[arg-type]


def test_the_chance_holds_what_the_score_leaves_open_and_what_few_clicks_do() -> None:
    arms: list[tuple[Reported, Foretold]] = [
        (outcome("1", 1_000, 20), foretold(0.1)),
        (outcome("2", 1_000, 30), foretold(0.4)),
    ]
    (duel,) = between(arms)
    deviation = sqrt(2) * 0.3 * sqrt(4 / 3)
    assert duel.chance == pytest.approx(ndtr(0.3 / sqrt(deviation**2 + 1 / 20.5 + 1 / 30.5)))
    assert duel.won
    assert list(between(arms[::-1])) == [duel]


def test_what_was_not_scored_side_by_side_or_earned_alike_is_no_duel() -> None:
    one = (outcome("1", 1_000, 20), foretold(0.1))
    for row, other in (
        (outcome("2", 1_000, 30), foretold(0.4, field=(2, "Busy parents", "email"))),
        (outcome("2", 1_000, 30), foretold(0.4, checkpoint="scorer-2")),
        (outcome("2", 2_000, 40), foretold(0.4)),
        (outcome("2", 1_000, 30), foretold(0.1)),
    ):
        assert list(between([one, (row, other)])) == []


def test_only_texts_that_the_scorer_has_not_seen_count() -> None:
    arms = [(outcome(str(number)), foretold(0.1, checkpoint=f"scorer-{number}")) for number in range(4)]
    texts = {"scorer-0": {seen.fingerprint("Text  0")}, "scorer-1": {seen.fingerprint("Text 0")}, "scorer-2": None}
    assert [row.variant_id for row, _ in unseen(arms, texts)] == ["1"]


def test_a_scorer_that_knows_how_sure_it_is_lies_on_the_line() -> None:
    draw = np.random.default_rng(0)
    chances = draw.uniform(0.5, 1, 20_000)
    bins = reliability(Duel(float(chance), bool(draw.random() < chance)) for chance in chances)
    assert len(bins) == 5
    assert sum(one.seen.whole for one in bins) == 20_000
    for one in bins:
        assert one.seen.value == pytest.approx(one.chance, abs=0.03)
    assert [one.chance for one in reliability([Duel(1.0, True)])] == [1.0]


def test_a_text_is_ours_whatever_its_spaces() -> None:
    mine = Ours(1, "writer", frozenset({"Dinner is here"}), None)
    assert mine.says(" Dinner  is\nhere")
    assert not mine.says("Dinner is there")
