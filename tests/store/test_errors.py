"""An error is one line that says where, what, and what would be right."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from store.brief import Brief
from store.errors import (
    VALUE_SHOWN,
    Conflict,
    GlasbrukError,
    InputError,
    ModelError,
    NotFound,
    Problem,
    StoreError,
    nearest,
    parse,
    shown,
)
from store.noun import Noun
from store.settings import Settings
from tests import nouns

CHANNEL = {"name": "Big screen", "fields": [{"name": "text", "maximum": 9, "aim": 9}]}


def faults(model: type[Noun], data: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(model, data, source="brief.yaml")
    assert str(caught.value).startswith(f"brief.yaml: {caught.value.problems[0]}")
    return [str(problem) for problem in caught.value.problems]


def brief(**changes: object) -> dict[str, object]:
    return {**nouns.brief().model_dump(mode="json"), **changes}


@pytest.mark.parametrize("kind", [InputError, NotFound, Conflict, StoreError, ModelError])
def test_all_are_of_one_family(kind: type[Exception]) -> None:
    assert issubclass(kind, GlasbrukError)


def test_the_first_fault_is_named_and_the_others_counted() -> None:
    error = InputError(Problem("facts", "is missing"), Problem("name", "is missing"), source="brief.yaml")
    assert str(error) == "brief.yaml: facts: is missing (and 1 more)"
    assert str(InputError(Problem("", "is empty"))) == "is empty"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (brief(fact=["x"]), 'fact: unknown key; did you mean "facts"?'),
        (brief(voice={"donts": ["x"]}), 'voice.donts: unknown key; did you mean "dont"?'),
        (
            brief(segments=[{"name": "A", "cares_about": "x"}, {"nmae": "B", "cares_about": "x"}]),
            'segments[1].nmae: unknown key; did you mean "name"?',
        ),
        (brief(facts="one"), "facts: should be a list (got 'one')"),
        (brief(facts=[]), "facts: should have at least 1 item, not 0 (got [])"),
        (brief(facts=[7]), "facts[0]: should be text (got 7)"),
        (brief(language="klingon"), "language: should be 'en', "),
        (brief(segments=[{"name": "A"}]), "segments[0].cares_about: is missing"),
        (
            brief(segments=[{"name": "A", "cares_about": "x"}] * 10_000),
            "segments: should have at most 64 items, not 10000",
        ),
        ([], "should be a mapping of keys to values (got [])"),
        (None, "should be a mapping of keys to values (got None)"),
    ],
)
def test_a_fault_is_named_at_its_place(data: object, fault: str) -> None:
    assert faults(Brief, data)[0].startswith(fault)


def test_every_fault_is_found_the_misspelt_key_first() -> None:
    data = brief(colour="red", name="", offer=3)
    del data["facts"]
    found = faults(Brief, data)
    assert found[0].startswith("colour: unknown key")
    assert {line.split(":")[0] for line in found} == {"colour", "name", "offer", "facts"}


def test_a_list_is_not_called_too_short_because_an_item_is_faulty() -> None:
    assert len(faults(Brief, brief(facts=[7]))) == 1


def test_keys_of_a_mapping_lead_to_what_is_known_inside_it() -> None:
    for name in ("screen", "fields", "name"):  # a channel may be named as a key of channels is
        found = faults(Settings, {"channels": {name: {**CHANNEL, "feilds": 1}}})
        assert found[0] == f'channels.{name}.feilds: unknown key; did you mean "fields"?'
    field = {"name": "text", "maximum": 9, "aim": 9, "maximun": 8}
    found = faults(Settings, {"channels": {"screen": {**CHANNEL, "fields": [field]}}})
    assert found == ['channels.screen.fields[0].maximun: unknown key; did you mean "maximum"?']


def test_an_optional_noun_knows_its_keys() -> None:
    class Inner(Noun):
        colour: str = ""

    class Outer(Noun):
        one: Inner | None = None
        many: Annotated[tuple[Inner, ...], Field(max_length=3)] | None = None

    assert faults(Outer, {"one": {"color": "red"}}) == ['one.color: unknown key; did you mean "colour"?']
    assert faults(Outer, {"many": [{"color": "red"}]}) == ['many[0].color: unknown key; did you mean "colour"?']


@given(st.text(max_size=200), st.text(max_size=200))
def test_an_error_is_one_line_whatever_it_is_given(key: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(Brief, {key: value, "voice": {key: value}, "segments": [{key: value}], "language": value + "?"})
    for line in [str(caught.value), *map(str, caught.value.problems)]:
        assert len(line.splitlines()) == 1


@given(st.one_of(st.text(max_size=300), st.lists(st.integers(), max_size=50), st.none(), st.binary(max_size=90)))
def test_a_value_is_shown_on_one_line_and_cut(value: object) -> None:
    text = shown(value)
    assert len(text.splitlines()) == 1
    assert len(text) <= VALUE_SHOWN + len("... (1000 characters)")


def test_a_name_with_line_breaks_and_controls_makes_no_second_line() -> None:
    segments = [{"name": "A\n\u2028\x1b[31mB", "cares_about": "x"}] * 2
    line = faults(Brief, brief(segments=segments))[0]
    assert line.startswith('segments: two segments are named "a [31mb"')
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_what_is_known_is_listed_where_nothing_is_near() -> None:
    assert nearest("subjekt", ["subject", "body"]) == 'did you mean "subject"?'
    assert nearest("zzz", ["subject", "body"]) == "known here: body, subject"
