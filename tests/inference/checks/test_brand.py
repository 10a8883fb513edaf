"""The brand's name, and slips of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.checks.brand import misspelt_brand
from prompts.channels import catalogue
from store.finding import Severity
from tests import nouns

BRAND = "Saltgrass Lines"


def found(text: str, brand: str = BRAND) -> list[tuple[str, Severity]]:
    variant = nouns.variant(fields={"subject": text})
    slips = misspelt_brand(variant, nouns.brief(brand=brand), catalogue()["email"])
    return [(text[f.start : f.end], f.severity) for f in slips]


def test_a_slip_is_blocked_where_it_stands_and_the_right_word_is_said() -> None:
    variant = nouns.variant(fields={"subject": "Board Saltgrss Lines at nine"})
    (slip,) = misspelt_brand(variant, nouns.brief(brand=BRAND), catalogue()["email"])
    assert (slip.code, slip.severity, slip.start, slip.end) == ("misspelt_brand", Severity.BLOCK, 6, 14)
    assert "Saltgrass" in slip.message


@given(st.integers(1, 8), st.sampled_from("aeiouxz"))
def test_a_letter_too_many_is_a_slip(place: int, letter: str) -> None:
    slip = "Saltgrass"[:place] + letter + "Saltgrass"[place:]
    assert found(f"Board {slip} Lines") == ([(slip, Severity.BLOCK)] if place < 8 else [])  # at its end: an inflection


@pytest.mark.parametrize(
    "text",
    [
        "Board Saltgrass Lines at nine",
        "SALTGRASS LINES",
        "Saltgrass's coaches",
        "Line up at nine",  # an inflection of a word of the name, and a short one
        "saltgrasp",  # in small letters it is no name
        "Students",  # stands in the brief
    ],
)
def test_the_right_name_and_other_words_are_let_through(text: str) -> None:
    assert found(text) == []


def test_a_word_of_the_brief_is_none_however_near() -> None:
    assert found("Saltgrasp", brand=f"{BRAND} Saltgrasp") == []
