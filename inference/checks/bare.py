"""Bare figures: a list of figures of the brief with nothing said of any of them, "£545, 14 inns, 20 kg, 4pm"."""

import re
from collections.abc import Iterator

from inference.checks.binding import Bound, bound, owners
from inference.checks.extraction import figures
from inference.checks.findings import Span, block, quoted
from inference.checks.words import words
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

LEAST = 3  # claims whose figures stand bare in one sentence
WORDS = 1  # beside a figure, so many say what it counts and nothing of it: "14 inns"

_SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?](?!\s|$))+")
_PART = re.compile(r"\s*(?:[;·|•+&]|,(?!\d{3}\b)|\s[-–—]\s|\b(?:and|och|und|et|y|e|en|og|ja)\b)\s*", re.IGNORECASE)


def figure_list(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Sentences that are nothing but figures of three claims or more, each with its unit or one word at most."""
    many = ((key, text) for key, text in variant.fields.items() if len(figures(text, brief.language)) >= LEAST)
    for key, text in many:
        for match in _SENTENCE.finditer(text):
            claims = _listed(match[0], brief)
            if claims >= LEAST:
                message = (
                    f"{quoted(match[0])} lists the figures of {claims} claims and says nothing of them; say one claim"
                )
                yield block("figure_list", key, _trimmed(match), message)


def _listed(sentence: str, brief: Brief) -> int:
    """How many claims the figures of a sentence are of, where it is nothing but figures; 0 where it is more."""
    parts = [part for part in _PART.split(sentence) if part.strip()]
    bounds = bound(brief.claims, brief.language)
    claims = [_claims(part, brief, bounds) for part in parts]
    if len(parts) < LEAST or not all(_bare(part, brief.language) for part in parts):
        return 0
    # a figure that several claims have may be of a claim that is counted already
    return len({min(each) for each in claims if each})


def _bare(part: str, language: str) -> bool:
    found = figures(part, language)
    beside = [
        word for word in words(part, language) if not any(f.start < word.end and word.start < f.end for f in found)
    ]
    return bool(found) and len(beside) <= WORDS


def _claims(part: str, brief: Brief, bounds: tuple[Bound, ...]) -> set[int]:
    """The places of the claims that the figures of a part may be of."""
    return {brief.claims.index(one.claim) for figure in figures(part, brief.language) for one in owners(figure, bounds)}


def _trimmed(match: re.Match[str]) -> Span:
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    return start, start + len(match[0].strip())
