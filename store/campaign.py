"""The noun `Campaign`."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from store.noun import Noun
from store.variant import Seed


class Campaign(Noun):
    """One writing run for a brief."""

    id: int | None = None
    """Given by the store."""
    brief_key: str
    name: str
    """The brief's name."""
    seed: Seed
    writer: str
    """The id of the checkpoint that wrote."""
    scorer: str
    """The id of the checkpoint that scored."""
    asked: Annotated[int, Field(ge=0)]
    """How many variants were asked of the writer."""
    written: Annotated[int, Field(ge=0)] = 0
    """How many it answered."""
    parsed: Annotated[int, Field(ge=0)] = 0
    """How many of those could be parsed into the channel's fields."""
    author: Annotated[str, Field(min_length=1, max_length=120)]
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """None while it runs, and for good where it was killed."""
