"""Intervals: known answers, and what must hold of any data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation_intervals import largest_share, mean

SHARES = st.dictionaries(st.text(max_size=3), st.lists(st.sampled_from([0.0, 1.0]), max_size=6), min_size=1, max_size=6)


def test_each_thing_seen_counts_the_same() -> None:
    found = mean({"a": [1, 1, 1], "b": [0]})
    assert found is not None
    assert found.value == 0.75
    assert (found.low, found.high) == (0, 1)


def test_nothing_seen_is_no_figure() -> None:
    assert mean({"a": []}) is None
    assert mean({}) is None
    assert largest_share({"a": []}) is None


def test_one_brand_or_brands_that_agree_have_no_width() -> None:
    assert mean({"a": [0, 1]}) == (0.5, 0.5, 0.5)
    assert mean({"a": [0, 1], "b": [1, 0]}) == (0.5, 0.5, 0.5)


def test_brands_that_differ_make_it_wide_however_much_was_seen_of_each() -> None:
    draw = np.random.default_rng(1)
    rates = np.repeat([0.2, 0.5, 0.8], 4)
    clustered = {str(i): list((draw.random(400) < rate).astype(float)) for i, rate in enumerate(rates)}
    mixed = {str(i): list((draw.random(400) < 0.5).astype(float)) for i in range(12)}
    one, two = mean(clustered), mean(mixed)
    assert one is not None
    assert two is not None
    assert one.high - one.low > 5 * (two.high - two.low)
    assert one.high - one.low == pytest.approx(2 * 1.645 * np.std(rates) / np.sqrt(12), rel=0.15)


def test_a_brand_of_which_nothing_was_seen_changes_nothing_but_the_draws() -> None:
    found = mean({"a": [1, 0], "b": [1, 1], "c": []})
    assert found is not None
    assert found.value == 0.75
    assert not np.isnan(found.low)


def test_the_commonest_opening_is_found_over_all_brands() -> None:
    found = largest_share({"a": ["x", "y"], "b": ["x", "z"], "c": ["x", "w"]})
    assert found is not None
    assert found.value == found.low == found.high == 0.5


@given(SHARES, st.integers(0, 5))
def test_the_interval_holds_its_bounds_and_repeats(observed: dict[str, list[float]], seed: int) -> None:
    found = mean(observed, seed)
    assert found == mean(observed, seed)
    if found is not None:
        every = [value for values in observed.values() for value in values]
        assert found.value == pytest.approx(np.mean(every))
        assert min(every) <= found.low <= found.high <= max(every)
