"""Boosted trees as arrays (`Trees`): small enough for a repository, and safetensors like all weights here."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from store.errors import ModelError

DEEPEST = 32  # levels; no tree that is worth shipping has more
Array = NDArray[Any]


@dataclass(frozen=True)
class Trees:
    """Log-odds as a sum over binary trees (Friedman 2001), with what calibrates them.

    The arrays of nodes have the shape (trees, nodes), each tree's root first; shorter trees are filled up.
    """

    feature: Array
    """int32: the column that a node looks at, -1 at a leaf."""
    threshold: Array
    """float32: a row goes left where its value is at most this."""
    left: Array
    """int32: the node to go to, itself at a leaf."""
    right: Array
    value: Array
    """float32: what a leaf adds to the log-odds."""
    offset: Array
    """float32 scalar: the log-odds before any tree."""
    calibration: Array
    """float32 (3,): what turns the sum, and the writer's confidence, into calibrated log-odds (see `calibrated`)."""

    def sums(self, matrix: Array) -> Array:
        """The trees' sum for each row, not yet calibrated, float64 of shape (rows,)."""
        values = np.asarray(matrix, dtype=np.float32)
        tree, row = np.arange(len(self.feature))[None], np.arange(len(values))[:, None]
        at = np.zeros((len(values), len(self.feature)), dtype=np.int32)
        for _ in range(DEEPEST):
            column = self.feature[tree, at]
            if (column < 0).all():
                break
            goes_left = values[row, np.maximum(column, 0)] <= self.threshold[tree, at]
            at = np.where(goes_left, self.left[tree, at], self.right[tree, at])
        total: Array = self.value[tree, at].astype(np.float64).sum(axis=1) + float(self.offset)
        return total

    def chances(self, matrix: Array, confidences: Array) -> Array:
        """The calibrated chance of each row, float64 of shape (rows,); `confidences` are nan where none is known."""
        return calibrated(self.calibration.astype(np.float64), self.sums(matrix), confidences)

    def save(self, path: Path) -> None:
        """Write the arrays as safetensors."""
        save_file({field.name: np.asarray(getattr(self, field.name), order="C") for field in fields(self)}, path)
        path.chmod(0o644)  # safetensors writes for the owner only

    @classmethod
    def load(cls, path: Path, columns: int) -> "Trees":
        """Read what `save` wrote, for rows of `columns`. Raises ModelError where the file is missing or damaged."""
        try:
            found = load_file(path)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{path}: cannot be read: {error}; train it again") from None
        fault = _fault(found, columns)
        if fault:
            raise ModelError(f"{path}: {fault}; train it again")
        return cls(**found)


def calibrated(line: Array, sums: Array, confidences: Array) -> Array:
    """Chances from log-odds that are the `line`'s: intercept, slope of the sums, slope of the confidences.

    All float64 of shape (rows,). Confidences are centred, so that nothing is added where one is not known (nan).
    """
    intercept, of_sums, of_confidences = line
    odds = intercept + of_sums * sums + of_confidences * np.nan_to_num(confidences)
    chances: Array = 1 / (1 + np.exp(-odds))
    return chances


_NODES = {"feature": "int32", "threshold": "float32", "left": "int32", "right": "int32", "value": "float32"}


def _fault(found: dict[str, Array], columns: int) -> str | None:
    """What is wrong with the arrays of a file, so that no row can lead outside of them."""
    wanted = {**_NODES, "offset": "float32", "calibration": "float32"}
    if {name: str(array.dtype) for name, array in found.items()} != wanted:
        return f"holds {sorted(found)}, not {sorted(wanted)} in their types"
    shape = found["feature"].shape
    if len(shape) != 2 or 0 in shape or {found[name].shape for name in _NODES} != {shape}:
        return f"its trees have the shapes {[found[name].shape for name in _NODES]}, not one of (trees, nodes)"
    if (found["offset"].shape, found["calibration"].shape) != ((), (3,)):
        return "offset and calibration have other shapes than () and (3,)"
    if not all(np.isfinite(array).all() for array in found.values()):
        return "holds numbers that are not finite"
    inside = (found["feature"] >= -1) & (found["feature"] < columns)
    for side in ("left", "right"):
        inside &= (found[side] >= 0) & (found[side] < shape[1])
    return None if inside.all() else f"its nodes lead outside of {columns} columns and {shape[1]} nodes"
