"""The noun `Segment`."""

from typing import Annotated, Literal

from pydantic import Field

from store.noun import Noun


class Segment(Noun):
    """A group of people, in plain words. Never an individual: no personal data reaches a prompt."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=2_000)] = ""
    """Who they are."""
    cares_about: Annotated[str, Field(min_length=1, max_length=2_000)]
    """What matters to them when they choose."""
    source: Literal["written", "ruled", "learned"] = "written"

    @property
    def sentence(self) -> str:
        """Who they are and what they care about as one text, for the encoder and the prompt."""
        return f"{self.description} {self.cares_about}".strip()
