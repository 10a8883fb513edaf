"""Copy with what was thought of it -> an approval model's checkpoint: the floor's main path for approval."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from inference.approval import confidences
from inference.approval_features import FORMAT, NAMES, features
from inference.boosted import Trees, calibrated
from inference.encoder import Encoder
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem
from training import approval_card as card
from training.approval_metrics import Held, measure
from training.boosting import Rows, Scores, calibrate, fit
from training.judged import Judged, examples_from_corpus, examples_from_store, examples_from_verdicts, read, write

__all__ = [
    "Judged",
    "examples_from_corpus",
    "examples_from_store",
    "examples_from_verdicts",
    "read",
    "train",
    "write",
]

FOLDS = 5  # parts of the brands, each held out once
WEIGHT = 8.0  # for how many examples one counts that a reader judged: what they see is what it is for
FEWEST = 20  # examples of each kind: with fewer a tree could not split
METHOD = (
    "Boosted trees on marks of the text and on its relations to the brief by a frozen encoder, calibrated with the "
    "writer's own confidence"
)

Array = NDArray[Any]
Progress = Callable[[str], None]


def train(
    examples: Sequence[Judged], encoder: Encoder, out: Path, seed: int = 0, progress: Progress | None = None
) -> Checkpoint:
    """Train an approval model and write its folder to `out`, whole or not at all.

    It is measured on brands held out, a fifth of them at a time, and then trained once more on everything: the metrics
    are those of the held-out parts. Copy that a reader judged counts `WEIGHT` times, and where there is enough of it
    the chances are calibrated on it. The order of the examples makes no difference, one that stands twice counts once,
    and the same examples and seed give the same checkpoint. Raises InputError where there are fewer than 5 brands or 20
    examples of either kind, or `out` cannot be written.
    """
    say = progress or (lambda _: None)
    found, data_hash = _in_order(examples)
    _enough(found)
    card.check_target(out)
    say(f"{len(found)} examples, {sum(one.good for one in found)} of them good; encoding")
    matrix, _ = features([(one.brief, one.variant) for one in found], encoder)
    good, read_by_people = (np.array([getattr(one, name) for one in found]) for name in ("good", "read"))
    rows = Rows(matrix, good, np.where(read_by_people, WEIGHT, 1.0))
    with threadpool_limits(1, user_api="blas"):  # the same sums on any machine
        parts = folds([one.group for one in found], seed)
        means = confidence_means(found)
        scores = Scores(held_out(rows, parts, seed, say), confidences([one.variant for one in found], means), good)
        some = read_by_people if _both(good[read_by_people]) else np.full(len(good), fill_value=True)
        say("fitting to everything")
        trees = replace(fit(rows, seed), calibration=calibrate(scores.at(some)).astype(np.float32))
    held = Held(found, _chances(scores, parts, some), some)
    checkpoint = _checkpoint(found, data_hash, encoder.name, seed, measure(held, seed), means)
    card.publish(out, trees, checkpoint, held.reliability)
    return checkpoint


def folds(groups: Sequence[str], seed: int) -> Array:
    """The number of each example's part: brands are dealt out in random order, so that none is in two parts."""
    order = np.random.default_rng(seed).permutation(sorted(set(groups)))
    part = {brand: place % FOLDS for place, brand in enumerate(order)}
    return np.array([part[group] for group in groups])


def held_out(rows: Rows, parts: Array, seed: int, progress: Progress = lambda _: None) -> Array:
    """What trees say of each row that were fitted to the other parts, log-odds not yet calibrated."""
    sums = np.zeros(len(rows.good))
    for number in range(FOLDS):
        own = parts == number
        if own.any():
            sums[own] = _trees(rows.at(~own), seed).sums(rows.matrix[own])
            progress(f"part {number + 1} of {FOLDS} held out and measured")
    return sums


def _trees(rows: Rows, seed: int) -> Trees:
    if rows.good.all() or not rows.good.any():
        message = "all bad examples, or all good ones, are of a few brands; add some of others"
        raise InputError(Problem("examples", message))
    return fit(rows, seed)


def _chances(scores: Scores, parts: Array, some: Array) -> Array:
    """The chance of each row by what calibrates `some` rows of the other parts."""
    chances = np.zeros(len(parts))
    for number in range(FOLDS):
        own = parts == number
        chances[own] = calibrated(calibrate(scores.at(some & ~own)), scores.sums[own], scores.confidences[own])
    return chances


def _both(good: Array) -> bool:
    """Whether there are enough of both kinds."""
    return min(int(good.sum()), int((~good).sum())) >= FEWEST


def _in_order(examples: Sequence[Judged]) -> tuple[list[Judged], str]:
    """Each example once, in an order of their own, and the sha256 of them all."""
    briefs = {id(one.brief): one.brief.key for one in examples}
    named = {_name(one, briefs[id(one.brief)]): one for one in examples}
    names = sorted(named)
    return [named[name] for name in names], hashlib.sha256("\n".join(names).encode()).hexdigest()


def _name(example: Judged, brief_key: str) -> str:
    """Names what the model learns from: not who wrote the text, nor when."""
    seen = example.variant.model_dump_json(include={"segment", "channel", "angle", "fields", "log_probability"})
    return hashlib.sha256(f"{brief_key} {seen} {example.good}".encode()).hexdigest()


def _enough(examples: Sequence[Judged]) -> None:
    """Raise InputError where there is too little to learn from and to measure it."""
    good = sum(one.good for one in examples)
    brands = len({one.group for one in examples})
    if good < FEWEST or len(examples) - good < FEWEST or brands < FOLDS:
        message = (
            f"{good} good and {len(examples) - good} bad examples of {brands} brands are too few; "
            f"at least {FEWEST} of each kind and {FOLDS} brands are needed"
        )
        raise InputError(Problem("examples", message))


def confidence_means(examples: Sequence[Judged]) -> dict[str, float]:
    """How sure each writer is of what it writes, in the mean over its judged pieces, where there are `FEWEST`."""
    sure: dict[str, list[float]] = defaultdict(list)
    for one in examples:
        if one.variant.confidence is not None:
            sure[one.variant.checkpoint].append(one.variant.confidence)
    return {writer: round(float(np.mean(found)), 5) for writer, found in sorted(sure.items()) if len(found) >= FEWEST}


def _checkpoint(  # noqa: PLR0917 - what a checkpoint tells
    found: Sequence[Judged],
    data_hash: str,
    encoder: str,
    seed: int,
    metrics: dict[str, float],
    means: dict[str, float],
) -> Checkpoint:
    name = hashlib.sha256(f"{data_hash} {seed} {FORMAT} {WEIGHT} {encoder}".encode()).hexdigest()[:8]
    counts = Counter((one.variant.checkpoint, one.good) for one in found)
    origins = {
        kind: {"good": counts[kind, True], "bad": counts[kind, False]} for kind in sorted({kind for kind, _ in counts})
    }
    return Checkpoint(
        id=f"approval-{name}",
        kind="approval",
        base=encoder,
        method=METHOD,
        data_hash=data_hash,
        seed=seed,
        metrics=metrics,
        settings={"features": FORMAT, "columns": list(NAMES), "origins": origins, "confidences": means},
    )
