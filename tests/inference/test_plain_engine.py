"""The engine for other models: it gives what the engine gives, and runs what that cannot."""

import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

from inference.engine import Engine, unknown
from inference.local_writer import LocalWriter
from inference.plain_engine import PlainEngine
from inference.row import LineEnds, Request
from store.errors import ModelError
from store.variant import Sampling
from tests.embedded import small_writer


@pytest.fixture(scope="module")
def writer() -> LocalWriter:
    return small_writer()


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0, 0.8])
def test_it_gives_what_the_engine_gives(writer: LocalWriter, temperature: float) -> None:
    opening = tuple(writer.tokenizer("then:")["input_ids"])
    prompts = [writer.tokenizer(text)["input_ids"] for text in ("Dogs sail free on the", "The first boat leaves at")]
    requests = [
        Request(prompt, seed, (opening,), 50, lambda _, token_ids: len(token_ids) > 12)
        for seed, prompt in enumerate(prompts)
    ]
    sampling, engine = Sampling(temperature=temperature), writer.engine
    fast = {answer.index: answer for answer in engine.generate(requests, sampling)}
    for answer in PlainEngine(engine.model, engine.lines).generate(requests, sampling):
        beside = fast[answer.index]
        assert (answer.token_ids, answer.redrawn, answer.cut) == (beside.token_ids, beside.redrawn, beside.cut)
        assert answer.log_probability == pytest.approx(beside.log_probability, rel=1e-3)


@pytest.mark.slow
def test_it_runs_a_model_with_sliding_windows_as_generate_does() -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = MistralForCausalLM(MistralConfig(vocab_size=97, num_key_value_heads=1, sliding_window=4, **sizes)).eval()
    lines = LineEnds(torch.zeros(97, dtype=torch.bool), frozenset(), 0)
    assert "sliding_attention" in (unknown(model) or "")
    with pytest.raises(ModelError, match="sliding_attention"):
        Engine(model, lines)
    prompt = list(range(3, 15))
    (answer,) = PlainEngine(model, lines).generate([Request(prompt, 0)], Sampling(temperature=0, max_new_tokens=9))
    ids = torch.tensor([prompt])
    expected = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=9, do_sample=False, eos_token_id=None, pad_token_id=0
    )
    assert answer.token_ids == expected[0, len(prompt) :].tolist()
