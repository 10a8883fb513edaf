"""Packs: what a model makes of rows laid out together is what it makes of each row alone."""

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

from training.finetuning import loss
from training.packing import IGNORED, Row, pack, packs

ids = st.lists(st.integers(1, 4), min_size=1, max_size=6).map(tuple)  # few tokens, so that many rows begin alike
row_lists = st.lists(st.builds(Row, ids, ids), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 64}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    return LlamaForCausalLM(LlamaConfig(**size, **heads, max_position_embeddings=512)).double()


def trees(seed: int, count: int = 9) -> list[Row]:
    """Rows that share brief, channel and segment in all ways, some their whole prompt."""
    draw = random.Random(seed)
    briefs = [[draw.randrange(64) for _ in range(draw.randint(3, 20))] for _ in range(2)]
    channels = [[draw.randrange(64) for _ in range(draw.randint(1, 9))] for _ in range(3)]
    asks = [[draw.randrange(64) for _ in range(draw.randint(1, 6))] for _ in range(3)]
    return [
        Row(
            tuple(draw.choice(briefs) + draw.choice(channels) + draw.choice(asks)),
            tuple(draw.randrange(64) for _ in range(draw.randint(1, 7))),
        )
        for _ in range(count)
    ]


def alone(model: LlamaForCausalLM, row: Row) -> torch.Tensor:
    """Log-probabilities of the row's completion, as a plain causal model gives them: (tokens,)."""
    whole = torch.tensor([[*row.prompt_ids, *row.completion_ids]])
    logits = model(input_ids=whole).logits[0, len(row.prompt_ids) - 1 : -1]
    each: torch.Tensor = logits.log_softmax(-1).gather(1, torch.tensor(row.completion_ids)[:, None])[:, 0]
    return each


@pytest.mark.parametrize("seed", range(6))
def test_logits_are_those_of_each_row_alone(model: LlamaForCausalLM, seed: int) -> None:
    rows = trees(seed)
    inputs, numbers = pack(rows)
    labels = inputs.pop("labels")[0, 1:]
    found = model(**inputs).logits[0].log_softmax(-1).gather(1, labels[:, None])[:, 0]
    for number, row in enumerate(rows):
        torch.testing.assert_close(found[numbers == number], alone(model, row))


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_those_of_a_plain_batch(model: LlamaForCausalLM, seed: int) -> None:
    rows = trees(seed)
    plain = -torch.cat([alone(model, row) for row in rows]).mean()
    wanted = torch.autograd.grad(plain, list(model.parameters()))
    inputs = pack(rows).inputs
    labels = inputs.pop("labels")
    found = torch.autograd.grad(loss(model(**inputs), labels), list(model.parameters()))
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)


def test_what_is_shared_is_laid_out_once() -> None:
    rows = [Row((1, 2, 3), (7, 8)), Row((1, 2, 3), (7, 9)), Row((1, 2, 4, 5), (6,))]
    inputs = pack(rows).inputs
    assert sorted(inputs["input_ids"][0].tolist()) == [1, 2, 3, 4, 5, 7, 7]
    assert inputs["labels"][0].tolist()[0] == IGNORED
    assert sorted(inputs["labels"][0, 1:].tolist()) == [6, 7, 7, 8, 9]


@given(row_lists, st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_every_row_is_in_one_pack_and_no_pack_is_too_large(rows: list[Row], size: int) -> None:
    found = packs(rows, size)
    assert sorted(number for numbers in found for number in numbers) == list(range(len(rows)))
    for numbers in found:
        laid = pack([rows[number] for number in numbers])
        assert len(numbers) == 1 or laid.inputs["input_ids"].shape[1] <= size
        for number in numbers:
            (place,) = [i for i, other in enumerate(numbers) if other == number]
            labels = laid.inputs["labels"][0, 1:][laid.rows == place]
            assert tuple(labels.tolist()) == rows[number].completion_ids


@given(row_lists)
@settings(max_examples=60, deadline=None)
def test_a_token_sees_its_own_row_and_no_other(rows: list[Row]) -> None:
    inputs, numbers = pack(rows)
    tokens, positions = inputs["input_ids"][0], inputs["position_ids"][0]
    mask, places = inputs["attention_mask"][0, 0], inputs["logits_to_keep"]
    for number, row in enumerate(rows):
        last = places[numbers == number][-1]
        seen = mask[last].nonzero()[:, 0]
        whole = [*row.prompt_ids, *row.completion_ids[:-1]]
        order = positions[seen].argsort()
        assert positions[seen][order].tolist() == list(range(len(whole)))
        assert tokens[seen][order].tolist() == whole
