"""Leftovers: placeholders, talk of the prompt, markup and characters that nobody sees."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from inference.checks.findings import block, quoted, warn
from inference.checks.terms import terms
from prompts.render import example_brands
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

_PLACEHOLDER = re.compile(
    r"\[[^\[\]\n]{1,60}\]|\$?\{\{?[^{}\n]{0,60}\}?\}|\{%.{0,60}%\}|<[a-z][a-z ]*(?:_[a-z_ ]+| [a-z ]+)>"
    r"|<(?i:name|product|brand|company|city|date|price|offer|segment|url|link|insert[^>]*)>"
    r"|(?<!\w)X{2,}(?!\w)|(?i:\blorem\s+ipsum\b)|\b(?:TBD|TBC|TODO|FIXME)\b|(?<!\d)%(?:\(\w+\))?[sd]\b|_{3,}"
    r"|(?i:\binsert\s+(?:your\s+)?(?:name|product|brand|link|date|price)(?:\s+here)?\b)"
    r"|\{[{%]|[}%]\}"  # half a pair, which no brief can mean
)
_HALVES = frozenset({"{{", "}}", "{%", "%}"})
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});|<!--")
_MARKDOWN = re.compile(r"\*\*|__(?=\w)|```|^#{1,6}\s|^(?:[-*•]|\d{1,2}\))\s(?=\S)|\]\(", re.MULTILINE)
_LABELS = (
    r"subject(?: line)?|preheader|preview text|headline(?:[ _]?\d+)?|subheadline|body|title|primary text"
    r"|description(?:[ _]?\d+)?|call to action|cta|sms|push(?: notification)?|email|text|variant(?: \d+)?|option \d+"
    r"|version \d+|segment|audience|angle|assistant|user|system|ämnesrad|rubrik(?: \d+)?|förtext|brödtext|målgrupp"
)
_LABEL = re.compile(rf"^\W{{0,3}}(?:{_LABELS})\W{{0,2}}:", re.IGNORECASE | re.MULTILINE)
_SEGMENT_TALK = re.compile(
    r"\b(?:target|audience|customer|marketing)\s+(?:segment|audience)s?\b|<\|[^|]*\|>", re.IGNORECASE
)
_GREETING = r"(?:dear|hi|hello|hey|attention|calling(?:\s+all)?|kära|hej|till\s+alla)\s+"

# Control, bidirectional and zero-width characters; a joiner inside an emoji and a line break are no fault.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f"
    "\u3164\ufeff\ufff9-\ufffd\ue000-\uf8ff]|(?<![\ufe0f\U0001f000-\U0001faff\u2600-\u27bf])\u200d"
)


def placeholders(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Gaps that somebody was to fill: `[Name]`, `{{city}}`, "TBD"; not those that the brief itself has."""
    own = _own_placeholders(brief.claims)
    for key, text in variant.fields.items():
        for match in _PLACEHOLDER.finditer(text):
            if match.group() not in own:
                message = f"{quoted(match.group())} is a gap left open; fill it or leave it out"
                yield block("placeholder", key, match.span(), message)


@lru_cache(maxsize=64)
def _own_placeholders(claims: tuple[str, ...]) -> frozenset[str]:
    """The whole placeholders of a brief; a part of one is not its own."""
    return frozenset(match.group() for claim in claims for match in _PLACEHOLDER.finditer(claim)) - _HALVES


def prompt_text(variant: Variant, brief: Brief, channel: Channel) -> Iterator[Finding]:
    """Labels, markdown, and talk to the one who asked instead of to the reader."""
    # A key that is a plain word ("text") may stand before a colon; at the beginning of a line it is a label even so.
    keys = _keys(tuple(key for key in channel.allowed if "_" in key or key in {"subject", "preheader", "headline"}))
    for key, text in variant.fields.items():
        for pattern, what in ((_LABEL, "a label"), (_MARKDOWN, "markdown"), (_SEGMENT_TALK, "talk of the prompt")):
            for match in pattern.finditer(text):
                yield _prompt_finding(key, text, match.span(), what)
        for match in keys.finditer(text):
            if not _LABEL.match(text, match.start()) or match.start():
                yield _prompt_finding(key, text, match.span(), "a label")
        yield from _talk(key, text, brief)
        for brand in example_brands() - {brief.brand}:
            for match in re.finditer(rf"\b{re.escape(brand)}\b", text, re.IGNORECASE):
                yield _prompt_finding(key, text, match.span(), "the brand of an example in the prompt")


@lru_cache(maxsize=64)
def _keys(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)}):" if names else r"(?!)", re.IGNORECASE)


def _prompt_finding(key: str, text: str, span: tuple[int, int], what: str) -> Finding:
    return block("prompt_text", key, span, f"{quoted(text[slice(*span)])} is {what}, not copy; leave it out")


def _talk(key: str, text: str, brief: Brief) -> Iterator[Finding]:
    """An answer's opening ("Sure, here is a headline"): one that is never copy, or one that goes on about copy."""
    opening = next((hit for hit in terms(brief.language, "openings").find(text) if hit.start == 0), None)
    if opening is None:
        return
    alone = re.match(r"[,!:.]", text[opening.end :]) and " " not in opening.phrase
    about = next((h for h in terms(brief.language, "copy_words").find(text) if h.start - opening.end < 40), None)
    if alone or about or opening.phrase.startswith(("as a", "i cannot", "som ")):
        yield _prompt_finding(key, text, (0, about.end if about else opening.end), "talk to the one who asked")


def segment_names(variant: Variant, _: Brief, __: Channel) -> Iterator[Finding]:
    """The segment's own name as a label or a greeting: it is the house's word for people, not theirs."""
    label, greeting = _naming(variant.segment)
    for key, text in variant.fields.items():
        if match := label.search(text):
            yield _prompt_finding(key, text, match.span(), "the segment's name")
        elif match := greeting.search(text):
            message = (
                f"{quoted(match.group())} calls readers by the segment's name; say what they would call themselves"
            )
            yield warn("names_segment", key, match.span(), message)


@lru_cache(maxsize=256)
def _naming(segment: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    name = re.escape(segment)
    return re.compile(rf"^\W?{name}\s?:", re.I), re.compile(rf"{_GREETING}{name}\b|^{name}[,!]", re.I)


def markup(variant: Variant, _: Brief, __: Channel) -> Iterator[Finding]:
    """Tags and entities, which readers would see as they are."""
    for key, text in variant.fields.items():
        for match in _TAG.finditer(text):
            if _PLACEHOLDER.fullmatch(match.group()):
                continue
            say = block if match.group().casefold().startswith("<script") else warn
            yield say(
                "markup", key, match.span(), f"{quoted(match.group())} is markup; readers would see it as it stands"
            )


def invisible(variant: Variant, _: Brief, __: Channel) -> Iterator[Finding]:
    """Characters that nobody sees, and that change how text is shown, compared or counted."""
    for key, text in variant.fields.items():
        for match in _INVISIBLE.finditer(text):
            point = ord(match.group())
            name = unicodedata.name(match.group(), "control character")
            mend = None if match.group().isspace() else ""  # which may have held two words apart
            message = f"U+{point:04X} ({name}) is invisible; take it out"
            yield block("invisible_character", key, match.span(), message, mend=mend)
