"""How well a head orders texts that it has not seen, and whether what it says of its own certainty holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import ndtr

from inference.scoring import Head
from training.likelihood import Counts, Vector, log_rates
from training.results import Results

SIGNIFICANT = 1.96  # two-sided p < 0.05
REACH = 1.6449  # standard deviations to each side in a 90 % interval


@dataclass(frozen=True)
class Duels:
    """Every two texts of one group that earned unlike shares of clicks."""

    chance: Vector
    """Predicted chance that the first is seen to earn more, the chance of few clicks included."""
    first_won: NDArray[np.bool_]
    significant: NDArray[np.bool_]
    """Whether they differ by p < 0.05 (two-proportion z test)."""
    group: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the one with the better score won."""
        right: NDArray[np.bool_] = (self.chance > 0.5) == self.first_won
        return right


def evaluate(head: Head, matrix: sp.csr_matrix, results: Results, data: Counts) -> tuple[dict[str, float], Duels]:
    """Measure `head` on held-out `results`, of which `data` are the arrays; `matrix` has the features."""
    found = duels(head, matrix, data)
    sound = ~np.array([group.faulty for group in results.groups])[found.group]
    measured = {
        "accuracy_all_pairs": found.right,
        "accuracy_significant_pairs": found.right[found.significant],
        "accuracy_strong_pairs": matrix[data.winner] @ head.weights > matrix[data.loser] @ head.weights,
        "accuracy_all_pairs_sound_weeks": found.right[sound],
        "accuracy_significant_pairs_sound_weeks": found.right[found.significant & sound],
        **_by_group(head, matrix, data),
    }
    return {name: float(np.mean(values)) for name, values in measured.items() if len(values)}, found


def both_ways(parts: Sequence[Duels]) -> tuple[Vector, NDArray[np.bool_]]:
    """Predicted chances and what happened, of every duel seen from either side, so that the order says nothing."""
    chance = np.concatenate([part.chance for part in parts])
    won = np.concatenate([part.first_won for part in parts])
    return np.concatenate([chance, 1 - chance]), np.concatenate([won, ~won])


def reliability(chance: Vector, happened: NDArray[np.bool_], bins: int = 10) -> NDArray[np.float64]:
    """Rows of (mean predicted chance, share that happened, how many), by equal bins of chance; empty bins left out."""
    place = np.minimum((chance * bins).astype(int), bins - 1)
    rows = [(chance[place == b].mean(), happened[place == b].mean(), (place == b).sum()) for b in np.unique(place)]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def calibration_error(table: NDArray[np.float64]) -> float:
    """Mean distance of predicted and seen in a table of `reliability`, weighted by count (Naeini 2015)."""
    return float(np.average(np.abs(table[:, 0] - table[:, 1]), weights=table[:, 2])) if len(table) else 0.0


def duels(head: Head, matrix: sp.csr_matrix, data: Counts) -> Duels:
    """What `head` says of every two texts of one group of `data`, and what was seen; `matrix` has the features."""
    first, second, first_won, significant = observed(data)
    mean, deviation = head.versus(matrix[data.row[first]], matrix[data.row[second]])
    noise = log_rates(data)[1]
    return Duels(
        chance=ndtr(mean / np.sqrt(deviation**2 + noise[first] + noise[second])),
        first_won=first_won,
        significant=significant,
        group=data.group[first],
    )


def observed(data: Counts) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Every two texts of one group that earned unlike shares of clicks.

    Their places among the texts of the groups, whether the first won, and whether they differ by p < 0.05.
    """
    same = data.group[:, None] == data.group[None, :]
    first, second = np.nonzero(np.triu(same, k=1))
    rate = data.clicks / data.impressions
    unlike = rate[first] != rate[second]
    first, second = first[unlike], second[unlike]
    return first, second, rate[first] > rate[second], np.abs(_z(data, first, second)) > SIGNIFICANT


def _z(data: Counts, first: NDArray[np.int64], second: NDArray[np.int64]) -> Vector:
    """The two-proportion z statistic with pooled variance."""
    shown, clicks = data.impressions, data.clicks
    pooled = (clicks[first] + clicks[second]) / (shown[first] + shown[second])
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / shown[first] + 1 / shown[second]))
    z: Vector = (clicks[first] / shown[first] - clicks[second] / shown[second]) / error
    return z


def _by_group(head: Head, matrix: sp.csr_matrix, data: Counts) -> dict[str, list[float]]:
    """Measures that look at whole groups: one value a group, or a text for the coverage of the interval."""
    found: dict[str, list[float]] = {"top_1": [], "top_1_chance": [], "top_1_lift": [], "coverage_90": []}
    observed, noise = log_rates(data)
    for members in np.split(np.arange(len(data.group)), np.flatnonzero(np.diff(data.group)) + 1):
        if not len(members):
            continue
        mean, deviation = head.relative(matrix[data.row[members]])
        seen, by_chance, count = observed[members], noise[members], len(members)
        of_mean = (1 - 2 / count) * by_chance + by_chance.sum() / count**2  # variance of a text's noise less the mean's
        off = np.abs(seen - seen.mean() - mean) / np.sqrt(deviation**2 + of_mean)
        found["coverage_90"] += list(off < REACH)
        rate = data.clicks[members] / data.impressions[members]
        if count >= 3 and rate.max() > 0:
            found["top_1"].append(float(rate[mean.argmax()] == rate.max()))
            found["top_1_chance"].append(float((rate == rate.max()).mean()))
            found["top_1_lift"].append(float(rate[mean.argmax()] / rate.mean() - 1))
    return found
