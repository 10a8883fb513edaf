"""The noun `Ranking`: the scores of one field side by side, and what can be told from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import hypot, sqrt

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import variants
from store.score import Score
from store.tables import VariantRow
from store.variant import Variant


@dataclass(frozen=True)
class Ranking:
    """Scores of variants of one segment and channel that were scored together."""

    scores: tuple[Score, ...]

    @classmethod
    def of(cls, rows: Iterable[variants.Row]) -> "Ranking":
        """Of the rows that have a score."""
        return cls(tuple(row.score for row in rows if row.score))

    def cannot_tell(self, score: Score) -> bool:
        """Whether the 90 % interval of `score` covers the whole field: its mean, and every other's estimate."""
        field = [0.0, *(other.log_odds for other in self.scores)]
        return score.low <= min(field) and max(field) <= score.high

    @property
    def tie(self) -> bool:
        """Whether no two of two scores or more are told apart at 90 %: their order is then as good as any other."""
        count = len(self.scores)
        return count > 1 and not any(self._apart(*two, count) for two in combinations(self.scores, 2))

    def _apart(self, one: Score, other: Score, count: int) -> bool:
        """Whether the 90 % interval of the difference leaves out 0.

        A score's variance is of its difference from the mean of `count`, (1 - 1 / count) of that of a text by itself
        where texts are equally uncertain and independent; what texts have in common makes this rather too wide.
        """
        reach = hypot(one.high - one.low, other.high - other.low) / 2 * sqrt(count / (count - 1))
        return abs(one.log_odds - other.log_odds) > reach


def ranking(session: Session, variant: Variant) -> Ranking:
    """The newest scores of the variant's campaign, segment and channel."""
    place = {"campaign_id": variant.campaign_id, "segment": variant.segment, "channel": variant.channel}
    ids = session.scalars(select(VariantRow.id).filter_by(**place)).all()
    return Ranking(tuple(variants.standing_scores(session, ids).values()))
