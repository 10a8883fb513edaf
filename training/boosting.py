"""Boosted trees fitted with scikit-learn and taken out of it as arrays, and the calibration of what they say."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_expit
from sklearn.ensemble import GradientBoostingClassifier

from inference.boosted import Trees

TREES, DEPTH, RATE = 200, 5, 0.08
LEAF = 20  # examples in a leaf, at least
SHARE = 0.5  # of the examples that a tree sees (Friedman 2002)
COLUMNS = 12  # features that a split may choose from, drawn anew each time

Array = NDArray[Any]


class Rows(NamedTuple):
    """What trees are fitted to."""

    matrix: Array
    """(examples, features) float64."""
    good: Array
    """(examples,) bool, with both kinds in it."""
    weights: Array
    """(examples,) float64: for how many examples each counts."""

    def at(self, places: Array) -> "Rows":
        """Some of them."""
        return Rows(self.matrix[places], self.good[places], self.weights[places])


class Scores(NamedTuple):
    """What calibration goes by, each of shape (examples,)."""

    sums: Array
    """What trees say that did not see the example, float64."""
    confidences: Array
    """Of the writer, float64, centred for each writer, nan where it is not known."""
    good: Array
    """bool."""

    def at(self, places: Array) -> "Scores":
        """Some of them."""
        return Scores(*(column[places] for column in self))


def fit(rows: Rows, seed: int) -> Trees:
    """Trees for these rows, not yet calibrated; the same rows and seed give the same trees."""
    model = GradientBoostingClassifier(
        n_estimators=TREES,
        max_depth=DEPTH,
        learning_rate=RATE,
        min_samples_leaf=LEAF,
        subsample=SHARE,
        max_features=min(COLUMNS, rows.matrix.shape[1]),
        random_state=seed,
    )
    model.fit(*rows)
    share = float(np.average(rows.good, weights=rows.weights))
    return _arrays([one.tree_ for one in model.estimators_[:, 0]], share)


def _arrays(trees: Sequence[Any], share: float) -> Trees:
    """scikit-learn's trees as arrays; it begins with the log-odds of the share of good ones."""
    shape = len(trees), max(tree.node_count for tree in trees)
    stay = np.broadcast_to(np.arange(shape[1], dtype=np.int32), shape)
    found = Trees(
        feature=np.full(shape, -1, dtype=np.int32),
        threshold=np.zeros(shape, dtype=np.float32),
        left=stay.copy(),
        right=stay.copy(),
        value=np.zeros(shape, dtype=np.float32),
        offset=np.array(np.log(share / (1 - share)), dtype=np.float32),
        calibration=np.array([0, 1, 0], dtype=np.float32),
    )
    for number, tree in enumerate(trees):
        inner = np.flatnonzero(tree.children_left >= 0)
        found.feature[number, inner] = tree.feature[inner]
        found.threshold[number, inner] = _down(tree.threshold[inner])
        found.left[number, inner] = tree.children_left[inner]
        found.right[number, inner] = tree.children_right[inner]
        found.value[number, : tree.node_count] = RATE * tree.value[:, 0, 0]
    return found


def _down(values: Array) -> Array:
    """The largest float32 up to each value, so that a float32 goes the same way as in scikit-learn."""
    near = values.astype(np.float32)
    lower: Array = np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)
    return lower


def calibrate(scores: Scores) -> Array:
    """The line of `inference.boosted.calibrated`, by maximum likelihood; neither slope is ever negative.

    Platt (1999), with his targets, which keep the fit finite where the two kinds do not overlap; the writer's
    confidence, nan where it is not known, is a second score beside his one.
    """
    sums, confidences, good = scores
    count = int(good.sum()), int((~good).sum())
    target = np.where(good, (count[0] + 1) / (count[0] + 2), 1 / (count[1] + 2))
    sure = np.nan_to_num(confidences)
    spread = float(sure.std()) or 1.0  # so that both slopes are of one size

    def loss(line: Array) -> float:
        odds = line[0] + line[1] * sums + line[2] * sure / spread
        return -float(target @ log_expit(odds) + (1 - target) @ log_expit(-odds))

    bounds = [(None, None), (0, None), (0, None)]
    intercept, of_sums, of_sure = minimize(loss, np.array([0.0, 1.0, 0.0]), method="L-BFGS-B", bounds=bounds).x
    return np.array([intercept, of_sums, of_sure / spread])
