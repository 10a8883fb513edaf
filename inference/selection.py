"""Which of many variants are shown: the likeliest to be approved, as long as they differ.

Greedy maximal marginal relevance (Carbonell and Goldstein 1998, doi 10.1145/290941.291025): one after the other, the
variant with the best chance less what it shares with those that are chosen already.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.checks.findings import WHOLE, note
from inference.checks.repeats import fold
from store.finding import APPROVAL, BROUGHT_BACK, HELD_BACK, Finding

VARIETY = 0.3  # what a chance of being approved loses where the cosine with a text that is chosen already is 1
NEAR = 0.9  # cosine from which two texts say nearly the same; of the corpus' own for one brief, none reach 0.8
OPENING = 3  # words by which readers tell that two texts begin alike

Cosines = NDArray[Any]  # float64 of shape (variants, variants)


class Why(StrEnum):
    """Why a variant is left out."""

    SAME = "same"
    """It says nearly what a chosen one says."""
    OPENING = "opening"
    """It opens as a chosen one does."""
    WARNED = "warned"
    """A check warns of it, and of the chosen one none."""
    UNLIKELY = "unlikely"
    """All that are chosen are likelier to be approved."""
    ANGLE = "angle"
    """A chosen one carries its angle and is at least as likely to be approved."""
    ALIKE = "alike"
    """It is likely enough, and the one it is most like is chosen; what is chosen instead differs more."""


@dataclass(frozen=True)
class LeftOut:
    """Why a variant is left out, and the index of the chosen one that is the reason (the least likely, for one)."""

    why: Why
    beside: int


@dataclass(frozen=True)
class Selection:
    """Indices of what is chosen, the first choice first, and of what is left out, with the reason."""

    chosen: tuple[int, ...]
    left_out: dict[int, LeftOut]


def select(  # noqa: PLR0917 - one sequence for each thing that counts
    chances: Sequence[float],
    vectors: NDArray[np.float32],
    angles: Sequence[Hashable],
    openings: Sequence[str],
    n: int,
    warned: Collection[int] = (),
) -> Selection:
    """Choose `n` of the variants, or all where there are no more.

    `chances` are of being approved, 0 to 1; `vectors` has a row of length 1 for each; two `angles` or `openings` are
    equal where the variants' are. Angles take turns: none comes again while there is one that has come less often. Two
    that say nearly the same or open alike are both chosen only where there would be fewer than `n` otherwise, and so is
    one of `warned`, indices of those that a check warns of: of 39 such pieces readers approved 4. The order of the
    variants makes no difference, but that the first of equals is taken.
    """
    cosines = (vectors.astype(np.float64) @ vectors.T).round(6)  # so that the last bits of a float do not decide
    nearest = np.zeros(len(chances))  # to any that is chosen
    turns: Counter[Hashable] = Counter()
    opened: set[str] = set()
    chosen: list[int] = []
    left = list(range(len(chances)))

    def rank(index: int) -> tuple[bool, int, float]:
        """The lower the better."""
        last = nearest[index] >= NEAR or openings[index] in opened or index in warned
        return last, turns[angles[index]], VARIETY * nearest[index] - chances[index]

    while left and len(chosen) < n:
        best = min(left, key=rank)
        left.remove(best)
        chosen.append(best)
        opened.add(openings[best])
        turns[angles[best]] += 1
        nearest = np.maximum(nearest, cosines[best])
    reasons = {index: _reason(index, chosen, chances, cosines, angles, openings, warned) for index in left if chosen}
    return Selection(tuple(chosen), reasons)


def opening(text: str) -> str:
    """The first three words, without case and punctuation."""
    return " ".join(fold(text).split()[:OPENING])


def _reason(  # noqa: PLR0917 - what `select` has
    index: int,
    chosen: Sequence[int],
    chances: Sequence[float],
    cosines: Cosines,
    angles: Sequence[Hashable],
    openings: Sequence[str],
    warned: Collection[int],
) -> LeftOut:
    """The first reason that holds, the plainest first."""
    nearest = max(chosen, key=lambda other: cosines[index, other])
    if cosines[index, nearest] >= NEAR:
        return LeftOut(Why.SAME, nearest)
    for other in chosen:
        if openings[index] == openings[other]:
            return LeftOut(Why.OPENING, other)
    least = min(chosen, key=lambda other: chances[other])
    if index in warned and least not in warned:
        return LeftOut(Why.WARNED, least)
    if chances[least] > chances[index]:
        return LeftOut(Why.UNLIKELY, least)
    for other in chosen:
        if angles[index] == angles[other] and chances[other] >= chances[index]:
            return LeftOut(Why.ANGLE, other)
    return LeftOut(Why.ALIKE, nearest)


def notes(
    selection: Selection, chances: Sequence[float], ids: Sequence[int], checkpoint: str
) -> Iterator[list[Finding]]:
    """What is to be noted of each variant: how likely it is to be approved, and why it is left out where it is.

    `ids` are the variants' in the store, `checkpoint` is the approval model's.
    """
    for index, chance in enumerate(chances):
        found = [_note(APPROVAL, f"{percent(chance)} likely to be approved as it stands, thinks {checkpoint}")]
        left_out = selection.left_out.get(index)
        if left_out:
            found.append(_note(HELD_BACK, _words(left_out, chance, len(selection.chosen), ids[left_out.beside])))
        yield found


def brought_back(reviewer: str) -> Finding:
    """The note that says who wanted to see what was held back."""
    return _note(BROUGHT_BACK, f"brought back for review by {reviewer}")


def percent(chance: float) -> str:
    """`12 %`."""
    return f"{100 * chance:.0f} %"


def _words(left_out: LeftOut, chance: float, shown: int, beside: int) -> str:
    those = "the one shown is" if shown == 1 else f"the {shown} shown are"
    return {
        Why.SAME: f"says nearly what variant {beside} says",
        Why.OPENING: f"opens with the words of variant {beside}",
        Why.WARNED: f"has a warning; variant {beside} has none",
        Why.UNLIKELY: f"{percent(chance)} likely to be approved; {those} likelier",
        Why.ANGLE: f"carries the angle of variant {beside}, which is at least as likely to be approved",
        Why.ALIKE: f"is most like variant {beside}; what is shown instead differs more",
    }[left_out.why]


def _note(code: str, message: str) -> Finding:
    return note(code, "", WHOLE, message)
