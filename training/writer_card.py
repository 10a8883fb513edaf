"""A writer's checkpoint as a folder: adapter or weights, `meta.json`, the curve and the model card."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from store import checkpoint as meta
from store.checkpoint import Checkpoint
from training.progress import draw

CURVE = "loss.png"
ADAPTER = "adapter_model.safetensors"


def publish(folder: Path, checkpoint: Checkpoint, model: Any, history: Sequence[Mapping[str, float]]) -> None:
    """Write what makes `folder` a checkpoint, `meta.json` last, so that a folder with one is whole."""
    model.save_pretrained(folder, safe_serialization=True)
    if (folder / ADAPTER).exists():
        _halve(folder / ADAPTER)
    draw(history, folder / CURVE)
    (folder / "README.md").write_text(text(checkpoint), encoding="utf-8")
    meta.write(checkpoint, folder)


def _halve(path: Path) -> None:
    """Keep an adapter as bfloat16, half as large: it is added to weights of that precision anyway."""
    tensors = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in load_file(path).items()}
    beside = path.with_suffix(".new")
    save_file(tensors, beside, metadata={"format": "pt"})
    os.replace(beside, path)  # noqa: PTH105 - whole or not at all


def text(checkpoint: Checkpoint) -> str:
    """The model card."""
    metrics = "\n".join(f"| {name} | {value:.4g} |" for name, value in sorted(checkpoint.metrics.items()))
    settings = "\n".join(f"| {name} | {value} |" for name, value in sorted(checkpoint.settings.items()))
    return CARD.format(
        id=checkpoint.id,
        base=checkpoint.base,
        method=checkpoint.method,
        metrics=metrics,
        settings=settings,
        prompt_format=checkpoint.prompt_format,
        data_hash=checkpoint.data_hash,
        seed=checkpoint.seed,
        parent=f"It goes on from {checkpoint.parent}." if checkpoint.parent else "",
        cite=f"\n## Cite\n\n{checkpoint.citation}\n" if checkpoint.citation else "",
        licence=checkpoint.licence or "Of your data and of the base.",
    )


CARD = """# {id}

Writes campaign copy: one claim of a brief, for one segment, in one channel's fields.

## What it is

{method} of {base}, on prompts of format `{prompt_format}` (it refuses to load under another) and approved copy.
The loss is on the copy only. {parent} Seed {seed}; sha256 of the data: `{data_hash}`.

| setting | value |
| --- | --- |
{settings}

## Data and metrics

| measure | value |
| --- | --- |
{metrics}

`held_out_loss` is the mean cross entropy of held-out brands' copy in nats a token, `held_out_loss_base` the same of the
base with the same prompts.

![loss by step](loss.png)

## Limits

- It can be wrong: figures and offers in what it writes are checked afterwards, and people decide.
- It has the voice of the work it was trained on. Where your brand speaks otherwise, train it on your approved work.
- It writes best in English.

## Licence

{licence}
{cite}"""
