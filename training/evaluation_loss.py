"""How well a writer foretells held-out copy, beside its base."""

from pathlib import Path

from inference.local_writer import dtype, locate, open_model
from inference.weights import Report
from store import checkpoint
from training import examples, finetuning
from training.evaluation_draw import Plan

PACK = 1_024  # tokens


def losses(adapter: Path, plan: Plan, cache: Path, say: Report) -> dict[str, float]:
    """`held_out_loss` of an adapter, `held_out_loss_base` of its base, and `loss_below_base`, the share gone.

    In nats a token of the completion, over the corpus' plain rows of the plan's split and language, with the prompt as
    the adapter reads it, which shows the base no examples. Raises ModelError where a model cannot be loaded.
    """
    from peft import PeftModel  # noqa: PLC0415 - a second of import that most runs do not need

    say("measuring the loss on held-out copy")
    model, tokenizer = open_model(locate(checkpoint.read(adapter).base, cache, say), dtype())
    rows = finetuning.prepare(model, tokenizer, examples.of_plain(plan.split, [plan.language]), PACK)
    found = finetuning.measure(PeftModel.from_pretrained(model, adapter), rows, PACK, say)
    return {name: round(value, 4) for name, value in found.items()}
