"""The open variant as its card shows it: fields as the channel would, findings at their words, what was decided."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prompts.counting import length, over, sms
from store.channel import Channel, Field
from store.errors import Problem
from store.finding import CHOICE, Finding, Severity
from store.score import Score
from store.states import State
from store.variants import Row
from ui.marks import Piece, pieces

UNDECIDED = (State.PENDING, State.RESERVE, State.BLOCKED, State.DRAFT)


@dataclass(frozen=True)
class Count:
    """How long a field is, as its channel counts."""

    words: str
    over: bool
    """Whether the channel refuses it."""
    cut: bool
    """Whether readers do not see all of it."""


@dataclass(frozen=True)
class Shown:
    """One field of the card."""

    key: str
    name: str
    text: str
    pieces: tuple[Piece, ...]
    count: Count | None
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    """What is wrong with the edit that was refused."""


def score(row: Row, blind: bool) -> Score | None:
    """The score, unless it is to stay hidden until the variant is decided: seen before, it anchors the reviewer."""
    return None if blind and row.variant.state in UNDECIDED else row.score


def found(row: Row) -> tuple[Finding, ...]:
    """What the checks found, without the notes on why it is shown or held back."""
    return tuple(finding for finding in row.findings if finding.code not in CHOICE)


def findings(row: Row, blind: bool) -> tuple[Finding, ...]:
    """The findings, without the notes that would anchor a reviewer who is not to know them yet.

    Of one that is held back they are all there: who opens it wants to know why it is.
    """
    return found(row) if blind and row.variant.state is State.PENDING else row.findings


def percent(log_odds: float) -> str:
    """`+12 %` for 0.113: the change in the odds of a click."""
    change = round(100 * math.expm1(log_odds))
    return f"{change:+d} %".replace("-", "\N{MINUS SIGN}") if change else "0 %"


def field_name(key: str) -> str:
    """`Headline 2` for `headline_2`."""
    return key.replace("_", " ").capitalize()


def count(text: str, field: Field) -> Count:
    """The length of `text` in the words of its channel, and whether it is cut or refused."""
    long = over(text, field.maximum, field.unit) is not None
    cut = field.truncation is not None and over(text, field.truncation, field.unit) is not None
    if field.unit == "sms_parts":
        cost = sms(text)
        return Count(f"{cost.units} {cost.encoding} units, {cost.parts} of {field.maximum} parts", long, cut)
    shown = f", shown to {field.truncation}" if field.truncation else ""
    return Count(f"{length(text, field.unit)} / {field.maximum}{shown}", long, cut)


def fields(row: Row, channel: Channel | None) -> list[Shown]:
    """The fields of the text that would be sent."""
    own = row.findings if row.fields == row.variant.fields else ()  # their spans are in the original's text
    return [_shown(key, text, channel, own) for key, text in row.fields.items()]


def editable(texts: Mapping[str, str], channel: Channel | None, problems: Sequence[Problem] = ()) -> list[Shown]:
    """The fields that a person may fill: those asked of the writer, those with text, then the channel's others."""
    allowed = list(channel.allowed) if channel else list(texts)
    first = [key for key in allowed if texts.get(key) or (channel and key in channel.written)]
    keys = dict.fromkeys([*first, *texts, *allowed])
    return [_shown(key, texts.get(key, ""), channel, (), problems) for key in keys]


def general(row: Row, blind: bool) -> list[Finding]:
    """The findings about no field that is shown: those of the variant as a whole."""
    return [finding for finding in findings(row, blind) if finding.field not in row.fields]


def placeless(problems: Sequence[Problem], keys: Sequence[str]) -> list[str]:
    """The problems that name none of the fields."""
    return [problem.message for problem in problems if not any(_names(problem.place, key) for key in keys)]


def _shown(
    key: str, text: str, channel: Channel | None, findings: Sequence[Finding], problems: Sequence[Problem] = ()
) -> Shown:
    field = channel.allowed.get(key) if channel else None
    shown = over(text, field.truncation, field.unit) if field and field.truncation else None
    own = tuple(finding for finding in findings if finding.field == key)
    return Shown(
        key=key,
        name=field_name(key),
        text=text,
        pieces=tuple(pieces(text, own, shown)),
        count=count(text, field) if field else None,
        findings=tuple(sorted(own, key=lambda finding: finding.severity is not Severity.BLOCK)),
        problems=tuple(problem.message for problem in problems if _names(problem.place, key)),
    )


def _names(place: str, key: str) -> bool:
    """Whether a problem's place (`fields.headline_1`, `headline_1[3:9]`) names a field."""
    return place.partition("[")[0].rpartition(".")[2] == key
