"""Wording: what must or must never be said, promises the brief does not support, and phrases that put readers off."""

import re
from collections.abc import Iterator
from functools import lru_cache

from inference.checks.findings import WHOLE, block, quoted, warn
from inference.checks.terms import ENDINGS, Terms, claimed, terms
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant


def never_say(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Phrases that the brief forbids, with simple endings ("artisan" forbids "artisans" too)."""
    for key, text in variant.fields.items():
        for hit in _forbidden(brief.never_say, brief.language).find(text):
            message = f"{quoted(text[hit.start : hit.end])}: the brief never says {quoted(hit.phrase)}"
            yield block("never_say", key, (hit.start, hit.end), message)


@lru_cache(maxsize=64)
def _forbidden(phrases: tuple[str, ...], language: str) -> Terms:
    return Terms(phrases, endings=ENDINGS[language], signs=False)


def must_say(variant: Variant, brief: Brief, channel: Channel) -> Iterator[Finding]:
    """Phrases that the brief demands and no field has; a warning where no field of the channel could hold them."""
    said = _folded(variant.text)
    for phrase in brief.must_say if variant.fields else ():
        if _folded(phrase) in said:
            continue
        if any(_holds(field.maximum, field.unit) >= len(phrase) for field in channel.fields):
            yield block("must_say_missing", "", WHOLE, f"no field says {quoted(phrase)}, which the brief demands")
        else:
            message = (
                f"no field of {channel.name} is long enough for {quoted(phrase)}; see that the reader gets it elsewhere"
            )
            yield warn("must_say_missing", "", WHOLE, message)


def _holds(maximum: int, unit: str) -> int:
    return maximum * 153 if unit == "sms_parts" else maximum


def _folded(text: str) -> str:
    return re.sub(r"[\s\u00ad]+", " ", text.replace("’", "'")).casefold().strip()


def promises(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Guarantees and superlatives that no claim of the brief contains."""
    for key, text in variant.fields.items():
        for hit, said in _unclaimed("guarantees", text, brief):
            message = f"{said} promises what the brief does not; say what is done instead"
            yield block("guarantee", key, hit, message)
        for hit, said in _unclaimed("superlatives", text, brief):
            message = f"{said} ranks the product, and no fact of the brief shows it; say the fact that does"
            yield warn("superlative", key, hit, message)


def spam(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Phrases that mail filters and readers distrust."""
    for key, text in variant.fields.items():
        for hit, said in _unclaimed("spam", text, brief):
            yield warn("spam", key, hit, f"{said} reads like spam; say plainly what the reader gets")


def cliches(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Phrases that give machine-written copy away."""
    for key, text in variant.fields.items():
        for hit, said in _unclaimed("cliches", text, brief):
            yield warn("cliche", key, hit, f"{said} is worn; start with the fact itself")


def _unclaimed(name: str, text: str, brief: Brief) -> Iterator[tuple[tuple[int, int], str]]:
    """Span and quoted words of each phrase of a list that stands in the text and in no claim."""
    supported = claimed(brief.language, name, brief.claims)
    for hit in terms(brief.language, name).find(text):
        if hit.phrase not in supported:
            yield (hit.start, hit.end), quoted(text[hit.start : hit.end])
