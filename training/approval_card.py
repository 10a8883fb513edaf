"""An approval model's folder, written whole or not at all: weights, meta.json and the model card."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.approval import FILE
from inference.boosted import Trees
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from training.files import check_folder, replace_folder

OWN_FILES = {FILE, "meta.json", "README.md"}

ROWS = {
    "auc": "a good one stands above a bad one, any two",
    "auc_read": "the same among what readers judged alone",
    "auc_in_field": "the same within one brief and channel, mean over those",
    "best_quarter_good": "the best quarter of each brief and channel: share of good ones",
    "field_good": "the same for all of them, which is what a blind choice would get",
}


def check_target(out: Path) -> None:
    """Raise InputError where `out` holds something else than an approval model, which publishing would replace."""
    check_folder(out, OWN_FILES, "an earlier approval model")


def publish(out: Path, trees: Trees, checkpoint: Checkpoint, table: NDArray[np.float64]) -> None:
    """Write the folder beside `out` and then put it in its place. Raises InputError where that fails."""
    with replace_folder(out) as folder:
        meta.write(checkpoint, folder)
        trees.save(folder / FILE)
        (folder / "README.md").write_text(text(checkpoint, table), encoding="utf-8")


def text(checkpoint: Checkpoint, table: NDArray[np.float64]) -> str:
    """The model card."""
    metrics = checkpoint.metrics
    rows = [
        f"| {what} | {metrics[name]:.3f} | {metrics[f'{name}_low']:.3f} to {metrics[f'{name}_high']:.3f} |"
        for name, what in ROWS.items()
        if name in metrics
    ]
    origins = checkpoint.settings["origins"]
    return CARD.format(
        id=checkpoint.id,
        base=checkpoint.base,
        method=checkpoint.method,
        examples=int(metrics["examples"]),
        good=int(metrics["good"]),
        brands=int(metrics["brands"]),
        rows="\n".join(rows),
        average_precision=metrics["average_precision"],
        calibration_error=metrics["calibration_error"],
        origins="\n".join(_origin(name, count, metrics) for name, count in sorted(origins.items())),
        table="\n".join(f"| {said:.2f} | {seen:.2f} | {int(count)} |" for said, seen, count in table),
        data_hash=checkpoint.data_hash,
        seed=checkpoint.seed,
        share=metrics["good"] / metrics["examples"],
    )


def _origin(name: str, count: dict[str, int], metrics: dict[str, float]) -> str:
    told = metrics.get(f"auc_{name}")
    return f"| {name} | {count['good']} | {count['bad']} | {'' if told is None else f'{told:.3f}'} |"


CARD = """# {id}

Says how likely a reviewer is to approve a piece of copy as it stands, so that of many that were written the few worth a
person's time are shown.

## What it is

{method}. The encoder is {base}. It reads the brief, the claims of the angle, the segment, the channel and the text: how
the claim is said (or only recited), where the text's words come from, how its fields stand to each other, its form, and
how near text, fields and sentences lie to the claim, to the brief's other claims and to the readers. Where the writer
says how probable it finds its own answer, that counts too, by the character: what it is unsure of is seldom right.

Trained on {examples} examples of {brands} brands, {good} of them good. Seed {seed}; sha256 of the data:
`{data_hash}`.

| from | good | bad | good ones stand above these |
| --- | ---: | ---: | ---: |
{origins}

## How good it is

Measured on brands held out, a fifth of them at a time. **The weights here were then trained on everything, so the
figures are those of their held-out sisters.** The intervals are of 95 %, brands drawn again.

| measure | value | interval |
| --- | --- | --- |
{rows}

Average precision {average_precision:.3f}. Mean distance of predicted and seen chance: {calibration_error:.3f}.

| predicted | seen | examples |
| --- | --- | ---: |
{table}

## Limits

- It is as good as its examples. Where most of what is bad comes from one writer, it tells that writer from the corpus:
  part of that is style, and a better writer needs it trained again on newer samples.
- A chance of 0.5 means as likely as not among examples of which {share:.0%} are good. A writer of whose copy fewer can
  be approved makes every chance too high; the order stays.
- It does not check facts: a figure that stands with the wrong thing can please it. The checks do that.
- The encoder knows English. In other languages the marks of the text carry what it says.
- It says what its examples' authors would approve, not what readers will click.

## Licence

Apache-2.0 where it was trained on the house corpus alone; otherwise of your data. Encoder {base}: Apache-2.0.
"""
