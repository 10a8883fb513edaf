"""Briefs come in whole, or with one line that says where they are wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.briefs import examples, from_data, read, template
from prompts.channels import catalogue
from store.errors import InputError
from store.settings import Settings


def good(**changes: Any) -> dict[Any, Any]:
    """A brief that is right, with some keys changed; those changed to None are left out."""
    brief = {
        "name": "Test",
        "brand": "Third Rise",
        "product": "Bread.",
        "facts": ["Open 6:30 to 14:00"],
        "call_to_action": "Order",
        "segments": [{"name": f"Group {i}", "cares_about": "bread"} for i in range(3)],
        "channels": ["email", "sms"],
        **changes,
    }
    return {key: value for key, value in brief.items() if value is not None}


def refused(data: Any, source: str | None = "b.yaml") -> str:
    with pytest.raises(InputError) as caught:
        from_data(data, source)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def changed_segment(**changes: Any) -> list[dict[str, Any]]:
    segments = [dict(segment) for segment in good()["segments"]]
    segments[2] = {key: value for key, value in {**segments[2], **changes}.items() if value is not None}
    return segments


def test_the_template_and_the_examples_are_valid(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(template(), encoding="utf-8")
    brief = read(path)
    assert set(type(brief).model_fields) == brief.model_fields_set  # every key is shown
    assert set(type(brief.voice).model_fields) == brief.voice.model_fields_set
    assert all(f"\n{key}:" in template() for key in type(brief).model_fields)
    assert {"en", *catalogue()} <= set(template().replace(",", " ").replace(".", " ").split())
    assert len(examples()) >= 3


@pytest.mark.parametrize("path", examples().values(), ids=examples().keys())
def test_an_example_is_a_brief_that_a_marketer_would_write(path: Path) -> None:
    brief = read(path)
    assert 6 <= len(brief.facts) <= 9
    assert max(map(len, brief.facts)) <= 90
    assert len(brief.segments) == 4
    assert len(brief.channels) == 3
    assert brief.offer
    assert brief.never_say
    assert 2 <= len(brief.voice.examples) <= 3
    said = " ".join([*brief.facts, *brief.voice.examples, brief.offer]).casefold()
    assert not [word for word in brief.never_say if word.casefold() in said]


def test_scalars_and_switches_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    facts = "[2026-01-01, 12, £3.60, 6:30]"
    text = json.dumps(good(facts=None))[1:-1]
    path.write_text(f"{{{text}, facts: {facts}, voice: {{emoji: yes}}, offer: , must_say: }}", encoding="utf-8")
    brief = read(path)
    assert brief.facts == ("2026-01-01", "12", "£3.60", "6:30")
    assert brief.voice.emoji is True
    assert brief.offer is None
    assert brief.must_say == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, "b.yaml: is empty; `glasbruk brief new` writes"),
        ([good()], "b.yaml: should have keys such as"),
        ("words", "b.yaml: should have keys such as"),
        (good(facts=None), "b.yaml: facts: is missing"),
        (good(facts=[]), "b.yaml: facts: "),
        (good(facts="one fact"), "b.yaml: facts: should be a list"),
        (good(facts=["ok", ""]), "b.yaml: facts[1]: "),
        (good(facts=["ok", {"Open": "6:30 to 14:00"}]), "b.yaml: facts[1]: its colon makes it a key"),
        (good(facts=["ok", ["nested"]]), "b.yaml: facts[1]: should be text"),
        (good(facts=["ok", "bell \x07"]), "b.yaml: facts[1]: has the control character U+0007"),
        (good(facts=["ok", "\ud800"]), "b.yaml: facts[1]: "),
        (good(fatcs=["x"], facts=None), 'b.yaml: fatcs: unknown key; did you mean "facts"? (and 1 more)'),
        (good(voice={"tone": "dry"}), "b.yaml: voice.tone: unknown key; known here: "),
        (good(voice="dry"), "b.yaml: voice: should be a mapping"),
        (good(voice={"emoji": "perhaps"}), "b.yaml: voice.emoji: "),
        (good(segments=changed_segment(name="")), "b.yaml: segments[2].name: "),
        (good(segments=changed_segment(name=None)), "b.yaml: segments[2].name: is missing"),
        (good(segments=changed_segment(nmae="x")), 'segments[2].nmae: unknown key; did you mean "name"?'),
        (good(segments=changed_segment(name="GROUP 0")), 'b.yaml: segments: two segments are named "group 0"'),
        (good(segments=changed_segment(description="x" * 1_000_000)), "b.yaml: segments[2].description: "),
        (good(segments=["Everybody"]), "b.yaml: segments[0]: should be a mapping"),
        (good(segments=[{"name": f"S{i}", "cares_about": "x"} for i in range(10_000)]), "b.yaml: segments: "),
        (good(channels=["sms", "emial"]), 'b.yaml: channels[1]: there is no channel "emial"; did you mean "email"?'),
        (good(channels=["sms", "sms"]), 'b.yaml: channels: channel "sms" stands twice'),
        (good(channels=["x\x1b[0m"]), "b.yaml: channels[0]: has the control character U+001B"),
        (good(language="English"), "b.yaml: language: "),
        ({**good(), "a\nb": 1}, "b.yaml: 'a\\nb' cannot be a key"),
        (good() | {3: 1}, "b.yaml: 3 cannot be a key"),
        (good() | {"x" * 1_000_000: 1}, "cannot be a key"),
    ],
)
def test_bad_briefs_say_where(data: Any, expected: str) -> None:
    assert expected in refused(data)


def test_data_that_is_nested_without_end() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "got a list" in refused(deep)
    assert "nested deeper" in refused(good(facts=deep))


def test_every_fault_is_listed() -> None:
    with pytest.raises(InputError) as caught:
        from_data(good(brand=None, product="", channels=["sms"]))
    assert {problem.place for problem in caught.value.problems} == {"brand", "product"}
    with pytest.raises(InputError) as caught:
        from_data(good(channels=["a", "sms", "b"]))
    assert [problem.place for problem in caught.value.problems] == ["channels[0]", "channels[2]"]


def test_channels_of_the_settings_are_known() -> None:
    own = {"name": "Own", "fields": [{"name": "line", "maximum": 20, "aim": 15}]}
    channels = catalogue(Settings.model_validate({"channels": {"bus_side": own}}))
    assert from_data(good(channels=["bus_side"]), None, channels).channels == ("bus_side",)
    assert "bus_side" in refused(good(channels=["bus_side"]))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def outcome(data: Any) -> str:
    """`Brief`, or the error's line."""
    try:
        return type(from_data(data, "b.yaml")).__name__
    except InputError as error:
        return str(error)


@given(anything)
def test_no_data_at_all_breaks_it(data: Any) -> None:
    for value in (data, good(facts=data), good(segments=[data]), good(voice=data), good(channels=data)):
        found = outcome(value)
        assert found == "Brief" or found.startswith("b.yaml: ")
        assert len(found.splitlines()) == 1


def test_odd_text_is_kept_as_text() -> None:
    odd = "{{ 7 * 7 }} <script>alert(1)</script> \u202eabc \u200fשלום {% if %}"
    assert from_data(good(facts=[odd])).facts == (odd,)
