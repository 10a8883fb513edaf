"""The noun `Recipe`: how a writer is trained; the same recipe, data and seed give the same checkpoint."""

import hashlib
from typing import Annotated, Literal

from pydantic import Field

from store.noun import Noun


class Recipe(Noun):
    """Everything that decides what comes out, but for the data."""

    base: str = "default"
    """An embedded model, a hub id or a local folder."""
    method: Literal["sft", "preference"] = "sft"
    weights: Literal["lora", "full"] = "lora"
    rank: Annotated[int, Field(ge=1, le=512)] = 8
    """Of LoRA (Hu et al. 2021, arXiv:2106.09685), on every linear layer; its scale is two."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-4
    """At its highest: it rises over the first 5 % of the steps and falls to nothing in a straight line."""
    epochs: Annotated[float, Field(gt=0, le=100)] = 1.0
    pack_tokens: Annotated[int, Field(ge=16, le=65_536)] = 1_024
    """Tokens of one pack, laid out."""
    packs_per_step: Annotated[int, Field(ge=1, le=1_024)] = 1
    """Packs whose gradients are added up before the weights move, on each process."""
    examples: Annotated[int, Field(ge=1)] | None = None
    """About how many of the examples to learn from, drawn by whole places; all where none is named."""
    languages: tuple[str, ...] = ()
    """Of the house corpus; all where none is named."""
    channels: tuple[str, ...] = ()
    """Whose copy to learn; all where none is named."""
    gradient_checkpointing: bool = False
    """Less memory for a third more time."""
    parent: str | None = None
    """A folder with the adapter to go on from."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    def name(self, data_hash: str) -> str:
        """The run's name: another recipe or other data have another."""
        return f"writer-{hashlib.sha256(f'{self.model_dump_json()} {data_hash}'.encode()).hexdigest()[:8]}"
