"""A writer's checkpoint as a folder: adapter or weights, `meta.json`, the curve and the model card."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file

from inference import tokens
from inference.local_writer import dtype
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from training.examples import Example
from training.progress import draw

CURVE = "loss.png"
ADAPTER = "adapter_model.safetensors"
SAMPLES = 8  # in the card
LONGEST = 128  # tokens of a sample


class Sample(NamedTuple):
    """What a writer answered to an example's prompt."""

    example: Example
    answer: str


def publish(
    folder: Path, checkpoint: Checkpoint, model: Any, history: Sequence[Mapping[str, float]], samples: Sequence[Sample]
) -> None:
    """Write what makes `folder` a checkpoint, `meta.json` last, so that a folder with one is whole."""
    adapters = getattr(model, "peft_config", {})
    for config in adapters.values():
        config.base_model_name_or_path = checkpoint.base  # not where it lies on this machine
    # An adapter has no embeddings; left to find out, peft would ask the hub for a base of that name.
    whole = {"save_embedding_layers": False} if adapters else {}
    model.save_pretrained(folder, safe_serialization=True, **whole)
    if (folder / ADAPTER).exists():
        _halve(folder / ADAPTER)
    draw(history, folder / CURVE)
    (folder / "README.md").write_text(text(checkpoint, samples), encoding="utf-8")
    meta.write(checkpoint, folder)


def _halve(path: Path) -> None:
    """Keep an adapter as bfloat16, half as large: it is added to weights of that precision anyway."""
    tensors = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in load_file(path).items()}
    beside = path.with_suffix(".new")
    save_file(tensors, beside, metadata={"format": "pt"})
    os.replace(beside, path)  # noqa: PTH105 - whole or not at all


@torch.inference_mode()
def written(model: Any, tokenizer: Any, examples: Sequence[Example]) -> list[Sample]:
    """The likeliest answers to the prompts of `SAMPLES` examples, spread over all of them, as they came."""
    model.eval()
    found = []
    for example in examples[:: max(1, len(examples) // SAMPLES)][:SAMPLES]:
        prompt = torch.tensor([tokens.prompt_ids(tokenizer, example.prompt)], device=model.device)
        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=dtype() == torch.bfloat16):
            out = model.generate(
                input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=LONGEST, do_sample=False
            )
        found.append(Sample(example, tokenizer.decode(out[0, prompt.shape[1] :], skip_special_tokens=True).strip()))
    return found


def text(checkpoint: Checkpoint, samples: Sequence[Sample] = ()) -> str:
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
        samples="\n".join(map(_line, samples)),
        licence=checkpoint.licence or "Of your data and of the base.",
    )


def _line(sample: Sample) -> str:
    claims, said = " / ".join(sample.example.claims), sample.answer.replace("\n", " / ")
    return f'- {sample.example.channel}, to say "{claims}": {said}'


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

## What it writes

For briefs that it was not trained on, the likeliest answer to each, unchecked and unchosen:

{samples}

## Limits

- It can be wrong: figures and offers in what it writes are checked afterwards, and people decide.
- It has the voice of the work it was trained on. Where your brand speaks otherwise, train it on your approved work.
- It writes best in English.

## Licence

{licence}
{cite}"""
