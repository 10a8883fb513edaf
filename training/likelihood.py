"""What results say of a linear score: the likelihood, its mode and its curvature.

Within one group the clicks are multinomial with shares in proportion to impressions x exp(score): the conditional logit
of McFadden (1974), in which whatever a group has in common (day, picture, audience) cancels. Texts differ by more than
a linear score can say, so a group's clicks count for less the more there are of them: divided by 1 + dispersion x the
clicks a text (Williams 1982). Pairs without counts are Bradley-Terry (1952) terms of the score difference x slope; the
slope is over 1 because only pairs with a significant difference are in such a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_expit

from training.results import Results

Vector = NDArray[Any]  # float64
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Prior:
    """What is set before the fit."""

    penalty: float
    """Of the squared weights: the inverse variance of a normal prior."""
    slope: float
    """Of the pairs."""


@dataclass(frozen=True)
class Counts:
    """Results as arrays: one entry a text of a group, and one a pair. `row` points into the matrix of features."""

    row: Rows
    group: Rows
    impressions: Vector
    clicks: Vector
    winner: Rows
    loser: Rows
    segment: tuple[str, ...] = ()
    """Of each text of a group; pairs have none."""
    channel: tuple[str, ...] = ()

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group[-1]) + 1 if len(self.group) else 0

    def total(self, values: Vector) -> Vector:
        """Sums over each group, shape (groups,)."""
        return np.bincount(self.group, values, self.groups)

    def effective(self, dispersion: float) -> Vector:
        """Clicks, each group's divided by 1 + dispersion x its clicks a text."""
        mean = self.total(self.clicks) / np.maximum(np.bincount(self.group, minlength=self.groups), 1)
        return self.clicks / (1 + dispersion * mean)[self.group]

    def shares(self, scores: Vector) -> tuple[Vector, Vector]:
        """Expected shares of a group's clicks, and their logs, for the score of each text in each group."""
        logits = np.log(self.impressions) + scores
        top = np.full(self.groups, -np.inf)
        np.maximum.at(top, self.group, logits)
        logits -= top[self.group]
        logs = logits - np.log(self.total(np.exp(logits)))[self.group]
        return np.exp(logs), logs


def counts(results: Results, rows: Mapping[str, int]) -> Counts:
    """The arrays of `results`, whose texts stand at `rows` of the matrix of features."""
    members = [(number, i, group) for number, group in enumerate(results.groups) for i in range(len(group.texts))]
    return Counts(
        row=np.array([rows[group.texts[i]] for _, i, group in members], dtype=np.int64),
        group=np.array([number for number, _, _ in members], dtype=np.int64),
        impressions=np.array([group.impressions[i] for _, i, group in members], dtype=np.float64),
        clicks=np.array([group.clicks[i] for _, i, group in members], dtype=np.float64),
        winner=np.array([rows[pair.winner] for pair in results.pairs], dtype=np.int64),
        loser=np.array([rows[pair.loser] for pair in results.pairs], dtype=np.int64),
        segment=tuple(group.segment for _, _, group in members),
        channel=tuple(group.channel for _, _, group in members),
    )


def log_likelihood(data: Counts, scores: Vector, dispersion: float) -> float:
    """Of the groups' clicks, a click: `scores` has one entry for each text in each group. 0 scores is no knowledge."""
    clicks = data.effective(dispersion)
    return float(clicks @ data.shares(scores)[1] / max(clicks.sum(), 1e-9))


def fit(matrix: sp.csr_matrix, data: Counts, prior: Prior, dispersion: float, *, dense: int = 0) -> Vector:
    """The weights at the mode of likelihood x prior, by L-BFGS from 0; the problem is concave, so there is one mode.

    The search runs in coordinates in which the curvature at 0 of the first `dense` columns is the unit matrix, so that
    it needs few steps; of the others only its diagonal is.
    """
    texts, differences = matrix[data.row], matrix[data.winner] - matrix[data.loser]
    clicks = data.effective(dispersion)
    total = data.total(clicks)[data.group]
    covariance, variance = posterior(matrix, data, np.zeros(matrix.shape[1]), prior, dispersion, dense=dense)
    factor, scale = np.linalg.cholesky(covariance), np.sqrt(variance)
    whole = _Split(sp.vstack([texts, differences], format="csr"), dense)

    def weights_at(place: Vector) -> Vector:
        return np.concatenate([factor @ place[:dense], scale * place[dense:]])

    def loss(place: Vector) -> tuple[float, Vector]:
        weights = weights_at(place)
        scores, margin = np.split(whole @ weights, [len(data.row)])
        shares, logs = data.shares(scores)
        value = clicks @ logs + log_expit(prior.slope * margin).sum() - prior.penalty / 2 * weights @ weights
        surprise = np.concatenate([clicks - total * shares, prior.slope * expit(-prior.slope * margin)])
        slope = whole.across(surprise) - prior.penalty * weights
        return -float(value), -np.concatenate([factor.T @ slope[:dense], scale * slope[dense:]])

    start = np.zeros(matrix.shape[1])
    return weights_at(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)


class _Split:
    """A matrix whose first columns are dense, so that both parts are multiplied as suits them."""

    def __init__(self, matrix: sp.csr_matrix, dense: int) -> None:
        self._front, self._rest, self._dense = matrix[:, :dense].toarray(), matrix[:, dense:], dense
        self._rest_across = self._rest.T.tocsr()

    def __matmul__(self, weights: Vector) -> Vector:
        product: Vector = self._front @ weights[: self._dense] + self._rest @ weights[self._dense :]
        return product

    def across(self, rows: Vector) -> Vector:
        """The transposed matrix times one value for each row."""
        return np.concatenate([rows @ self._front, self._rest_across @ rows])


def posterior(
    matrix: sp.csr_matrix, data: Counts, weights: Vector, prior: Prior, dispersion: float, *, dense: int
) -> tuple[Vector, Vector]:
    """Laplace approximation at the mode: covariance of the first `dense` weights, variances of the others.

    The inverse of the curvature of -log(likelihood x prior). Only its block of dense columns is inverted as a whole; of
    the n-grams' columns only the diagonal, as if they were independent of the rest.
    """
    block = prior.penalty * np.eye(dense)
    diagonal = np.full(matrix.shape[1] - dense, prior.penalty)
    for rows, by in _curvature(matrix, data, weights, prior, dispersion):
        front, rest = rows[:, :dense].toarray(), rows[:, dense:]
        block += (front.T * by) @ front
        diagonal += np.asarray(rest.multiply(rest).T @ by)
    covariance: Vector = np.linalg.inv(block)
    return (covariance + covariance.T) / 2, 1 / np.maximum(diagonal, prior.penalty)


def quadratic(
    matrix: sp.csr_matrix, data: Counts, weights: Vector, prior: Prior, dispersion: float, *, dense: int
) -> tuple[Vector, Vector]:
    """The log-likelihood around `weights` as b.w - w.A.w / 2 in the first `dense` weights: b, (dense,), and A.

    The other weights stay as they are, and the prior is not in it.
    """
    scores = matrix @ weights
    clicks, (shares, _) = data.effective(dispersion), data.shares(scores[data.row])
    surprise = clicks - data.total(clicks)[data.group] * shares
    slope = matrix[data.row, :dense].T @ surprise
    odds = expit(-prior.slope * (scores[data.winner] - scores[data.loser]))
    slope += prior.slope * ((matrix[data.winner, :dense] - matrix[data.loser, :dense]).T @ odds)
    block = np.zeros((dense, dense))
    for rows, by in _curvature(matrix, data, weights, prior, dispersion):
        front = rows[:, :dense].toarray()
        block += (front.T * by) @ front
    return slope + block @ weights[:dense], block


def _curvature(
    matrix: sp.csr_matrix, data: Counts, weights: Vector, prior: Prior, dispersion: float
) -> list[tuple[sp.csr_matrix, Vector]]:
    """The curvature of -log(likelihood) as a sum of rows' squares, each row with its weight."""
    texts, differences = matrix[data.row], matrix[data.winner] - matrix[data.loser]
    scores = matrix @ weights
    share, _ = data.shares(scores[data.row])
    group_weight = data.total(data.effective(dispersion))
    members = sp.csr_matrix((share, (data.group, np.arange(len(share)))), shape=(data.groups, len(share)))
    means = members @ texts  # each group's mean text, by share
    odds = expit(prior.slope * (scores[data.winner] - scores[data.loser]))
    of_pairs = prior.slope**2 * odds * (1 - odds)
    return [(texts, group_weight[data.group] * share), (means, -group_weight), (differences, of_pairs)]


def true_variance(data: Counts, scores: Vector, known: Vector | float = 0.0) -> float:
    """Variance of texts' true log click-through around `scores` within a group, beyond `known` and chance.

    The maximum of the marginal likelihood of log((clicks + 0.5) / impressions) as a normal with variance
    1 / (clicks + 0.5) + known + the one looked for, each group's level integrated out (restricted likelihood).
    """
    observed, chance = log_rates(data)
    left = observed - scores

    def loss(extra: float) -> float:
        variance = chance + known + extra
        precision = data.total(1 / variance)
        level = data.total(left / variance) / precision
        return float(
            np.log(variance).sum() + np.log(precision).sum() + ((left - level[data.group]) ** 2 / variance).sum()
        )

    result: Any = minimize_scalar(loss, bounds=(0, 2), method="bounded", options={"xatol": 1e-6})
    return float(result.x)


def log_rates(data: Counts) -> tuple[Vector, Vector]:
    """Observed log click-through of each text in each group, and its variance by chance (the delta method)."""
    clicks = data.clicks + 0.5
    return np.log(clicks / data.impressions), 1 / clicks
