"""A plot and its CSV: the same numbers, round ticks, and nothing that a spreadsheet would act on."""

import base64
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.figure import Axis, Figure, Mark, span


def rows(figure: Figure) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(figure.csv.decode("utf-8-sig"))))


def figure(*lines: tuple[str, float]) -> Figure:
    marks = tuple(Mark(name, f"{value:.1f}", value) for name, value in lines)
    return Figure("key", "Title", "About.", "ranges", ("name", "value"), lines, marks)


def test_the_csv_has_the_rows_and_its_address_holds_it() -> None:
    one = figure(("a", 0.123456789), ("b", 2.0))
    assert rows(one) == [{"name": "a", "value": "0.123457"}, {"name": "b", "value": "2"}]
    head, _, body = one.download.partition(",")
    assert head == "data:text/csv;charset=utf-8;base64"
    assert base64.b64decode(body) == one.csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "＝1"])
def test_no_cell_is_a_formula_and_numbers_stay_numbers(text: str) -> None:
    (row,) = rows(figure((text, -0.5)))
    assert row == {"name": f"'{text}", "value": "-0.5"}


def test_it_can_be_told_in_words() -> None:
    assert figure(("a", 1.0), ("b", 2.0)).spoken == "Title. a: 1.0; b: 2.0"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_round_and_within(low: float, width: float) -> None:
    ticks = Axis(low, low + width).ticks
    assert 2 <= len(ticks) <= 7
    assert all(0 <= place <= 100 for place, _ in ticks)
    assert [place for place, _ in ticks] == sorted(place for place, _ in ticks)


def test_a_share_is_written_in_per_cent() -> None:
    assert [label for _, label in Axis(0.0, 0.05, "%").ticks] == ["0 %", "1 %", "2 %", "3 %", "4 %", "5 %"]


def test_an_axis_has_air_and_never_no_width() -> None:
    assert span([0.0, 10.0]) == (0.0, 10.4)
    low, high = span([], least=1.0)
    assert high > low
