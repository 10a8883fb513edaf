"""Boosted trees by hand, for tests."""

import numpy as np

from inference.boosted import Trees


def stump(column: int, threshold: float) -> Trees:
    """One tree of one question: log-odds of 2 above the threshold in that column, of -2 up to it."""
    return Trees(
        feature=np.array([[column, -1, -1]], dtype=np.int32),
        threshold=np.array([[threshold, 0, 0]], dtype=np.float32),
        left=np.array([[1, 1, 2]], dtype=np.int32),
        right=np.array([[2, 1, 2]], dtype=np.int32),
        value=np.array([[0, -2, 2]], dtype=np.float32),
        offset=np.array(0, dtype=np.float32),
        calibration=np.array([0, 1, 0], dtype=np.float32),
    )
