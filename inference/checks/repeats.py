"""Repeats: copy that says what other copy says already."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from inference.checks.findings import WHOLE, block, quoted, warn
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

SENTENCE = re.compile(r"[^.!?\s][^.!?]*")
SHORTEST = 10  # letters of a sentence that may not come twice; "No rain." may
GRAM = 4  # characters in a shingle
NEAR = 0.8  # shared shingles of all, from which two texts count as nearly the same


def repeated_field(variant: Variant, _: Brief, __: Channel) -> Iterator[Finding]:
    """The same text in two fields of one variant."""
    seen: dict[str, str] = {}
    for key, text in variant.fields.items():
        folded = fold(text)
        if folded and folded in seen:
            yield block("repeated_field", key, (0, len(text)), f"{quoted(text)} stands in {seen[folded]} already")
        seen.setdefault(folded, key)


def repeated_sentence(variant: Variant, _: Brief, __: Channel) -> Iterator[Finding]:
    """A sentence that a field says twice, as a language model does when it goes round in circles."""
    for key, text in variant.fields.items():
        seen: set[str] = set()
        for match in SENTENCE.finditer(text):
            folded = fold(match.group())
            if len(folded) >= SHORTEST and folded in seen:
                yield block(
                    "repeated_sentence", key, match.span(), f"{quoted(match.group())} is said twice; once is enough"
                )
                break
            seen.add(folded)


def repeats(variant: Variant, earlier: Sequence[Variant]) -> list[Finding]:
    """Whether `variant` repeats an earlier one of its segment and channel, exactly or nearly; the first found is named.

    Case, spaces and punctuation make no difference. Nearly means that of all runs of four characters in the two, at
    least 0.8 are in both (the Jaccard index of their shingles). An exact repeat is named before a near one.
    """
    mine, near = _print_of(variant), None
    if not mine.folded:
        return []
    for other in earlier:
        if (other.segment, other.channel) == (variant.segment, variant.channel):
            theirs = _print_of(other)
            if theirs.folded == mine.folded:
                return [block("repeat", "", WHOLE, f"says the same as {_named(other)}; keep one of them")]
            if near is None and _near(mine, theirs):
                near = warn("near_repeat", "", WHOLE, f"says nearly the same as {_named(other)}; keep the better one")
    return [near] if near else []


def _named(variant: Variant) -> str:
    said = quoted(variant.text)
    return f"variant {variant.id}, {said}" if variant.id is not None else said


class _Print(NamedTuple):
    """What a text is compared by."""

    folded: str
    shingles: frozenset[int]
    bits: int
    """One bit for each shingle, some sharing theirs: a bit that only one text has is a shingle that only it has."""


def _near(one: _Print, two: _Print) -> bool:
    # The bits bound what can be shared, exactly and at a tenth of the price of looking.
    most = min(
        len(one.shingles) - (one.bits & ~two.bits).bit_count(), len(two.shingles) - (two.bits & ~one.bits).bit_count()
    )
    return _enough(most, one, two) and _enough(len(one.shingles & two.shingles), one, two)


def _enough(shared: int, one: _Print, two: _Print) -> bool:
    return shared >= NEAR * (len(one.shingles) + len(two.shingles) - shared)


def _print_of(variant: Variant) -> _Print:
    return _printed(tuple(variant.fields.values()))


@lru_cache(maxsize=16_384)
def _printed(texts: tuple[str, ...]) -> _Print:
    folded = fold("\n".join(texts))
    shingles = frozenset(hash(folded[i : i + GRAM]) for i in range(max(1, len(folded) - GRAM + 1)))
    bits = 0
    for shingle in shingles:
        bits |= 1 << (shingle % 1_021)
    return _Print(folded, shingles, bits)


def fold(text: str) -> str:
    """`text` without what makes no difference: case, compatibility forms, punctuation and runs of space."""
    return " ".join(re.findall(r"[\w£$€%]+", unicodedata.normalize("NFKC", text).casefold()))
