"""What an edit changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.difference import LONGEST, Change, difference

texts = st.text(st.sampled_from("ab c.\né😀"), max_size=40)


@given(texts, texts)
def test_the_runs_join_to_both_texts(before: str, after: str) -> None:
    runs = difference(before, after)
    assert "".join(run.text for run in runs if run.kind != "new") == before
    assert "".join(run.text for run in runs if run.kind != "gone") == after
    assert all(run.text for run in runs)


def test_words_change_whole() -> None:
    assert difference("Dinner is at the door", "Dinner was at the door") == [
        Change("same", "Dinner "),
        Change("gone", "is "),
        Change("new", "was "),
        Change("same", "at the door"),
    ]


@pytest.mark.parametrize(("after", "kinds"), [("b", ["gone", "new"]), ("a" * LONGEST + "b", ["same"])])
def test_a_long_text_is_shown_whole(after: str, kinds: list[str]) -> None:
    assert [run.kind for run in difference("a" * LONGEST + "b", after)] == kinds
