"""Learning from approved copy: the completions' cross entropy, over packs of rows that begin alike."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import Trainer

from inference import tokens
from inference.local_writer import dtype
from inference.weights import Report
from training.examples import Example
from training.packing import Inputs, Row, pack, packs
from training.progress import paced


def prepare(_: Any, tokenizer: Any, examples: Sequence[Example], __: int, ___: Report = lambda _: None) -> list[Row]:
    """Examples as token ids."""
    return [
        Row(tokens.prompt_ids(tokenizer, e.prompt), tokens.answer_ids(tokenizer, e.prompt, e.fields)) for e in examples
    ]


def batches(rows: Sequence[Row], size: int) -> list[list[Row]]:
    """Rows in packs of at most `size` tokens."""
    return [[rows[number] for number in numbers] for numbers in packs(rows, size)]


def collate(batch: Sequence[Sequence[Row]]) -> Inputs:
    """One pack as the model takes it, with its labels."""
    (rows,) = batch
    return pack(rows).inputs


def loss(outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
    """Mean cross entropy of the completions' tokens, in nats; over all of a step's where their number is given."""
    wanted = labels[0, 1:]
    total = cross_entropy(outputs.logits[0].float(), wanted, reduction="sum")
    return total / (len(wanted) if num_items_in_batch is None else num_items_in_batch)


def trainer(**settings: Any) -> Trainer:
    """The trainer of transformers with this loss."""
    return Trainer(compute_loss_func=loss, data_collator=collate, **settings)


def measure(model: Any, rows: Sequence[Row], size: int, say: Report = lambda _: None) -> dict[str, float]:
    """The held-out loss of the trained model, and of the base where an adapter can be switched off."""
    model.eval()
    metrics = {"held_out_loss": held_out_loss(model, rows, size, say)}
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            metrics["held_out_loss_base"] = held_out_loss(model, rows, size, say)
        metrics["loss_below_base"] = 1 - metrics["held_out_loss"] / metrics["held_out_loss_base"]
    return metrics


@torch.inference_mode()
def held_out_loss(model: Any, rows: Sequence[Row], size: int, say: Report = lambda _: None) -> float:
    """Mean cross entropy of the rows' completions, in nats a token."""
    total = count = 0.0
    with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=dtype() == torch.bfloat16):
        for batch in paced(batches(rows, size), "held-out loss", say):
            inputs = {name: value.to(model.device) for name, value in pack(batch).inputs.items()}
            labels = inputs.pop("labels")
            here = labels.shape[1] - 1
            total += float(loss(model(**inputs, use_cache=False), labels)) * here
            count += here
    return total / count


def tokens_in(rows: Sequence[Row]) -> int:
    """How many tokens are learnt."""
    return sum(len(row.completion_ids) for row in rows)
