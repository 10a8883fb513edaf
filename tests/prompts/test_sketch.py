"""A brief in a form: judged as its file is, and the same brief in and out, by form and by file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import briefs, documents, sketch
from prompts.channels import catalogue
from prompts.sketch import Sketch
from store.brief import Brief
from store.errors import InputError, Problem
from tests.prompts.test_briefs import good

ODD = ["null", "~", "true", "2026-01-01", "- a", "a: b", "#x", '"', "'", "%", "@", "&a", "*a", "|", "x\ny"]
ODD += ["\ta", "\ufeffa", "\u2028a", "😀", "é", "{{ x }}"]
TEXT = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))
WORD = TEXT.filter(lambda text: text.strip() != "")
LINES = st.lists(WORD, max_size=3)
KNOWN = sorted(catalogue())


def segments(least: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {"name": WORD, "cares_about": WORD},
        optional={"description": TEXT, "source": st.sampled_from(["written", "ruled", "learned"])},
    )
    return st.lists(one, min_size=least, max_size=3, unique_by=lambda segment: segment["name"].strip().casefold())


WHOLE = st.fixed_dictionaries(
    {
        "name": WORD,
        "brand": WORD,
        "product": WORD,
        "facts": st.lists(WORD, min_size=1, max_size=3),
        "call_to_action": WORD,
        "segments": segments(1),
        "channels": st.lists(st.sampled_from(KNOWN), min_size=1, max_size=3, unique=True),
    },
    optional={
        "offer": WORD,
        "must_say": LINES,
        "never_say": LINES,
        "language": st.sampled_from(["en", "sv", "fi"]),
        "voice": st.fixed_dictionaries(
            {}, optional={"description": TEXT, "do": LINES, "dont": LINES, "examples": LINES, "emoji": st.booleans()}
        ),
    },
)
LOOSE = st.one_of(st.just(""), WORD, st.just("x" * 1_200))
PART = st.fixed_dictionaries(
    {},
    optional={
        "name": LOOSE,
        "brand": LOOSE,
        "facts": st.lists(LOOSE, max_size=3),
        "language": st.sampled_from(["en", "xx"]),
        "segments": st.lists(st.fixed_dictionaries({}, optional={"name": LOOSE, "cares_about": LOOSE}), max_size=3),
        "channels": st.lists(st.sampled_from([*KNOWN, "e-mail"]), max_size=3),
    },
)


def by_file(text: str) -> Brief:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "brief.yaml"
        path.write_bytes(text.encode())
        return briefs.read(path)


@given(WHOLE)
def test_a_brief_goes_through_form_and_file_and_stays_the_same(data: dict[str, Any]) -> None:
    brief = briefs.from_data(data)
    shown = Sketch.of(brief)
    assert shown.brief().key == brief.key
    exported = documents.to_yaml(shown.data)
    assert by_file(exported).key == brief.key
    assert sketch.read(documents.from_yaml(exported)) == shown


@given(PART)
def test_a_form_has_the_faults_that_the_command_finds_in_its_file(data: dict[str, Any]) -> None:
    found = sketch.read(data)
    problems: tuple[Problem, ...] = ()
    try:
        by_file(documents.to_yaml(found.data))
    except InputError as error:
        problems = error.problems
    assert found.problems() == problems


@pytest.mark.parametrize("path", briefs.examples().values(), ids=briefs.examples().keys())
def test_an_example_is_the_same_as_a_sketch(path: Path) -> None:
    assert sketch.read(documents.read(path)).brief() == briefs.read(path)


def test_what_is_missing_is_said_where_it_belongs() -> None:
    found = sketch.read({"segments": [{"description": "People"}], "facts": ["", "Open"], "channels": ["e-mail"]})
    assert [str(problem) for problem in found.problems()][:2] == ["name: is missing", "brand: is missing"]
    assert "segments[0].name" in {problem.place for problem in found.problems()}
    unknown = sketch.read(good(channels=["e-mail"])).problems()
    assert [str(problem) for problem in unknown] == ['channels[0]: there is no channel "e-mail"; did you mean "email"?']


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"brnad": "B"}, 'brnad: unknown key; did you mean "brand"?'),
        ({"facts": "one"}, "facts: should be a list"),
        ({"segments": [{"nmae": "x"}]}, 'segments[0].nmae: unknown key; did you mean "name"?'),
        (None, "is empty"),
        ([], "should have keys"),
        ({"name": "a\x07b"}, "control character"),
        ({"voice": {"emoji": "perhaps"}}, "voice.emoji"),
    ],
)
def test_what_a_form_could_not_show_is_refused_at_its_place(data: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        sketch.read(data)
    assert said in str(caught.value)
