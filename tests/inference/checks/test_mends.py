"""Mends: what a check proposes is what it would let pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.checks import check
from prompts import channels
from store.brief import Brief
from store.finding import Finding
from store.settings import Settings
from tests import nouns

CATALOGUE = channels.catalogue(Settings())
BRIEF = nouns.brief(brand="Wheybridge", channels=["email", "google_search_ad"])


def found(text: str, key: str = "subject", channel: str = "email", brief: Brief = BRIEF) -> list[Finding]:
    """The findings of one field that propose a mend."""
    variant = nouns.variant(channel=channel, fields={key: text})
    return [one for one in check(variant, brief, CATALOGUE[channel]) if one.mend is not None and one.field == key]


def mended(text: str, finding: Finding) -> str:
    return text[: finding.start] + (finding.mend or "") + text[finding.end :]


@pytest.mark.parametrize(
    ("text", "code", "right"),
    [
        ("A box from Wheybrigde", "misspelt_brand", "A box from Wheybridge"),
        ("A box at the door!!", "punctuation", "A box at the door!"),
        ("A box at the door?!?", "punctuation", "A box at the door?"),
        ("A box at the door.....", "punctuation", "A box at the door..."),
        ("A box at the the door", "doubled", "A box at the door"),
        ("A box\u200b at the door", "invisible_character", "A box at the door"),
    ],
)
def test_a_mend_makes_it_right(text: str, code: str, right: str) -> None:
    (finding,) = [one for one in found(text) if one.code == code]
    assert mended(text, finding) == right
    assert code not in {one.code for one in found(right)}


@pytest.mark.parametrize(
    ("text", "right"), [("Cheese today!", "Cheese today"), ("Cheese! And wool", "Cheese. And wool")]
)
def test_a_headline_loses_its_exclamation_mark(text: str, right: str) -> None:
    (finding,) = found(text, "headline_1", "google_search_ad")
    assert mended(text, finding) == right


def test_what_may_hold_words_apart_has_no_mend() -> None:
    assert found("A box\tat the door") == []


@given(st.text(st.sampled_from("the box! ?.\u200b\tWheybrigde"), max_size=40))
def test_a_mend_never_adds_to_what_is_wrong(text: str) -> None:
    before = found(text)
    for finding in before:
        assert finding.end > finding.start
        assert len(found(mended(text, finding))) <= len(before)
