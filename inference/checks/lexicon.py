"""The words of a language for months, weekdays, numbers and the like, as patterns that figures are read with."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Lexicon:
    """What figures are written with in one language. Patterns are sources, to be built into larger ones."""

    language: str
    months: tuple[tuple[str, int], ...]
    """Pattern of a month's name, long or short, and its number."""
    long_months: tuple[tuple[str, int], ...]
    weekdays: tuple[tuple[str, int], ...]
    """Pattern of a weekday's name with its endings, and its number from Monday = 0."""
    spans: dict[str, list[int]]
    ordinal: str
    to: str
    percent: str
    numbers: dict[str, float]
    """Words below a hundred, compounds included (`twenty-four`, `tjugofyra`), and halves and dozens."""
    scales: dict[str, int]
    ordinals: dict[str, int]
    times: dict[str, int]
    clock: dict[str, str]
    unflagged: frozenset[str]
    idioms: tuple[str, ...]

    @property
    def month(self) -> str:
        """A pattern for any month."""
        return "|".join(sorted((name for name, _ in self.months), key=len, reverse=True))

    def month_number(self, name: str) -> str:
        """The month `name` says, as two digits."""
        return next(f"{n:02}" for pattern, n in self.months if re.fullmatch(pattern, name, re.IGNORECASE))


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon:
    """The words of `language`, of calendar.toml; numbers and dates in English are not read in other languages."""
    data: dict[str, Any] = _data()[language]
    ending = data.get("month_ending", "")
    long = tuple((f"{name}{ending}", i + 1) for i, name in enumerate(data["months"]))
    short = tuple((name, i + 1) for i, name in enumerate(data["short_months"]))
    days = tuple((f"(?:{name}){data['weekday_ending']}", i) for i, name in enumerate(data["weekdays"]))
    return Lexicon(
        language=language,
        months=long + short,
        long_months=long,
        weekdays=days,
        spans=data.get("spans", {}),
        ordinal=data["ordinal"],
        to=data["to"],
        percent=data["percent"],
        numbers=_numbers(data),
        scales=data.get("scales", {}),
        ordinals=data.get("ordinals", {}),
        times=data.get("times", {}),
        clock=data.get("clock", {}),
        unflagged=frozenset(data.get("unflagged", ())),
        idioms=tuple(data.get("idioms", ())),
    )


def _numbers(data: dict[str, Any]) -> dict[str, float]:
    below_twenty, tens = data.get("numbers", {}), data.get("tens", {})
    joint = "" if "tjugo" in tens else "-"  # Swedish writes them as one word
    ones = {**below_twenty, **({"ett": 1, "en": 1} if "tjugo" in tens else {"one": 1})}
    compounds = {f"{t}{joint}{o}": v + w for t, v in tens.items() for o, w in ones.items() if w < 10}
    return {**below_twenty, **tens, **compounds, **data.get("others", {})}


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("calendar.toml").read_text(encoding="utf-8"))
