"""What a card tells of why a variant is shown, and to whom."""

import pytest

from store.finding import APPROVAL, BROUGHT_BACK, HELD_BACK, Finding, Severity
from store.states import State
from store.variants import Row
from tests import nouns
from ui import card

NOTES = tuple(
    Finding(code=code, severity=Severity.NOTE, field="", message="12 %") for code in (APPROVAL, HELD_BACK, BROUGHT_BACK)
)


def row(state: State) -> Row:
    variant = nouns.variant(state=state)
    return Row(variant, (*NOTES, nouns.WARNING), nouns.score(), None, variant.fields)


@pytest.mark.parametrize(
    ("state", "blind", "told"),
    [
        (State.PENDING, True, False),
        (State.PENDING, False, True),
        (State.RESERVE, True, True),
        (State.APPROVED, True, True),
        (State.REJECTED, True, True),
    ],
)
def test_how_likely_it_is_to_be_approved_anchors_nobody_who_has_still_to_decide(
    state: State, blind: bool, told: bool
) -> None:
    assert card.general(row(state), blind) == (list(NOTES) if told else [])
    assert card.findings(row(state), blind) == ((*NOTES, nouns.WARNING) if told else (nouns.WARNING,))


def test_the_queue_counts_only_what_the_checks_found() -> None:
    assert card.found(row(State.RESERVE)) == (nouns.WARNING,)


def test_the_score_of_what_is_held_back_waits_for_a_decision() -> None:
    assert card.score(row(State.RESERVE), blind=True) is None
    assert card.score(row(State.APPROVED), blind=True) is not None
