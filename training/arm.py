"""The noun `Arm`: one text of a test against the rest of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

from store.outcome import Reported
from training.share import REACH

SIGNIFICANT = 1.96  # standard errors: p < 0.05, two-sided


@dataclass(frozen=True)
class Arm:
    """What it earned beside all others that were shown with the same image, taken as one."""

    test_id: str
    variant_id: str
    image: str
    segment: str
    channel: str
    text: str
    difference: float
    """Its log-odds of a click less those of the rest."""
    error: float
    """The standard error of that."""

    @property
    def z(self) -> float:
        """The difference in standard errors."""
        return self.difference / self.error

    @property
    def interval(self) -> tuple[float, float]:
        """The 90 % interval of the difference."""
        return self.difference - REACH * self.error, self.difference + REACH * self.error

    @property
    def verdict(self) -> Literal["won", "lost", "cannot tell"]:
        """Whether it did better or worse than the rest, by p < 0.05."""
        if abs(self.z) < SIGNIFICANT:
            return "cannot tell"
        return "won" if self.z > 0 else "lost"


def arms(rows: Sequence[Reported]) -> Iterator[Arm]:
    """Each row of one test, segment and channel against the others of its image; none where it has no other.

    Half a click is added to each cell (Haldane 1956, Anscombe 1956); the variance is Woolf's (1955), as in
    `training.dataset`.
    """
    by_image: dict[str, list[Reported]] = {}
    for row in rows:
        by_image.setdefault(row.image, []).append(row)
    for image, same in by_image.items():
        clicks, shown = sum(row.clicks for row in same), sum(row.impressions for row in same)
        for row in same if len(same) > 1 else ():
            place = (row.test_id, row.variant_id, image, row.segment, row.channel, row.text)
            yield Arm(*place, *_beside(row.clicks, row.impressions, clicks - row.clicks, shown - row.impressions))


def _beside(clicks: int, shown: int, others: int, others_shown: int) -> tuple[float, float]:
    """Difference in log-odds, and its standard error."""
    hit, miss = clicks + 0.5, shown - clicks + 0.5
    other_hit, other_miss = others + 0.5, others_shown - others + 0.5
    error = sqrt(1 / hit + 1 / miss + 1 / other_hit + 1 / other_miss)
    return log(hit / miss) - log(other_hit / other_miss), error
