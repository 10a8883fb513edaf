"""How segments and channels depart from the general effect, as columns beside the features (`Deviations`).

For segment s and channel c a text's score is x.w + z.u_s + z.v_c, a linear mixed model (Laird and Ware 1982): x are its
features, z a few directions of the dense ones. The columns hold z x scale in the place of the text's segment, and again
in that of its channel, so that one penalty on every weight gives u_s a normal prior of variance scale^2 / penalty: what
has few tests stays near 0, which is the general effect.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Vector = NDArray[Any]  # float64


def key(name: str) -> str:
    """What names of segments and channels are compared by: case and outer white space do not matter."""
    return name.strip().casefold()


@dataclass(frozen=True)
class Factor:
    """Segments, or channels, that have effects of their own."""

    levels: tuple[str, ...] = ()
    """Their names as `key` gives them; with none there are no columns."""
    scale: float = 0.0
    """Standard deviation of the effects x the square root of the penalty."""

    @property
    def places(self) -> int:
        """One for each level and one for what was never seen: its weights have no data, and keep the prior."""
        return len(self.levels) + 1 if self.levels else 0

    def place(self, names: Iterable[str]) -> NDArray[np.int64]:
        """The place of each name; -1 where there is no name, to which the general effect applies as it is."""
        known = {level: number for number, level in enumerate(self.levels)}
        keys = [key(name) for name in names]
        return np.array([known.get(name, len(self.levels)) if name else -1 for name in keys], dtype=np.int64)


@dataclass(frozen=True)
class Deviations:
    """The columns of one head; without levels there are none."""

    basis: Vector = field(default_factory=lambda: np.zeros((0, 0)))
    """Dense features to z, shape (dense, directions)."""
    segments: Factor = Factor()
    channels: Factor = Factor()

    @property
    def width(self) -> int:
        """How many columns there are."""
        return int(self.basis.shape[1]) * (self.segments.places + self.channels.places)

    @property
    def scales(self) -> Vector:
        """The scale of each column, shape (width,)."""
        directions = self.basis.shape[1]
        return np.repeat([f.scale for f in self._factors], [directions * f.places for f in self._factors])

    def spread(self, matrix: sp.csr_matrix, segments: Sequence[str], channels: Sequence[str]) -> sp.csr_matrix:
        """`matrix` of features (rows, features) with these columns between the dense ones and the n-grams.

        `segments` and `channels` name those of each row. Shape (rows, features + width).
        """
        if not self.width:
            return matrix
        dense = matrix[:, : len(self.basis)]
        directions = np.asarray(dense @ self.basis)
        names = (segments, channels)
        columns = [_columns(directions, of, name) for of, name in zip(self._factors, names, strict=True) if of.levels]
        return sp.csr_matrix(sp.hstack([dense, *columns, matrix[:, len(self.basis) :]]))

    @property
    def _factors(self) -> tuple[Factor, Factor]:
        return self.segments, self.channels

    def tensors(self) -> dict[str, Vector]:
        """What a head's file holds of it in numbers; nothing where there are no columns."""
        if not self.width:
            return {}
        return {"basis": self.basis, "scales": np.array([factor.scale for factor in self._factors])}

    def names(self) -> dict[str, str]:
        """What a head's file holds of it in words: the levels, as JSON."""
        return {"segments": json.dumps(self.segments.levels), "channels": json.dumps(self.channels.levels)}

    @classmethod
    def read(cls, tensors: Mapping[str, Vector], names: Mapping[str, str]) -> "Deviations":
        """From what `tensors` and `names` gave. Raises ValueError where they do not belong together."""
        if "basis" not in tensors:
            return cls()
        segments, channels = (tuple(json.loads(names.get(name, "[]"))) for name in ("segments", "channels"))
        of_segments, of_channels = (float(value) for value in tensors["scales"])
        return cls(tensors["basis"], Factor(segments, of_segments), Factor(channels, of_channels))


NO_DEVIATIONS = Deviations()  # the general effect holds for everybody


def _columns(directions: Vector, factor: Factor, names: Sequence[str]) -> sp.csr_matrix:
    """z x scale in each row's place, shape (rows, places x directions)."""
    place, width = factor.place(names), directions.shape[1]
    rows = np.flatnonzero(place >= 0)
    columns = place[rows, None] * width + np.arange(width)
    values = factor.scale * directions[rows]
    at = (np.repeat(rows, width), columns.ravel())
    return sp.csr_matrix((values.ravel(), at), shape=(len(directions), factor.places * width))
