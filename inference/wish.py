"""What is wished of copy that is written again: the nouns `Way`, `Wish`, and what it is met with."""

from dataclasses import dataclass
from enum import StrEnum

from inference.approval import Judgement
from store.angle import Angle
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding, Severity
from store.variant import Sampling, Variant
from store.variants import Row


class Way(StrEnum):
    """What is wished."""

    FIELD = "field"
    """One field anew; the others stay."""
    SHORTER = "shorter"
    ANGLE = "angle"
    """Another claim of the brief."""
    LIKE = "like"
    """The same claim, near to it, and no copy of it."""


@dataclass(frozen=True)
class Wish:
    """What is to be written again, from which variant."""

    variant_id: int
    way: Way
    author: str
    field: str = ""
    """The key of the field, where that is the way."""
    sampling: Sampling | None = None
    """As the variant was drawn where none is named."""
    seed: int | None = None
    """How often the variant was written from before, where none is named: so the same wish again gives other copy."""


@dataclass(frozen=True)
class Start:
    """The variant that is written from, with what belongs to it."""

    row: Row
    brief: Brief
    channel: Channel
    angle: Angle
    """Its own, or where a person wrote it that of the nearest variant it comes from."""
    beside: tuple[Row, ...]
    """Others of its campaign, segment and channel."""
    children: int

    @property
    def variant(self) -> Variant:
        """As its text is shown: where that is an edit, what the writer thought of its own says nothing."""
        own = self.row.variant
        if self.row.fields == own.fields:
            return own
        return own.model_copy(update={"fields": self.row.fields, "log_probability": None})


@dataclass(frozen=True)
class Written:
    """A draft as a variant, what the checks find of it, and what the approval model thinks."""

    variant: Variant
    findings: tuple[Finding, ...]
    judgement: Judgement

    @property
    def passes(self) -> bool:
        """Whether nothing blocks it."""
        return all(finding.severity is not Severity.BLOCK for finding in self.findings)
