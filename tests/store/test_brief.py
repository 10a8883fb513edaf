"""A brief is the only source of what copy may claim; the same content has the same key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from store.brief import MAX_FACTS, MAX_SEGMENTS, Brief
from tests import nouns


def test_the_key_names_the_content() -> None:
    data = nouns.brief().model_dump()
    again = Brief.model_validate(dict(reversed(data.items())))
    assert again.key == nouns.brief().key
    assert len(again.key) == 16
    changed = {nouns.brief(**change).key for change in ({"name": "Other"}, {"offer": "5 kr off"}, {"facts": ["One"]})}
    assert len(changed | {again.key}) == 4


@given(st.text(min_size=1, max_size=80))
def test_a_brief_survives_json(name: str) -> None:
    if not name.strip():
        return
    brief = nouns.brief(name=name)
    assert Brief.model_validate_json(brief.model_dump_json()) == brief


def test_claims_are_all_that_copy_may_draw_on() -> None:
    brief = nouns.brief(offer="20 % off", must_say=("Only in June",))
    everything = "\n".join(brief.claims)
    for text in (*brief.facts, brief.product, brief.call_to_action, brief.brand, "20 % off", "Only in June"):
        assert text in everything
    assert None not in nouns.brief().claims


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"facts": []}, "at least 1 item"),
        ({"facts": ["x"] * (MAX_FACTS + 1)}, "at most 64"),
        ({"segments": [{"name": str(i), "cares_about": "x"} for i in range(MAX_SEGMENTS + 1)]}, "at most 64"),
        ({"segments": [{"name": name, "cares_about": "x"} for name in ("Åsa", "åSA")]}, 'two segments are named "åsa"'),
        ({"channels": ["email", "email"]}, 'channel "email" stands twice'),
        ({"channels": []}, "at least 1 item"),
        ({"name": "  "}, "at least 1 character"),
        ({"segments": [{"name": "A", "cares_about": "x" * 1_000_000}]}, "at most 2000 characters"),
    ],
)
def test_a_brief_that_makes_no_sense_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        nouns.brief(**change)


def test_a_segment_is_found_by_name() -> None:
    assert nouns.brief().segment(nouns.STUDENTS).cares_about == "Price"
    assert nouns.brief().segment(nouns.STUDENTS).sentence == "Price"
    with pytest.raises(KeyError):
        nouns.brief().segment("Nobody")


def test_a_noun_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(nouns.brief(), "name", "Other")  # noqa: B010 - the type check would refuse the plain way
