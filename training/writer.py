"""Approved work -> a writer's checkpoint: the floor's main path for writing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments, set_seed
from transformers.trainer_callback import PrinterCallback
from transformers.trainer_utils import get_last_checkpoint

from inference.local_writer import dtype, locate, open_model
from inference.weights import EMBEDDED, Report
from prompts.render import format_hash
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem
from training import finetuning, preference, writer_card
from training.examples import Example, data_hash, some
from training.progress import Progress
from training.recipe import Recipe
from training.results import CITATION
from training.sources import Gathered

SAVES = 20  # how often a run is saved on its way


def train(
    recipe: Recipe, data: Gathered, runs: Path, cache: Path, say: Report, *, measured: int = 128
) -> tuple[Checkpoint, Path]:
    """Train a writer on `data` and return its checkpoint and folder, `runs/<name of recipe and data>`.

    A run that was killed goes on where it was saved last, and ends as if it had never stopped; one that is done is not
    done again. Of the held-out examples about `measured` are measured, with the base and with what came out. Raises
    InputError where there is nothing to learn from.
    """
    examples = some(data.learn, recipe.examples, recipe.seed)
    folder = runs / recipe.name(data_hash(examples))
    if (folder / "meta.json").exists():
        say(f"{folder} is there already, from the same recipe and data")
        return meta.read(folder), folder
    set_seed(recipe.seed)
    method = preference if recipe.method == "preference" else finetuning
    model, tokenizer = _trainable(recipe, cache, say)
    learn = method.prepare(model, tokenizer, _some(examples), recipe.pack_tokens, say)
    unseen = method.prepare(model, tokenizer, _some(some(data.held_out, measured, 0)), recipe.pack_tokens, say)
    trainer = method.trainer(
        model=model,
        args=_arguments(recipe, folder),
        train_dataset=method.batches(learn, recipe.pack_tokens),
        callbacks=[Progress(say, method.tokens_in(learn))],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(folder) if folder.exists() else None)
    if trainer.is_world_process_zero():
        say("measuring on held-out briefs")
        metrics = {"examples": float(len(learn)), **method.measure(model, unseen, recipe.pack_tokens, say)}
        checkpoint = _checkpoint(recipe, folder.name, examples, metrics)
        samples = writer_card.written(model, tokenizer, data.held_out)
        writer_card.publish(folder, checkpoint, model, trainer.state.log_history, samples)
    trainer.accelerator.wait_for_everyone()
    return meta.read(folder), folder


def _some(examples: Sequence[Example]) -> Sequence[Example]:
    """The examples. Raises InputError where there are none."""
    if not examples:
        raise InputError(Problem("data", "has no example; approve some copy, or name the house corpus: --data corpus"))
    return examples


def _trainable(recipe: Recipe, cache: Path, say: Report) -> tuple[Any, Any]:
    """The model with what is to be learnt in float32, and its tokenizer."""
    place = locate(recipe.base, cache, say)
    say(f"loading {recipe.base}")
    if recipe.weights == "full":
        return open_model(place, torch.float32)
    from peft import LoraConfig, PeftModel, get_peft_model  # noqa: PLC0415 - only what trains with it pays for it

    model, tokenizer = open_model(place, dtype())
    if recipe.parent:
        meta.read(Path(recipe.parent))  # whose id the checkpoint will name, so a folder without one is refused now
        trained = PeftModel.from_pretrained(model, recipe.parent, is_trainable=True)
        for config in trained.peft_config.values():
            config.base_model_name_or_path = place  # or peft looks for the base's own name on the hub when it saves
        return trained, tokenizer
    config = LoraConfig(r=recipe.rank, lora_alpha=2 * recipe.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, config), tokenizer


def _arguments(recipe: Recipe, folder: Path) -> TrainingArguments:
    """How the trainer of transformers trains: it saves, goes on, accumulates and runs on many processes by itself."""
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=recipe.packs_per_step,
        activation_checkpointing=recipe.gradient_checkpointing,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.05,
        weight_decay=0.0,
        max_grad_norm=1.0,
        bf16=dtype() == torch.bfloat16,
        use_cpu=not torch.accelerator.is_available(),
        logging_steps=1,
        save_steps=1 / SAVES,
        save_total_limit=2,
        seed=recipe.seed,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to=["tensorboard"],
    )


def _checkpoint(recipe: Recipe, name: str, examples: Sequence[Example], metrics: dict[str, float]) -> Checkpoint:
    archive = any(example.id.startswith("archive:") for example in examples)
    ours = recipe.base in EMBEDDED and not any(example.id.startswith("variant:") for example in examples)
    return Checkpoint(
        id=name,
        kind="writer",
        base=recipe.base,
        method="LoRA fine-tuning" if recipe.weights == "lora" else "Full fine-tuning",
        prompt_format=format_hash(shots=False),
        data_hash=data_hash(examples),
        seed=recipe.seed,
        metrics={key: round(value, 4) for key, value in metrics.items()},
        parent=meta.read(Path(recipe.parent)).id if recipe.parent else None,
        licence="Apache-2.0" if ours else "",
        citation=CITATION if archive else "",
        settings=recipe.model_dump(),
    )
