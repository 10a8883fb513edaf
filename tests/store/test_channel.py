"""A channel says which keys its copy may have, and how long each may be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from store.channel import Channel, Field


def field(**changes: Any) -> Field:
    return Field.model_validate({"name": "headline", "maximum": 30, "aim": 25} | changes)


def channel(*fields: Field) -> Channel:
    return Channel(id="search", name="Search", fields=fields)


def test_keys_are_numbered_where_a_field_may_stand_more_than_once() -> None:
    assert field().keys(1) == ["headline"]
    assert field().keys(0) == []
    assert field(most=3).keys(1) == ["headline_1"]
    assert field(most=3).keys(3) == ["headline_1", "headline_2", "headline_3"]


def test_what_is_written_is_some_of_what_is_allowed_in_order() -> None:
    one = channel(field(most=3, least=2, write=2), field(name="path", write=0, least=0), field(name="line"))
    assert list(one.written) == ["headline_1", "headline_2", "line"]
    assert list(one.allowed) == ["headline_1", "headline_2", "headline_3", "path", "line"]
    assert one.allowed["headline_3"].name == "headline"


@given(least=st.integers(0, 6), write=st.integers(0, 6), most=st.integers(1, 6), truncation=st.integers(1, 60))
def test_counts_and_limits_agree_or_are_refused(least: int, write: int, most: int, truncation: int) -> None:
    counts = {"least": least, "write": write, "most": most, "truncation": truncation}
    if least <= most and write <= most and truncation <= 30:
        assert len(field(**counts).keys(write)) == write
    else:
        with pytest.raises(ValidationError, match=r"disagree|lies beyond its maximum 30"):
            field(**counts)


@pytest.mark.parametrize("other", [field(), field(name="headline_1", most=1), field(most=2)])
def test_two_fields_with_one_key_are_refused(other: Field) -> None:
    with pytest.raises(ValidationError, match="two fields have the key"):
        channel(field(), field(most=3), other)


@pytest.mark.parametrize("name", ["Headline", "1st", "head line", "", "a" * 41])
def test_names_that_could_not_be_keys_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        field(name=name)
