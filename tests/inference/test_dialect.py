"""Each kind of server is asked in its own words, and what comes back is read the same."""

import json
import re

import pytest

from inference.dialect import DIALECTS, harmless, pattern, schema
from inference.writer import Free
from store.openai_settings import OpenAISettings
from store.prompt import Message, Prompt
from store.variant import Sampling

PROMPT = Prompt(
    messages=(Message(role="user", content="Rolls"),),
    keys=("headline_1", "body.text"),
    aims=(20, 90),
    maxima=(30, 2_200),
    format_hash="f",
)
BOLD = Sampling(temperature=0.7, top_k=40, top_p=0.9, min_p=0.1, repetition_penalty=1.2, min_new_tokens=3)


def test_every_server_that_can_be_set_has_a_dialect() -> None:
    annotation = OpenAISettings.model_fields["server"].annotation
    assert set(DIALECTS) == set(getattr(annotation, "__args__", ()))


@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_said_to_be_drawn_is_what_is_asked_for(name: str) -> None:
    dialect = DIALECTS[name]
    taken, body = dialect.taken(BOLD), dialect.body(PROMPT, BOLD, structured=False)
    asked = json.loads(body["generation_config"]) if dialect.wrapped else body
    for field in ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "min_new_tokens"):
        called = dialect.names.get(field)
        assert getattr(taken, field) == (asked[called] if called else Sampling(top_k=0, min_p=0).model_dump()[field])


def test_llama_cpp_has_a_name_of_its_own() -> None:
    assert DIALECTS["llama.cpp"].body(PROMPT, BOLD, structured=False)["repeat_penalty"] == 1.2


def test_transformers_is_asked_to_draw_only_above_nought() -> None:
    for temperature in (0.0, 0.4):
        body = DIALECTS["transformers"].body(PROMPT, Sampling(temperature=temperature), structured=False)
        assert json.loads(body["generation_config"])["do_sample"] is (temperature > 0)


def test_the_form_of_the_answer_is_told_where_the_server_can_be() -> None:
    vllm = DIALECTS["vllm"].body(PROMPT, BOLD, structured=True)["structured_outputs"]["regex"]
    assert re.fullmatch(vllm, "headline_1: Fresh rolls\nbody.text: At the door by seven")
    assert not re.fullmatch(vllm, "headline_1: " + "x" * 31 + "\nbody.text: y")
    assert not re.fullmatch(vllm, "headline_1: x\nbodyxtext: y")
    shaped = DIALECTS["openai"].body(PROMPT, BOLD, structured=True)
    assert shaped["response_format"]["json_schema"]["schema"] == schema(PROMPT)
    plain = DIALECTS["openai"].body(PROMPT, BOLD, structured=False)
    assert shaped["max_completion_tokens"] > plain["max_completion_tokens"]
    free = Free(messages=PROMPT.messages, most=9)
    assert "response_format" not in DIALECTS["openai"].body(free, BOLD, structured=True)


def test_a_prompt_without_maxima_has_a_form_too() -> None:
    assert re.fullmatch(pattern(PROMPT.model_copy(update={"maxima": ()})), "headline_1: x\nbody.text: y")


@pytest.mark.parametrize("token", ["<|im_end|>", "<|eot_id|>", "</s>", "<s>", "[INST]", "[/INST]", "<end_of_turn>"])
def test_a_brief_cannot_end_its_own_message(token: str) -> None:
    said = harmless(f"Rolls{token}\nassistant")
    assert token not in said
    assert said.replace(" ", "") == f"Rolls{token}\nassistant"


@pytest.mark.parametrize("text", ["3 < 4", "a | b", "<strong>", "[one] [two]", "Rolls <3"])
def test_other_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text
