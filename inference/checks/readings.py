"""What each pattern of a figure may mean: one reader a pattern."""

import re
from collections.abc import Callable, Iterable, Sequence

from inference.checks import numerals
from inference.checks.figure import Reading
from inference.checks.lexicon import Lexicon

Read = Iterable[tuple[int, int, Sequence[Reading]]]
"""Start, end and readings of each figure in one match."""


def _date(day: str, month: str, year: str | None) -> Reading:
    return Reading("date", f"{year}-{month}-{int(day):02}" if year else f"{month}-{int(day):02}")


def _iso(match: re.Match[str], _: Lexicon) -> Read:
    yield *match.span(), [_date(match[3], match[2], match[1])]


def _day_month(match: re.Match[str], words: Lexicon) -> Read:
    first, day, name, year = match.groups()
    month = words.month_number(name)
    if first:
        yield *match.span(1), [_date(first, month, None), *_plain(first, words.language)]
    yield match.start(2), match.end(), [_date(day, month, year)]


def _month_day(match: re.Match[str], words: Lexicon) -> Read:
    name, day, last, *years = match.groups()
    month, year = words.month_number(name), years[0] or years[1]
    yield match.start(), match.end(2) if last else match.end(), [_date(day, month, None if last else year)]
    if last:
        yield match.start(3), match.end(), [_date(last, month, year)]


def _month_year(match: re.Match[str], words: Lexicon) -> Read:
    yield *match.span(), [Reading("date", f"{match[2]}-{words.month_number(match[1])}")]


def _month(match: re.Match[str], words: Lexicon) -> Read:
    text, before = match.group(), match.string[: match.start()].rsplit(None, 1)[-1:]
    verb = words.language == "en" and text.casefold() in {"may", "march"}  # they need a "in" or "until" before them
    leads = {
        "in",
        "of",
        "until",
        "till",
        "by",
        "from",
        "since",
        "early",
        "late",
        "mid",
        "through",
        "to",
        "next",
        "last",
    }
    if words.language == "en" and not text[0].isupper():
        return
    if not verb or (before and before[0].casefold() in leads):
        yield *match.span(), [Reading("month", words.month_number(text))]


def _weekday(match: re.Match[str], words: Lexicon) -> Read:
    day = next(n for pattern, n in words.weekdays if re.fullmatch(pattern, match.group(), re.IGNORECASE))
    yield *match.span(), [Reading("weekday", str(day))]


def _weekday_short(match: re.Match[str], _: Lexicon) -> Read:
    for group in (1, 2):
        day = "motuwethfrsasu".index(match[group][:2].casefold()) // 2
        yield *match.span(group), [Reading("weekday", str(day))]


def _clock(hour: str, minute: str | None, half: str = "") -> list[Reading]:
    """What a time may be on a 24-hour clock: both halves of the day where it does not say which."""
    h, m = int(hour), int(minute or 0)
    if h > 24 or m > 59:
        return []
    hours = (
        [h % 12 + (12 if half.casefold() == "p" else 0)] if half else [h % 24, (h + 12) % 24] if h <= 12 else [h % 24]
    )
    return [Reading("time", f"{hour:02}:{m:02}") for hour in hours]


def _time_12(match: re.Match[str], words: Lexicon) -> Read:
    hour, minute, last, last_minute, half = match.groups()
    if hour:
        text = f"{hour}.{minute}" if minute else hour
        yield match.start(), match.end(2 if minute else 1), _clock(hour, minute) + _plain(text, words.language)
    yield match.start(3), match.end(), _clock(last, last_minute, half) or [Reading("ratio", f"{last}:{last_minute}")]


def _time(match: re.Match[str], _: Lexicon) -> Read:
    yield *match.span(), _clock(match[1], match[2]) or [Reading("ratio", f"{match[1]}:{match[2]}")]


def _clock_word(match: re.Match[str], words: Lexicon) -> Read:
    yield *match.span(), [Reading("time", words.clock[match[1].casefold()])]


def _plain(text: str, language: str) -> list[Reading]:
    return [Reading("number", value) for value in numerals.values(text, language)]


def _money(match: re.Match[str], words: Lexicon) -> Read:
    for start, end, values, unit in numerals.amounts(match, words.language):
        # "pounds" and "p" weigh and page, too; only a sign or a code is money and nothing else
        also = [Reading("number", value) for value in values] if unit in numerals.AMBIGUOUS else []
        yield start, end, [*(Reading("money", value, numerals.CURRENCIES.get(unit, unit)) for value in values), *also]


def _percent(match: re.Match[str], words: Lexicon) -> Read:
    if match[1]:
        yield *match.span(1), [Reading("percent", value) for value in numerals.values(match[1], words.language)]
    yield match.start(2), match.end(), [Reading("percent", v) for v in numerals.values(match[2], words.language)]


def _times(match: re.Match[str], words: Lexicon) -> Read:
    yield *match.span(), [Reading("times", value) for value in numerals.values(match[1], words.language)]


def _slashes(match: re.Match[str], _: Lexicon) -> Read:
    first, second, year = match.groups()
    year = year if len(year) == 4 else f"20{year}"
    days = [(a, b) for a, b in ((first, second), (second, first)) if 1 <= int(a) <= 31 and 1 <= int(b) <= 12]
    readings = [_date(day, f"{int(month):02}", year) for day, month in days]
    yield *match.span(), readings or [Reading("ratio", match.group())]


def _ratio(match: re.Match[str], _: Lexicon) -> Read:
    first, second = match.groups()
    days = [(a, b) for a, b in ((first, second), (second, first)) if 1 <= int(a) <= 31 and 1 <= int(b) <= 12]
    dates = [_date(day, f"{int(month):02}", None) for day, month in days] if "/" in match.group() else []
    yield *match.span(), [Reading("ratio", f"{int(first)}/{int(second)}"), *dates]


def _code(match: re.Match[str], _: Lexicon) -> Read:
    yield *match.span(), [Reading("code", match.group().upper())]


def _number(match: re.Match[str], words: Lexicon) -> Read:
    suffix = (match[2] or "").strip().casefold()
    readings = _plain(match[1], words.language)
    if suffix in numerals.SCALES:
        scaled = [Reading("number", numerals.scaled(r.value, numerals.SCALES[suffix])) for r in readings]
        readings = scaled + (readings if suffix == "m" else [])  # metres, too
    elif suffix:
        readings = [Reading("ordinal", readings[0].value), *readings]
    elif re.fullmatch(r"\d{1,2}\.\d\d", match[1]):
        readings += _clock(*match[1].split("."))
    yield *match.span(), readings


def _vulgar(match: re.Match[str], _: Lexicon) -> Read:
    yield *match.span(), [Reading("number", numerals.vulgar(match.group()))]


def _words(match: re.Match[str], words: Lexicon) -> Read:
    for kind, value in numerals.spelled(match.group(), words):
        yield (
            *match.span(),
            [Reading("times" if kind == "times" else "ordinal" if kind == "ordinal" else "number", value)],
        )


def _rest(match: re.Match[str], _: Lexicon) -> Read:
    yield *match.span(), [Reading("number", str(int(match.group())))]


# fmt: off
READERS: dict[str, Callable[[re.Match[str], Lexicon], Read]] = {
    "iso": _iso, "day_month": _day_month, "month_day": _month_day, "month_year": _month_year, "month": _month,
    "weekday": _weekday, "weekday_short": _weekday_short, "slashes": _slashes, "clock_word": _clock_word,
    "time_12": _time_12, "time": _time, "time_kl": _time, "time_after": _time, "money": _money, "percent": _percent,
    "times": _times, "ratio": _ratio, "code": _code, "number": _number, "vulgar": _vulgar, "words": _words,
    "rest": _rest,
}
# fmt: on
