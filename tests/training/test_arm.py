"""One text against the rest of its test."""

from math import log, sqrt

import pytest

from tests.nouns import outcome
from training.arm import arms


def test_the_difference_is_of_log_odds_with_half_a_click_more_in_each_cell() -> None:
    one, other = arms([outcome("1", 1_000, 100), outcome("2", 2_000, 100)])
    expected = log(100.5 / 900.5) - log(100.5 / 1_900.5)
    assert one.difference == pytest.approx(expected)
    assert other.difference == pytest.approx(-expected)
    assert one.error == pytest.approx(sqrt(1 / 100.5 + 1 / 900.5 + 1 / 100.5 + 1 / 1_900.5))
    assert (one.verdict, other.verdict) == ("won", "lost")
    low, high = one.interval
    assert low < one.difference < high
    assert one.z == pytest.approx(expected / one.error)


def test_of_three_each_stands_against_the_other_two_and_few_clicks_tell_nothing() -> None:
    found = list(arms([outcome(str(number), 100, clicks) for number, clicks in enumerate((4, 5, 6))]))
    assert [arm.verdict for arm in found] == ["cannot tell"] * 3
    assert found[1].difference == pytest.approx(log(5.5 / 95.5) - log(10.5 / 190.5))


def test_what_was_shown_with_another_image_is_not_compared() -> None:
    rows = [outcome("1", image="a"), outcome("2", image="b"), outcome("3", image="b")]
    assert [arm.variant_id for arm in arms(rows)] == ["2", "3"]
