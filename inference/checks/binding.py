"""The noun `Bound`: a figure in a claim of the brief, with what it stands with there."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from inference.checks.extraction import figures
from inference.checks.figure import Figure, Reading
from inference.checks.known import weaker
from inference.checks.lexicon import lexicon
from inference.checks.terms import listed
from inference.checks.words import empty_words, stem, stems

_ANY_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(r"[^.,;:!?()\n]*")
NOUNS = 2  # words behind a figure of which one may be its noun, "24 large pairs"
REACH = 4  # words behind a figure that are looked at


class Standing(NamedTuple):
    """What stands right behind a figure."""

    nouns: tuple[str, ...] = ()
    """Stems of the first words that mean something, at most `NOUNS`."""
    measure: str = ""
    """The first name of what is measured: "night" for "14 nights"."""
    rate: str = ""
    """The stem, or the measure, of what it is counted by: "member" for "£100 a member"."""


class Bound(NamedTuple):
    """A figure in a claim, with what it stands with there."""

    claim: str
    figure: Figure
    readings: frozenset[Reading]
    weaker: frozenset[Reading]
    """What else it may be said as: £3.60 as 3.60."""
    company: frozenset[str]
    """The stems of the claim's words."""
    standing: Standing


@lru_cache(maxsize=256)
def bound(claims: tuple[str, ...], language: str) -> tuple[Bound, ...]:
    """Every figure of the claims, in order."""
    return tuple(
        Bound(
            claim,
            figure,
            frozenset(figure.readings),
            frozenset(also for reading in figure.readings for also in weaker(reading)),
            stems(claim, language),
            standing(figure, claim, language),
        )
        for claim in claims
        for figure in figures(claim, language)
    )


@lru_cache(maxsize=256)
def weights(claims: tuple[str, ...], language: str) -> dict[str, float]:
    """How much a stem tells of which claim is said: one over the number of claims that have it."""
    each = [stems(claim, language) for claim in claims]
    return {one: 1 / sum(one in other for other in each) for one in frozenset[str]().union(*each)}


def owners(figure: Figure, bounds: Sequence[Bound]) -> list[Bound]:
    """The brief's figures that one in copy may be: those that say the same, or else those that may be said so."""
    said = frozenset(figure.readings)
    return [one for one in bounds if one.readings & said] or [one for one in bounds if one.weaker & said]


def standing(figure: Figure, text: str, language: str) -> Standing:
    """What stands behind a figure up to the next one, a mark or a word that ends the phrase.

    Of a range the last figure has it: "6 to 10 people" is 6 people.
    """
    if text[figure.end : figure.end + 1].isalpha():  # "3D"
        return Standing()
    follower = min(
        (one for one in figures(text, language) if one.start >= figure.end), key=lambda one: one.start, default=None
    )
    stop = follower.start if follower else len(text)
    if follower and re.fullmatch(rf"\s?(?:[-–—/x×]|{_joints(language)})?\s?", text[figure.end : stop], re.IGNORECASE):
        return standing(follower, text, language)
    clause = _CLAUSE.match(text, figure.end, stop)
    return _read([word.casefold() for word in _ANY_WORD.findall(clause[0] if clause else "")][:REACH], language)


def _read(following: list[str], language: str) -> Standing:
    """The nouns, the measure and the rate in the words behind a figure."""
    known, fillers = measures(language), listed(language, "fillers")
    if rate := _rate(following, language):
        return Standing(rate=rate)
    nouns: list[str] = []
    for place, word in enumerate(following):
        if word in known:
            return Standing(tuple(nouns), known[word], _rate(following[place + 1 :], language))
        if word in fillers and not nouns:
            continue
        if word in empty_words(language) or word in fillers or len(nouns) == NOUNS:
            break
        if len(word) > 1:
            nouns.append(stem(word))
    return Standing(tuple(nouns))


def _rate(following: list[str], language: str) -> str:
    if len(following) < 2 or following[0] not in listed(language, "rates"):
        return ""
    return measures(language).get(following[1]) or stem(following[1])


@lru_cache(maxsize=32)
def measures(language: str) -> dict[str, str]:
    """Every form of every word that measures, with the first form as its name."""
    return {form: forms.split()[0] for forms in listed(language, "measures") for form in forms.split()}


@lru_cache(maxsize=32)
def _joints(language: str) -> str:
    """The words that join two figures with one noun, as the source of a pattern."""
    return "|".join([lexicon(language).to, *listed(language, "ranges")])
