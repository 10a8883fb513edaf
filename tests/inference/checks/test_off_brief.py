"""Sentences with nothing of the brief."""

import pytest

from inference.checks.off_brief import off_brief
from prompts.channels import catalogue
from store.finding import Severity
from tests import nouns

STRAY = "Clouds drift slowly across the harbour while gulls quarrel loudly above"


def found(text: str, language: str = "en") -> list[tuple[str, Severity]]:
    brief = nouns.brief(language=language)
    variant = nouns.variant(fields={"subject": text})
    return [(text[f.start : f.end], f.severity) for f in off_brief(variant, brief, catalogue()["email"])]


def test_a_long_stray_sentence_is_warned_of_where_it_stands() -> None:
    assert found(f"Pause any week. {STRAY}.") == [(STRAY, Severity.WARN)]


@pytest.mark.parametrize(
    "text",
    [
        f"{STRAY} and vegetables",  # a word of the product
        f"{STRAY} at 8",  # a figure is for other checks
        f"{STRAY} for busy parents",  # the readers
        "Clouds drift by",  # a short one may be a scene
    ],
)
def test_a_word_of_the_brief_or_a_short_sentence_is_enough(text: str) -> None:
    assert found(text) == []


def test_nothing_is_said_where_the_languages_empty_words_are_not_listed() -> None:
    assert found(STRAY, "fi") == []
