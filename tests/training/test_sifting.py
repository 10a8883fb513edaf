"""What is set aside, and why: each reason, and the test for a sample-ratio mismatch against one known to be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from store import outcomes
from store.database import Database
from store.outcome import Reason, Reported
from training import sifting

counts = st.lists(st.integers(20, 10_000), min_size=2, max_size=8)


def row(variant: str = "a", impressions: int = 1000, clicks: int = 20, **more: object) -> Reported:
    values = {"test_id": "t", "variant_id": variant, "text": f"Text {variant}"}
    return Reported.model_validate({**values, "impressions": impressions, "clicks": clicks, **more})


def sifted(*rows: Reported) -> sifting.Sifted:
    (found,) = sifting.sift(rows)
    return found


@given(counts)
def test_it_is_pearsons_chi_square(shown: list[int]) -> None:
    assert sifting.mismatch((number, 1.0) for number in shown) == pytest.approx(chisquare(shown).pvalue, abs=1e-12)


@given(counts, st.floats(0.01, 100))
def test_parts_of_any_unit_are_what_is_expected(shown: list[int], unit: float) -> None:
    exactly = [(number, number * unit) for number in shown]
    assert sifting.mismatch(exactly) == pytest.approx(1.0)
    parts = [float(place + 1) for place in range(len(shown))]
    due = [sum(shown) * part / sum(parts) for part in parts]
    if min(due) >= sifting.EXPECTED:
        expected = chisquare(shown, due).pvalue
        assert sifting.mismatch(zip(shown, [part * unit for part in parts], strict=True)) == pytest.approx(expected)


def test_too_few_to_tell_is_no_mismatch() -> None:
    assert sifting.mismatch([(9, 1.0), (0, 1.0)]) == sifting.mismatch([(9, 1.0)]) == 1.0


def test_uneven_impressions_are_set_aside_unless_the_file_says_they_should_be() -> None:
    assert sifted(row(), row("b", 1050)).reason is None
    uneven = sifted(row(), row("b", 1500))
    assert (uneven.reason, uneven.believed) == (Reason.MISMATCH, [])
    assert uneven.p < 1e-9
    assert sifted(row(share=40), row("b", 1500, share=60)).reason is None


def test_a_variant_with_nothing_against_it_is_set_aside() -> None:
    for rows in ([row()], [row(), row("b", 0, 0)], [row(), row("b", 1000, 1001)]):
        assert sifted(*rows).reason is Reason.ALONE


def test_a_row_that_cannot_be_does_not_take_its_test_with_it() -> None:
    good = [row(), row("b", 1010)]
    assert sifted(*good, row("c", 9000, 9001)).believed == good


def test_segments_and_channels_are_tests_of_their_own() -> None:
    rows = [row(), row("b"), row(segment="s"), row("b", 5000, segment="s"), row(channel="sms")]
    assert [test.reason for test in sifting.sift(rows)] == [None, Reason.MISMATCH, Reason.ALONE]


def test_what_the_store_set_aside_is_listed_and_counted(database: Database) -> None:
    rows = [row(), row("b"), row("c", -1, -1), row("d", 10, 11), row(test_id="u"), row("b", 9000, test_id="u")]
    with database.write() as session:
        outcomes.record(session, [*rows, row(test_id="v")])
    with database.read() as session:
        found = list(sifting.set_aside(session))
        summary = sifting.summary(session)
    assert [(one.row.test_id, one.row.variant_id, one.reason) for one in found] == [
        ("t", "c", Reason.NEGATIVE),
        ("t", "d", Reason.CLICKS),
        ("u", "a", Reason.MISMATCH),
        ("u", "b", Reason.MISMATCH),
        ("v", "a", Reason.ALONE),
    ]
    assert (summary.tests, summary.rows, [test for _, test in summary.worst]) == (3, 7, ["u"])
    assert summary.set_aside_rows == {"negative_count": 1, "clicks_exceed_impressions": 1} | {
        "sample_ratio_mismatch": 2,
        "one_variant": 1,
    }
    assert summary.set_aside_tests == {"sample_ratio_mismatch": 1, "one_variant": 1}
