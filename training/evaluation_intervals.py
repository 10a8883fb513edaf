"""How sure a figure is: intervals by drawing the brands anew, since what was written for one brand is much alike."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
LEVEL = 0.9  # of the intervals

Vector = NDArray[np.float64]
Observed = Mapping[str, Sequence[float]]
"""What was seen, by brand."""


class Estimate(NamedTuple):
    """A figure and its 90 % interval."""

    value: float
    low: float
    high: float


def grouped(units: Iterable[str], values: Iterable[float]) -> dict[str, list[float]]:
    """What was seen, by the brand or cluster that each value belongs to."""
    found: dict[str, list[float]] = {}
    for unit, value in zip(units, values, strict=True):
        found.setdefault(unit, []).append(float(value))
    return found


def mean(observed: Observed, seed: int = 0) -> Estimate | None:
    """The mean of everything seen, each seen thing counting the same; None where nothing was."""
    sums = np.array([float(np.sum(values)) for values in observed.values()])
    counts = np.array([float(len(values)) for values in observed.values()])
    if not counts.sum():
        return None
    return estimate(lambda weights: (weights @ sums) / (weights @ counts), len(counts), seed)


def largest_share(observed: Mapping[str, Sequence[str]], seed: int = 0) -> Estimate | None:
    """The share that the commonest of the things seen has of all; None where nothing was seen.

    The interval lies a little high, since a brand that is drawn twice brings its own twice.
    """
    names = sorted({name for values in observed.values() for name in values})
    if not names:
        return None
    counted = [Counter(values) for values in observed.values()]
    table = np.array([[float(of[name]) for name in names] for of in counted])
    return estimate(lambda weights: (weights @ table).max(axis=1) / (weights @ table).sum(axis=1), len(table), seed)


def estimate(statistic: Callable[[Vector], Vector], brands: int, seed: int = 0) -> Estimate:
    """A figure and its interval by the percentile bootstrap over brands (Efron 1979; Field and Welsh 2007).

    `statistic` takes how often each brand was drawn, shape (draws, brands), and gives a value for each draw.

    With ten brands it is some points too narrow; with one, or where every brand says the same, it has no width.
    """
    drawn = np.random.default_rng(seed).multinomial(brands, [1 / brands] * brands, size=RESAMPLES)
    with np.errstate(invalid="ignore", divide="ignore"):  # a draw of brands of which nothing was seen says nothing
        values = statistic(drawn.astype(np.float64))
        value = statistic(np.ones((1, brands)))[0]
    low, high = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))
