"""How well an approval model tells good copy from bad in brands that it has not seen."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.judged import Judged
from training.ranking import calibration_error, reliability

RESAMPLES = 200
FEWEST = 20  # bad examples of one origin, from which it gets a figure of its own

Array = NDArray[Any]


@dataclass(frozen=True)
class Held:
    """Examples with the chance that each was given by a model that had not seen its brand, in the same order."""

    examples: Sequence[Judged]
    chances: Array
    calibrated: Array
    """Which of them the chances are calibrated on, bool: only there do they mean what they say."""

    @cached_property
    def good(self) -> Array:
        """Whether each is good, bool."""
        return np.array([one.good for one in self.examples])

    @cached_property
    def brands(self) -> dict[str, Array]:
        """The places of each brand's examples."""
        return _grouped([one.group for one in self.examples])

    @cached_property
    def fields(self) -> list[Array]:
        """The places of the examples of each brief and channel, where there are at least 4 and of both kinds."""
        places = _grouped([f"{one.brief.key} {one.variant.channel}" for one in self.examples]).values()
        return [at for at in places if len(at) >= 4 and 0 < self.good[at].sum() < len(at)]

    @property
    def reliability(self) -> Array:
        """As `ranking.reliability`, of the examples that the chances are calibrated on."""
        return reliability(self.chances[self.calibrated], self.good[self.calibrated])


def measure(held: Held, seed: int = 0) -> dict[str, float]:
    """Flat names to numbers; `_low` and `_high` bound the 95 % interval, brands drawn again with the seed.

    `auc_read` tells good from bad among what readers judged alone; `auc_KIND` tells good copy from the bad of one
    origin (the checkpoint that wrote it).
    """
    everything = np.arange(len(held.examples))
    found = {
        "examples": float(len(held.examples)),
        "good": float(held.good.sum()),
        "brands": float(len(held.brands)),
        "calibration_error": calibration_error(held.reliability),
        **_with_interval("auc", lambda at: auc(held.chances[at], held.good[at]), held, seed),
        "average_precision": average_precision(held.chances, held.good),
        **_best_quarter(held, seed),
    }
    read = np.array([one.read for one in held.examples])
    if read.any() and 0 < held.good[read].sum() < read.sum():
        some = Held([one for one in held.examples if one.read], held.chances[read], held.calibrated[read])
        found |= _with_interval("auc_read", lambda at: auc(some.chances[at], some.good[at]), some, seed)
        found |= {"read": float(read.sum()), "read_good": float(held.good[read].sum())}
    for kind, at in _origins(held).items():
        one = np.concatenate([everything[held.good], at])
        found[f"auc_{kind}"] = auc(held.chances[one], held.good[one])
    return {name: round(value, 4) for name, value in found.items()}


def auc(chances: Array, good: Array) -> float:
    """The chance that a good one stands above a bad one, ties counted as half; nan where one kind is missing."""
    count = int(good.sum()), int((~good).sum())
    if not all(count):
        return float("nan")
    return float((rankdata(chances)[good].sum() - count[0] * (count[0] + 1) / 2) / (count[0] * count[1]))


def average_precision(chances: Array, good: Array) -> float:
    """The mean, over the good ones, of the share of good ones among all that stand at least as high."""
    mine = chances[good]
    above, good_above = (len(all_) - np.searchsorted(np.sort(all_), mine, side="left") for all_ in (chances, mine))
    return float(np.mean(good_above / above)) if len(mine) else float("nan")


def good_among_best(chances: Array, good: Array, count: int) -> float:
    """The share of good ones among the `count` best; of those that tie for the last places, what a blind draw gets."""
    last = np.sort(chances)[::-1][count - 1]
    above, tied = chances > last, chances == last
    return float((good[above].sum() + (count - above.sum()) * good[tied].mean()) / count)


def _best_quarter(held: Held, seed: int) -> dict[str, float]:
    """Of each brief's best quarter in a channel, the share that is good; beside it the share of all, and the AUC."""
    fields = held.fields
    if not fields:
        return {}
    of_brand: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for at in fields:
        chances, good = held.chances[at], held.good[at]
        row = good_among_best(chances, good, ceil(len(at) / 4)), float(good.mean()), auc(chances, good)
        of_brand[held.examples[at[0]].group].append(row)
    rows = [np.array(of_brand[brand]) for brand in sorted(of_brand)]
    means = np.concatenate(rows).mean(axis=0)
    draw = np.random.default_rng(seed)
    again = [np.concatenate([rows[i] for i in draw.integers(len(rows), size=len(rows))]) for _ in range(RESAMPLES)]
    low, high = np.quantile([one.mean(axis=0) for one in again], [0.025, 0.975], axis=0)
    found: dict[str, float] = {}
    for place, name in enumerate(("best_quarter_good", "field_good", "auc_in_field")):
        found |= {name: float(means[place]), f"{name}_low": float(low[place]), f"{name}_high": float(high[place])}
    return {**found, "fields": float(len(fields))}


def _with_interval(name: str, value: Callable[[Array], float], held: Held, seed: int) -> dict[str, float]:
    """A measure of the places of examples, with its interval."""
    brands = [held.brands[brand] for brand in sorted(held.brands)]
    draw = np.random.default_rng(seed)
    again = [
        value(np.concatenate([brands[i] for i in draw.integers(len(brands), size=len(brands))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanquantile(again, [0.025, 0.975])
    return {name: value(np.arange(len(held.examples))), f"{name}_low": float(low), f"{name}_high": float(high)}


def _origins(held: Held) -> dict[str, Array]:
    """The places of the bad examples of each checkpoint that made enough of them."""
    bad = _grouped(["" if one.good else one.variant.checkpoint for one in held.examples])
    return {kind: bad[kind] for kind in sorted(bad) if kind and len(bad[kind]) >= FEWEST}


def _grouped(names: Sequence[str]) -> dict[str, Array]:
    """The places of each name."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        found[name].append(place)
    return {name: np.array(places) for name, places in found.items()}
