"""The scorer in force beside a new one, on results that neither was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from inference.deviations import key
from inference.encoder import Encoder
from inference.features import Raw, features
from inference.scoring import Head, LocalScorer
from store.checkpoint import Checkpoint
from training import evaluation_intervals, ranking, seen
from training.likelihood import counts
from training.pooling import placed
from training.reports import NEWS
from training.results import Results

Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """Every two texts of one group that earned unlike shares of clicks, and whether each scorer had them right."""

    cluster: tuple[str, ...]
    significant: Marks
    new: Marks
    old: Marks


@dataclass(frozen=True)
class Fresh:
    """What a scorer was not trained on, with its features."""

    results: Results
    rows: Mapping[str, int]
    """Where each text stands in `matrix`."""
    matrix: sp.csr_matrix
    seen: int
    """How many groups were left out."""


@dataclass(frozen=True)
class Champion:
    """A scorer in force, and what it was trained on."""

    id: str
    head: Head
    channels: frozenset[str]
    texts: frozenset[int] | None
    """Fingerprints; None where they were not kept, and all results of its channels count as seen."""

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> "Champion":
        """The scorer in a folder. Raises ModelError where it cannot be used with this encoder."""
        found = LocalScorer(folder, encoder)
        channels = frozenset(map(key, found.meta.settings["channels"]))
        return cls(found.checkpoint, found.head, channels, seen.read(folder))

    def unseen(self, results: Results) -> Results:
        """The clusters of which it was trained on no text."""
        return results.within(set(results.clusters) - self._seen(results))

    def fresh(self, results: Results, encoder: Encoder) -> Fresh:
        """The part that it has not seen, encoded."""
        unseen = self.unseen(results)
        texts, seen = unseen.texts, len(results.groups) - len(unseen.groups)
        return Fresh(
            unseen, {text: row for row, text in enumerate(texts)}, features(texts, encoder, self.head.reduction), seen
        )

    def _seen(self, results: Results) -> set[str]:
        if self.texts is None:
            of_groups = {group.cluster for group in results.groups if key(group.channel) in self.channels}
            return of_groups | {pair.cluster for pair in results.pairs if NEWS in self.channels}
        members = [(group.cluster, text) for group in results.groups for text in group.texts]
        members += [(pair.cluster, text) for pair in results.pairs for text in (pair.winner, pair.loser)]
        return {cluster for cluster, text in members if seen.fingerprint(text) in self.texts}

    def beside(self, head: Head, features: Raw, results: Results, rows: Mapping[str, int]) -> Comparison:
        """Hold `head` against it on what it has not seen of `results`, whose texts stand at `rows` of the features."""
        unseen = self.unseen(results)
        data = counts(unseen, rows)
        new, old = (
            ranking.duels(one, *placed(features.reduced(one.reduction), data, one.deviations))
            for one in (head, self.head)
        )
        clusters = [group.cluster for group in unseen.groups]
        return Comparison(tuple(clusters[number] for number in new.group), new.significant, new.right, old.right)

    def compared(self, new: Checkpoint, parts: Sequence[Comparison]) -> Checkpoint:
        """`new` with what the comparisons of its splits came to, and with whom."""
        settings = {**new.settings, "compared_with": self.id}
        return new.model_copy(update={"metrics": {**new.metrics, **summary(parts)}, "settings": settings})


def summary(parts: Sequence[Comparison]) -> dict[str, float]:
    """What the comparisons of all splits come to, as flat names to numbers.

    `gain_*` is how much more often the new one is right, with its 90 % interval by drawing clusters anew.
    """
    significant = np.concatenate([part.significant for part in parts])
    new, old = (np.concatenate([getattr(part, side) for part in parts]).astype(float) for side in ("new", "old"))
    clusters = np.array([name for part in parts for name in part.cluster], dtype=object)
    found = {"compared_pairs": float(len(new))}
    for name, kept in (("all_pairs", np.ones(len(new), dtype=bool)), ("significant_pairs", significant)):
        if kept.any():
            found[f"beside_in_force_{name}"] = float(new[kept].mean())
            found[f"in_force_{name}"] = float(old[kept].mean())
            gain = evaluation_intervals.mean(evaluation_intervals.grouped(clusters[kept], (new - old)[kept]))
            found |= {f"gain_{name}{end}": value for end, value in zip(("", "_low", "_high"), gain or (), strict=True)}
    return {name: round(value, 4) for name, value in found.items()}
