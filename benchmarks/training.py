"""Fine-tuning against trl's `SFTTrainer`, in one run: the same rows, batch, LoRA and precision, its other defaults.

    pip install --no-deps trl==1.16.0
    python -m benchmarks.training [--base small] [--steps 6] [--json FILE]

Each side trains in a process of its own, in turns, so that its peak memory is its own. Beside them the matrix products
alone that our step cannot do without: those of every linear layer on the tokens laid out, forward and for the inputs'
gradients, and those of the head on the completions. `share_of_matmul` is their time by the time of our step.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BATCH = 8  # rows a step
RANK = 16
ROUNDS = 2  # how often each side is run


def main() -> None:
    """Print the table, and write the numbers where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="small", help="default, medium, small, or a local folder")
    parser.add_argument("--steps", type=int, default=6, help="of each side, after one that is not timed")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--side", choices=["ours", "trl"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_side(given.side, given.base, given.steps)))
        return
    runs = [(side, _apart(side, given)) for _ in range(ROUNDS) for side in ("ours", "trl")]
    sides = {side: [found for name, found in runs if name == side] for side in ("ours", "trl")}
    numbers = _numbers(sides)
    for name, value in numbers.items():
        print(f"{name:32} {value:10.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _apart(side: str, given: argparse.Namespace) -> dict[str, float]:
    """One side in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.training", "--side", side, "--base", given.base]
    done = subprocess.run([*command, "--steps", str(given.steps)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"{side}: {found}", file=sys.stderr)
    return found


def _numbers(sides: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    ours, theirs = (min(run["seconds_a_step"] for run in sides[side]) for side in ("ours", "trl"))
    return {
        "ours_examples_a_second": BATCH / ours,
        "trl_examples_a_second": BATCH / theirs,
        "ours_over_trl": theirs / ours,
        "share_of_matmul": min(run["matmul_seconds"] for run in sides["ours"]) / ours,
        "ours_peak_gb": max(run["peak_gb"] for run in sides["ours"]),
        "trl_peak_gb": max(run["peak_gb"] for run in sides["trl"]),
        "ours_tokens_a_step": sides["ours"][0]["tokens"],
        "trl_tokens_a_step": sides["trl"][0]["tokens"],
    }


def _side(side: str, base: str, steps: int) -> dict[str, float]:
    from transformers import TrainerCallback

    class Clock(TrainerCallback):  # type: ignore[misc] # transformers is not typed
        """When each step began and ended."""

        began = 0.0
        seconds: list[float] = []

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.seconds.append(time.perf_counter() - self.began)

    clock = Clock()
    found = (_ours if side == "ours" else _theirs)(base, steps + 1, clock)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"seconds_a_step": statistics.median(clock.seconds[1:]), "peak_gb": peak, **found}


def _examples(count: int) -> list[Any]:
    """Rows of whole briefs, those that begin alike side by side: the shape of the work."""
    from training import examples

    return sorted(examples.of_corpus("train", ["en"]), key=lambda e: (e.brief, e.channel))[:count]


def _arguments(folder: str, steps: int) -> dict[str, Any]:
    import torch

    from inference.local_writer import dtype

    half = dtype() == torch.bfloat16
    quiet: dict[str, Any] = {"report_to": [], "disable_tqdm": True, "save_strategy": "no", "logging_strategy": "no"}
    return {"output_dir": folder, "max_steps": steps, "learning_rate": 1e-4, "bf16": half, "use_cpu": True, **quiet}


def _opened(base: str) -> tuple[Any, Any]:
    from inference.local_writer import dtype, locate, open_model
    from store.settings import Settings

    return open_model(locate(base, Settings().model_cache), dtype())


def _lora() -> Any:
    from peft import LoraConfig

    return LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")


def _ours(base: str, steps: int, clock: Any) -> dict[str, float]:
    from peft import get_peft_model
    from transformers import TrainingArguments

    from training import finetuning

    model, tokenizer = _opened(base)
    rows = finetuning.prepare(model, tokenizer, _examples(BATCH * steps), 0)
    packs = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    laid = [finetuning.collate([pack]) for pack in packs]
    tokens = statistics.mean(one["input_ids"].shape[1] for one in laid)
    labels = statistics.mean(one["labels"].shape[1] - 1 for one in laid)
    products = _products(model, round(tokens), round(labels))
    adapted = get_peft_model(model, _lora())
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            per_device_train_batch_size=1, remove_unused_columns=False, **_arguments(folder, steps)
        )
        finetuning.trainer(model=adapted, args=settings, train_dataset=packs, callbacks=[clock]).train()
    return {"tokens": tokens, "matmul_seconds": products}


def _theirs(base: str, steps: int, clock: Any) -> dict[str, float]:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from inference.parsing import unparse

    model, tokenizer = _opened(base)
    rows = [
        {
            "prompt": [message.model_dump() for message in example.prompt.messages],
            "completion": [{"role": "assistant", "content": unparse(dict(example.fields))}],
        }
        for example in _examples(BATCH * steps)
    ]
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(per_device_train_batch_size=BATCH, **_arguments(folder, steps))
        trainer = SFTTrainer(
            model=model,
            args=settings,
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
            peft_config=_lora(),
            callbacks=[clock],
        )
        sizes = [batch["input_ids"].numel() for batch in trainer.get_train_dataloader()]
        trainer.train()
    return {"tokens": statistics.mean(sizes)}


def _products(model: Any, tokens: int, labels: int) -> float:
    """Seconds of the step's matrix products alone, the best of three for each shape."""
    import torch

    head = model.get_output_embeddings()
    total = 0.0
    with torch.inference_mode():
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                weight = module.weight
                count = labels if module is head else tokens
                inputs, outputs = weight.new_ones(count, weight.shape[1]), weight.new_ones(count, weight.shape[0])
                total += _best(lambda x=inputs, w=weight: x @ w.T) + _best(lambda y=outputs, w=weight: y @ w)
    return total


def _best(work: Any) -> float:
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


if __name__ == "__main__":
    main()
