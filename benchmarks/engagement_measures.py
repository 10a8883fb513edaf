"""What was seen of held-out results, and how well a way's scores agree with it, with intervals."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training import evaluation_intervals, ranking
from training.likelihood import Counts, counts
from training.results import Results

Vector = NDArray[Any]  # float64

SHARE = 0.2  # of the clusters held out by each split
SEALED_OF = 5  # one cluster in so many is sealed
ROWS = {
    "all_pairs": "all pairs of one test and image",
    "p05_pairs": "pairs with p < 0.05",
    "strong_pairs": "strongly significant pairs",
    "top1_of_three": "top 1 in groups of three or more",
    "pick_over_mean": "click-through of the pick over the mean",
    "all_pairs_sound_weeks": "all pairs, sound weeks",
    "p05_pairs_sound_weeks": "p < 0.05, sound weeks",
    "top1_of_three_sound_weeks": "top 1, sound weeks",
    "pick_over_mean_sound_weeks": "pick over the mean, sound weeks",
}


class Predicted(NamedTuple):
    """What a way says of an `Unseen`."""

    scores: Vector
    """Of each text in each group, shape (texts of groups,)."""
    margins: Vector
    """The winner's score less the loser's, of each pair without counts."""
    chance: Vector
    """That the first of each two earns more, shape (duels,); empty where the way does not say."""


@dataclass(frozen=True)
class Unseen:
    """Held-out results as arrays, and every two texts of one group that earned unlike shares of clicks."""

    data: Counts
    clusters: NDArray[np.object_]
    """Of each group."""
    pair_clusters: NDArray[np.object_]
    sound: NDArray[np.bool_]
    """Of each group: not in the weeks of faulty randomisation."""
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    first_won: NDArray[np.bool_]
    significant: NDArray[np.bool_]

    @classmethod
    def of(cls, results: Results, rows: Mapping[str, int]) -> "Unseen":
        """The arrays of `results`, whose texts stand at `rows` of the features."""
        data = counts(results, rows)
        return cls(
            data,
            np.array([group.cluster for group in results.groups], dtype=object),
            np.array([pair.cluster for pair in results.pairs], dtype=object),
            np.array([not group.faulty for group in results.groups], dtype=bool),
            *ranking.observed(data),
        )


def sealed(clusters: Iterable[str]) -> set[str]:
    """The fifth of the clusters that nothing is tuned on: those whose name's sha256 is a multiple of five."""
    return {name for name in clusters if int(hashlib.sha256(name.encode()).hexdigest(), 16) % SEALED_OF == 0}


def measures(prefix: str, parts: Sequence[tuple[Unseen, Predicted]]) -> dict[str, float]:
    """Every measure over all splits, with its 90 % interval by drawing clusters anew, and the calibration error."""
    seen: dict[str, dict[str, list[float]]] = {}
    for unseen, said in parts:
        for name, (clusters, values) in _values(unseen, said).items():
            for cluster, value in zip(clusters, values, strict=True):
                seen.setdefault(name, {}).setdefault(cluster, []).append(float(value))
    found: dict[str, float] = {}
    for name, observed in seen.items():
        estimate = evaluation_intervals.mean(observed)
        if estimate:
            ends = zip(("", "_low", "_high"), estimate, strict=True)
            found |= {f"{prefix}{name}{end}": round(value, 5) for end, value in ends}
    return found | _calibration(prefix, parts)


def _calibration(prefix: str, parts: Sequence[tuple[Unseen, Predicted]]) -> dict[str, float]:
    """Expected calibration error of the chances that one text beats another, each duel seen from either side."""
    if not all(len(said.chance) for _, said in parts):
        return {}
    chance = np.concatenate([side for _, said in parts for side in (said.chance, 1 - said.chance)])
    won = np.concatenate([side for unseen, _ in parts for side in (unseen.first_won, ~unseen.first_won)])
    return {f"{prefix}ece": round(ranking.calibration_error(ranking.reliability(chance, won)), 5)}


def _values(unseen: Unseen, said: Predicted) -> dict[str, tuple[Vector, Vector]]:
    """For each measure the clusters and the values: one for each pair, or group of three or more."""
    scores, margins = said.scores, said.margins
    right = ((scores[unseen.first] > scores[unseen.second]) == unseen.first_won).astype(float)
    right[scores[unseen.first] == scores[unseen.second]] = 0.5
    group, sharp = unseen.data.group[unseen.first], unseen.significant
    of, sound = unseen.clusters[group], unseen.sound[group]
    strong = np.where(margins == 0, 0.5, margins > 0)
    large, top, lift = _picks(unseen, scores)
    where, well = unseen.clusters[large], unseen.sound[large]
    return {
        "all_pairs": (of, right),
        "p05_pairs": (of[sharp], right[sharp]),
        "strong_pairs": (unseen.pair_clusters, strong),
        "top1_of_three": (where, top),
        "pick_over_mean": (where, lift),
        "all_pairs_sound_weeks": (of[sound], right[sound]),
        "p05_pairs_sound_weeks": (of[sharp & sound], right[sharp & sound]),
        "top1_of_three_sound_weeks": (where[well], top[well]),
        "pick_over_mean_sound_weeks": (where[well], lift[well]),
    }


def _picks(unseen: Unseen, scores: Vector) -> tuple[NDArray[np.int64], Vector, Vector]:
    """Groups of three texts or more with clicks: which, whether the pick is the best, and its rate over the mean."""
    data, found = unseen.data, []
    rates = data.clicks / data.impressions
    for members in np.split(np.arange(len(data.group)), np.flatnonzero(np.diff(data.group)) + 1):
        rate = rates[members]
        if len(members) >= 3 and rate.max() > 0:
            pick = rate[scores[members].argmax()]
            found.append((data.group[members[0]], float(pick == rate.max()), pick / rate.mean() - 1))
    which, top, lift = np.array(found).reshape(-1, 3).T
    return which.astype(np.int64), top, lift


def table(numbers: Mapping[str, float], ways: Sequence[str]) -> str:
    """A line for each measure with a column for each way (mean, 90 % interval), and below it what else there is."""
    lines = ["| measure | " + " | ".join(ways) + " |", "| --- |" + " --- |" * len(ways)]
    for name, what in ROWS.items():
        for part, note in (("", ""), ("sealed_", " (sealed fifth)")):
            cells = [_cell(numbers, f"{'' if way == 'ours' else f'{way}_'}{part}{name}") for way in ways]
            if any(cells):
                lines.append(f"| {what}{note} | " + " | ".join(cells) + " |")
    plain = ("ece", "sealed_ece", "ours_over_sentence_transformers", "rescore_ms_median", "explain_ms_median")
    return "\n".join([*lines, *(f"{name:32} {numbers[name]:8.4f}" for name in plain if name in numbers)])


def _cell(numbers: Mapping[str, float], name: str) -> str:
    if name not in numbers:
        return ""
    value, low, high = (100 * numbers[f"{name}{end}"] for end in ("", "_low", "_high"))
    return f"{value:.1f} ({low:.1f} to {high:.1f})"
