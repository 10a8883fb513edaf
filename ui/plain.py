"""Text from models and people, made safe to show: what a terminal or a browser would act on is spelt out instead."""

import unicodedata
from datetime import UTC, datetime
from math import expm1

from store.score import Score

JOINERS = "\u200c\u200d"  # join and non-join: parts of emoji and of words in several scripts


def visible(text: str) -> str:
    """`text` with control, format and lone surrogate characters spelt out (`\\x1b`, `\\u202e`); line ends are kept."""
    return "".join(character if _harmless(character) else _spelt(character) for character in text)


def one_line(text: str) -> str:
    """As `visible`, on one line: line ends are spelt out too."""
    return visible(text).replace("\n", "\\n")


def _harmless(character: str) -> bool:
    acted_on = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return not acted_on or character == "\n" or character in JOINERS


def _spelt(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def percent(log_odds: float) -> str:
    """A relative log-odds as a change in the odds: `+11 %`, `-4 %`, `0 %`."""
    change = round(100 * expm1(log_odds))
    return f"{change:+d} %" if change else "0 %"


def score_line(score: Score) -> str:
    """`+11 % (-2 % to +26 %)`: the estimate and its 90 % interval, against the field's mean."""
    return f"{percent(score.log_odds)} ({percent(score.low)} to {percent(score.high)})"


def count(number: int, thing: str) -> str:
    """`1 brief`, `2 briefs`, `1,200 briefs`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def when(moment: datetime | None) -> str:
    """`2026-11-22 13:41 UTC`, or nothing."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
