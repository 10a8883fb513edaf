"""The noun `Place`: a figure of the brief where copy says it, with what stands beside it there."""

import re
from typing import NamedTuple

from inference.checks.binding import Bound, bound, owners
from inference.checks.extraction import figures
from inference.checks.figure import Figure, Reading
from inference.checks.lexicon import lexicon
from inference.checks.words import Word, sentence, words
from store.brief import Brief

KINDS = frozenset({"money", "percent", "time", "date", "number", "times"})  # weekdays and months date many things


class Place(NamedTuple):
    """Where a figure stands in copy, and which figures of the brief it may be."""

    figure: Figure
    text: str
    neighbours: tuple[Figure, ...]
    """The other figures of its sentence."""
    beside: tuple[Word, ...]
    """The words of its sentence."""
    mine: tuple[Bound, ...]
    """What it may be in the brief."""
    others: tuple[Bound, ...]
    """The brief's other figures."""

    @property
    def own(self) -> frozenset[str]:
        """The stems of its own claims."""
        return frozenset[str]().union(*(one.company for one in self.mine))

    @property
    def near(self) -> frozenset[Reading]:
        """All that the other figures of its sentence may mean."""
        return frozenset(reading for one in self.neighbours for reading in one.readings)

    def of(self, claims: tuple[str, ...]) -> bool:
        """Whether one of `claims` has it."""
        return any(one.claim in claims for one in self.mine)


def places(text: str, brief: Brief) -> list[Place]:
    """Every figure of `text` that says how much of what, or when, and that the brief has."""
    found = [_place(figure, text, brief) for figure in figures(text, brief.language) if binds(figure, text, brief)]
    return [place for place in found if place.mine]


def binds(figure: Figure, text: str, brief: Brief) -> bool:
    """Whether a figure is bound to anything: not "first", nor the 3 of "3D" or of a brand's name."""
    if figure.kind not in KINDS or text[figure.end : figure.end + 1].isalpha():
        return False
    if figure.spelled and figure.text.casefold() in lexicon(brief.language).unflagged:
        return False
    named = re.finditer(re.escape(brief.brand), text)
    return not any(name.start() < figure.end and figure.start < name.end() for name in named)


def _place(figure: Figure, text: str, brief: Brief) -> Place:
    bounds = bound(brief.claims, brief.language)
    mine = owners(figure, bounds)
    start, end = sentence(text, figure.start, figure.end)
    near = (one for one in figures(text, brief.language) if start <= one.start < end)
    beside = (word for word in words(text, brief.language) if start <= word.start < end)
    return Place(
        figure,
        text,
        tuple(one for one in near if one != figure),
        tuple(word for word in beside if word.end <= figure.start or figure.end <= word.start),
        tuple(mine),
        tuple(one for one in bounds if one not in mine),
    )
