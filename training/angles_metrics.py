"""How well a ranking of claims agrees with what copy chose: against chance, and against nearness alone."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from training.evaluation_intervals import mean

TOP = 5  # claims: as many as eight variants carry
RANKS = 8  # claims: the fewest that a brief of the house corpus has

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """The claims of one segment: which copy carries, and what each ranking says of them."""

    brand: str
    language: str
    carried: Array
    """Rows of copy that carry each claim, shape (claims,); at least one is above 0."""
    scores: Mapping[str, Array]
    """By the ranking's name, shape (claims,): the higher, the better."""

    def hits(self, ranking: str) -> NDArray[np.bool_]:
        """Whether copy carries each claim, best ranked first."""
        order = np.argsort(-self.scores[ranking].round(6), kind="stable")
        return self.carried[order] > 0


def top_1(hits: NDArray[np.bool_]) -> float:
    """Whether the first is carried."""
    return float(hits[0])


def recall(hits: NDArray[np.bool_]) -> float:
    """The share of the claims carried that stand among the first `TOP`."""
    return float(hits[:TOP].sum() / hits.sum())


def reciprocal_rank(hits: NDArray[np.bool_]) -> float:
    """One over the rank of the first that is carried."""
    return float(1 / (1 + hits.argmax()))


MEASURES: dict[str, Callable[[NDArray[np.bool_]], float]] = {
    "top_1": top_1,
    f"recall_{TOP}": recall,
    "reciprocal_rank": reciprocal_rank,
}


def by_chance(hits: NDArray[np.bool_]) -> dict[str, float]:
    """What each measure is in the mean over all orders of the claims."""
    count, carried = len(hits), int(hits.sum())
    none = [comb(count - carried, first) / comb(count, first) for first in range(count + 1)]  # carried in the first k
    reciprocal = sum((none[k - 1] - none[k]) / k for k in range(1, count + 1))
    return dict(zip(MEASURES, (carried / count, min(TOP, count) / count, reciprocal), strict=True))


def measure(found: Sequence[Ranked], seed: int = 0) -> dict[str, float]:
    """Each measure for each language with its 90 % interval over brands, `top_1_en`, `top_1_en_low`, `top_1_en_high`.

    The same of nearness alone ends in `_near`, of chance in `_chance` (no interval); `_gain` is ours less nearness, on
    the same draws of brands. `carried_3_en` is how often the claim that ours ranks third is carried.
    """
    metrics: dict[str, float] = {}
    for language in sorted({one.language for one in found}):
        mine = [one for one in found if one.language == language]
        metrics[f"held_out_brands_{language}"] = float(len({one.brand for one in mine}))
        metrics[f"held_out_segments_{language}"] = float(len(mine))
        for name, value in _seen(mine).items():
            estimate = mean(_of_brands(mine, value), seed)
            if estimate is None:
                continue
            stem, _, kind = name.partition("/")
            key = f"{stem}_{language}{kind and '_'}{kind}"
            metrics[key] = estimate.value
            if kind != "chance":
                metrics |= {f"{key}_low": estimate.low, f"{key}_high": estimate.high}
    return {name: round(value, 4) for name, value in metrics.items()}


def _seen(found: Sequence[Ranked]) -> dict[str, list[float | None]]:
    """By name, what is seen at each segment; None where it has no such rank."""
    ours, near = ([one.hits(ranking) for one in found] for ranking in ("ours", "near"))
    chance = [by_chance(hits) for hits in ours]
    seen: dict[str, list[float | None]] = {}
    for name, value in MEASURES.items():
        a, b = ([value(hits) for hits in of] for of in (ours, near))
        seen |= {name: [*a], f"{name}/near": [*b], f"{name}/chance": [one[name] for one in chance]}
        seen[f"{name}/gain"] = [x - y for x, y in zip(a, b, strict=True)]
    for rank in range(RANKS):
        seen[f"carried_{rank + 1}"] = [float(hits[rank]) if rank < len(hits) else None for hits in ours]
    return seen


def _of_brands(found: Sequence[Ranked], values: Sequence[float | None]) -> dict[str, list[float]]:
    """Values by brand, without those that are None."""
    brands: dict[str, list[float]] = defaultdict(list)
    for one, value in zip(found, values, strict=True):
        if value is not None:
            brands[one.brand].append(value)
    return brands
