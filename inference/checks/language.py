"""Language: whether copy is in the language of the brief."""

from collections.abc import Iterator
from functools import lru_cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from inference.checks.findings import WHOLE, block
from inference.checks.terms import terms
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

LANGUAGES = {
    "en": Language.ENGLISH, "sv": Language.SWEDISH, "da": Language.DANISH, "nb": Language.BOKMAL, "de": Language.GERMAN,
    "fr": Language.FRENCH, "es": Language.SPANISH, "it": Language.ITALIAN, "nl": Language.DUTCH, "fi": Language.FINNISH,
}  # fmt: skip

# Danish and Norwegian are too alike to be told apart in a line of copy.
_ALIKE = ({"da", "nb"},)

LEAST_LETTERS = 20  # shorter texts are not judged
MOST_LIKELY = 0.05  # the brief's language must be less likely than this,
SURE = 0.9  # and another more likely than this


def language(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Copy that is surely in another language than the brief's; where that is in doubt, nothing is said."""
    text = variant.text.replace(brief.brand, " ")
    if sum(character.isalpha() for character in text) < LEAST_LETTERS:
        return
    likely = _likely(text)
    found = max(likely, key=lambda code: likely[code])
    sure = likely[found] > SURE and likely[brief.language] < MOST_LIKELY and not _alike(found, brief.language)
    # A short text misleads the detector now and then, so that its commonest words must bear it out.
    if sure and _common(text, found) > _common(text, brief.language):
        names = LANGUAGES[found].name.title(), LANGUAGES[brief.language].name.title()
        yield block("wrong_language", "", WHOLE, f"the copy is in {names[0]}; the brief asks for {names[1]}")


def _common(text: str, code: str) -> int:
    """How many of the commonest words of a language stand in the text."""
    return sum(1 for _ in terms(code, "common").find(text))


def _alike(first: str, second: str) -> bool:
    return first == second or any({first, second} <= group for group in _ALIKE)


def _likely(text: str) -> dict[str, float]:
    """How likely each language is, from 0 to 1."""
    codes = {language: code for code, language in LANGUAGES.items()}
    return {codes[found.language]: found.value for found in _detector().compute_language_confidence_values(text)}


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    """The detector, made on first use; its word lists come inside the package."""
    return LanguageDetectorBuilder.from_languages(*LANGUAGES.values()).with_low_accuracy_mode().build()
