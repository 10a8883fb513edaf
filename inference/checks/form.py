"""Form: shouting, punctuation, emoji and the other marks of copy that nobody has looked over."""

import re
from collections.abc import Iterator

from inference.checks.findings import WHOLE, Span, block, note, quoted, warn
from inference.checks.terms import Terms, listed, terms
from store.brief import Brief
from store.channel import Channel, Field
from store.finding import Finding
from store.variant import Variant

SHOUTED_LETTERS = 4  # shorter words in capitals are mostly abbreviations
ABBREVIATION = 5  # letters of the longest word in capitals that may be an abbreviation which the brief lacks
SHOUTED_SHARE = 0.3  # of a field's letters
BODY_LENGTH = 80  # a field that holds this many characters holds sentences

_WORD = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r"[!?]{2,}|\.{4,}")
# Pictographs with their modifiers: skin tones, variation selectors, joined sequences, flags.
_PICTURE = (
    "[\U0001f000-\U0001faff\u2600-\u26ff\u2702-\u2712\u2714\u2716\u271d-\u27b0\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa]"
)
_JOINED = f"{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{_PICTURE}\ufe0f?)*"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_JOINED}")
_HASHTAG = re.compile(r"(?<![\w&/])#[^\W\d_]\w*")
_QUOTES = {'"': '"', "“": "”", "”": "”", "'": "'", "‘": "’", "«": "»", "»": "«", "„": "“"}
_DOUBLED = re.compile(r"\b([^\W\d_]{2,})\s+\1\b(?!['’])", re.IGNORECASE)  # "tell you you're" is no slip


def shouting(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Words in capitals that the brief does not write so, and fields that are mostly capitals."""
    for key, text in variant.fields.items():
        short = _abbreviations(text, brief)
        loud = [match for match in _WORD.finditer(text) if _shouted(match.group(), brief, short)]
        for match in loud:
            yield warn("shouting", key, match.span(), f"{quoted(match.group())} is shouted; write it in small letters")
        letters = [character for character in text if character.isalpha()]
        known = sum(len(w) for w in _WORD.findall(text) if w in short or (w.isupper() and w in _capitals(brief)))
        capitals = sum(character.isupper() for character in letters) - known
        if not loud and len(letters) >= 16 and capitals > SHOUTED_SHARE * len(letters):
            yield warn("shouting", key, (0, len(text)), f"{quoted(text)} is mostly capitals; write it in small letters")


def _shouted(word: str, brief: Brief, short: frozenset[str]) -> bool:
    return len(word) >= SHOUTED_LETTERS and word.isupper() and word not in short and word not in _capitals(brief)


def _abbreviations(text: str, brief: Brief) -> frozenset[str]:
    """The words in capitals, where they can all be abbreviations: few, short, and none that people shout ("FREE")."""
    words = _WORD.findall(text)
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    words_shouted = {*listed(brief.language, "shouted"), *listed(brief.language, "common")}
    plain = {word for word in words_shouted if len(word) > 2}  # "IT" and "US" are abbreviations too
    fits = all(len(w) <= ABBREVIATION and w.casefold() not in plain for w in capitals if w not in _capitals(brief))
    return frozenset(capitals if fits and len(words) >= 3 and 2 * len(capitals) <= len(words) else ())


def _capitals(brief: Brief) -> str:
    """Where abbreviations of the brief may stand."""
    segments = (f"{segment.name} {segment.sentence}" for segment in brief.segments)
    return "\n".join([*brief.claims, brief.voice.description, *brief.voice.examples, *segments])


def punctuation(variant: Variant, _: Brief, channel: Channel) -> Iterator[Finding]:
    """Runs of marks, and an exclamation mark in a headline of a platform that refuses it."""
    for key, text in variant.fields.items():
        for match in _MARKS.finditer(text):
            run = match.group()
            mend = "..." if run[0] == "." else "?" if "?" in run else "!"
            yield warn("punctuation", key, match.span(), f"{quoted(run)} is too much; one mark will do", mend=mend)
        if channel.formal and "headline" in key and (at := text.find("!")) >= 0:
            mend = "." if text[at + 1 :].startswith(" ") and text[at + 1 :].strip() else ""
            message = f'{channel.name} refuses "!" in headlines; end it without'
            yield block("exclamation", key, (at, at + 1), message, mend=mend)


def emoji(variant: Variant, brief: Brief, channel: Channel) -> Iterator[Finding]:
    """Emoji that the platform refuses or the voice does not have, several of them, and hashtags."""
    for key, text in variant.fields.items():
        found = [(match.start(), match.end()) for match in _EMOJI.finditer(text)]
        for span in found if channel.formal or not brief.voice.emoji else ():
            yield _unwanted(key, span, text[slice(*span)], channel)
        if len(found) > 1:
            yield warn("many_emoji", key, found[1], f"{len(found)} emoji in one field; one is enough")
        for match in _HASHTAG.finditer(text):
            yield warn("hashtag", key, match.span(), f"{quoted(match.group())}: hashtags lead away from the message")


def _unwanted(key: str, span: Span, shown: str, channel: Channel) -> Finding:
    if channel.formal:
        return block("emoji", key, span, f"{channel.name} refuses emoji such as {shown}; leave it out")
    return warn("emoji", key, span, f"the brand's voice has no emoji, and here is {shown}; leave it out")


def dress(variant: Variant, _: Brief, channel: Channel) -> Iterator[Finding]:
    """Quotation marks around a whole field, and Title Case where the channel does not use it."""
    for key, text in variant.fields.items():
        if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
            yield warn("quoted", key, (0, len(text)), f"{quoted(text[1:-1])} stands in quotation marks; take them off")
        customary = channel.formal and "headline" in key
        if not customary and _title_case(text):
            yield note(
                "title_case", key, (0, len(text)), f"{quoted(text)} is in title case; capitals only where names are"
            )


def _title_case(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if len(word) > 3]
    return len(words) >= 4 and all(word[0].isupper() and not word.isupper() for word in words)


def endings(variant: Variant, brief: Brief, channel: Channel) -> Iterator[Finding]:
    """Text that stops in the middle, and words said twice in a row."""
    allowed = channel.allowed
    for key, text in variant.fields.items():
        span = _unfinished(text, brief.language, body=_is_body(allowed.get(key)))
        if span != WHOLE:
            yield warn(
                "unfinished", key, span, f"ends in {quoted(text[slice(*span)])}, as if cut off; finish the sentence"
            )
        innocent = set(listed(brief.language, "doubled"))
        for match in _DOUBLED.finditer(text):
            if " ".join(match.group().casefold().split()) not in innocent:
                message = f"{quoted(match.group())} says a word twice; take one out"
                yield warn("doubled", key, match.span(), message, mend=match[1])


def _is_body(field: Field | None) -> bool:
    return field is not None and (field.unit == "sms_parts" or field.maximum >= BODY_LENGTH)


def _unfinished(text: str, language: str, *, body: bool) -> Span:
    """The span of the end that gives it away, or WHOLE where the text is finished."""
    mark = re.search(r"(?:\.\.\.|…)$" if body else r"(?!)", text) or re.search(r"(?:[,;:(&/+]|\s[-–—])$", text)
    if mark:
        return mark.span()
    last = max(_unfinished_words(language).find(text), key=lambda hit: hit.end, default=None)
    return (last.start, last.end) if last and last.end == len(text) else WHOLE


def _unfinished_words(language: str) -> Terms:
    return terms(language, "unfinished")
