"""The embedded models, loaded once for all tests of a process."""

import os
from functools import cache
from pathlib import Path

import torch

from inference import local_writer
from inference.encoder import LocalEncoder
from inference.local_writer import LocalWriter
from inference.weights import EMBEDDED
from store.settings import Settings


@cache
def encoder() -> LocalEncoder:
    """The encoder that comes inside a package."""
    return LocalEncoder()


def model_cache() -> Path:
    """Where converted models are kept."""
    kept = os.environ.get("GLASBRUK_CACHE")
    return Settings(cache=Path(kept) if kept else None).model_cache


@cache
def small_writer() -> LocalWriter:
    """The small language model in float32, so that it can be held against `generate` to the last token."""
    model, tokenizer = local_writer.open_model(local_writer.locate("small", model_cache()), torch.float32)
    return LocalWriter(model, tokenizer, EMBEDDED["small"].folder)
