"""The noun `Figure`: a number, price, percentage, time or date in a text, and what it may mean."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["number", "money", "percent", "times", "time", "date", "month", "weekday", "ordinal", "ratio", "code"]


class Reading(NamedTuple):
    """One meaning of a figure. Values are canonical: "3.6", "06:30", "10-31" or "2026-10-31"; Monday is "0"."""

    kind: Kind
    value: str
    unit: str = ""
    """The currency, for money."""


@dataclass(frozen=True)
class Figure:
    """A figure as it stands in a text, with every reading it allows ("6:30" is morning or evening), likeliest first."""

    text: str
    readings: tuple[Reading, ...]
    start: int
    end: int
    spelled: bool = False
    """Whether it is written in words."""

    @property
    def kind(self) -> Kind:
        """The likeliest kind."""
        return self.readings[0].kind

    @property
    def value(self) -> str:
        """The likeliest value."""
        return self.readings[0].value

    @property
    def unit(self) -> str:
        """The likeliest unit."""
        return self.readings[0].unit
