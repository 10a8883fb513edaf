"""The nouns `Outcome`, and `Reported`: what a channel says happened, whether that can be or not."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from store.noun import Noun

Count = Annotated[int, Field(ge=-(2**63), lt=2**63)]  # as large as a database's integers go
Id = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(max_length=200)]


class Reason(StrEnum):
    """Why a row is set aside, which means that nothing is learnt from it."""

    NEGATIVE = "negative_count"
    CLICKS = "clicks_exceed_impressions"
    CONVERSIONS = "conversions_exceed_clicks"
    ALONE = "one_variant"
    """Of its whole test: nothing was shown against it."""
    MISMATCH = "sample_ratio_mismatch"
    """Of its whole test: who was shown what was not left to chance alone."""


class Reported(Noun):
    """What is said of a text in a test, by test, variant, segment and channel. Counts are totals since it began."""

    test_id: Id
    variant_id: Id
    """The id in the test; the store's own id as text where the variant came from here."""
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    segment: Annotated[str, Field(max_length=80)] = ""
    channel: Annotated[str, Field(max_length=80)] = ""
    image: Name = ""
    """What it was shown with; only texts with one image are compared."""
    cluster: Name = ""
    """Tests of one cluster share texts or near copies of them, and are never parted in a split."""
    week: Annotated[str, Field(max_length=10)] = ""
    """Year and week as the source counts them, where it gives no moment."""
    share: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """How much of the audience it was to get, in any unit; None is as much as each of the others."""
    impressions: Count
    clicks: Count
    conversions: Count | None = None
    started_at: datetime | None = None

    @property
    def reason(self) -> Reason | None:
        """Why these counts cannot be, looking at this row alone; None where they can."""
        if min(self.impressions, self.clicks, self.conversions or 0) < 0:
            return Reason.NEGATIVE
        if self.clicks > self.impressions:
            return Reason.CLICKS
        return Reason.CONVERSIONS if (self.conversions or 0) > self.clicks else None


class Outcome(Reported):
    """What happened when a text was shown: a report that can be."""

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.reason:
            counts = f"{self.impressions} impressions, {self.clicks} clicks, {self.conversions or 0} conversions"
            raise ValueError(f"{counts} cannot be: {self.reason.replace('_', ' ')}")
        return self
