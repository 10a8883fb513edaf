"""Binding: a figure must stand with what it stands with in the brief, not with what another figure stands with."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from inference.checks.extraction import figures
from inference.checks.figure import Figure
from inference.checks.findings import block, quoted, warn
from inference.checks.terms import listed
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")  # single letters are units, and units are the figures' own
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_ENDINGS = ("ies", "arna", "erna", "orna", "ing", "es", "ed", "er", "ar", "or", "en", "na", "s")
_UNBOUND = {"weekday", "month"}  # they date many things at once
_COUNTED = {"number", "ordinal", "times", "ratio"}  # what has a noun right behind it
STEM = 6  # letters by which a word is known again, whatever its ending
BESIDE = 2  # spaces between a figure and its noun, "24 large pairs"
FOREIGN = 2  # words of another figure's claim beside a figure that has none of its own claim's
MORE_FOREIGN = 3  # where it has some of its own, so many, and two more than those


class Bound(NamedTuple):
    """A figure in a claim of the brief, with what it stands with there."""

    figure: Figure
    company: frozenset[str]
    """The stems of the claim's other words."""
    noun: str
    """The stem of the first word behind the figure, before the next one; empty where there is none."""


def misbound_figures(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Figures of the brief that stand with another figure's noun, or among the words of another figure's claim.

    A noun may be left out, and a claim said in other words: only words that belong to another figure count against one.
    Spelled figures are not looked at, as "one" and "first" stand with anything. A text that was to carry one angle is
    blocked; one without, which may say several claims in a sentence, is warned of.
    """
    say = block if variant.angle else warn
    bound = _bound(brief.claims, brief.language)
    for key, text in variant.fields.items():
        for figure in figures(text, brief.language):
            if figure.spelled or figure.kind in _UNBOUND:
                continue
            other = _belongs_to(figure, text, bound, brief.language)
            if other:
                said, theirs = quoted(figure.text), quoted(other)
                message = (
                    f"{said} stands with what belongs to {theirs} in the brief; say of it what the brief says of it"
                )
                yield say("figure_misbound", key, (figure.start, figure.end), message)


def _belongs_to(figure: Figure, text: str, bound: Sequence[Bound], language: str) -> str | None:
    """The figure of the brief whose company this one stands in; None where it is well bound, or not the brief's."""
    mine = [one for one in bound if _same(one.figure, figure)]
    if not mine:
        return None
    own = frozenset().union(*(one.company for one in mine))
    others = [one for one in bound if one not in mine]
    noun = _noun(figure, text, language)
    if figure.kind in _COUNTED and noun and noun not in own:
        namesake = next((one for one in others if one.noun == noun), None)
        if namesake:
            return namesake.figure.text
    start, end = _sentence(figure, text)
    beside = _company(figure, start, end, text, language)
    said = [other for other in figures(text, language) if start <= other.start < end]
    for one in others:
        if one.figure.kind == figure.kind and not any(_same(one.figure, other) for other in said):
            foreign, familiar = len(beside & (one.company - own)), len(beside & own)
            if (foreign >= FOREIGN and not familiar) or foreign >= max(MORE_FOREIGN, familiar + 2):
                return one.figure.text
    return None


def _same(theirs: Figure, said: Figure) -> bool:
    """Whether a figure of copy is one of the brief's, whose sign it may have lost (`98` for `98 kronor`)."""
    bare = said.kind == "number" and any(reading.value == said.value for reading in theirs.readings)
    return bare or not set(theirs.readings).isdisjoint(said.readings)


@lru_cache(maxsize=256)
def _bound(claims: tuple[str, ...], language: str) -> tuple[Bound, ...]:
    """Every figure of the claims."""
    return tuple(
        Bound(figure, _company(figure, 0, len(claim), claim, language), _noun(figure, claim, language, far=True))
        for claim in claims
        for figure in figures(claim, language)
    )


def _noun(figure: Figure, text: str, language: str, *, far: bool = False) -> str:
    """The stem of the first word behind a figure, before the next figure and, in copy, at most two words on."""
    following = min((other.start for other in figures(text, language) if other.start > figure.start), default=len(text))
    for start, _, word in _words(text, language):
        if figure.end <= start < following and (far or text[figure.end : start].count(" ") <= BESIDE):
            return word
    return ""


def _sentence(figure: Figure, text: str) -> tuple[int, int]:
    """Start and end of the sentence that a figure stands in."""
    start = max((match.end() for match in _SENTENCE_END.finditer(text, 0, figure.start)), default=0)
    end = _SENTENCE_END.search(text, figure.end)
    return start, end.start() if end else len(text)


def _company(figure: Figure, start: int, end: int, text: str, language: str) -> frozenset[str]:
    """The stems of the words between `start` and `end` that are not part of the figure."""
    return frozenset(
        word
        for first, last, word in _words(text, language)
        if start <= first < end and not (first < figure.end and last > figure.start)
    )


@lru_cache(maxsize=8_192)
def _words(text: str, language: str) -> tuple[tuple[int, int, str], ...]:
    """Start, end and stem of each word that means something."""
    empty = _empty_words(language)
    return tuple(
        (match.start(), match.end(), _stem(match[0]))
        for match in _WORD.finditer(text)
        if match[0].casefold() not in empty
    )


@lru_cache(maxsize=32)
def _empty_words(language: str) -> frozenset[str]:
    return frozenset({*listed(language, "common"), *listed(language, "bindless")})


def _stem(word: str) -> str:
    folded = word.casefold().replace("’", "'").removesuffix("'s")
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= (3 if ending == "s" else 4):
            folded = folded.removesuffix(ending)
            break
    return folded.removesuffix("e")[:STEM]
