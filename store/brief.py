"""The noun `Brief`, and the brand `Voice` inside it."""

import hashlib
from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, field_validator

from store.noun import Noun
from store.segment import Segment

Line = Annotated[str, Field(min_length=1, max_length=500)]

MAX_SEGMENTS = 64
MAX_FACTS = 64


class Voice(Noun):
    """How the brand speaks."""

    description: Annotated[str, Field(max_length=500)] = ""
    do: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    dont: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    examples: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    """Lines the house has approved before."""
    emoji: bool = False
    """Whether copy may carry emoji."""


class Brief(Noun):
    """What is to be said, and to whom: the only source of what copy may claim."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    brand: Annotated[str, Field(min_length=1, max_length=80)]
    product: Annotated[str, Field(min_length=1, max_length=1_000)]
    facts: Annotated[tuple[Line, ...], Field(min_length=1, max_length=MAX_FACTS)]
    """What copy may claim, one claim a line. A figure that is not here, in the offer or the product may not be used."""
    offer: Annotated[str, Field(max_length=500)] | None = None
    call_to_action: Line
    voice: Voice = Voice()
    must_say: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    never_say: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    language: Literal["en", "sv", "da", "nb", "de", "fr", "es", "it", "nl", "fi"] = "en"
    segments: Annotated[tuple[Segment, ...], Field(min_length=1, max_length=MAX_SEGMENTS)]
    channels: Annotated[tuple[str, ...], Field(min_length=1, max_length=32)]

    @field_validator("segments")
    @classmethod
    def _names_differ(cls, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        twice = [name for name, count in Counter(s.name.casefold() for s in segments).items() if count > 1]
        if twice:
            raise ValueError(f'two segments are named "{twice[0]}"; names tell them apart, so give each its own')
        return segments

    @field_validator("channels")
    @classmethod
    def _channels_differ(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        twice = [name for name, count in Counter(channels).items() if count > 1]
        if twice:
            raise ValueError(f'channel "{twice[0]}" stands twice; name it once')
        return channels

    @property
    def key(self) -> str:
        """The first 16 hex digits of the sha256 of the brief's JSON: the same content has the same key."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def claims(self) -> tuple[str, ...]:
        """Every text of the brief that copy may draw figures, dates and names from."""
        offer = (self.offer,) if self.offer else ()
        return (*self.facts, *offer, self.product, self.call_to_action, *self.must_say, self.brand)

    def segment(self, name: str) -> Segment:
        """The segment of that name; KeyError if the brief has none."""
        return {segment.name: segment for segment in self.segments}[name]
