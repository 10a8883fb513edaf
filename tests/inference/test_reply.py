"""What a server answers is read as an answer of a writer of our own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.parsing import parse, unparse
from inference.reply import Reply, as_lines, ended
from store.prompt import Message, Prompt
from store.variant import Sampling
from tests.inference import moody

KEYS = ("headline_1", "body.text")
PROMPT = Prompt(messages=(Message(role="user", content="Rolls"),), keys=KEYS, aims=(20, 90), format_hash="f")


@given(st.lists(st.text(min_size=1, max_size=20).filter(str.strip), min_size=2, max_size=2))
def test_an_answer_in_json_is_read_as_lines_are(texts: list[str]) -> None:
    fields = dict(zip(KEYS, texts, strict=True))
    assert parse(as_lines(json.dumps(fields)), KEYS) == {key: " ".join(t.split()) for key, t in fields.items()}


@pytest.mark.parametrize(
    "text", ["headline_1: x", "{broken", '{"a": 1}', '{"a": {"b": "c"}}', "[1]", "", "{}", "{" * 5_000]
)
def test_any_other_answer_stays_as_it_is(text: str) -> None:
    assert as_lines(text) == text


LINE = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and text.splitlines() == [text])


@given(LINE, LINE, st.text(max_size=40))
def test_what_comes_behind_the_last_line_is_cut_and_no_more(one: str, other: str, behind: str) -> None:
    whole = unparse(dict(zip(KEYS, (one, other), strict=True)))
    assert ended(f"{whole}\n{behind}", PROMPT) == ended(whole, PROMPT) == whole


def test_an_answer_without_the_last_field_stays_whole_and_is_no_parse() -> None:
    assert ended("headline_1: Rolls\nOr so", PROMPT) == "headline_1: Rolls\nOr so"


@given(st.lists(st.tuples(st.text(min_size=1, max_size=3), st.floats(-20, 0)), min_size=1, max_size=9))
def test_the_log_probability_is_that_of_the_tokens_that_are_kept(tokens: list[tuple[str, float]]) -> None:
    said = "".join(token for token, _ in tokens)
    told = [{"token": token, "logprob": sure} for token, sure in tokens]
    reply = Reply.model_validate(moody.completion(said, logprobs={"content": told}))
    draft = reply.draft(0, PROMPT, Sampling())
    assert draft.raw == said
    assert draft.log_probability == pytest.approx(sum(sure for _, sure in tokens))


def test_an_answer_without_a_text_is_an_empty_one() -> None:
    draft = Reply.model_validate(moody.completion(None)).draft(3, PROMPT, Sampling())
    assert (draft.index, draft.raw, draft.log_probability) == (3, "", None)
