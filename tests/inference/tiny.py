"""Models of a few thousand random weights, for what must hold of any weights."""

from functools import cache
from typing import Any

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from inference.row import LineEnds

VOCABULARY = 61
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "initializer_range": 0.3,  # wide, so that the likeliest token stands out
}
NOTHING_ENDS = LineEnds(torch.zeros(VOCABULARY, dtype=torch.bool), frozenset(), 0)
GROUPED = {"num_attention_heads": 4, "num_key_value_heads": 2}
WINDOWLESS = {"sliding_window": None}
MADE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "llama": (LlamaForCausalLM, LlamaConfig, {**GROUPED, "tie_word_embeddings": True}),
    "llama biased": (LlamaForCausalLM, LlamaConfig, {**GROUPED, "attention_bias": True, "mlp_bias": True}),
    "llama stretched": (
        LlamaForCausalLM,
        LlamaConfig,
        {**GROUPED, "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}},
    ),
    "mistral": (MistralForCausalLM, MistralConfig, {**GROUPED, **WINDOWLESS, "head_dim": 16}),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, {"num_attention_heads": 6, "num_key_value_heads": 1, "hidden_size": 48}),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config, {**GROUPED, "head_dim": 8}),
}
"""All that the engine is held against: of the families that `decoder.known` has, and one that it has not."""


def fresh(name: str) -> PreTrainedModel:
    """A new model, in float32, with the same weights each time."""
    model, config, own = MADE[name]
    torch.manual_seed(5)
    made: PreTrainedModel = model(config(**{**SIZES, **own}))
    for parameter in made.parameters():
        if parameter.ndim == 1:  # biases and norms are noughts and ones to begin with, which would hide a mistake
            torch.nn.init.uniform_(parameter.data, 0.3, 1.2)
    return made.eval()


@cache
def model(name: str) -> PreTrainedModel:
    """The model as transformers runs it, which nothing may change."""
    return fresh(name)


def logits(name: str, token_ids: list[int]) -> torch.Tensor:
    """What transformers makes of them: (tokens, vocabulary)."""
    ids = torch.tensor([token_ids])
    with torch.inference_mode():
        found: torch.Tensor = model(name)(ids, attention_mask=torch.ones_like(ids)).logits[0]
    return found
