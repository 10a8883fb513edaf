"""Which claim of the brief each variant is to carry: `AngleChooser`, by encoder, and the fake that ships beside it."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.angle_relevance import SHIPPED, checked, relations
from inference.encoder import Encoder
from store.angle import Angle
from store.brief import Brief

DEPTH = 0.6
"""The share of a brief's claims that one segment's variants may carry. In the end, copy of the house corpus would tell
a segment some six of nine or ten (5.7 by Chao 1984, from how many stand once and twice). The claim ranked sixth is told
to a third of the segments, the seventh to a quarter: see the card of the weights."""
SHALLOW = 5  # claims that are always deep enough
QUOTED = 80  # characters of a segment's own words that a reason quotes


class AngleChooser(Protocol):
    """Chooses what the variants of each segment are to carry."""

    def choose(self, brief: Brief, n: int, shown: int | None = None) -> dict[str, list[Angle]]:
        """`n` angles for each segment, by its name, in the order in which they should be written.

        There are as many different ones as `shown` variants, or `n`, have room for.
        """
        ...


class EncoderChooser:
    """Takes the claims that copy for such readers is likeliest to carry, by weights learnt on a text encoder.

    The weights are those in a folder, such as `SHIPPED`; `glasbruk train angles` makes them. Raises ModelError where
    they are damaged or were made for another encoder.
    """

    def __init__(self, encoder: Encoder, folder: Path = SHIPPED) -> None:
        self._meta, self._relevance = checked(folder, encoder)
        self._encoder = encoder

    @property
    def checkpoint(self) -> str:
        """The id of the weights in force."""
        return self._meta.id

    def choose(self, brief: Brief, n: int, shown: int | None = None) -> dict[str, list[Angle]]:
        """As `AngleChooser.choose`. The same brief gives the same angles; an offer is always among two or more."""
        claims = candidates(brief)
        found = relations(claims, brief.segments, self._encoder)
        utilities = self._relevance.utilities(found)
        offer = claims.index(brief.offer) if brief.offer else None
        deep = min(n, depth(shown or n, len(claims)))
        chosen: dict[str, list[Angle]] = {}
        for row, segment in enumerate(brief.segments):
            ranked = _best_first(utilities[row])
            reasons = [
                _reason(segment.name, ranked, pick, deep, found.nearest[row][pick]) for pick in range(len(claims))
            ]
            chosen[segment.name] = [
                Angle(claims=(claims[pick],), relevance=float(found.cosines[row, pick]), reason=reasons[pick])
                for pick in spread(ranked, n, deep, always=offer)
            ]
        return chosen


class FakeChooser:
    """Takes the facts, then the offer, in the brief's order. For tests and dry runs."""

    def choose(self, brief: Brief, n: int, shown: int | None = None) -> dict[str, list[Angle]]:  # noqa: ARG002
        """As `AngleChooser.choose`, but that all claims have their turn."""
        claims = candidates(brief)
        angles = [Angle(claims=(claim,), relevance=0.0, reason="In the brief's order.") for claim in claims]
        return {segment.name: [angles[i % len(angles)] for i in range(n)] for segment in brief.segments}


def candidates(brief: Brief) -> list[str]:
    """The facts in order and then the offer, each once."""
    return list(dict.fromkeys([*brief.facts, *([brief.offer] if brief.offer else [])]))


def depth(n: int, claims: int) -> int:
    """How many different claims `n` variants that are shown carry: half of `n` and one, within what the ranking can do.

    It is what is shown that counts: of nine written to show three, each of three claims is written three times. Deeper,
    other segments would be shown the same claims. And a claim that is beside the point for these readers stays so.
    """
    return min(n, ceil(n / 2) + 1, claims, max(SHALLOW, ceil(DEPTH * claims)))


def spread(ranked: Sequence[int], n: int, deep: int, always: int | None = None) -> list[int]:
    """`n` picks from `ranked` (best first): a pool of the best, `deep` of them, gone round.

    So the picks differ, and what is repeated is the best. `always` is in the pool where it has room for two.
    """
    pool = list(ranked[:deep])
    if always is not None and always not in pool and len(pool) > 1:
        pool[-1] = always
    return [pool[i % len(pool)] for i in range(n)]


def _best_first(values: NDArray[Any]) -> list[int]:
    """Indices by falling value. Rounded, so that the last bits of a float do not decide; ties keep their order."""
    return [int(index) for index in np.argsort(-values.round(6), kind="stable")]


def _reason(segment: str, ranked: Sequence[int], pick: int, deep: int, nearest: str) -> str:
    """Why a claim was chosen, in one sentence: its rank, what ranks it, and what it is nearest to."""
    index, count = ranked.index(pick), len(ranked)
    offer = "The offer, which some variants always carry: " if index >= deep else ""
    quoted = nearest if len(nearest) <= QUOTED else f"{nearest[: QUOTED - 3].rstrip()}..."
    near = f'of what they care about it is nearest to "{quoted}"' if quoted else "it is near to nothing they care about"
    return (
        f"{offer}{_ordinal(index + 1)} of {count} claims for {segment} by what earlier copy tells readers like them; "
        f"{near}."
    )


def _ordinal(number: int) -> str:
    """`3rd`."""
    ending = "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
