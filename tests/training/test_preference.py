"""Preference training: the loss of packed pairs is the textbook's, and training moves pairs the way they are marked."""

import random

import pytest
import torch
from torch.nn.functional import logsigmoid
from transformers import LlamaConfig, LlamaForCausalLM

from training import preference
from training.packing import Row
from training.preference import Choice


@pytest.fixture
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 64}
    return LlamaForCausalLM(LlamaConfig(**size, num_attention_heads=4, num_key_value_heads=2))


def choices(count: int = 5, seed: int = 0) -> list[Choice]:
    draw = random.Random(seed)

    def some(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw.randrange(64) for _ in range(draw.randint(least, most)))

    brief = some(6, 12)
    prompts = [brief + some(1, 5) for _ in range(count)]
    return [Choice(Row(p, some(2, 6)), Row(p, some(2, 6)), draw.choice([0.5, 1.0])) for p in prompts]


def said(model: LlamaForCausalLM, row: Row) -> torch.Tensor:
    """The log-probability of a row's completion, from the row alone."""
    logits = model(input_ids=torch.tensor([[*row.prompt_ids, *row.completion_ids]])).logits[0].float()
    each = logits[len(row.prompt_ids) - 1 : -1].log_softmax(-1)
    total: torch.Tensor = each.gather(1, torch.tensor(row.completion_ids)[:, None]).sum()
    return total


def test_the_loss_of_a_pack_is_the_weighted_loss_of_its_pairs(model: LlamaForCausalLM) -> None:
    before = [choice._replace(before=(-3.0 - i, -4.0)) for i, choice in enumerate(choices())]
    expected, weights = [], []
    for choice in before:
        chosen, rejected = said(model, choice.chosen), said(model, choice.rejected)
        margin = 0.3 * ((chosen - choice.before[0]) - (rejected - choice.before[1]))
        expected.append(-logsigmoid(margin) - 0.2 * chosen / len(choice.chosen.completion_ids))
        weights.append(choice.weight)
    weight = torch.tensor(weights)
    wanted = (weight * torch.stack(expected)).sum() / weight.sum()
    (pack,) = preference.batches(before, 10_000)
    order = [before.index(choice) for choice in pack]
    assert sorted(order) == list(range(len(before)))
    # bfloat16 autocast, where the processor has it, is what serving and training use
    torch.testing.assert_close(
        preference.loss(model, preference.collate([pack]), 0.3, 0.2), wanted, rtol=0.02, atol=0.02
    )


def test_before_is_what_the_model_says_of_both(model: LlamaForCausalLM) -> None:
    for choice in preference.with_before(model, choices(), 64):
        alone = (said(model, choice.chosen).item(), said(model, choice.rejected).item())
        assert choice.before == pytest.approx(alone, rel=0.02)


def test_training_makes_the_chosen_likelier(model: LlamaForCausalLM) -> None:
    learn = preference.with_before(model, choices(12), 128)
    untrained = preference.measure(model, learn, 128)["preference_pair_accuracy"]
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.003)
    for _ in range(15):
        for batch in preference.batches(learn, 128):
            optimiser.zero_grad()
            preference.loss(model.train(), preference.collate([batch]), 0.1, 0.1).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    assert untrained == 0  # nothing has moved yet
    assert preference.measure(model, learn, 128)["preference_pair_accuracy"] > 0.9
