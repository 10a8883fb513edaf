"""What a training run tells while it works, and the curve that it leaves."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from transformers import TrainerCallback, TrainerState, TrainingArguments

from inference.weights import Report

T = TypeVar("T")


class Progress(TrainerCallback):  # type: ignore[misc] # transformers is not typed
    """A line a minute: step, loss, tokens learnt a second, time left."""

    def __init__(self, say: Report, tokens: int, every: float = 60.0) -> None:
        """`tokens` are the completions' in one epoch; a line comes at most `every` seconds, and at the end."""
        self._say, self._tokens, self._every = say, tokens, every
        self._began = self._said = 0.0
        self._first = 0

    def on_train_begin(self, _args: TrainingArguments, state: TrainerState, *_: Any, **__: Any) -> None:
        """Note where it starts; a run that goes on says so."""
        self._began = self._said = time.monotonic()
        self._first = state.global_step
        onward = f", going on from step {self._first}" if self._first else ""
        if state.is_world_process_zero:
            self._say(f"training for {state.max_steps} steps{onward}")

    def on_log(self, args: TrainingArguments, state: TrainerState, *_: Any, logs: Any = None, **__: Any) -> None:
        """Tell how far it is."""
        now = time.monotonic()
        done = state.global_step - self._first
        last = state.global_step >= state.max_steps
        if (
            not state.is_world_process_zero
            or "loss" not in (logs or {})
            or not done
            or (now - self._said < self._every and not last)
        ):
            return
        self._said = now
        rate = done / (now - self._began)
        learnt = rate * self._tokens * (args.num_train_epochs / state.max_steps)
        left = (state.max_steps - state.global_step) / rate
        losses = [entry["loss"] for entry in state.log_history if "loss" in entry][-20:]
        self._say(
            f"step {state.global_step} of {state.max_steps}, loss {sum(losses) / len(losses):.3f}, "
            f"{learnt:.1f} tokens/s, {left / 60:.0f} min left"
        )


def paced(batches: Sequence[T], what: str, say: Report, every: float = 15.0) -> Iterator[T]:
    """Yield the batches, with a line at most each `every` seconds that says how many are done and what time is left."""
    began = said = time.monotonic()
    for done, batch in enumerate(batches):
        now = time.monotonic()
        if done and now - said >= every:
            said, left = now, (now - began) / done * (len(batches) - done)
            say(f"{what}: {done} of {len(batches)} packs, {left / 60:.1f} min left")
        yield batch


def draw(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Draw the loss of each step, and its running mean over twenty, as a PNG."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, and only the last step needs it

    points = [(entry["step"], entry["loss"]) for entry in history if "loss" in entry]
    steps, losses = [step for step, _ in points], [loss for _, loss in points]
    means = [sum(losses[max(0, i - 19) : i + 1]) / len(losses[max(0, i - 19) : i + 1]) for i in range(len(losses))]
    figure = Figure(figsize=(6, 3.5), dpi=80, layout="constrained")
    axes = figure.subplots()
    axes.plot(steps, losses, color="0.75", linewidth=1, label="each step")
    axes.plot(steps, means, color="C0", label="mean of twenty")
    axes.set(xlabel="step", ylabel="loss, nats a token of the copy")
    axes.legend()
    figure.savefig(path, metadata={"Software": None})
