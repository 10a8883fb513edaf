"""Whether a text says a claim: what counts, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import said
from store.angle import Angle
from store.brief import Brief
from tests.inference.house import brief

FACTS = ("Refunds within 30 days", "Bikes are serviced for £45, ready the same day", "The café opens at 7 on weekdays")


def shop() -> Brief:
    return brief(facts=FACTS, offer="20% off lights in October")


def angle(*claims: str) -> Angle:
    return Angle(claims=claims, relevance=0, reason="")


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Leave it before work. A service is £45 and you ride home the same day.", FACTS[1]),
        ("Bring it back within 30 days and we refund you.", FACTS[0]),
        ("Lights are 20% off all October.", "20% off lights in October"),
    ],
)
def test_a_claim_in_other_words_is_said_and_the_brief_s_others_are_not(text: str, claim: str) -> None:
    told = {other: said.chance(text, other, shop()) for other in (*FACTS, "20% off lights in October")}
    assert told.pop(claim) > said.SURE
    assert max(told.values()) < said.SURE


def test_a_text_about_nothing_says_nothing() -> None:
    assert not any(said.says("The best days begin on two wheels.", angle(claim), shop()) for claim in FACTS)


def test_both_claims_of_an_angle_must_be_said() -> None:
    one = "Bring it back within 30 days and we refund you."
    assert said.says(one, angle(FACTS[0]), shop())
    assert not said.says(one, angle(FACTS[0], FACTS[1]), shop())
    assert said.says(f"{one} Bikes serviced for £45, the same day.", angle(FACTS[0], FACTS[1]), shop())


def test_words_that_every_line_of_the_brief_has_say_little() -> None:
    same = shop().model_copy(update={"facts": ("Our bike lamps shine far", "Our bike lamps charge fast")})
    signals = said.signals("Our bike lamps are here", "Our bike lamps shine far", same)
    assert signals.words < 0.5
    assert said.signals("They shine far", "Our bike lamps shine far", same).words > signals.words


def test_swedish_compounds_and_forms_are_found() -> None:
    fact = "Tvättstugan bokas i telefonen och är öppen kl. 06–22"
    swedish = brief(language="sv", facts=(fact, "Seniorhuset har hiss och inga trösklar"), offer=None)
    assert said.says("Boka tvättiden från soffan, i telefon, mellan 06 och 22.", angle(fact), swedish)
    assert not said.says("Hissen tar dig ända upp.", angle(fact), swedish)


def test_the_claim_itself_is_said() -> None:
    assert all(said.says(fact, angle(fact), shop()) for fact in FACTS)


@given(st.text(max_size=200), st.text(min_size=1, max_size=80).filter(str.strip))
def test_any_text_and_claim_have_a_chance(text: str, claim: str) -> None:
    assert 0 <= said.chance(text, claim, shop()) <= 1
