"""The noun `Comment`."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from store.noun import Noun

LONGEST = 2_000  # characters


class Comment(Noun):
    """What somebody says of a variant to the others; it decides nothing."""

    id: int | None = None
    variant_id: int
    author: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    created_at: datetime | None = None
