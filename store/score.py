"""The noun `Score`."""

from typing import Annotated

from pydantic import Field

from store.noun import Noun


class WordEffect(Noun):
    """How much one word moved the score, as a difference in log-odds."""

    word: str
    effect: float


class Score(Noun):
    """Predicted engagement relative to the field, which is the variants of one segment and channel scored together."""

    log_odds: float
    """Natural log of the odds of a click over the field's mean: 0 is as good as the field, 0.1 is 10 % more clicks."""
    low: float
    high: float
    """The 90 % interval of `log_odds`."""
    chance_to_beat_field: Annotated[float, Field(ge=0, le=1)]
    """The chance that it earns more than the mean of the field."""
    words: tuple[WordEffect, ...] = ()
    """The words that moved it most, the strongest first."""
    checkpoint: str

    @property
    def covers_mean(self) -> bool:
        """Whether the interval covers the field's mean; `store.ranking` says what it cannot tell from the others."""
        return self.low <= 0 <= self.high
