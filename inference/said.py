"""Whether a text says a claim: by the claim's own words and figures, so that it needs no model and takes no time.

A word weighs less the more lines of the brief have it, as it tells less of which one is said. Fitted on the house
corpus by `training.said`, whose tests hold the weights here to it; what it gets wrong is told there.
"""

import re
from collections.abc import Callable, Sequence, Set
from functools import lru_cache
from math import exp
from typing import NamedTuple

from inference.checks.extraction import figures
from inference.checks.terms import listed
from store.angle import Angle
from store.brief import Brief

STEM = 5  # letters of a word that count; what is left tells its form
GRAM = 4  # letters of a run, so that a compound shows its parts
WORD = re.compile(r"[^\W\d_]+")

# Words that say nothing by themselves; other languages have the shorter list of the checks.
FUNCTION = {
    "en": "the a an and or of to in on for with at by from is are be it its as that this you your we our not no every "
    "each all any one up out into than then there their they them has have had do does who what when how so if but "
    "was were will can",
    "sv": "och att det som en ett i på för av med till den är du din ditt dina vi vår om inte så har från kan hos de "
    "man sig när eller alla varje ut upp även vid utan där men var ska bara",
}


class Signals(NamedTuple):
    """What tells that a text says a claim, each from 0 to 1."""

    words: float
    """Share of the claim's words that the text has, each weighed by how much it is this claim's own."""
    runs: float
    """The same of the runs of letters in its words."""
    figures: float
    """Share of the claim's figures that the text has; 0 where it has none."""
    figured: float
    """1 where the claim has figures."""


WEIGHTS = Signals(words=11.0, runs=4.2, figures=4.9, figured=-1.8)
INTERCEPT = -4.7
SURE = 0.5  # from this chance on a claim counts as said


def says(text: str, angle: Angle, brief: Brief) -> bool:
    """Whether `text` says every claim of its angle."""
    return all(chance(text, claim, brief) >= SURE for claim in angle.claims)


def chance(text: str, claim: str, brief: Brief) -> float:
    """The chance that `text` says `claim`, 0 to 1, where half of the texts asked about say theirs."""
    total = INTERCEPT + sum(w * s for w, s in zip(WEIGHTS, signals(text, claim, brief), strict=True))
    return 1 / (1 + exp(-total))


def signals(text: str, claim: str, brief: Brief) -> Signals:
    """What tells of it, for one of the brief's facts or its offer."""
    claims, language = brief.claims, brief.language
    values = {reading.value for figure in figures(text, language) for reading in figure.readings}
    found = [any(reading.value in values for reading in figure.readings) for figure in figures(claim, language)]
    return Signals(
        words=_share(text, claim, claims, language, _stems),
        runs=_share(text, claim, claims, language, _runs),
        figures=sum(found) / len(found) if found else 0.0,
        figured=float(bool(found)),
    )


def _share(text: str, claim: str, claims: Sequence[str], language: str, parts: Callable[..., Set[str]]) -> float:
    """Share of the claim's parts that stand in the text, each weighed by one over the claims that have it."""
    others = [parts(other, language) for other in claims]
    weights = {part: 1 / max(1, sum(part in other for other in others)) for part in parts(claim, language)}
    said = sum(weight for part, weight in weights.items() if part in parts(text, language))
    return said / sum(weights.values()) if weights else 0.0


@lru_cache(maxsize=8_192)
def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(word[:STEM] if len(word) > STEM else word.rstrip("s") or word for word in _words(text, language))


@lru_cache(maxsize=8_192)
def _runs(text: str, language: str) -> frozenset[str]:
    return frozenset(
        word[start : start + GRAM] for word in _words(text, language) for start in range(max(1, len(word) - GRAM + 1))
    )


def _words(text: str, language: str) -> list[str]:
    """Words of two letters or more that say something."""
    return [word for word in WORD.findall(text.casefold()) if len(word) > 1 and word not in _function(language)]


@lru_cache(maxsize=32)
def _function(language: str) -> frozenset[str]:
    return frozenset(FUNCTION[language].split() if language in FUNCTION else listed(language, "common"))
