"""Learning from pairs: one answer over another to the same prompt (direct preference optimisation).

Rafailov et al. 2023, arXiv:2305.18290, equation 7: with `r(y) = beta * (log p(y) - log p_before(y))`, the loss of a
pair is `-log sigmoid(r(chosen) - r(rejected))`. To it comes a share of the chosen answer's own cross entropy, so that
what is good does not become unlikely together with what is bad (Pang et al. 2024, arXiv:2404.19733). A pair counts by
its weight: how sure it is.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid
from transformers import Trainer

from inference import tokens
from inference.local_writer import dtype
from inference.weights import Report
from training.examples import Example
from training.packing import Inputs, Row, pack, packs
from training.progress import paced


class Choice(NamedTuple):
    """A pair as token ids; both answer one prompt."""

    chosen: Row
    rejected: Row
    weight: float
    brief: str = ""
    """Names what both are about."""
    before: tuple[float, float] = (0.0, 0.0)
    """The log-probabilities of both before training."""


def prepare(
    model: Any, tokenizer: Any, examples: Sequence[Example], size: int, say: Report = lambda _: None
) -> list[Choice]:
    """Examples that have a rejected answer, as token ids, with what the model says of both before it is trained."""
    choices = [_choice(tokenizer, example) for example in examples if example.rejected is not None]
    return with_before(model, choices, size, say)


def _choice(tokenizer: Any, example: Example) -> Choice:
    prompt = tokens.prompt_ids(tokenizer, example.prompt)
    chosen, rejected = (
        Row(prompt, tokens.answer_ids(tokenizer, example.prompt, fields))
        for fields in (example.fields, example.rejected or {})
    )
    return Choice(chosen, rejected, example.weight, example.brief)


def batches(choices: Sequence[Choice], size: int) -> list[list[Choice]]:
    """Pairs in packs of about `size` tokens, those whose prompts begin alike together."""
    joined = [Row(one.chosen.prompt_ids, one.chosen.completion_ids + one.rejected.completion_ids) for one in choices]
    return [[choices[number] for number in numbers] for numbers in packs(joined, size)]


def collate(batch: Sequence[Sequence[Choice]]) -> Inputs:
    """One pack with both answers of each pair, chosen first.

    As `packing.pack`, and `rows` (labels,), `before` (pairs, 2) and `weights` (pairs,) beside.
    """
    (choices,) = batch
    inputs, rows = pack([row for choice in choices for row in (choice.chosen, choice.rejected)])
    before = torch.tensor([choice.before for choice in choices])
    return {**inputs, "rows": rows, "before": before, "weights": torch.tensor([choice.weight for choice in choices])}


@torch.inference_mode()
def with_before(model: Any, choices: Sequence[Choice], size: int, say: Report = lambda _: None) -> list[Choice]:
    """The choices with what the model says of them now."""
    model.eval()
    found = []
    for batch in paced(batches(choices, size), "likelihood of the pairs", say):
        now = _log_probabilities(model, _on(model, collate([batch])))
        found += [choice._replace(before=(a, b)) for choice, (a, b) in zip(batch, now.tolist(), strict=True)]
    return found


def measure(model: Any, choices: Sequence[Choice], size: int, say: Report = lambda _: None) -> dict[str, float]:
    """How often training has made the chosen one of a held-out pair likelier, against the rejected one."""
    right = [told for _, told in told_apart(model, choices, size, say)]
    return {"preference_pair_accuracy": sum(right) / len(right), "held_out_pairs": float(len(right))}


def told_apart(
    model: Any, choices: Sequence[Choice], size: int, say: Report = lambda _: None
) -> list[tuple[Choice, bool]]:
    """Each choice, and whether its chosen answer is likelier than before, against the rejected one."""
    before = {(choice.chosen, choice.rejected): choice.before for choice in choices}
    found = []
    for choice in with_before(model, choices, size, say):
        was, now = before[choice.chosen, choice.rejected], choice.before
        found.append((choice, now[0] - was[0] > now[1] - was[1]))
    return found


def trainer(**settings: Any) -> Trainer:
    """The trainer of transformers with the loss of pairs."""
    return PreferenceTrainer(data_collator=collate, **settings)


def tokens_in(choices: Sequence[Choice]) -> int:
    """How many tokens are learnt from."""
    return sum(len(choice.chosen.completion_ids) + len(choice.rejected.completion_ids) for choice in choices)


class PreferenceTrainer(Trainer):  # type: ignore[misc] # transformers is not typed
    """The trainer of transformers with the loss of pairs."""

    beta: float = 0.1
    anchor: float = 0.1

    def compute_loss(
        self,
        model: Any,
        inputs: Inputs,
        return_outputs: bool = False,  # noqa: ARG002 - the interface of transformers
        num_items_in_batch: Any = None,  # noqa: ARG002
    ) -> Tensor:
        """Weighted mean over the pack's pairs."""
        return loss(model, inputs, self.beta, self.anchor)


def loss(model: Any, inputs: Inputs, beta: float, anchor: float) -> Tensor:
    """The loss of a collated pack, a scalar; see the head of this file."""
    inputs = dict(inputs)
    before, weights, rows = inputs.pop("before"), inputs.pop("weights"), inputs["rows"]
    now = _log_probabilities(model, inputs)
    margins = beta * ((now - before)[:, 0] - (now - before)[:, 1])
    lengths = torch.bincount(rows, minlength=2 * len(weights))[0::2]
    losses = -logsigmoid(margins) - anchor * now[:, 0] / lengths
    return (weights * losses).sum() / weights.sum()


def _log_probabilities(model: Any, inputs: Inputs) -> Tensor:
    """Log-probability of each pair's two answers, (pairs, 2) float32."""
    plain = {name: value for name, value in inputs.items() if name not in {"rows", "before", "weights", "labels"}}
    rows, labels = inputs["rows"], inputs["labels"][0, 1:]
    with torch.autocast(labels.device.type, dtype=torch.bfloat16, enabled=dtype() == torch.bfloat16):
        logits = model(**plain, use_cache=False).logits[0].float()
    each = -cross_entropy(logits, labels, reduction="none")
    total = torch.zeros(int(rows.max()) + 1, device=each.device).index_add(0, rows, each)
    return total.reshape(-1, 2)


def _on(model: Any, inputs: Inputs) -> Inputs:
    return {name: value.to(model.device) for name, value in inputs.items()}
