"""What is free stands with what is free in the brief."""

import pytest

from inference.checks.free import misbound_free
from prompts.channels import catalogue
from store.angle import Angle
from store.finding import Severity
from tests import nouns

DOGS, SUPPER, BAGS = (
    "Dogs stay free in the room at all 14 inns",
    "Supper is at one long table at 7pm",
    "Bags up to 20 kg go ahead by van",
)


def found(text: str, claim: str | None, facts: tuple[str, ...] = (DOGS, SUPPER, BAGS)) -> list[Severity]:
    angle = Angle(claims=(claim,), relevance=0.5, reason="They care.") if claim else None
    variant = nouns.variant(fields={"subject": text}, angle=angle)
    return [f.severity for f in misbound_free(variant, nouns.brief(facts=facts), catalogue()["email"])]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Free supper for you tonight", DOGS),
        ("Supper at the long table is free", SUPPER),
        ("Free of charge: bags by van", BAGS),
        ("Get off for free", DOGS),
    ],
)
def test_another_thing_said_to_be_free_is_blocked(text: str, claim: str) -> None:
    assert found(text, claim) == [Severity.BLOCK]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Your dog sleeps in the room for free", DOGS),
        ("Free in the room at all 14 inns", DOGS),
        ("Bring the dog, who stays free", SUPPER),
        ("Feel free to bring the dog", DOGS),
    ],
)
def test_what_is_free_may_be_said_to_be(text: str, claim: str) -> None:
    assert found(text, claim) == []


def test_copy_without_an_angle_is_warned_of() -> None:
    assert found("Supper at the long table is free", None) == [Severity.WARN]


def test_where_the_brief_has_nothing_free_another_check_speaks() -> None:
    assert found("Free supper at the long table", SUPPER, (SUPPER, BAGS)) == []
