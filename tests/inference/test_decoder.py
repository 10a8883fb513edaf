"""The engine and its decoder against transformers' own forward pass, over trees of prompts of any shape."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, inject_adapter_in_model

from inference import engine as engines
from inference.decoder import Decoder, known
from inference.engine import Engine
from inference.product import whole_numbers
from inference.row import Request
from store.errors import ModelError
from store.variant import Sampling
from tests.inference import tiny

TOKENS = st.integers(0, tiny.VOCABULARY - 1)
STEPS = 6


@st.composite
def trees(draw: st.DrawFn) -> list[list[int]]:
    """Ten prompts that share beginnings: each goes on from a cut of one before it, or begins anew, or is the same."""
    prompts = [draw(st.lists(TOKENS, min_size=1, max_size=60))]
    while len(prompts) < 10:
        stem = draw(st.sampled_from(prompts))
        kept = stem[: draw(st.integers(0, len(stem)))]
        more = draw(st.lists(TOKENS, min_size=0 if kept else 1, max_size=20))
        prompts += [[*kept, *more]] * draw(st.integers(1, 5))
    return prompts[:10]


@cache
def engine(name: str) -> Engine:
    return Engine(tiny.fresh(name), tiny.NOTHING_ENDS)


@pytest.mark.parametrize("name", tiny.MADE)
@settings(max_examples=5)
@given(trees())
def test_greedy_answers_and_logits_are_those_of_transformers(name: str, prompts: list[list[int]]) -> None:
    """Each token is the likeliest behind what is before it, which is what `generate` takes: 300 prompts in all."""
    sampling = Sampling(temperature=0, max_new_tokens=STEPS)
    for answer in engine(name).generate([Request(prompt, 0) for prompt in prompts], sampling):
        prompt = prompts[answer.index]
        logits = tiny.logits(name, [*prompt, *answer.token_ids])[len(prompt) - 1 : -1]
        assert logits.argmax(-1).tolist() == answer.token_ids
        assert answer.log_probability == pytest.approx(float(logits.log_softmax(-1).amax(-1).sum()), abs=1e-4)


@pytest.mark.parametrize("name", tiny.MADE)
@settings(max_examples=5)
@given(trees())
def test_logits_behind_a_prompt_are_those_of_transformers(name: str, prompts: list[list[int]]) -> None:
    made = engine(name)
    with torch.inference_mode():
        batch = made._prefill(prompts, 1)
        found = made.decode.logits(batch.hidden)
    for row, index in enumerate(batch.order):
        assert torch.allclose(found[row], tiny.logits(name, prompts[index])[-1], atol=1e-4)


def test_which_models_have_a_decoder_of_our_own() -> None:
    assert {name for name in tiny.MADE if known(tiny.model(name))} == {*tiny.MADE} - {"qwen3"}
    assert isinstance(engine("llama").decode, Decoder)
    assert not isinstance(engine("qwen3").decode, Decoder)


def test_a_layer_that_was_replaced_is_not_passed_over() -> None:
    model = tiny.fresh("llama")
    model.model.layers[1].mlp.up_proj = torch.nn.Sequential(model.model.layers[1].mlp.up_proj)
    assert not known(model)


def test_weights_are_not_there_twice() -> None:
    model = tiny.fresh("llama")
    decode = Engine(model, tiny.NOTHING_ENDS).decode
    assert isinstance(decode, Decoder)
    own = model.model.layers[0].self_attn
    assert own.k_proj.weight.untyped_storage().data_ptr() == own.q_proj.weight.untyped_storage().data_ptr()
    assert model.lm_head.weight is model.model.embed_tokens.weight


@pytest.mark.skipif(not whole_numbers(), reason="the processor has no exact 8-bit products")
def test_rounded_products_change_the_logits_a_little() -> None:
    exact, rounded = (Engine(tiny.fresh("qwen2"), tiny.NOTHING_ENDS, rounded=on) for on in (False, True))
    requests = [Request([3, 1, 4, 1, 5, 9, 2, 6, number], number) for number in range(20)]
    sampling = Sampling(temperature=0, max_new_tokens=1)
    with torch.inference_mode():
        batch = exact._prefill([request.prompt_ids for request in requests], 1)
        logits, near = exact.decode.logits(batch.hidden), rounded.decode.logits(batch.hidden)
    assert 0 < float((near - logits).norm() / logits.norm()) < 0.02
    answers = [
        {answer.index: answer.token_ids for answer in one.generate(requests, sampling)} for one in (exact, rounded)
    ]
    assert sum(answers[0][index] == answers[1][index] for index in range(20)) >= 18


@pytest.mark.skipif(not whole_numbers(), reason="the processor has no exact 8-bit products")
def test_a_rounded_answer_does_not_depend_on_its_batch() -> None:
    made = Engine(tiny.fresh("llama"), tiny.NOTHING_ENDS, rounded=True)
    requests, sampling = [Request([7, number % 3], number) for number in range(9)], Sampling(max_new_tokens=STEPS)
    together = {answer.index: answer.token_ids for answer in made.generate(requests, sampling)}
    assert together == {index: next(made.generate([one], sampling)).token_ids for index, one in enumerate(requests)}


def test_where_there_are_no_8_bit_products_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r'qwen3: writer.precision "int8" is not known for it; set it to "auto"'):
        Engine(tiny.fresh("qwen3"), tiny.NOTHING_ENDS, rounded=True)
    monkeypatch.setattr(engines, "whole_numbers", lambda: False)
    with pytest.raises(ModelError, match="this processor cannot multiply 8-bit integers exactly"):
        Engine(tiny.fresh("llama"), tiny.NOTHING_ENDS, rounded=True)


def test_an_adapter_that_is_not_merged_is_worn() -> None:
    model, prompt = tiny.fresh("llama"), [5, 9, 2, 17]
    inject_adapter_in_model(LoraConfig(r=2, target_modules=["q_proj", "up_proj"], init_lora_weights=False), model)
    sampling = Sampling(temperature=0, max_new_tokens=STEPS)
    (answer,) = Engine(model, tiny.NOTHING_ENDS).generate([Request(prompt, 0)], sampling)
    ids = torch.tensor([[*prompt, *answer.token_ids]])
    with torch.inference_mode():
        logits = model(ids, attention_mask=torch.ones_like(ids)).logits[0, len(prompt) - 1 : -1]
    assert logits.argmax(-1).tolist() == answer.token_ids
    assert not torch.allclose(logits, tiny.logits("llama", ids[0].tolist())[len(prompt) - 1 : -1], atol=1e-2)
