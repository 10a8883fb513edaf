"""Prompts and answers as token ids: what is learnt is what is asked for, token by token."""

from typing import Any

import pytest
from transformers import AutoTokenizer

from inference import tokens
from inference.parsing import parse
from inference.weights import prepare
from prompts import channels
from prompts.render import render
from store.prompt import Prompt
from store.settings import Settings
from tests import nouns

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(prepare("small", Settings().model_cache))


def asked(channel: str) -> Prompt:
    brief, angle = nouns.brief(channels=[channel]), nouns.variant().angle
    assert angle
    return render(brief, channels.catalogue()[channel], brief.segments[0], angle, shots=False)


@pytest.mark.parametrize("channel", ["email", "google_search_ad", "sms"])
def test_an_answer_reads_back_as_its_fields(tokenizer: Any, channel: str) -> None:
    prompt = asked(channel)
    fields = {key: f"Line {number}, eight vegetables." for number, key in enumerate(prompt.keys)}
    ids = tokens.answer_ids(tokenizer, prompt, fields)
    text = tokenizer.decode(ids, skip_special_tokens=True)
    assert parse(f"{prompt.keys[0]}:{text}", prompt.keys) == fields
    assert ids[-1] == tokenizer.eos_token_id


def test_it_ends_and_opens_lines_as_the_engine_does(tokenizer: Any) -> None:
    """A line break ends every line but the last, and behind it stands what the engine would set there."""
    prompt = asked("email")
    ids = list(tokens.answer_ids(tokenizer, prompt, {"subject": "One.", "preheader": "Two."}))
    places = [place for place, i in enumerate(ids) if "\n" in tokenizer.decode([i]) or i == tokenizer.eos_token_id]
    (opening,) = tokens.openings(tokenizer, prompt)
    assert len(places) == 2
    assert tuple(ids[places[0] + 1 : places[0] + 1 + len(opening)]) == opening
    assert places[1] == len(ids) - 1


def test_copy_cannot_end_its_own_answer(tokenizer: Any) -> None:
    special = tokenizer.eos_token
    ids = tokens.answer_ids(tokenizer, asked("sms"), {"text": f"Stop {special} here"})
    assert list(ids).count(tokenizer.eos_token_id) == 1
