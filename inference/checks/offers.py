"""Offers: free, discount, prize and code words that no claim of the brief supports."""

import re
from collections.abc import Iterator

from inference.checks.findings import block, quoted
from inference.checks.terms import claimed, terms
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

_KINDS = {
    "offer_free": "anything being free",
    "offer_discount": "a discount",
    "offer_refund": "money returned",
    "offer_bundle": "such a bundle",
    "offer_prize": "a prize",
}

COUNTED = "# savings"  # "20% savings" is a discount, and "10 savings pots" are not

# SAVE20, or a word in capitals right after "code".
_CODE = re.compile(
    r"(?<!\w)[A-Z]{3,}\d{1,4}(?!\w)|(?i:\b(?:code|kod|koden|kode|koodi|codice|código)\b:?)\s[\"'“]?([A-Z0-9]{3,})\b"
)
_SIGN = re.compile(r"[£$€%]|\b(?:kr|per\s?cent)\b", re.IGNORECASE)


def unknown_offers(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Words for an offer of a kind that the brief does not make, an end that no claim sets, and codes it does not have.

    Any word of the same kind will do: "no charge" in the brief lets copy say "free".
    """
    for key, text in variant.fields.items():
        yield from _offers(key, text, brief)
        yield from _deadlines(key, text, brief)
        yield from _codes(key, text, brief)


def _offers(key: str, text: str, brief: Brief) -> Iterator[Finding]:
    for name, what in _KINDS.items():
        if any(claimed(brief.language, given, brief.claims) for given in (name, f"{name}_also")):
            continue
        for hit in terms(brief.language, name).find(text):
            said = quoted(text[hit.start : hit.end])
            if hit.phrase == COUNTED and not _SIGN.search(said):
                continue
            message = f"{said}: the brief says nothing of {what}; say only what it offers"
            yield block("unknown_offer", key, (hit.start, hit.end), message)


def _deadlines(key: str, text: str, brief: Brief) -> Iterator[Finding]:
    supported = claimed(brief.language, "deadlines", brief.claims)
    for hit in terms(brief.language, "deadlines").find(text):
        if hit.phrase not in supported:
            message = (
                f"{quoted(text[hit.start : hit.end])} sets an end that the brief does not have; use its date or none"
            )
            yield block("unknown_date", key, (hit.start, hit.end), message)


def _codes(key: str, text: str, brief: Brief) -> Iterator[Finding]:
    for match in _CODE.finditer(text):
        group = 1 if match[1] else 0
        if not any(match[group] in claim for claim in brief.claims):
            message = f"the brief has no code {quoted(match[group])}; use its own or none"
            yield block("unknown_offer", key, match.span(group), message)
