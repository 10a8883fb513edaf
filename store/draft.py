"""The noun `Draft`."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from store.noun import Noun


class Draft(Noun):
    """A brief in the making, whole or not, so that nothing typed is lost."""

    id: int
    name: str
    """The brief's name as far as it has one, for lists."""
    content: dict[str, Any]
    """The brief's keys as they were typed, and how it is to be written."""
    version: Annotated[int, Field(ge=1)]
    """Goes up with each change: who would store over another one than they saw, does not."""
    author: str
    created_at: datetime
    changed_at: datetime
