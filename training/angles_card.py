"""The folder of the weights that choose angles, written whole or not at all: weights, meta.json and the model card."""

from pathlib import Path

from inference.angle_relevance import FILE, Relevance
from store import checkpoint as meta
from store.checkpoint import Checkpoint
from training.angles_metrics import RANKS, TOP
from training.files import check_folder, replace_folder

OWN_FILES = {FILE, "meta.json", "README.md"}

ROWS = {
    "top_1": "the claim ranked first is carried by copy for the segment",
    f"recall_{TOP}": f"of the claims that are carried, those among the first {TOP}",
    "reciprocal_rank": "one over the rank of the first that is carried",
}


def check_target(out: Path) -> None:
    """Raise InputError where `out` holds something else than such weights, which publishing would replace."""
    check_folder(out, OWN_FILES, "earlier weights for angles")


def publish(out: Path, relevance: Relevance, checkpoint: Checkpoint) -> None:
    """Write the folder beside `out` and then put it in its place. Raises InputError where that fails."""
    with replace_folder(out) as folder:
        meta.write(checkpoint, folder)
        relevance.save(folder / FILE)
        (folder / "README.md").write_text(text(checkpoint), encoding="utf-8")


def text(checkpoint: Checkpoint) -> str:
    """The model card."""
    metrics, settings = checkpoint.metrics, checkpoint.settings
    prefix = "held_out_brands_"
    languages = [name.removeprefix(prefix) for name in metrics if name.startswith(prefix)]
    return CARD.format(
        id=checkpoint.id,
        base=checkpoint.base,
        method=f"{checkpoint.method[:1].upper()}{checkpoint.method[1:]}",
        brands=int(metrics["brands"]),
        segments=int(metrics["segments"]),
        rows=int(metrics["rows"]),
        penalty=settings["penalty"],
        seed=checkpoint.seed,
        data_hash=checkpoint.data_hash,
        weights="\n".join(f"| {name.replace('_', ' ')} | {value:.2f} |" for name, value in settings["weights"].items()),
        measured="\n\n".join(_measured(language, metrics) for language in languages) or "No brand was held out.",
    )


def _measured(language: str, metrics: dict[str, float]) -> str:
    """What was seen on the held-out brands of one language."""
    rows = [f"| {what} | {_cells(f'{name}_{language}', metrics)} |" for name, what in ROWS.items()]
    ranks = [rank for rank in range(1, RANKS + 1) if f"carried_{rank}_{language}" in metrics]
    carried = " | ".join(f"{metrics[f'carried_{rank}_{language}']:.2f}" for rank in ranks)
    count = f"{metrics[f'held_out_segments_{language}']:.0f} segments"
    return "\n".join(
        [
            f'Language "{language}": {count} of {metrics[f"held_out_brands_{language}"]:.0f} brands.\n',
            "| measure | chance | nearness alone | these weights | gain over nearness |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"| rank | {' | '.join(map(str, ranks))} |",
            f"| --- | {' | '.join('---' for _ in ranks)} |",
            f"| carried | {carried} |",
        ]
    )


def _cells(name: str, metrics: dict[str, float]) -> str:
    intervals = [
        f"{metrics[key]:.3f} ({metrics[f'{key}_low']:.3f} to {metrics[f'{key}_high']:.3f})"
        for key in (f"{name}_near", name, f"{name}_gain")
    ]
    return " | ".join([f"{metrics[f'{name}_chance']:.3f}", *intervals])


CARD = """# {id}

Says which claims of a brief matter to which of its segments, so that each variant is given the fact or the offer that
is worth telling to those readers.

## What it is

{method}, {base}.
A claim is held against what the segment cares about, its description and its name, each encoded apart; against the
nearest clause of the first two; and by the words that it shares with them. Each of these stands beside its difference
from the mean over the brief's segments ("apart"), since a claim that is near to everyone says little about anyone.

| relation | weight |
| --- | ---: |
{weights}

Trained on {rows:,} rows of copy for {segments} segments of {brands} brands. The relations were chosen by
cross-validation over those of the house corpus. L2 penalty {penalty:g}; seed {seed}; sha256 of the data:
`{data_hash}`.

## How good it is

Measured on brands that were not trained on and on which nothing was chosen. A claim counts as right where some row of
copy for the segment carries it. Beside it: chance, and nearness alone (the cosine of claim and segment, and how much
nearer than to the other segments, in equal parts). The intervals are of 90 %, brands drawn again; with fewer than ten
brands they are too narrow.

{measured}

## Limits

- What no row carries counts as wrong, though often it could have been told too: a segment of the house corpus has some
  five rows and nine or ten claims. The figures say how the ranking agrees with its authors, not what readers want.
- It is good at the first two or three claims. What lies deeper is carried no more often than a claim drawn blindly, so
  that variants go no deeper than three fifths of a brief's claims, however many are written. An offer is always among
  them: where it is ranked below, the house's copy tells it as often as the claim whose place it takes (26 and 27 %,
  cross-validated).
- The encoder knows English. In other languages shared words carry much of what it says.
- It weighs single claims, not whether two of them belong together.

## Licence

Apache-2.0 where it was trained on the house corpus; otherwise of your data. Encoder {base}: Apache-2.0.
"""
