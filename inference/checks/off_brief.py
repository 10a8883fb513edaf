"""Sentences that have nothing of the brief in them."""

from collections.abc import Iterator
from functools import lru_cache

from inference.checks.extraction import figures
from inference.checks.findings import quoted, warn
from inference.checks.repeats import SENTENCE
from inference.checks.terms import listed
from inference.checks.words import among, stems, words
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.segment import Segment
from store.variant import Variant

LEAST = 7  # different words of meaning; a shorter sentence may well be a scene, or point at the one before


def off_brief(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Long sentences without a figure, or a word of the brief's claims, its voice or the readers they are for.

    Only where the language's words without meaning are listed: elsewhere those would count as words of the brief.
    """
    if not listed(brief.language, "bindless"):
        return
    known = _known(brief.claims, _told(variant, brief), brief.language)
    for key, text in variant.fields.items():
        for match in SENTENCE.finditer(text):
            said = [word for word in words(text, brief.language) if match.start() <= word.start < match.end()]
            if len({word.stem for word in said}) < LEAST or figures(match[0], brief.language):
                continue
            if not among(known, said):
                span = (match.start(), match.start() + len(match[0].rstrip()))
                yield warn("off_brief", key, span, f"{quoted(match[0])} has nothing of the brief in it; say its claim")


def _told(variant: Variant, brief: Brief) -> tuple[str, ...]:
    """What the brief says of itself, its voice and the readers."""
    readers: list[Segment] = [segment for segment in brief.segments if segment.name == variant.segment]
    voice = brief.voice
    return (
        brief.name,
        voice.description,
        *voice.do,
        *voice.examples,
        *(text for one in readers for text in (one.name, one.sentence)),
    )


@lru_cache(maxsize=1_024)
def _known(claims: tuple[str, ...], told: tuple[str, ...], language: str) -> frozenset[str]:
    return frozenset[str]().union(*(stems(text, language) for text in (*claims, *told)))
