"""Lists of phrases, compiled once to one pattern each."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

# Endings that an inflected word may have beyond the listed one. Simple on purpose: a phrase list can always name more.
ENDINGS = {
    "en": ("'s", "s'", "s", "es", "d", "ed", "ing", "ly"),
    "sv": ("s", "t", "a", "n", "en", "et", "r", "ar", "er", "or", "na", "arna", "erna", "orna", "de", "ade", "ande"),
    "da": ("s", "t", "e", "n", "en", "et", "er", "ene", "erne", "ede"),
    "nb": ("s", "t", "e", "n", "en", "et", "er", "ene", "ede"),
    "de": ("s", "e", "n", "en", "er", "es", "em", "ern", "t"),
    "fr": ("s", "e", "es", "x"),
    "es": ("s", "es"),
    "it": (),
    "nl": ("s", "e", "en", "n", "t"),
    "fi": ("n", "a", "ä", "t", "ta", "tä", "ssa", "ssä", "lla", "llä", "sta", "stä", "lle", "ja", "jä"),
}

UNINFLECTED = frozenset({"unfinished", "openings", "common"})  # lists of words that stand for themselves alone

# What `#` and `*` stand for in a phrase: a figure with its sign, and the first part of a hyphenated word.
_FIGURE = r"(?:[£$€]\s?)?\d[\d.,]*(?:\s?(?:%|€|kr\b|percent\b|per\scent\b|procent\b|prosent\b|prozent\b))?"
_SIGNS = {"#": _FIGURE, "*": r"\w+[-‐‑]", " ": r"[\s\-‐‑]+", "-": r"[\s\-‐‑]?", "'": "['’]"}


@dataclass(frozen=True)
class Hit:
    """A phrase that was found: the phrase as listed, and where it stands."""

    phrase: str
    start: int
    end: int


class Terms:
    """Phrases to look for, and longer ones (`but`) that contain them innocently.

    Case, typographic apostrophes, hyphens and the given endings make no difference; words must be whole. In listed
    phrases `#` stands for a figure with its sign and `*` for the first part of a hyphenated word (not where `signs` is
    off, which is for phrases that users write).
    """

    def __init__(
        self, phrases: Iterable[str], *, but: Iterable[str] = (), endings: Sequence[str] = (), signs: bool = True
    ) -> None:
        self._innocent = frozenset(but)
        listed = sorted({*phrases, *self._innocent}, key=lambda phrase: (-len(phrase), phrase))
        self._sources = {p: _source(p.lower(), () if p in self._innocent else endings, signs) for p in listed}
        # One lookbehind for all where all begin with a letter: it spares most places in the text most of the work.
        wordy = all(_wordy(phrase[0]) for phrase in listed)
        sources = [f"{'' if wordy or not _wordy(p[0]) else _NEW_WORD}{source}" for p, source in self._sources.items()]
        self._pattern = re.compile(f"{_NEW_WORD if wordy else ''}(?:{'|'.join(sources)})") if listed else None

    def find(self, text: str) -> Iterator[Hit]:
        """Every phrase in `text`, from left to right, the longest first where several begin alike."""
        for match in self._pattern.finditer(_lower(text)) if self._pattern else ():
            phrase = next(p for p, source in self._sources.items() if re.fullmatch(source, match.group()))
            if phrase not in self._innocent:
                yield Hit(phrase, *match.span())

    def within(self, texts: Iterable[str]) -> frozenset[str]:
        """The phrases that stand in any of `texts`."""
        return frozenset(hit.phrase for text in texts for hit in self.find(text))


_NEW_WORD = r"(?<!\w)"


def _lower(text: str) -> str:
    """`text` in small letters, every character at its place (one that would become two is left as it is)."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _source(phrase: str, endings: Sequence[str], signs: bool) -> str:
    table = _SIGNS if signs else {key: value for key, value in _SIGNS.items() if key not in "#*"}
    forms = {
        phrase,
        *(unicodedata.normalize(form, phrase) for form in ("NFC", "NFD")),
    }  # "café" may be typed either way
    body = "|".join("".join(table.get(c) or re.escape(c) for c in form) for form in sorted(forms))
    ending = "|".join(sorted((e.replace("'", "['’]") for e in endings), key=len, reverse=True))
    right = (f"(?:{ending})?" if ending else "") + r"(?!\w)" if _wordy(phrase[-1]) else ""
    return f"(?:{body}){right}" if len(forms) > 1 else f"{body}{right}"


def _wordy(character: str) -> bool:
    return character.isalnum() or character in "#*_"


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))


def listed(language: str, name: str) -> list[str]:
    """The phrases of the list `name` for a language; empty where it has none."""
    return list(_lists().get(language, {}).get(name, ()))


@lru_cache(maxsize=256)
def terms(language: str, name: str) -> Terms:
    """The list `name` compiled, with its innocent phrases from `<name>_but` and the language's endings."""
    endings = () if name in UNINFLECTED else ENDINGS[language]
    return Terms(listed(language, name), but=listed(language, f"{name}_but"), endings=endings)


@lru_cache(maxsize=1_024)
def claimed(language: str, name: str, claims: tuple[str, ...]) -> frozenset[str]:
    """The phrases of a list that the brief's own claims contain, so that copy may say them."""
    return terms(language, name).within(claims)
