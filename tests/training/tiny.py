"""A tiny model of random weights, with the small model's tokenizer."""

import shutil
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from inference.weights import prepare
from store.settings import Settings


def model(folder: Path) -> Path:
    """Save it in `folder`, which is returned."""
    small = prepare("small", Settings().model_cache)
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        if (small / file).exists():
            shutil.copy(small / file, folder / file)
    torch.manual_seed(1)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 49_152}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    LlamaForCausalLM(LlamaConfig(**size, **heads, tie_word_embeddings=True, eos_token_id=2)).save_pretrained(folder)
    return folder
