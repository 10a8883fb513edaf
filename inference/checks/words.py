"""The words of a text that mean something, and the stems by which they are known again."""

import re
from collections.abc import Iterable, Set
from functools import lru_cache
from typing import NamedTuple

from inference.checks.findings import Span
from inference.checks.terms import listed

STEM = 6  # letters by which a word is known again, whatever its ending
PART = 4  # letters of a stem that is looked for inside longer words, as compounds hold it
COMPOUND = 7  # letters from which a word may be a compound

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")  # single letters are units, and units are the figures' own
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_ENDINGS = ("ies", "arna", "erna", "orna", "ing", "es", "ed", "er", "ar", "or", "en", "na", "s")


class Word(NamedTuple):
    """A word that means something, and where it stands."""

    start: int
    end: int
    stem: str
    text: str
    """In small letters."""


@lru_cache(maxsize=8_192)
def words(text: str, language: str) -> tuple[Word, ...]:
    """Each word of `text` that means something, in order."""
    empty = empty_words(language)
    found = ((match, match[0].casefold()) for match in _WORD.finditer(text))
    return tuple(Word(match.start(), match.end(), stem(low), low) for match, low in found if low not in empty)


@lru_cache(maxsize=8_192)
def stems(text: str, language: str) -> frozenset[str]:
    """The stems of the words that mean something."""
    return frozenset(word.stem for word in words(text, language))


def among(wanted: Set[str], said: Iterable[Word]) -> frozenset[str]:
    """Which of the stems `wanted` stand in `said`, as a word or inside a long one ("kurs" in "klinkerkurs")."""
    said = tuple(said)
    whole = frozenset(word.stem for word in said)
    long = " ".join(word.text for word in said if len(word.text) >= COMPOUND)
    return frozenset(one for one in wanted if one in whole or (len(one) >= PART and one in long))


def sentence(text: str, start: int, end: int) -> Span:
    """Start and end of the sentence that `text[start:end]` stands in."""
    begin = max((match.end() for match in _SENTENCE_END.finditer(text, 0, start)), default=0)
    after = _SENTENCE_END.search(text, end)
    return begin, after.start() if after else len(text)


def stem(word: str) -> str:
    """A word in small letters, less a simple ending and all that is beyond its first letters."""
    folded = word.replace("’", "'").removesuffix("'s")
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= (3 if ending == "s" else 4):
            folded = folded.removesuffix(ending)
            break
    return folded.removesuffix("e")[:STEM]


@lru_cache(maxsize=32)
def empty_words(language: str) -> frozenset[str]:
    """Words with no meaning of their own; for most languages only the commonest."""
    return frozenset({*listed(language, "common"), *listed(language, "bindless")})
