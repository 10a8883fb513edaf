"""Finding figures in a text: the patterns, the most telling first, and the loop over them."""

import re
from functools import lru_cache

from inference.checks import numerals
from inference.checks.contacts import contacts
from inference.checks.figure import Figure
from inference.checks.lexicon import lexicon
from inference.checks.readings import READERS

_IN_WORDS = frozenset({"clock_word", "weekday", "weekday_short", "month", "words"})
_SHORT_DAYS = "Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun"


@lru_cache(maxsize=4_096)
def figures(text: str, language: str) -> tuple[Figure, ...]:
    """Every figure of `text`, in order. Each digit outside a link, address or phone number lies in exactly one."""
    left = text
    for contact in contacts(text):
        left = _without(left, contact.start, contact.end)
    numbered = any(character.isnumeric() for character in text)
    found: list[Figure] = []
    for kind, pattern in _patterns(language):
        for match in pattern.finditer(left) if numbered or kind in _IN_WORDS else ():
            for start, end, readings in READERS[kind](match, lexicon(language)):
                spelled = not any(character.isnumeric() for character in text[start:end])
                found.append(Figure(text[start:end], tuple(readings), start, end, spelled))
            left = _without(left, match.start(), match.end())
    return tuple(sorted(found, key=lambda figure: figure.start))


def _without(text: str, start: int, end: int) -> str:
    """`text` with a span blanked out, so that it is read once only."""
    return f"{text[:start]}{chr(0) * (end - start)}{text[end:]}"


@lru_cache(maxsize=32)
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What figures look like, the most telling first: what one pattern has taken, the next do not see."""
    words, number = lexicon(language), numerals.pattern(language)
    day, month = rf"(\d{{1,2}})(?:{words.ordinal})?(?!\w)", rf"({words.month})"
    dash = rf"\s?(?:[-–—]|\b(?:{words.to})\b)\s?"
    hour = r"(\d{1,2})(?:[:.](\d\d))?"
    sources = {
        "iso": r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)",
        "day_month": rf"(?<![\d.,£$€])(?:{day}{dash})?{day}\.?\s(?:of\s|de\s|di\s)?{month}\b"
        r"(?:\.?,?\s(\d{4})(?!\d))?",
        "month_day": rf"\b{month}\b\.?\s(?:the\s)?{day}(?:{dash}{day})?(?:,\s?(\d{{4}})|\s(\d{{4}}))?(?!\d|:\d)",
        "month_year": rf"\b{month}\b\.?\s(\d{{4}})(?!\d)",
        "clock_word": rf"\b({'|'.join(words.clock)})\b" if words.clock else "",
        "time_12": rf"(?<![\d.,:])(?:{hour}{dash})?{hour}\s?([ap])(?:m\b|\.\s?m\b\.?)",
        "time": r"(?<![\d.,:])(\d{1,2}):(\d\d)(?!\d|:\d)",
        "time_kl": r"\b(?:kl\.?|klockan|klokken|klo)\s?(\d{1,2})(?:[.:](\d\d))?(?!\d)",
        "time_after": rf"(?<![\d.,:]){hour}\s?(?:Uhr\b|o['’]clock\b)",
        "vulgar": r"\d*[¼½¾⅐-⅞]",
        "money": numerals.money(number),
        "percent": rf"(?<!\w)(?:({number})\s?[-–—]\s?)?({number})\s?(?:%|(?:{words.percent})\b)",
        "times": rf"(?<![\w])({number})\s?[x×](?!\w|\s?\d)",
        "slashes": r"(?<![\w/])(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d\d)(?![\w/])",
        "ratio": r"(?<![\w.,/])(\d{1,4})(?:\s?/\s?|\sout\sof\s|\sav\s|\saf\s|\svon\s|\ssur\s)(\d{1,4})(?![\w/])",
        "code": r"(?<!\w)[^\W\d]\w*\d\w*",
        "number": rf"(?<!\d)({number})(\s?(?:{numerals.MAGNITUDES})\b|[kKMm]\b|bn\b|(?:{words.ordinal})(?!\w))?",
        "weekday": rf"\b(?:{'|'.join(name for name, _ in words.weekdays)})\b",
        "weekday_short": rf"\b({_SHORT_DAYS})\s?(?:[-–/&,]|to)\s?({_SHORT_DAYS})\b",
        "month": rf"\b(?:{'|'.join(name for name, _ in words.long_months)})\b",
        "words": numerals.words(words),
        "rest": r"\d+",
    }
    if language != "en":  # where only English puts the month first and cuts weekdays to three letters
        del sources["month_day"], sources["weekday_short"]
    return tuple((kind, re.compile(source, re.IGNORECASE)) for kind, source in sources.items() if source)
