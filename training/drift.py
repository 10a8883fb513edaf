"""How a scorer does on each month of results that it has not seen: whether what it learnt still holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import evaluation_intervals, ranking
from training.champion import Champion, Fresh
from training.evaluation_intervals import Estimate
from training.likelihood import counts
from training.pooling import placed
from training.results import Group, Results

UNKNOWN = "undated"
BINS = 10  # of the calibration error, as many as `ranking.reliability` has


@dataclass(frozen=True)
class Period:
    """What the scorer made of the tests of one month, or year. Intervals are 90 %, by drawing clusters anew."""

    name: str
    """`2026-11`, `2026`, or `undated`."""
    tests: int
    """Groups that were shown at random against each other, of those it had not seen."""
    pairs: int
    """Every two texts of one group that earned unlike shares of clicks."""
    all_pairs: Estimate | None
    """Share of pairs in which the better score earned more; 0.5 is chance."""
    significant_pairs: Estimate | None
    """The same of those that differ by p < 0.05."""
    claimed: Estimate | None
    """The mean chance that the scorer gave to its own choice; over `all_pairs` it is too sure of itself."""
    calibration_error: Estimate | None
    """As `ranking.calibration_error`; with few pairs it is high by chance alone."""


def month(group: Group) -> str:
    """`2026-11`: the month of the Thursday of the week in which the test began; only its week is known here."""
    try:
        return f"{date.fromisocalendar(int(group.week[:4]), int(group.week[4:]), 4):%Y-%m}"
    except ValueError:
        return UNKNOWN


def year(group: Group) -> str:
    """`2026`: the year of `month`."""
    return month(group).partition("-")[0]


def measure(scorer: Champion, fresh: Fresh, by: Callable[[Group], str] = month) -> list[Period]:
    """Each period of the results that the scorer has not seen, in order."""
    periods: dict[str, list[Group]] = {}
    for group in fresh.results.groups:
        periods.setdefault(by(group), []).append(group)
    found = []
    for name, groups in sorted(periods.items()):
        data = counts(Results(tuple(groups)), fresh.rows)
        duels = ranking.duels(scorer.head, *placed(fresh.matrix, data, scorer.head.deviations))
        found.append(_period(name, groups, duels))
    return found


def flat(periods: Iterable[Period]) -> dict[str, float]:
    """Flat names to numbers: `2026-11_all_pairs`, with `_low` and `_high`."""
    found: dict[str, float] = {}
    for period in periods:
        found |= {f"{period.name}_tests": float(period.tests), f"{period.name}_pairs": float(period.pairs)}
        for name in ("all_pairs", "significant_pairs", "claimed", "calibration_error"):
            estimate: Estimate | None = getattr(period, name)
            if estimate:
                ends = zip(("", "_low", "_high"), estimate, strict=True)
                found |= {f"{period.name}_{name}{end}": value for end, value in ends}
    return found


def _period(name: str, groups: list[Group], duels: ranking.Duels) -> Period:
    clusters = np.array([groups[number].cluster for number in duels.group], dtype=object)
    significant = duels.significant
    return Period(
        name=name,
        tests=len(groups),
        pairs=len(clusters),
        all_pairs=_mean(clusters, duels.right),
        significant_pairs=_mean(clusters[significant], duels.right[significant]),
        claimed=_mean(clusters, np.maximum(duels.chance, 1 - duels.chance)),
        calibration_error=_calibration_error(clusters, duels) if len(clusters) else None,
    )


def _mean(clusters: NDArray[np.object_], values: NDArray[Any]) -> Estimate | None:
    return evaluation_intervals.mean(evaluation_intervals.grouped(clusters, values))


def _calibration_error(clusters: NDArray[np.object_], duels: ranking.Duels) -> Estimate:
    """The mean distance of predicted and seen over `BINS` equal bins of chance, every duel seen from either side."""
    chance, won = ranking.both_ways([duels])
    names, cluster = np.unique(np.concatenate([clusters, clusters]), return_inverse=True)
    apart, count = np.zeros((len(names), BINS)), np.zeros(len(names))
    np.add.at(apart, (cluster, np.minimum((chance * BINS).astype(int), BINS - 1)), chance - won)
    np.add.at(count, cluster, 1)
    return evaluation_intervals.estimate(lambda drawn: np.abs(drawn @ apart).sum(axis=1) / (drawn @ count), len(names))
