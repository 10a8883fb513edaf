"""An answer is exactly one line for each key, or it is no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.parsing import parse, unparse

KEYS = ("subject", "preheader")
lines = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=40).map(str.strip)


@given(lines, lines)
def test_what_is_written_is_read_again(subject: str, preheader: str) -> None:
    fields = {"subject": subject, "preheader": preheader}
    assert parse(unparse(fields), KEYS) == fields


@pytest.mark.parametrize(
    "raw", ["subject: A\n\npreheader: B: c\n", " Subject : A\nPREHEADER:B: c", "preheader: B: c\nsubject: A"]
)
def test_blank_lines_case_and_order_do_not_matter(raw: str) -> None:
    assert parse(raw, KEYS) == {"subject": "A", "preheader": "B: c"}


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "subject: A",
        "subject: A\nsubject: B\npreheader: C",
        "subject: A\npreheader: B\nfooter: C",
        "Here you are:\nsubject: A\npreheader: B",
        "subject: A\npreheader: B\nand more",
    ],
)
def test_anything_else_is_no_answer(raw: str) -> None:
    assert parse(raw, KEYS) is None
