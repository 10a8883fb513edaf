"""The brand's name, which a language model may misspell and nobody may."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

from inference.checks.findings import block, quoted
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

ALIKE = 0.85  # of difflib's ratio, from which two words are one word misspelt: one letter of seven
LETTERS = 5  # shorter words are like too many others

_WORD = re.compile(r"[^\W\d_]+")


def misspelt_brand(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Capitalised words that are nearly, but not quite, one of the brand's name, and nowhere in the brief."""
    for key, text in variant.fields.items():
        for match in _WORD.finditer(text):
            right = _meant(match.group(), brief)
            if right:
                message = f"{quoted(match.group())} is not how {quoted(brief.brand)} is spelt; write {quoted(right)}"
                yield block("misspelt_brand", key, match.span(), message, mend=right)


def _meant(word: str, brief: Brief) -> str | None:
    """The word of the brand that this one is a slip of; inflections ("Cycle" of "Cycles") are none."""
    if len(word) < LETTERS or not word[0].isupper() or word.casefold() in _known(brief):
        return None
    names = {name.casefold(): name for name in _WORD.findall(brief.brand) if len(name) >= LETTERS}
    near = get_close_matches(word.casefold(), names, n=1, cutoff=ALIKE)
    inflected = near and near[0][:-1] == word.casefold()[: len(near[0]) - 1]
    return names[near[0]] if near and not inflected and not near[0].startswith(word.casefold()[:-1]) else None


@lru_cache(maxsize=64)
def _known(brief: Brief) -> frozenset[str]:
    """All words of the brief."""
    return frozenset(word.casefold() for word in _WORD.findall(brief.model_dump_json()))
