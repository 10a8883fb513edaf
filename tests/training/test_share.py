"""The noun Share: its interval against the formula's own equation, and that shares add."""

from math import sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.share import REACH, Share

shares = st.integers(1, 10**7).flatmap(lambda whole: st.builds(Share, st.integers(0, whole), st.just(whole)))


@given(shares)
def test_both_ends_are_where_the_score_test_just_rejects(share: Share) -> None:
    """Wilson's interval inverts the score test: at its ends the share is off by `REACH` of that end's own error."""
    for end in share.interval:
        assume(1e-9 < end < 1 - 1e-9)
        assert abs(share.value - end) == pytest.approx(REACH * sqrt(end * (1 - end) / share.whole), rel=1e-4, abs=1e-9)


@given(shares)
def test_the_value_lies_within_and_the_ends_within_0_and_1(share: Share) -> None:
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1


def test_a_known_one() -> None:
    low, high = Share(0, 10).interval  # z^2 / (n + z^2) with z = 1.6449
    assert (low, round(high, 4)) == (0.0, 0.2130)


def test_of_nothing_all_is_open() -> None:
    assert (Share(0, 0).value, Share(0, 0).interval) == (0.0, (0.0, 1.0))
    assert Share(1, 4) + Share(2, 6) == Share(3, 10)
