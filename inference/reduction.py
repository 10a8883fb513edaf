"""The noun Reduction: what an encoder's activations come down to, a few directions for each kind of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[Any]  # floats


@dataclass(frozen=True)
class Reduction:
    """A linear map of activations, block by block; with no parts they stay as they are."""

    parts: tuple[Vector, ...] = ()
    """For each block its directions, shape (width of the block, directions)."""

    def apply(self, activations: Vector) -> Vector:
        """Rows of activations, shape (texts, widths of all blocks), as (texts, directions of all blocks)."""
        if not self.parts:
            return activations
        ends = np.cumsum([len(part) for part in self.parts])
        blocks = np.split(activations, ends[:-1], axis=1)
        return np.hstack([block @ part for block, part in zip(blocks, self.parts, strict=True)])

    def width(self, activations: int) -> int:
        """How many columns `apply` gives for so many."""
        return sum(part.shape[1] for part in self.parts) if self.parts else activations

    def tensors(self) -> dict[str, Vector]:
        """What a head's file holds of it, in half precision: it is most of the file."""
        return {f"reduction_{number}": part.astype(np.float16) for number, part in enumerate(self.parts)}

    @classmethod
    def read(cls, tensors: Mapping[str, Vector]) -> "Reduction":
        """From what `tensors` gave."""
        names = sorted(name for name in tensors if name.startswith("reduction_"))
        return cls(tuple(tensors[name].astype(np.float32) for name in names))


WHOLE = Reduction()  # activations as they are
