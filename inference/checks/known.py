"""What a brief lets copy say in figures: its own, and what they plainly mean in other words."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from inference.checks.extraction import figures
from inference.checks.figure import Figure, Reading
from inference.checks.lexicon import Lexicon, lexicon

_OPENING_HOURS = re.compile(
    r"(?<![\d.,:£$€])(\d{1,2}(?:[.:]\d\d)?)\s?(?:[-–—]|to|till|bis|tot)\s?(\d{1,2}(?:[.:]\d\d)?)(?![\d%])"
)


@lru_cache(maxsize=256)
def known(claims: tuple[str, ...], language: str) -> frozenset[Reading]:
    """Every reading that the claims of a brief allow.

    A price, a percentage or an hour may be repeated without its sign (£3.60 as 3.60), never the other way round;
    "Tuesday to Sunday" holds the days between, and a date its month.
    """
    readings: set[Reading] = set()
    for claim in claims:
        found = figures(claim, language)
        stated = [reading for figure in found for reading in figure.readings]
        readings.update(stated)
        readings.update(also for reading in stated for also in weaker(reading))
        readings.update(_between(found, claim, language))
        readings.update(_spans(claim, lexicon(language)))
        readings.update(_opening_hours(claim))
        readings.update(_named_months(claim, language))
    return frozenset(readings)


@lru_cache(maxsize=256)
def currencies(claims: tuple[str, ...], language: str) -> frozenset[str]:
    """The currencies that the claims name."""
    return frozenset(reading.unit for reading in known(claims, language) if reading.kind == "money")


def weaker(reading: Reading) -> Iterator[Reading]:
    """What else may be said where `reading` is true."""
    kind, value, _ = reading
    match kind:
        case "money" | "percent" | "times":
            yield Reading("number", value)
        case "ordinal" if value != "1":
            yield Reading("number", value)
        case "ratio" if "/" in value:
            yield from (Reading("number", part) for part in value.split("/"))
        case "time":
            yield from _hours(value)
        case "date":
            yield from _dates(value)
        case _:
            pass
    if (kind, value) in {("percent", "50"), ("number", "0.5")}:
        yield Reading("number", "0.5")
        yield Reading("percent", "50")


def _hours(value: str) -> Iterator[Reading]:
    hour, minute = int(value[:2]), int(value[3:])
    for shown in {hour, hour % 12 or 12}:
        yield Reading("number", str(shown) if not minute else f"{Decimal(f'{shown}.{minute:02}').normalize():f}")


def _dates(value: str) -> Iterator[Reading]:
    """The parts of "10-31", "2026-10" or "2026-10-31"."""
    parts = value.split("-")
    year, rest = (parts[0], parts[1:]) if len(parts[0]) == 4 else ("", parts)
    yield Reading("month", rest[0])
    if year:
        yield Reading("number", year)
        yield Reading("date", f"{year}-{rest[0]}")
    if len(rest) == 2:
        yield Reading("date", "-".join(rest))
        yield Reading("number", str(int(rest[1])))
        yield Reading("ordinal", str(int(rest[1])))


def _between(found: tuple[Figure, ...], claim: str, language: str) -> Iterator[Reading]:
    """The weekdays and months between two that are joined by "to"."""
    joined = re.compile(rf"\s*(?:[-–—]|{lexicon(language).to})\s*", re.IGNORECASE)
    for first, second in pairwise(found):
        if not joined.fullmatch(claim[first.end : second.start]):
            continue
        if first.kind == second.kind == "weekday":
            yield from (Reading("weekday", str(d)) for d in _circle(int(first.value), int(second.value), 7))
        months = [_month_of(first), _month_of(second)]
        if months[0] and months[1]:
            yield from (Reading("month", f"{m + 1:02}") for m in _circle(months[0] - 1, months[1] - 1, 12))


def _named_months(claim: str, language: str) -> Iterator[Reading]:
    """Months by name, those too that copy is not held to since they may be verbs: "March departures"."""
    for pattern, number in lexicon(language).long_months:
        if re.search(rf"\b{pattern}\b", claim, re.IGNORECASE):
            yield Reading("month", f"{number:02}")


def _month_of(figure: Figure) -> int:
    parts = figure.value.split("-")
    if figure.kind == "month":
        return int(figure.value)
    return int(parts[1 if len(parts[0]) == 4 else 0]) if figure.kind == "date" else 0


def _circle(first: int, last: int, size: int) -> list[int]:
    return [(first + step) % size for step in range((last - first) % size + 1)]


def _spans(claim: str, words: Lexicon) -> Iterator[Reading]:
    """The days that "weekdays", "daily" and the like stand for."""
    for phrase, days in words.spans.items():
        if re.search(rf"\b{phrase}\b", claim, re.IGNORECASE):
            yield from (Reading("weekday", str(day)) for day in days)


def _opening_hours(claim: str) -> Iterator[Reading]:
    """ "9-17" may be hours: what stands there without a sign may be said as a time."""
    for match in _OPENING_HOURS.finditer(claim):
        for text in match.groups():
            hour, minute = (*re.split("[.:]", text), "00")[:2]
            if int(hour) <= 24 and int(minute) <= 59:
                yield from (Reading("time", f"{h:02}:{minute}") for h in {int(hour) % 24, (int(hour) + 12) % 24})
