"""Which claim of the brief each variant is to carry: `AngleChooser`, by encoder, and the fake that ships beside it."""

from collections.abc import Sequence
from math import ceil
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.encoder import Encoder
from store.angle import Angle
from store.brief import Brief
from store.segment import Segment

Relevance = NDArray[Any]  # float of shape (claims, segments)


class AngleChooser(Protocol):
    """Chooses what the variants of each segment are to carry."""

    def choose(self, brief: Brief, n: int) -> dict[str, list[Angle]]:
        """`n` angles for each segment, by its name, in the order in which they should be written."""
        ...


class EncoderChooser:
    """Takes the claims that an encoder finds nearest to a segment, compared with the brief's other segments."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def choose(self, brief: Brief, n: int) -> dict[str, list[Angle]]:
        """As `AngleChooser.choose`. The same brief gives the same angles.

        Some claims are near to everything. So a claim is ranked by its nearness and, in a brief with several segments,
        by how much nearer it is than to the segments on average, in equal parts.
        """
        claims = candidates(brief)
        relevance = self._relevance(claims, brief.segments)
        several = len(brief.segments) > 1
        ranking = 2 * relevance - relevance.mean(axis=1, keepdims=True) if several else relevance
        offer = claims.index(brief.offer) if brief.offer else None
        chosen: dict[str, list[Angle]] = {}
        for column, segment in enumerate(brief.segments):
            ranked = _best_first(ranking[:, column])
            place = {pick: _reason(segment.name, i, len(claims), several=several) for i, pick in enumerate(ranked)}
            chosen[segment.name] = [
                Angle(claims=(claims[pick],), relevance=float(relevance[pick, column]), reason=place[pick])
                for pick in spread(ranked, n, always=offer)
            ]
        return chosen

    def _relevance(self, claims: Sequence[str], segments: Sequence[Segment]) -> Relevance:
        """Cosine of each claim (row) and segment (column), all encoded in one batch."""
        vectors = self._encoder.encode([*claims, *(segment.sentence for segment in segments)])
        cosines: Relevance = (vectors[: len(claims)] @ vectors[len(claims) :].T).astype(np.float64).clip(-1, 1)
        return cosines


class FakeChooser:
    """Takes the facts, then the offer, in the brief's order. For tests and dry runs."""

    def choose(self, brief: Brief, n: int) -> dict[str, list[Angle]]:
        """As `AngleChooser.choose`."""
        claims = candidates(brief)
        angles = [Angle(claims=(claim,), relevance=0.0, reason="In the brief's order.") for claim in claims]
        return {segment.name: [angles[i % len(angles)] for i in range(n)] for segment in brief.segments}


def candidates(brief: Brief) -> list[str]:
    """The facts in order and then the offer, each once."""
    return list(dict.fromkeys([*brief.facts, *([brief.offer] if brief.offer else [])]))


def spread(ranked: Sequence[int], n: int, always: int | None = None) -> list[int]:
    """`n` picks from `ranked` (best first): a pool of the best, half of `n` and one, gone round.

    So the picks differ, and what is repeated is the best. `always` is in the pool where it has room for two.
    """
    pool = list(ranked[: min(n, ceil(n / 2) + 1)])
    if always is not None and always not in pool and len(pool) > 1:
        pool[-1] = always
    return [pool[i % len(pool)] for i in range(n)]


def _best_first(values: NDArray[Any]) -> list[int]:
    """Indices by falling value. Rounded, so that the last bits of a float do not decide; ties keep their order."""
    return [int(index) for index in np.argsort(-values.round(6), kind="stable")]


def _reason(segment: str, index: int, count: int, *, several: bool) -> str:
    """How the claim ranked at `index` of `count` was chosen, in one sentence."""
    than = ", and how much nearer than to the other segments" if several else ""
    return f"{_ordinal(index + 1)} of {count} claims for {segment}, by how near it is to what they care about{than}."


def _ordinal(number: int) -> str:
    """`3rd`."""
    ending = "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
