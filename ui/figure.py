"""The noun `Figure`: one plot with its data, and the same data as a CSV file."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Literal

from inference.export import harmless, table

Cell = str | int | float
TICKS = 5  # on an axis, about


@dataclass(frozen=True)
class Mark:
    """One row, column or point: where it stands on its axes, and what is said of it."""

    name: str
    said: str
    at: float = 0.0
    low: float = 0.0
    high: float = 0.0
    across: float = 0.0
    """Where it stands on the other axis, in a plot that has two."""
    parts: tuple[float, ...] = ()
    """Of a bar that is made of several: each in per cent of the whole."""
    group: str = ""
    """What it stands under."""


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, in whatever unit its figure says."""

    low: float = 0.0
    high: float = 1.0
    unit: Literal["", "%", "change"] = ""

    def at(self, value: float) -> float:
        """Where a value lies, 0 to 100."""
        reach = (self.high - self.low) or 1.0
        return round(100 * (min(max(value, self.low), self.high) - self.low) / reach, 2)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where round values lie, and how they are written."""
        step = _round((self.high - self.low) / TICKS)
        first = -floor(-self.low / step)
        found = []
        for number in range(first, int(self.high / step + 1e-9) + 1):
            value = number * step
            shown = f"{100 * value:.3g} %" if self.unit == "%" else f"{value:.3g}"
            found.append((self.at(value), shown))
        return found


def _round(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** floor(log10(step)) if step > 0 else 1.0
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * 0.999)


@dataclass(frozen=True)
class Figure:
    """A plot. Its marks and its rows are made of the same numbers."""

    key: str
    title: str
    about: str
    """What is counted, and where the interval comes from."""
    kind: Literal["ranges", "stacks", "course", "bars", "square"]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marks: tuple[Mark, ...]
    axis: Axis = Axis()
    legend: tuple[str, ...] = ()
    empty: str = ""
    """What to do where there is nothing to draw."""

    @property
    def spoken(self) -> str:
        """The plot in words."""
        return f"{self.title}. " + "; ".join(
            f"{mark.group + ', ' if mark.group else ''}{mark.name}: {mark.said}" for mark in self.marks
        )

    @property
    def csv(self) -> bytes:
        """The rows, under their columns; no cell is a formula to a spreadsheet."""
        return table([self.columns, *([_cell(value) for value in row] for row in self.rows)])

    @property
    def download(self) -> str:
        """The CSV as an address that needs no server."""
        return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(self.csv).decode()}"


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return harmless(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def span(values: Sequence[float], *, least: float = 0.0) -> tuple[float, float]:
    """From the least of the values to the greatest, or to `least` above it, with a little air above."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return low, max(high, low + least) + 0.04 * (max(high, low + least) - low)
