"""Answers that do not parse: which of their keys are too many."""

from inference.checks import check
from prompts.channels import catalogue
from tests import nouns


def codes(raw: str) -> list[tuple[str, str]]:
    variant = nouns.variant(fields={}, raw=raw)
    found = check(variant, nouns.brief(), catalogue()["email"])
    return [(f.code, f.message) for f in found if f.code in {"extra_field", "repeated_key"}]


def test_an_extra_key_is_named_with_the_nearest_one() -> None:
    ((code, message),) = codes("subject: Dinner\npreheader: At the door\nsubjects: More of it")
    assert code == "extra_field"
    assert '"subjects"' in message
    assert '"subject"' in message


def test_a_key_given_twice_is_named_with_its_count() -> None:
    ((code, message),) = codes("subject: Dinner\nsubject: Supper\nsubject: Lunch\npreheader: At the door")
    assert (code, "3 times" in message) == ("repeated_key", True)


def test_a_sentence_with_a_colon_is_no_key() -> None:
    assert codes("Here is what I would say to them: dinner is at the door") == []
