"""How numbers and sums of money are written in each language, and what they come to."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from inference.checks.lexicon import Lexicon

_SPACES = "\u00a0\u202f\u2009 "

CURRENCIES = {
    "us$": "$", "usd": "$", "a$": "$", "c$": "$", "dollar": "$", "dollars": "$", "bucks": "$", "eur": "€", "euro": "€",
    "euros": "€", "gbp": "£", "pound": "£", "pounds": "£", "quid": "£", "kr": "kr", "kr.": "kr", "kronor": "kr",
    "kroner": "kr", "krona": "kr", "krone": "kr", "sek": "kr", "nok": "kr", "dkk": "kr", ":-": "kr", "chf": "chf",
    "pence": "£", "p": "£", "cent": "$", "cents": "$", "¢": "$", "öre": "kr", "kruunua": "kr", "yen": "¥",
}  # fmt: skip
HUNDREDTHS = frozenset({"pence", "p", "cent", "cents", "¢", "öre"})
AMBIGUOUS = frozenset({"pound", "pounds", "p"})

SCALES = {
    "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "tusen": 10**3, "miljon": 10**6, "miljoner": 10**6, "miljard": 10**9, "miljarder": 10**9, "tusind": 10**3,
    "millioner": 10**6, "tausend": 10**3, "millionen": 10**6, "mille": 10**3, "millions": 10**6, "mil": 10**3,
    "millones": 10**6, "mila": 10**3, "milioni": 10**6, "duizend": 10**3, "miljoen": 10**6, "tuhatta": 10**3,
    "miljoonaa": 10**6,
}  # fmt: skip
MAGNITUDES = "|".join(sorted((name for name in SCALES if len(name) > 2), key=len, reverse=True))

_BEFORE = r"(?:US\$|A\$|C\$|[£$€¥]|\b(?:kr\.?|SEK|NOK|DKK|EUR|USD|GBP|CHF)(?=\s?\d))"
_AFTER = (
    r"(?:[£$€¥¢]|:-|(?:kr|kronor|kroner|krona|krone|SEK|NOK|DKK|EUR|USD|GBP|CHF|euros?|dollars?|bucks|pounds?|quid|"
    r"pence|p|cents?|öre|kruunua|yen)\b)"
)
_SCALE = rf"(?:\s?(?:{MAGNITUDES})\b|(?:k|m|bn|mn)\b)?"


@lru_cache(maxsize=32)
def pattern(language: str) -> str:
    """The source of a pattern for a number: digits with the language's marks for thousands and decimals."""
    group, mark = (",", "[.]") if language == "en" else (".'’", "[.,]")
    grouped = rf"\d{{1,3}}(?:[{group}{_SPACES}]\d{{3}})+(?:{mark}\d+)?(?!\d)"
    return rf"(?:{grouped}|\d+(?:{mark}\d+)?)"


def values(text: str, language: str) -> list[str]:
    """What a number comes to, as canonical decimals, likeliest first: "1.000" is 1, or 1000 to a Swede."""
    compact = re.sub(rf"[{_SPACES}'’]", "", text)
    mark, group = (".", ",") if language == "en" else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+(?:\{mark}\d+)?", compact):
        return [_canonical(compact.replace(group, "").replace(mark, "."))]
    if "," in compact:  # what is left of a comma is a decimal mark, and never one in English
        compact = compact.replace(group, "")
    readings = [_canonical(compact.replace(",", ".", 1) if compact.count(".") < 2 else compact.replace(".", ""))]
    if re.fullmatch(rf"\d{{1,3}}(?:\{mark}\d{{3}})+", compact):
        readings.append(_canonical(compact.replace(mark, "")))
    return readings


def _canonical(number: str) -> str:
    value = Decimal(number)
    return f"{value.normalize():f}" if value else "0"


def scaled(value: str, by: int) -> str:
    """`value` times `by`, canonical."""
    return _canonical(str(Decimal(value) * by))


def money(number: str) -> str:
    """The source of a pattern for a sum of money or a range of them; groups: sign, two numbers; two numbers, sign."""
    amount = rf"{number}{_SCALE}"
    return (
        rf"({_BEFORE})\s?({amount})(?:\s?[-–—]\s?(?!{_BEFORE})({amount})(?![\w%:]))?"
        rf"|(?<![\w.,])(?:({amount})\s?[-–—]\s?)?({amount})\s?({_AFTER})"
    )


def amounts(match: re.Match[str], language: str) -> Iterator[tuple[int, int, list[str], str]]:
    """Start, end, values and currency word of each sum in a match of `money`."""
    sign = (match[1] or match[6]).casefold()
    for group in (2, 3, 4, 5):
        if match[group]:
            start = match.start() if group == 2 else match.start(group)
            end = match.end() if group == 5 else match.end(group)
            yield start, end, [_hundredths(value, sign) for value in _amount(match[group], language)], sign


def _amount(text: str, language: str) -> list[str]:
    number = re.match(pattern(language), text)
    if number is None:  # cannot be: the pattern has matched it before
        return []
    scale = SCALES.get(text[number.end() :].strip().casefold(), 1)
    return [scaled(value, scale) for value in values(number.group(), language)]


def _hundredths(value: str, sign: str) -> str:
    return _canonical(str(Decimal(value) / 100)) if sign in HUNDREDTHS else value


def vulgar(text: str) -> str:
    """ "2½" as "2.5"."""
    whole, part = text[:-1] or "0", unicodedata.numeric(text[-1])
    return _canonical(str(round(int(whole) + part, 4)))


def words(lexicon: Lexicon) -> str:
    """The source of a pattern for numbers in words; empty for a language without a list of them."""
    below = _any(lexicon.numbers)
    if not below:
        return ""
    scale, times, ordinals = _any(lexicon.scales), _any(lexicon.times), _any(lexicon.ordinals)
    return rf"\b(?:(?:{below})(?:[\s-](?:{scale}))+|{below}|{scale}|{times}|{ordinals})\b"


def _any(names: dict[str, float] | dict[str, int]) -> str:
    return "|".join(name.replace("-", "[ -]") for name in sorted(names, key=len, reverse=True))


def spelled(text: str, lexicon: Lexicon) -> list[tuple[str, str]]:
    """What a number in words comes to: pairs of kind (number, times or ordinal) and canonical value."""
    folded = text.casefold()
    if folded in lexicon.times:
        return [("times", str(lexicon.times[folded]))]
    if folded in lexicon.ordinals:
        return [("ordinal", str(lexicon.ordinals[folded]))]
    value = Decimal(0)
    for word in re.findall(r"\w+", folded):
        scale = lexicon.scales.get(word)
        value = (value or Decimal(1)) * scale if scale else value + Decimal(str(lexicon.numbers[word]))
    return [("number", _canonical(str(value)))]
