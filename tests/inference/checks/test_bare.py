"""Bare figures: lists of them that say nothing."""

import pytest

from inference.checks.bare import figure_list
from prompts.channels import catalogue
from tests import nouns

FACTS = (
    "Five nights with breakfast from £545 per person",
    "Bags up to 20 kg go ahead by van and wait at the next inn by 4pm",
    "Dogs stay free in the room at all 14 inns",
)


def listed(text: str) -> list[str]:
    brief = nouns.brief(facts=FACTS)
    variant = nouns.variant(fields={"subject": text})
    return [text[f.start : f.end] for f in figure_list(variant, brief, catalogue()["email"])]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("£545, 14 inns, 20 kg", "£545, 14 inns, 20 kg"),
        ("Walk on. £545 · 14 inns · 20 kg · 4pm", "£545 · 14 inns · 20 kg · 4pm"),
        ("20 kg; £545 and 14", "20 kg; £545 and 14"),
    ],
)
def test_a_sentence_of_bare_figures_is_blocked_where_it_stands(text: str, span: str) -> None:
    assert listed(text) == [span]


@pytest.mark.parametrize(
    "text",
    [
        "£545, 14 inns",  # two claims
        "20 kg, 4pm, £545",  # two claims again: bag and van are one
        "£545 for five nights, dogs free at 14 inns, bags up to 20 kg carried",
        "14 inns. £545. 20 kg goes by van",
        "£1,545 or 20 kg",
        "",
    ],
)
def test_figures_that_say_something_are_left_alone(text: str) -> None:
    assert listed(text) == []
