"""Activations -> the directions in which texts of one test differ, found without looking at what they earned."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from inference.reduction import WHOLE, Reduction
from training.likelihood import Counts, Vector

KEPT = 256  # directions of a block: of the embedded encoder's, they hold nine tenths of the variance


def reduced(activations: NDArray[np.float32], widths: Sequence[int], data: Counts) -> Reduction:
    """The `KEPT` leading principal directions of each block, within tests; none where the blocks are as small as that.

    `activations` has one row a text, to which `data` points.
    """
    if max(widths) <= KEPT:
        return WHOLE
    contrasts = _contrasts(data, len(activations))
    blocks = np.split(activations, np.cumsum(widths)[:-1], axis=1)
    return Reduction(tuple(_leading(np.asarray(contrasts @ block)) for block in blocks))


def _contrasts(data: Counts, texts: int) -> sp.csr_matrix:
    """Each text of a group less the group's mean, and half of each pair's difference, as a map of the texts' rows."""
    entries, pairs = len(data.row), len(data.winner)
    each = sp.csr_matrix((np.ones(entries), (np.arange(entries), data.row)), shape=(entries, texts))
    size = np.bincount(data.group, minlength=data.groups)[data.group] if entries else np.ones(0)
    members = sp.csr_matrix((1 / size, (data.group, np.arange(entries))), shape=(data.groups, entries))
    half, order = np.full(pairs, 0.5), np.arange(pairs)
    differences = sp.csr_matrix(
        (np.concatenate([half, -half]), (np.tile(order, 2), np.concatenate([data.winner, data.loser]))),
        shape=(pairs, texts),
    )
    return sp.csr_matrix(sp.vstack([each - (members @ each)[data.group], differences]).astype(np.float32))


def _leading(rows: Vector) -> NDArray[np.float32]:
    """The leading principal directions of rows around 0, shape (columns, at most `KEPT`)."""
    _, vectors = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    return np.ascontiguousarray(vectors[:, ::-1][:, :KEPT]).astype(np.float16).astype(np.float32)  # as it is stored
