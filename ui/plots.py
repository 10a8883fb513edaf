"""The geometry of the report's plots; the template draws it, so that its colours follow the reader's light or dark."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from store.brief import Brief
from store.finding import CHOICE, Severity
from store.score import Score
from store.variants import Row

TICKS = (-90, -75, -50, -30, -20, -10, -5, 5, 10, 20, 30, 50, 100, 200, 500, 1000)  # per cent
APART = 18  # per cent of the axis between two ticks, so that their labels do not touch


@dataclass(frozen=True)
class Axis:
    """A log-odds axis that all panels share, so that they can be compared by eye."""

    low: float
    high: float

    def at(self, log_odds: float) -> float:
        """Where a value lies, 0 (left) to 100 (right)."""
        return round(100 * (min(max(log_odds, self.low), self.high) - self.low) / (self.high - self.low), 2)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Position and label of round percentages: nought, then those far from it that have room."""
        zero = self.at(0)
        chosen = [(zero, "0")]
        places = [(self.at(log1p(tick / 100)), f"{tick:+d} %") for tick in TICKS]
        for place, label in sorted(places, key=lambda tick: -abs(tick[0] - zero)):
            if 5 <= place <= 95 and all(abs(place - other) >= APART for other, _ in chosen):
                chosen.append((place, label))
        return sorted(chosen)


def axis(scores: Sequence[Score]) -> Axis:
    """An axis that covers every interval and nought, with a little air; at least from -5 % to +5 %."""
    low = min([log1p(-0.05), *(score.low for score in scores)])
    high = max([log1p(0.05), *(score.high for score in scores)])
    air = (high - low) * 0.04
    return Axis(low - air, high + air)


@dataclass(frozen=True)
class Bar:
    """One bar: a finding's code, how many variants have it by severity, and lengths in per cent of the longest."""

    code: str
    block: int
    warn: int
    note: int
    longest: int

    def share(self, count: int) -> float:
        """`count` as a length, 0 to 100."""
        return round(100 * count / self.longest, 2)


def bars(rows: Sequence[Row]) -> list[Bar]:
    """How many variants each code of a check was found in, the commonest first; a variant counts once, at its worst."""
    counts: Counter[tuple[str, Severity]] = Counter()
    for row in rows:
        worst: dict[str, Severity] = {}
        checked = [finding for finding in row.findings if finding.code not in CHOICE]
        for finding in sorted(checked, key=lambda f: list(Severity).index(f.severity)):
            worst.setdefault(finding.code, finding.severity)
        counts.update(worst.items())
    totals: Counter[str] = Counter()
    for (code, _), count in counts.items():
        totals[code] += count
    longest = max(totals.values(), default=1)
    block, warn, note = Severity.BLOCK, Severity.WARN, Severity.NOTE
    return [
        Bar(code, counts[code, block], counts[code, warn], counts[code, note], longest)
        for code, _ in totals.most_common()
    ]


@dataclass(frozen=True)
class Coverage:
    """How many variants of each segment carry each claim of the brief."""

    segments: tuple[str, ...]
    counts: dict[str, tuple[int, ...]]
    """Claim to a count for each segment."""

    @property
    def most(self) -> int:
        """The largest count, at least 1."""
        return max((count for row in self.counts.values() for count in row), default=0) or 1


def coverage(brief: Brief, rows: Sequence[Row]) -> Coverage:
    """Count the angles of `rows` by segment and claim, in the brief's order."""
    segments = tuple(segment.name for segment in brief.segments)
    claims = dict.fromkeys([*brief.facts, *([brief.offer] if brief.offer else [])])
    found = Counter(
        (row.variant.segment, claim) for row in rows if row.variant.angle for claim in row.variant.angle.claims
    )
    return Coverage(segments, {claim: tuple(found[segment, claim] for segment in segments) for claim in claims})
