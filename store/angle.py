"""The noun `Angle`."""

from typing import Annotated

from pydantic import Field

from store.noun import Noun


class Angle(Noun):
    """What one variant is to carry to its segment, and why it was chosen for them."""

    claims: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    """One or two of the brief's facts, or the offer, word for word."""
    relevance: float
    """Cosine similarity of claim and segment by the encoder, -1 to 1."""
    reason: str
    """One sentence, for people."""
