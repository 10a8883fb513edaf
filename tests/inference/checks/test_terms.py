"""Phrase lists: how phrases match, and that the lists themselves are whole."""

import tomllib
from collections.abc import Sequence
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from inference.checks.terms import ENDINGS, Terms, listed, terms
from tests.inference.checks.sample import brief, email, found


def words(phrases: list[str], text: str, *, but: Sequence[str] = (), endings: Sequence[str] = ()) -> list[str]:
    return [text[hit.start : hit.end] for hit in Terms(phrases, but=but, endings=endings).find(text)]


def test_what_makes_no_difference() -> None:
    assert words(["don't miss"], "DON’T  MISS it") == ["DON’T  MISS"]
    assert words(["guilt-free"], "guilt free, guiltfree, guilt-free") == ["guilt free", "guiltfree", "guilt-free"]
    assert words(["café"], "cafe\u0301 café") == ["cafe\u0301", "café"]
    assert words(["bake"], "bakes baked baker bake", endings=["s", "d"]) == ["bakes", "baked", "bake"]
    assert words(["rea"], "areal rea reagera") == ["rea"]


def test_innocent_phrases_are_passed_over() -> None:
    assert words(["free"], "sugar-free, feel free, free", but=["*free", "feel free"]) == ["free"]
    assert words(["free", "free of charge"], "free of charge, free of", but=["free of"]) == ["free of charge"]


def test_a_figure_in_a_phrase() -> None:
    assert words(["save #", "# off"], "Save £20 or get 20 % off") == ["Save £20", "20 % off"]


def test_users_phrases_are_taken_as_they_stand() -> None:
    about = brief(never_say=["#1 (really)", "20/20", "50% *off*"])
    hits = [
        finding.message for finding in found(email("The #1 (really), 20/20 and 50% *off* rye."), about, "never_say")
    ]
    assert len(hits) == 3


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).map(str.strip).filter(bool), st.text(max_size=20))
def test_any_phrase_finds_itself(phrase: str, before: str) -> None:
    text = f"{before} {phrase} "
    hits = list(Terms([phrase], signs=False).find(text))
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    if len(text.lower()) == len(text) and " ".join(phrase.split()) == phrase:
        assert hits


def test_every_list_compiles_and_no_phrase_stands_on_both_sides() -> None:
    lists = tomllib.loads(files("inference.checks").joinpath("phrases.toml").read_text(encoding="utf-8"))
    assert set(lists) == set(ENDINGS)
    for language, names in lists.items():
        for name in names:
            assert isinstance(terms(language, name), Terms)
            assert not set(listed(language, name)) & set(listed(language, f"{name}_but")), (language, name)
