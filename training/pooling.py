"""How much segments and channels differ, by empirical Bayes: what has few tests borrows from all (partial pooling).

The variance of the effects of segments, and that of channels, are where the marginal likelihood of the results is
highest (type II maximum likelihood, MacKay 1992), with the log-likelihood taken as quadratic around its mode.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from inference.deviations import NO_DEVIATIONS, Deviations, Factor, key
from training.likelihood import Counts, Prior, Vector, fit, quadratic
from training.reports import NEWS

DIRECTIONS = 16
MOST_SEGMENTS, MOST_CHANNELS = 30, 10  # with effects of their own, so that the shipped file stays below 6 MB
ROUNDS = 2  # of fitting the effects and estimating their variances around that fit
RANGE = (1e-6, 1e2)  # in which variances are looked for
NONE = 1e-5  # a variance below which there are no effects to speak of


def directions(matrix: sp.csr_matrix, blocks: Sequence[int], count: int = DIRECTIONS) -> Vector:
    """The `count` leading principal directions of the dense columns, shape (dense, count), as a map of these columns.

    `blocks` says how many columns each kind of dense feature has; every kind has the same total variance, so that the
    largest does not hide the others (multiple factor analysis, Escofier and Pages 1994).
    """
    dense = matrix[:, : sum(blocks)].toarray()
    covariance = np.cov(dense, rowvar=False, bias=True)
    parts = np.split(np.diag(covariance), np.cumsum(blocks)[:-1])
    scale = np.concatenate([np.full(len(part), 1 / np.sqrt(max(part.sum(), 1e-12))) for part in parts])
    _, vectors = np.linalg.eigh(covariance * np.outer(scale, scale))
    basis: Vector = scale[:, None] * vectors[:, ::-1][:, :count]
    return basis


def differs(data: Counts) -> bool:
    """Whether there is more than one segment or more than one channel, so that effects of theirs can be told."""
    return any(len({key(name) for name in names}) > 1 for names in (data.segment, data.channel))


def pooled(matrix: sp.csr_matrix, data: Counts, prior: Prior, dispersion: float, basis: Vector) -> Deviations:
    """The columns in which segments and channels of `data` differ, scaled by how much they do.

    `matrix` has one row a text. There are none where all of `data` is one segment and one channel.
    """
    names = (_levels(data.segment, data.clicks, MOST_SEGMENTS), _levels(data.channel, data.clicks, MOST_CHANNELS))
    found = Deviations(basis, *(Factor(levels, 1.0) for levels in names))
    if not found.width:
        return NO_DEVIATIONS
    unit, entries = placed(matrix, data, found)
    dense = len(basis)
    weights = np.insert(fit(matrix, data, prior, dispersion, dense=dense), dense, np.zeros(found.width))
    for number in range(ROUNDS):
        if number:
            weights = _refitted(matrix, data, prior, dispersion, found)
        terms = quadratic(unit, entries, weights, prior, dispersion, dense=dense + found.width)
        variances = _variances(*_given_general(*terms, dense, prior.penalty), found)
        found = _scaled(found, variances, prior.penalty)
    segments, channels = (
        factor if variance > NONE else Factor()
        for factor, variance in zip((found.segments, found.channels), variances, strict=True)
    )
    return replace(found, segments=segments, channels=channels) if segments.levels or channels.levels else NO_DEVIATIONS


def placed(matrix: sp.csr_matrix, data: Counts, deviations: Deviations) -> tuple[sp.csr_matrix, Counts]:
    """One row for each text of a group and each side of a pair, with the columns of its segment and channel.

    Gives back what it got where there are no such columns.
    """
    if not deviations.width:
        return matrix, data
    entries, pairs = len(data.row), len(data.winner)
    rows = matrix[np.concatenate([data.row, data.winner, data.loser])]
    segments, channels = (*data.segment, *[""] * 2 * pairs), (*data.channel, *[NEWS] * 2 * pairs)
    sides = np.arange(entries, entries + 2 * pairs)
    moved = replace(data, row=np.arange(entries), winner=sides[:pairs], loser=sides[pairs:])
    return deviations.spread(rows, segments, channels), moved


def _levels(names: Sequence[str], clicks: Vector, most: int) -> tuple[str, ...]:
    """The names with effects of their own, sorted: those with the most clicks, or none where all is one."""
    total: Counter[str] = Counter()
    for name, count in zip(names, clicks, strict=False):
        total[key(name)] += count
    if len(total) < 2:
        return ()
    named = sorted((name for name in total if name), key=lambda name: (-total[name], name))
    return tuple(sorted(named[:most]))


def _refitted(matrix: sp.csr_matrix, data: Counts, prior: Prior, dispersion: float, found: Deviations) -> Vector:
    """The weights under the variances of `found`, as those of columns of scale 1."""
    dense = len(found.basis)
    weights = fit(*placed(matrix, data, found), prior, dispersion, dense=dense + found.width)
    weights[dense : dense + found.width] *= found.scales
    return weights


def _given_general(slope: Vector, curvature: Vector, dense: int, penalty: float) -> tuple[Vector, Vector]:
    """b and A of the effects alone, the general weights integrated out with their normal prior."""
    general = cho_factor(curvature[:dense, :dense] + penalty * np.eye(dense))
    across = curvature[dense:, :dense]
    left = curvature[dense:, dense:] - across @ cho_solve(general, across.T)
    return slope[dense:] - across @ cho_solve(general, slope[:dense]), left


def _variances(slope: Vector, curvature: Vector, found: Deviations) -> Vector:
    """Variances of the effects of segments and of channels, shape (2,), at the highest marginal likelihood.

    With b, A as `quadratic` has them and a normal prior of precision P it is log|P|/2 - log|A+P|/2 + b.(A+P)^-1.b/2.
    """
    width = found.basis.shape[1]
    of = np.repeat([0, 1], [width * found.segments.places, width * found.channels.places])

    def loss(logs: Vector) -> float:
        whole = curvature + np.diag(np.exp(-logs[of]))
        factor = cho_factor(whole, lower=True)
        return float(logs[of].sum() / 2 + np.log(np.diag(factor[0])).sum() - slope @ cho_solve(factor, slope) / 2)

    bounds = [tuple(np.log(RANGE))] * 2
    best: Vector = np.exp(minimize(loss, np.log([0.01, 0.01]), method="L-BFGS-B", bounds=bounds).x)
    return best


def _scaled(found: Deviations, variances: Vector, penalty: float) -> Deviations:
    segments, channels = np.sqrt(variances * penalty)
    return replace(
        found,
        segments=replace(found.segments, scale=float(segments)),
        channels=replace(found.channels, scale=float(channels)),
    )
