"""Files of results -> a scorer's checkpoint: the floor's main path for scoring."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from inference.encoder import Encoder, LocalEncoder
from inference.features import FORMAT, STYLE, raw
from inference.scoring import Head
from store.checkpoint import Checkpoint
from store.errors import InputError, ModelError, Problem
from training import card, ranking
from training.champion import Champion, Comparison
from training.heads import Design
from training.likelihood import Counts, Prior, Vector, counts
from training.pooling import directions, placed
from training.reducing import reduced
from training.reports import NEWS
from training.results import CITATION, Results, read

SPLITS = 5  # how often it is measured, each time on another fifth of the clusters
FEWEST = 10  # clusters with counts: with fewer nothing could be held out

METHOD = "conditional logit with Bradley-Terry pairs on frozen activations, style and hashed n-grams; Laplace posterior"

POOLED = "effects of segments and channels partially pooled by empirical Bayes"


def train(
    results: Sequence[Path] | Results,
    out: Path,
    *,
    seed: int = 0,
    encoder: Encoder | None = None,
    splits: int = SPLITS,
    against: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Checkpoint:
    """Train a scorer on results, or files of them, and write its folder to `out`, whole or not at all.

    It is measured on `splits` held-out fifths of the clusters, and then trained once more on everything: the metrics
    are those of the held-out parts. The scorer in `against` is measured beside it on what neither has seen of them. The
    same rows and seed give the same checkpoint. Raises InputError where the files
    are not what they should be, hold too little, or `out` cannot be written.
    """
    say = progress or (lambda _: None)
    found = _enough(results, "the store") if isinstance(results, Results) else _enough(read(results), *results)
    card.check_target(out)
    say(f"{len(found.groups)} groups and {len(found.pairs)} pairs in {len(found.clusters)} clusters")
    say(f"encoding {len(found.texts)} texts")
    task = Task(found, encoder or LocalEncoder())
    champion = _champion(against, task, say) if against else None
    measured = []
    with threadpool_limits(1, user_api="blas"):  # faster for vectors of this size, and the same sums on any machine
        for number in range(splits):
            measured.append(task.measure(seed + number, champion))
            right = measured[-1].metrics.get("accuracy_all_pairs", 0)
            say(f"split {number + 1} of {splits}: {right:.1%} of all pairs right")
        say("fitting to everything")
        head, prior = task.fit(found.clusters, seed)
    table = ranking.reliability(*ranking.both_ways([one.duels for one in measured]))
    checkpoint = _checkpoint(task, head, prior, seed, _summary([one.metrics for one in measured], table))
    if champion:
        checkpoint = champion.compared(checkpoint, [one.beside for one in measured if one.beside])
    card.publish(out, head, checkpoint, table, found.texts)
    return checkpoint


class Measured(NamedTuple):
    """What one split came to."""

    metrics: dict[str, float]
    duels: ranking.Duels
    beside: Comparison | None
    """With the scorer in force."""


class Task:
    """Results with their features: what every fit of one run shares."""

    def __init__(self, results: Results, encoder: Encoder) -> None:
        self.results = results
        self.encoder = encoder
        self.rows = {text: row for row, text in enumerate(results.texts)}
        self.raw = raw(results.texts, encoder)
        # From all texts, held-out ones among them: what they earned is not looked at.
        reduction = reduced(self.raw.activations, encoder.activation_widths, counts(results, self.rows))
        matrix = self.raw.reduced(reduction)
        meaning = reduction.width(sum(encoder.activation_widths))
        self.design = Design(matrix, directions(matrix, [meaning, len(STYLE)]), reduction)

    def measure(self, seed: int, champion: Champion | None = None) -> Measured:
        """Fit to four fifths of the clusters and evaluate on the fifth that was held out."""
        learn, hold = split(self.results, self.results.clusters, seed, share=0.2)
        head, _ = self.fit(learn, seed)
        unseen = self.results.within(hold)
        matrix, entries = placed(self.design.matrix, counts(unseen, self.rows), head.deviations)
        metrics, duels = ranking.evaluate(head, matrix, unseen, entries)
        beside = champion.beside(head, self.raw, unseen, self.rows) if champion else None
        return Measured(metrics, duels, beside)

    def fit(self, clusters: Sequence[str], seed: int) -> tuple[Head, Prior]:
        """A head for these clusters. The prior, and what stays unexplained, come from a quarter of them held out."""
        learn, hold = (self._counts(part) for part in split(self.results, clusters, seed + 1, share=0.25))
        return self.design.fit(learn, hold, self._counts(clusters))

    def _counts(self, clusters: Sequence[str]) -> Counts:
        return counts(self.results.within(clusters), self.rows)


def _champion(folder: Path, task: Task, say: Callable[[str], None]) -> Champion | None:
    """The scorer in a folder, with a word on what of the results it has seen; None, with a word, where it cannot be."""
    try:
        champion = Champion.load(folder, task.encoder)
    except ModelError as error:
        say(f"not held against the scorer in force: {error}")
        return None
    clusters, unseen = len(task.results.clusters), len(champion.unseen(task.results).clusters)
    say(f"{champion.id} is in force and has seen {clusters - unseen} of {clusters} clusters; compared on the others")
    return champion


def split(results: Results, clusters: Sequence[str], seed: int, *, share: float) -> tuple[list[str], list[str]]:
    """Clusters to learn from and clusters to hold out, the same share of those with counts and of those without."""
    counted = {group.cluster for group in results.groups}
    order = list(np.random.default_rng(seed).permutation(sorted(clusters)))
    hold: set[str] = set()
    for part in ([c for c in order if c in counted], [c for c in order if c not in counted]):
        hold |= set(part[: round(len(part) * share)])
    return [c for c in sorted(clusters) if c not in hold], sorted(hold)


def _enough(results: Results, *sources: str | Path) -> Results:
    """The results. Raises InputError where they hold too little to learn from and to measure it."""
    counted = len({group.cluster for group in results.groups})
    if counted < FEWEST:
        message = f"{counted} independent tests have counts of two texts; at least {FEWEST} are needed"
        raise InputError(Problem("", message), source=", ".join(map(str, sources)))
    return results


def _summary(metrics: Sequence[dict[str, float]], table: Vector) -> dict[str, float]:
    """Mean over the splits of each metric, and its standard deviation over them as `NAME_sd`."""
    found = {"splits": float(len(metrics)), "calibration_error": ranking.calibration_error(table)}
    for name in sorted({name for one in metrics for name in one}):
        values = [one[name] for one in metrics if name in one]
        found |= {name: float(np.mean(values)), f"{name}_sd": float(np.std(values, ddof=min(1, len(values) - 1)))}
    return {name: round(value, 4) for name, value in found.items()}


def _checkpoint(task: Task, head: Head, prior: Prior, seed: int, metrics: dict[str, float]) -> Checkpoint:
    results = task.results
    news = bool(results.pairs) or any(group.channel == NEWS for group in results.groups)
    name = hashlib.sha256(f"{results.hash} {seed} {FORMAT} {task.encoder.name}".encode()).hexdigest()[:8]
    sizes = {"groups": results.groups, "pairs": results.pairs, "texts": results.texts, "clusters": results.clusters}
    return Checkpoint(
        id=f"scorer-{name}",
        kind="scorer",
        base=task.encoder.name,
        method=f"{METHOD}; {POOLED}" if head.deviations.width else METHOD,
        data_hash=results.hash,
        seed=seed,
        metrics={**{key: float(len(value)) for key, value in sizes.items()}, **metrics},
        licence="Apache-2.0" if news else "",
        citation=CITATION if news else "",
        settings={
            "features": FORMAT,
            "channels": sorted({group.channel for group in results.groups} | ({NEWS} if results.pairs else set())),
            "penalty": prior.penalty,
            "slope": prior.slope,
            "residual_sd": round(float(np.sqrt(head.residual_variance)), 4),
            "effect_sd": round(float(np.sqrt(head.effect_variance)), 4),
            **_of_deviations(task, head, prior),
        },
    )


def _of_deviations(task: Task, head: Head, prior: Prior) -> dict[str, object]:
    """The segments and channels with effects of their own, and how much these differ; nothing where there are none.

    `NAME_sd` is the standard deviation of such an effect on a text's log-odds.
    """
    deviations, found = head.deviations, dict[str, object]()
    reach = float(task.design.spread.sum() / prior.penalty)
    for name, factor in (("segment", deviations.segments), ("channel", deviations.channels)):
        if factor.levels:
            own = "segments" if name == "segment" else "channels_apart"
            found |= {own: list(factor.levels), f"{name}_sd": round(factor.scale * reach**0.5, 4)}
    return found
