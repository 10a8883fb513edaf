"""What the scores of one field say side by side: who cannot be told from it, and when their order says nothing."""

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import variants
from store.database import Database
from store.ranking import Ranking, ranking
from store.score import Score
from tests import nouns


def score(log_odds: float, reach: float) -> Score:
    low, high = log_odds - reach, log_odds + reach
    return Score(log_odds=log_odds, low=low, high=high, chance_to_beat_field=0.5, checkpoint="s")


def test_an_interval_over_the_whole_field_cannot_tell() -> None:
    wide, near, far = score(0.1, 0.5), score(0.0, 0.05), score(-0.35, 0.2)
    field = Ranking((wide, near, far))
    assert field.cannot_tell(wide)
    assert not field.cannot_tell(near)  # covers the mean, but neither of the others
    assert not field.cannot_tell(far)
    assert not Ranking((*field.scores, score(0.61, 0.1))).cannot_tell(wide)
    assert not Ranking((score(0.3, 0.29),)).cannot_tell(score(0.3, 0.29))  # the mean is outside


def test_it_is_a_tie_until_two_are_told_apart() -> None:
    apart = 0.3 * sqrt(2) * sqrt(3 / 2)  # of two with a reach of 0.3 each, in a field of three
    for factor, tie in ((0.99, True), (1.01, False)):
        half = factor * apart / 2
        assert Ranking((score(half, 0.3), score(0.0, 0.3), score(-half, 0.3))).tie is tie
    assert not Ranking((score(0.0, 1.0),)).tie
    assert not Ranking(()).tie


def test_in_a_field_of_two_apart_from_each_other_is_apart_from_the_mean() -> None:
    assert Ranking((score(0.2, 0.21), score(-0.2, 0.21))).tie
    assert not Ranking((score(0.2, 0.19), score(-0.2, 0.19))).tie


SCORES = st.lists(st.builds(score, st.floats(-2, 2), st.floats(0.01, 2)), min_size=2, max_size=6)


@given(SCORES, st.randoms())
def test_the_order_of_scores_does_not_matter_and_where_all_cannot_tell_it_is_a_tie(
    scores: list[Score], draw: Random
) -> None:
    field, mixed = Ranking(tuple(scores)), list(scores)
    draw.shuffle(mixed)
    other = Ranking(tuple(mixed))
    assert (field.tie, [field.cannot_tell(s) for s in scores]) == (other.tie, [other.cannot_tell(s) for s in scores])
    if all(map(field.cannot_tell, scores)):
        assert field.tie


@pytest.mark.parametrize("newer", [0.0, 3.0])
def test_the_field_of_a_variant_is_its_campaign_segment_and_channel(database: Database, newer: float) -> None:
    with database.write() as session:
        own, beside = (variants.add(session, nouns.variant(), [], nouns.prompt()) for _ in range(2))
        other = variants.add(session, nouns.variant(segment="Somebody else"), [], nouns.prompt())
        variants.add_scores(session, {v.id or 0: nouns.score(0.1) for v in (own, beside, other)})
        variants.add_scores(session, {beside.id or 0: nouns.score(newer)})
    with database.read() as session:
        found = ranking(session, own)
    assert sorted(s.log_odds for s in found.scores) == sorted([0.1, newer])
