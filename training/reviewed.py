"""What reviewers made of copy: how much of it they let through, how much they changed, and how long it waited."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import quantiles
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.columns import utc
from store.decision import Kind
from store.matching import in_force
from store.tables import DecisionRow, VariantRow
from training.share import Share
from training.window import Window

AT_ONCE = 2_000  # rows fetched together
LONGEST = 400  # words of either text that are compared; the rest of a longer one is not looked at
WAITS = (60, 600, 3_600, 8 * 3_600, 86_400, 7 * 86_400)  # seconds
WAITED = ("under 1 min", "1 to 10 min", "10 to 60 min", "1 to 8 h", "8 to 24 h", "1 to 7 days", "over 7 days")
BY = ("channel", "segment", "checkpoint")


@dataclass(frozen=True)
class Judged:
    """How many variants were approved as they stood, after an edit, or rejected. They add up."""

    as_written: int = 0
    edited: int = 0
    rejected: int = 0

    def __add__(self, other: "Judged") -> "Judged":
        """Both together."""
        return Judged(self.as_written + other.as_written, self.edited + other.edited, self.rejected + other.rejected)

    @property
    def approved(self) -> Share:
        """Those that were let through, edited or not, of all."""
        return Share(self.as_written + self.edited, self.as_written + self.edited + self.rejected)


@dataclass(frozen=True)
class Spread:
    """The middle half of some numbers."""

    low: float
    median: float
    high: float
    count: int

    @classmethod
    def of(cls, numbers: Sequence[float]) -> "Spread":
        """Of at least one number."""
        if len(numbers) == 1:
            return cls(numbers[0], numbers[0], numbers[0], 1)
        low, median, high = quantiles(numbers, n=4, method="inclusive")
        return cls(low, median, high, len(numbers))


@dataclass
class Reviewed:
    """The totals of a window. Only decisions that stand count."""

    judged: dict[str, dict[str, Judged]] = field(default_factory=lambda: {by: {} for by in BY})
    """By channel, by segment and by the checkpoint that wrote."""
    changed: dict[str, Spread] = field(default_factory=dict)
    """By ISO week of the edit, `2026-W48`: words changed for each hundred words of the original."""
    waited: list[tuple[str, int]] = field(default_factory=list)
    """How many variants waited how long for their first word that stands."""


def read(session: Session, window: Window) -> Reviewed:
    """Sum up the decisions of a window. An edit that made a new variant approves nothing, but changed its words."""
    found = Reviewed()
    for segment, channel, checkpoint, kind, count in session.execute(_counted(window)):
        one = Judged(*(count if kind == each else 0 for each in (Kind.APPROVE, Kind.EDIT, Kind.REJECT)))
        for by, value in zip(BY, (channel, segment, checkpoint), strict=True):
            found.judged[by][value] = found.judged[by].get(value, Judged()) + one
    found.changed = _by_week(_edits(session, window))
    found.waited = _histogram(_waits(session, window))
    return found


def distance(before: Mapping[str, str], after: Mapping[str, str]) -> float:
    """How many words have to be put in, taken out or replaced, for each hundred words of `before`.

    Levenshtein's distance (1966) over words, by Wagner and Fischer's algorithm (1974).
    """
    old, new = ([word for text in fields.values() for word in text.split()][:LONGEST] for fields in (before, after))
    row = list(range(len(new) + 1))
    for number, word in enumerate(old, start=1):
        above, row[0] = row[0], number
        for place, other in enumerate(new, start=1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (word != other))
    return 100 * row[-1] / max(1, len(old))


def _standing(window: Window, *columns: Any) -> Select[Any]:
    """Decisions that stand, each with its variant."""
    joined = select(*columns).select_from(DecisionRow).join(VariantRow, VariantRow.id == DecisionRow.variant_id)
    return joined.where(in_force(), *window.decisions())


def _counted(window: Window) -> Select[Any]:
    by = (VariantRow.segment, VariantRow.channel, VariantRow.checkpoint, DecisionRow.kind)
    return _standing(window, *by, func.count()).where(DecisionRow.child_id.is_(None)).group_by(*by)


def _edits(session: Session, window: Window) -> Iterator[tuple[datetime, float]]:
    edits = _standing(window, DecisionRow.created_at, VariantRow.fields, DecisionRow.fields)
    rows = session.execute(edits.where(DecisionRow.kind == Kind.EDIT).execution_options(yield_per=AT_ONCE))
    for moment, before, after in rows:
        if before:  # an answer that could not be read was not edited but written
            yield moment, distance(before, after or {})


def _by_week(edits: Iterator[tuple[datetime, float]]) -> dict[str, Spread]:
    weeks: dict[str, list[float]] = {}
    for moment, changed in edits:
        year, week, _ = utc(moment).isocalendar()
        weeks.setdefault(f"{year}-W{week:02d}", []).append(changed)
    return {week: Spread.of(numbers) for week, numbers in sorted(weeks.items())}


def _waits(session: Session, window: Window) -> Iterator[float]:
    """Seconds from when each variant was written until it was decided."""
    moments = _standing(window, VariantRow.created_at, DecisionRow.created_at)
    for written, decided in session.execute(moments.execution_options(yield_per=AT_ONCE)):
        yield (utc(decided) - utc(written)).total_seconds()


def _histogram(seconds: Iterator[float]) -> list[tuple[str, int]]:
    counts = Counter(bisect_right(WAITS, wait) for wait in seconds)
    return [(name, counts[place]) for place, name in enumerate(WAITED)] if counts else []
