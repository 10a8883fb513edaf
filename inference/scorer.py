"""The seam to scoring models: `Scorer`, and the `FakeScorer` that ships beside the real one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from store.score import Score


@dataclass(frozen=True)
class Candidate:
    """What a scorer looks at: a text, and for whom and where it is meant."""

    text: str
    segment: str = ""
    channel: str = ""


class Scorer(Protocol):
    """Predicts the engagement that texts can be expected to earn, relative to each other."""

    @property
    def checkpoint(self) -> str:
        """The id of the weights in force, for the label."""
        ...

    def score(self, field: Sequence[Candidate], *, explain: bool = True) -> list[Score]:
        """Score the candidates of one field (one segment and channel) against each other, in their order.

        An empty field gives an empty list. Without `explain` the words that moved them are left out, which is faster.
        """
        ...


class FakeScorer:
    """A scorer with no model: texts nearer to 60 characters do better. For tests and dry runs."""

    checkpoint = "fake-scorer"

    def score(self, field: Sequence[Candidate], *, explain: bool = True) -> list[Score]:  # noqa: ARG002
        """As `Scorer.score`."""
        raw = [-abs(len(candidate.text) - 60) / 100 for candidate in field]
        mean = sum(raw) / len(raw) if raw else 0.0
        return [
            Score(
                log_odds=value - mean,
                low=value - mean - 0.3,
                high=value - mean + 0.3,
                chance_to_beat_field=1 / (1 + math.exp(-10 * (value - mean))),
                checkpoint=self.checkpoint,
            )
            for value in raw
        ]
