"""The noun `Preference`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from store.noun import Noun

Better = Literal["left", "right", "neither"]


class Preference(Noun):
    """Which of two variants of one segment and channel somebody found better, or that they cannot say."""

    id: int | None = None
    left_id: int
    right_id: int
    better: Better
    reviewer: Annotated[str, Field(min_length=1, max_length=120)]
    seed: int
    """Of the lot that drew the sides."""
    created_at: datetime | None = None

    @property
    def chosen(self) -> int | None:
        """The better one; None where they cannot say."""
        return {"left": self.left_id, "right": self.right_id, "neither": None}[self.better]

    @property
    def pair(self) -> tuple[int, int]:
        """Both variants, whichever stood left."""
        return min(self.left_id, self.right_id), max(self.left_id, self.right_id)
