"""The noun `Outcome`."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from store.noun import Noun

Count = Annotated[int, Field(ge=0, lt=2**63)]  # as large as a database's integers go


class Outcome(Noun):
    """What happened when a text was shown, by test, variant and segment. Counts are totals since the test began."""

    test_id: Annotated[str, Field(min_length=1, max_length=200)]
    variant_id: Annotated[str, Field(min_length=1, max_length=200)]
    """The id in the test; the store's own id as text where the variant came from here."""
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    segment: Annotated[str, Field(max_length=80)] = ""
    channel: Annotated[str, Field(max_length=80)] = ""
    impressions: Count
    clicks: Count
    conversions: Count | None = None
    started_at: datetime | None = None

    @model_validator(mode="after")
    def _clicks_within_impressions(self) -> Self:
        if self.clicks > self.impressions:
            raise ValueError(f"clicks {self.clicks} exceed impressions {self.impressions}")
        return self
