"""Fields that stop in the middle of a phrase of their claim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.checks.broken import broken_off
from prompts.channels import catalogue
from store.angle import Angle
from store.finding import Severity
from tests import nouns

CHANNELS = catalogue()
HARWELL = "Gifts made by 31 December are doubled by the Harwell Foundation, up to £150,000"
DRY = "Keeps for 12 months in a dry cupboard and costs from €0.07"


def found(
    text: str, *claims: str, key: str = "headline_1", channel: str = "google_search_ad", **more: str
) -> list[str]:
    angle = Angle(claims=claims, relevance=0.5, reason="So.")
    variant = nouns.variant(fields={key: text}, channel=channel, angle=angle)
    said = list(broken_off(variant, nouns.brief(**more), CHANNELS[channel]))
    assert all(one.severity is Severity.WARN and one.code == "breaks_off" for one in said)
    return [text[one.start : one.end] for one in said]


def test_a_headline_that_stops_in_a_phrase_is_warned_of_where_it_stops() -> None:
    assert found("Gifts Doubled by the Harwell", HARWELL) == ["the Harwell"]
    assert found("12-Month Shelf Life in a Dry", DRY) == ["a Dry"]


def test_it_says_how_the_claim_goes_on() -> None:
    angle = Angle(claims=(HARWELL,), relevance=0.5, reason="So.")
    variant = nouns.variant(fields={"headline_1": "Gifts Doubled by the Harwell"}, angle=angle)
    (said,) = broken_off(variant, nouns.brief(), CHANNELS["google_search_ad"])
    assert said.message == 'ends in "the Harwell", where the claim goes on with "Foundation"; finish the phrase'


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Doubled by the Harwell Foundation", [HARWELL]),  # the phrase is whole: a mark stands behind it
        ("Gifts by 31 December Are Doubled", [HARWELL]),  # a word without a meaning of its own goes on
        ("By the Harwell", [HARWELL]),  # short: nothing stopped it
        ("All Doubled by the Harwell.", [HARWELL]),  # whoever ends a sentence means it
        ("Gifts Doubled by the Kestrel", [HARWELL]),  # no words of the claim
        ("Gifts Doubled by the Harwell", [HARWELL, "Founded by the Harwell"]),  # ends so elsewhere
    ],
)
def test_what_may_end_there_is_let_be(text: str, claims: list[str]) -> None:
    assert found(text, *claims) == []


def test_without_an_angle_or_a_list_of_empty_words_nothing_is_said() -> None:
    assert found("Gifts Doubled by the Harwell", HARWELL, language="fi") == []
    variant = nouns.variant(fields={"headline_1": "Gifts Doubled by the Harwell"}, angle=None)
    assert list(broken_off(variant, nouns.brief(), CHANNELS["google_search_ad"])) == []


def test_a_text_message_is_counted_in_parts_and_has_no_end_to_run_into() -> None:
    assert found("Gifts doubled by the Harwell", HARWELL, key="text", channel="sms") == []


@given(st.text(max_size=60).filter(str.strip))
def test_a_claim_that_is_said_whole_never_breaks_off(claim: str) -> None:
    whole = " ".join(claim.split())
    assert found(whole, whole) == []
