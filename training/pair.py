"""The noun `Pair`: a text over another one, and how sure that is."""

from collections.abc import Mapping
from typing import NamedTuple

from training.decided import Decided

EDITED = 1.0  # margin: a person mended this very text
SAME_PROMPT = 1.0  # margin: two answers to one prompt
SAME_PLACE = 0.5  # margin: one segment and channel, but the two were asked to carry different angles


class Pair(NamedTuple):
    """A text over another one of the same segment and channel, and how sure that is."""

    chosen: Decided
    rejected_id: int
    rejected: Mapping[str, str]
    margin: float
    source: str
