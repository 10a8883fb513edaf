"""Results as arrays -> a head: its prior, how much segments and channels differ, and what stays unexplained."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.sparse as sp

from inference.reduction import WHOLE, Reduction
from inference.scoring import Head
from training.likelihood import Counts, Prior, Vector, fit, log_likelihood, posterior, true_variance
from training.pooling import differs, placed, pooled

PENALTIES = (90.0, 150.0, 250.0)
SLOPES = (6.0, 4.0, 9.0)
SMALLEST_VARIANCE = 0.0025  # texts differ by some 5 % in truth, however little the data shows of it

# Of settling what stays unexplained, where segments or channels differ: it and the effects bear on each other.
ROUNDS = 2


@dataclass(frozen=True)
class Design:
    """What every fit of one run shares."""

    matrix: sp.csr_matrix
    """One row a text, the dense columns first."""
    basis: Vector
    """Dense columns to the directions in which segments and channels may differ, shape (dense, directions)."""
    reduction: Reduction = WHOLE
    """By which the activations became columns of `matrix`."""

    @property
    def spread(self) -> Vector:
        """Variance over the texts of each direction, shape (directions,)."""
        values: Vector = np.asarray(self.matrix[:, : len(self.basis)] @ self.basis).var(axis=0)
        return values

    def fit(self, learn: Counts, hold: Counts, everything: Counts) -> tuple[Head, Prior]:
        """A head for `everything`. The prior, and what stays unexplained, are those that suit `hold` after `learn`."""
        effects = max(true_variance(everything, np.zeros(len(everything.row))), SMALLEST_VARIANCE)
        prior = self._prior(learn, hold, effects)
        residual = self._residual(learn, hold, prior, effects)
        dispersion = effects
        for _ in range(ROUNDS if differs(everything) else 0):
            dispersion = residual
            residual = self._residual(learn, hold, prior, dispersion)
        return replace(
            self.head(everything, prior, dispersion), residual_variance=residual, effect_variance=effects
        ), prior

    def _residual(self, learn: Counts, hold: Counts, prior: Prior, dispersion: float) -> float:
        """Variance of true log-odds in `hold` that a head made of `learn` cannot explain."""
        trial = self.head(learn, prior, dispersion)
        matrix, unseen = placed(self.matrix, hold, trial.deviations)
        scores, known = matrix[unseen.row] @ trial.weights, _known_variance(trial, matrix, unseen)
        return max(true_variance(hold, scores, known), SMALLEST_VARIANCE)

    def head(self, data: Counts, prior: Prior, dispersion: float) -> Head:
        """A head with nothing left unexplained yet."""
        deviations = pooled(self.matrix, data, prior, dispersion, self.basis)
        matrix, entries = placed(self.matrix, data, deviations)
        dense = len(self.basis) + deviations.width
        weights = fit(matrix, entries, prior, dispersion, dense=dense)
        covariance, variance = posterior(matrix, entries, weights, prior, dispersion, dense=dense)
        return Head(weights, np.linalg.cholesky(covariance), variance, 0.0, 0.0, deviations, self.reduction)

    def _prior(self, learn: Counts, hold: Counts, effects: float) -> Prior:
        """The penalty, and then the slope, under which the general effect learnt from `learn` suits `hold` best."""

        @cache
        def likely(prior: Prior) -> float:
            weights = fit(self.matrix, learn, prior, effects, dense=len(self.basis))
            return log_likelihood(hold, self.matrix[hold.row] @ weights, effects)

        penalty = max((Prior(penalty, SLOPES[0]) for penalty in PENALTIES), key=likely).penalty
        return max((Prior(penalty, slope) for slope in SLOPES), key=likely)


def _known_variance(head: Head, matrix: sp.csr_matrix, data: Counts) -> Vector:
    """Variance of each text's score less its group's mean that comes from the weights, for each text in each group."""
    places = np.split(np.arange(len(data.row)), np.flatnonzero(np.diff(data.group)) + 1)
    return np.concatenate([head.relative(matrix[data.row[place]])[1] ** 2 for place in places])
