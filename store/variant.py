"""The noun `Variant`, and the `Sampling` that made it."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from store.angle import Angle
from store.noun import Noun
from store.states import State

Seed = Annotated[int, Field(ge=0, lt=2**63)]
"""What a random choice starts from, as large as a database's integers go."""


class Sampling(Noun):
    """How tokens were drawn."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a line break is a stop

    temperature: Annotated[float, Field(ge=0, le=2)] = 0.4
    top_k: Annotated[int, Field(ge=0, le=1_000)] = 50
    """The likeliest tokens that stay; 0 where a server draws from all of them."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1
    """The likeliest tokens that together reach this probability stay."""
    min_p: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Tokens less likely than this share of the likeliest are left out."""
    repetition_penalty: Annotated[float, Field(ge=1, le=2)] = 1
    """What the logits of tokens that the prompt or the answer has already are divided by; 1 leaves them alone."""
    stop: tuple[str, ...] = ()
    """Texts before which an answer ends, and which are not part of it."""
    min_new_tokens: Annotated[int, Field(ge=0, le=1_024)] = 0
    """Tokens before which an answer does not end by itself."""
    max_new_tokens: Annotated[int, Field(ge=1, le=1_024)] = 160

    def __str__(self) -> str:
        """For the label: what steers the draw, without what is left at nothing."""
        said = [f"temperature {self.temperature:g}"]
        said += [f"top-k {self.top_k}"] * (self.top_k > 0)
        said += [f"min-p {self.min_p:g}"] * (self.min_p > 0)
        said += [f"top-p {self.top_p:g}"] * (self.top_p < 1)
        said += [f"repetition penalty {self.repetition_penalty:g}"] * (self.repetition_penalty > 1)
        return ", ".join(said)


class Variant(Noun):
    """One candidate piece of copy for one prompt. Never changed once stored; only its state moves."""

    id: int | None = None
    """Given by the store."""
    campaign_id: int | None = None
    segment: str
    channel: str
    angle: Angle | None = None
    """None where a person wrote the variant."""
    prompt_hash: str = ""
    fields: dict[str, str]
    """Key to text, in the channel's order; empty when the writer's answer could not be parsed (`raw` has it)."""
    raw: str = ""
    """The writer's answer as it came."""
    checkpoint: str
    """The id of the writer that made it, or `person` for an edit."""
    seed: Seed = 0
    sampling: Sampling = Sampling()
    log_probability: float | None = None
    """Of the whole answer, by the writer alone and in nats; None where the writer cannot tell, or a person wrote it."""
    parent_id: int | None = None
    author: str | None = None
    """Who edited it, where a person did."""
    state: State = State.DRAFT
    created_at: datetime | None = None

    @property
    def text(self) -> str:
        """All fields as one text, a line each."""
        return "\n".join(self.fields.values())

    @property
    def confidence(self) -> float | None:
        """The writer's log-probability for each character of the text; None where it is not known."""
        return None if self.log_probability is None else self.log_probability / max(1, len(self.text))
