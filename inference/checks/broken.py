"""Fields that stop in the middle of a phrase of their claim."""

import re
from collections.abc import Iterator

from inference.checks.findings import quoted, warn
from inference.checks.terms import listed
from inference.checks.words import words
from store.brief import Brief
from store.channel import Channel, Field
from store.finding import Finding
from store.variant import Variant

FULL = 0.7  # of a field's maximum: what is much shorter was not stopped by it

_TAIL = re.compile(r"\S+\s+\S*[^\W_]$")
_NEXT = re.compile(r"\s+(?=[^\W\d_])")


def broken_off(variant: Variant, brief: Brief, channel: Channel) -> Iterator[Finding]:
    """Nearly full fields whose last two words are, wherever their claim has them, followed by one that means something.

    "Gifts Doubled by the Harwell", of "doubled by the Harwell Foundation". Of 1,419 pieces that were read 34 ended so,
    and 2 of those could be approved. Only where the language's words without meaning are listed.
    """
    if variant.angle is None or not listed(brief.language, "bindless"):
        return
    for key, text in variant.fields.items():
        tail = _TAIL.search(text) if _full(text, channel.allowed.get(key)) else None
        missing = _missing(tail[0], variant.angle.claims, brief.language) if tail else ""
        if tail and missing:
            said = f"ends in {quoted(tail[0])}, where the claim goes on with {quoted(missing)}; finish the phrase"
            yield warn("breaks_off", key, tail.span(), said)


def _full(text: str, field: Field | None) -> bool:
    return field is not None and field.unit != "sms_parts" and len(text) >= FULL * field.maximum


def _missing(tail: str, claims: tuple[str, ...], language: str) -> str:
    """The word by which the claims go on behind `tail`; empty where one of them does not, or none has it."""
    ended = r"\s+".join(map(re.escape, tail.split()))
    pattern = re.compile(rf"(?<!\w){ended}(?!\w)", re.IGNORECASE)
    found = [_next(claim, match.end(), language) for claim in claims for match in pattern.finditer(claim)]
    return found[-1] if found and all(found) else ""


def _next(claim: str, end: int, language: str) -> str:
    """The word behind `end` where nothing but white space is between and the word means something."""
    gap = _NEXT.match(claim, end)
    return next(
        (claim[word.start : word.end] for word in words(claim, language) if gap and word.start == gap.end()), ""
    )
