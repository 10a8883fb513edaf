"""A scorer's folder, written whole or not at all: weights, meta.json, the model card and its reliability plot."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.scoring import FILE, STRANGE, Head
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from training import seen
from training.files import check_folder, replace_folder

PLOT = "reliability.png"
OWN_FILES = {FILE, seen.FILE, "meta.json", "README.md", PLOT}

ROWS = {
    "accuracy_all_pairs": "all pairs of texts in one group: the better score earned more",
    "accuracy_significant_pairs": "those that differ by p < 0.05",
    "accuracy_strong_pairs": "pairs from a file of significant pairs",
    "accuracy_all_pairs_sound_weeks": "all pairs, without the weeks of faulty randomisation",
    "accuracy_significant_pairs_sound_weeks": "p < 0.05, without those weeks",
    "top_1": "groups of 3 or more: the best score is the best text",
    "top_1_chance": "the same, by chance",
    "top_1_lift": "click-through of the best score over its group's mean",
    "coverage_90": "texts within their 90 % interval, chance of few clicks included (0.90 is right)",
}


def check_target(out: Path) -> None:
    """Raise InputError where `out` holds something else than a scorer, which publishing would replace."""
    check_folder(out, OWN_FILES, "an earlier scorer")


def publish(
    out: Path, head: Head, checkpoint: Checkpoint, table: NDArray[np.float64], texts: Iterable[str] = ()
) -> None:
    """Write the folder beside `out` and then put it in its place; the head was trained on `texts`.

    Raises InputError where that fails.
    """
    with replace_folder(out) as folder:
        meta.write(checkpoint, folder)
        head.save(folder / FILE)
        seen.write(texts, folder)
        (folder / "README.md").write_text(text(checkpoint), encoding="utf-8")
        _plot(table, folder / PLOT)


def text(checkpoint: Checkpoint) -> str:
    """The model card."""
    metrics, settings = checkpoint.metrics, checkpoint.settings
    rows = [
        f"| {what} | {metrics[name]:.3f} | {metrics[f'{name}_sd']:.3f} |"
        for name, what in ROWS.items()
        if name in metrics
    ]
    cite = f"\n## Cite\n\n{checkpoint.citation}\n" if checkpoint.citation else ""
    licence = f"{checkpoint.licence}; encoder {checkpoint.base}: Apache-2.0." if checkpoint.licence else "Of your data."
    return CARD.format(
        id=checkpoint.id,
        base=checkpoint.base,
        method=checkpoint.method,
        data=", ".join(f"{int(metrics[name]):,} {name}" for name in ("groups", "pairs", "texts", "clusters")),
        channels=", ".join(channel or "(unnamed)" for channel in settings["channels"]),
        splits=int(metrics["splits"]),
        rows="\n".join(rows),
        calibration_error=metrics["calibration_error"],
        plot=PLOT,
        beside=_beside(checkpoint),
        effect=settings["effect_sd"],
        residual=settings["residual_sd"],
        limits=_limits(settings),
        penalty=settings["penalty"],
        slope=settings["slope"],
        data_hash=checkpoint.data_hash,
        seed=checkpoint.seed,
        licence=licence,
        cite=cite,
    )


def _beside(checkpoint: Checkpoint) -> str:
    """How it did beside the scorer in force; empty where it was not held against one."""
    metrics, other = checkpoint.metrics, checkpoint.settings.get("compared_with")
    if not other:
        return ""
    if not metrics["compared_pairs"]:
        return f"\n{other}, then in force, had seen every result here: there was nothing to hold the two against.\n"
    new, old = metrics["beside_in_force_all_pairs"], metrics["in_force_all_pairs"]
    low, high = (metrics[f"gain_all_pairs_{end}"] for end in ("low", "high"))
    return (
        f"\nOn what {other}, then in force, had not seen either: {new:.1%} of all pairs right, {old:.1%} by that one"
        f" (difference {new - old:+.1%}, 90 % interval {low:+.1%} to {high:+.1%}).\n"
    )


def _limits(settings: Mapping[str, Any]) -> str:
    """What it does, and does not, make of segment and channel."""
    kinds = (("segment", "segments"), ("channel", "channels_apart"))
    apart = [
        APART.format(kind=k, names=", ".join(settings[n]), sd=settings[f"{k}_sd"]) for k, n in kinds if n in settings
    ]
    strange = [] if "channels_apart" in settings else [STRANGE_CHANNEL.format(strange=STRANGE)]
    return "\n".join([BESIDE if apart else ALONE, *apart, *strange])


ALONE = """\
- It looks at the text alone. Segment, picture, offer and hour are not seen; the channel only as the next point says."""
BESIDE = """\
- It looks at the text, and at segment and channel as the next points say. Picture, offer and hour are not seen."""
APART = """\
- Each {kind} of these has effects of its own, drawn towards the general one the fewer tests it has: {names}.
  They move log click-through by a standard deviation of {sd:.2f}. For any other {kind} the general effect
  holds, and the interval is wider by as much as {kind}s differ."""
STRANGE_CHANNEL = """\
- Copy for a channel that is not named above is outside of what it was trained on. Its interval is made {strange:g}
  times as wide. That factor is a choice, not a measurement: how well the order carries over is not known."""

CARD = """# {id}

Predicts which of several texts will earn more clicks when they are shown at random to the same people. It says how
texts stand to each other within one field, never how many clicks one will get.

## What it is

A linear score of what a text sets off in the last two layers of the text encoder {base} (frozen), of some style
features, and of hashed n-grams of words and marks.
Method: {method}.
Clicks of a group are multinomial with shares in proportion to impressions x exp(score), so that whatever a group's
texts have in common cancels. Penalty {penalty:g} and pair slope {slope:g} were chosen on held-out clusters.

Trained on {data}; channels: {channels}. Seed {seed}; sha256 of the data:
`{data_hash}`.

## How good it is

Measured on {splits} random splits, a fifth of the clusters held out each time. A cluster joins tests and pairs that
share a text or a near copy of one, over all files, so nothing close to a held-out text was trained on. **The weights
here were then trained on everything, so the figures are those of their held-out sisters.** The deviation is over the
splits.

| measure | mean | deviation |
| --- | --- | --- |
{rows}

![predicted and seen chance that one text beats another]({plot})

Mean distance of predicted and seen chance that one text earns more than another: {calibration_error:.3f}.
{beside}
## How sure it is

True log click-through differs between texts of one group by a standard deviation of {effect:.2f}. Of that, the features
would leave {residual:.2f} open even if their weights were known for sure, and they are not. The 90 % interval holds
both: what the weights leave open (Laplace approximation; n-grams taken as independent of the rest), and what the
features cannot explain. Most intervals cover the field's mean: then the model cannot tell, and says so.

## Limits

{limits}
- Clicks are not satisfaction. What earns clicks in news headlines can be clickbait; people decide what is shown.
- English, as the encoder.
- A word's effect is the score less the score without that word: it describes the model, not what readers think.

## Licence

{licence}
{cite}"""


def _plot(table: NDArray[np.float64], path: Path) -> None:
    """Predicted and seen chance, with 95 % intervals of the seen one."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, and only the last step needs it

    figure = Figure(figsize=(4, 4), dpi=80, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    if len(table):
        predicted, seen, count = table.T
        reach = 1.96 * np.sqrt(np.maximum(seen * (1 - seen), 1e-9) / count)
        axes.errorbar(predicted, seen, yerr=reach, fmt="o", markersize=4, capsize=2)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="predicted chance that A earns more than B", ylabel="share that did")
    figure.savefig(path, metadata={"Software": None})
