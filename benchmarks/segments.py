"""Whether effects of segments and channels that are known are found again, and shrunk by as much as is right.

    python -m benchmarks.segments [--sets 200] [--json FILE]

Each data set has general effects, effects of its own for every segment and channel, and what no feature explains, all
drawn anew; segments have 48, 12 or 3 tests, and one has none. From each the head is fitted that training fits, the
variances of the effects included. `effects_*` are the effects themselves: the share of true ones within their 90 %
interval, and the slope of true on estimated, which is 1 where shrinkage is right. `scores_*` are fields of new texts:
the share of true log-odds less the field's mean within the 90 % interval of the score.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from inference.deviations import key
from inference.scoring import Head
from training.heads import Design
from training.likelihood import Counts
from training.ranking import REACH

Vector = NDArray[Any]  # float64

DENSE, NGRAMS, DIRECTIONS = 20, 20, 5
TEXTS = 4  # of a test
FIELD, FIELDS = 8, 6  # texts of a field that is scored, and fields of each segment
TESTS = {"many": 48, "some": 12, "few": 3, "unseen": 0}  # of a segment of each kind
SEGMENTS = {"many": 2, "some": 4, "few": 6, "unseen": 1}
CHANNELS = ("email", "sms", "push")


@dataclass(frozen=True)
class Truth:
    """What a data set is drawn from."""

    general: Vector
    segments: dict[str, Vector]
    channels: dict[str, Vector]
    basis: Vector
    unexplained: float
    """Standard deviation of true log-odds that no feature explains."""

    @classmethod
    def draw(
        cls, draw: np.random.Generator, *, segments: float = 0.12, channels: float = 0.08, unexplained: float = 0.15
    ) -> "Truth":
        """New effects with these standard deviations in each direction."""
        names = [f"{kind} {number}" for kind, count in SEGMENTS.items() for number in range(count)]
        basis = np.linalg.qr(draw.standard_normal((DENSE, DIRECTIONS)))[0]
        return cls(
            general=draw.normal(0, 0.09, DENSE + NGRAMS),
            segments={name: draw.normal(0, segments, DIRECTIONS) for name in names},
            channels={name: draw.normal(0, channels, DIRECTIONS) for name in CHANNELS},
            basis=basis,
            unexplained=unexplained,
        )

    def log_odds(self, draw: np.random.Generator, features: Vector, segment: str, channel: str) -> Vector:
        """True log-odds of texts, shape (texts,)."""
        own = features[:, :DENSE] @ self.basis @ (self.segments[segment] + self.channels[channel])
        return np.asarray(features @ self.general + own + draw.normal(0, self.unexplained, len(features)))


def texts(draw: np.random.Generator, count: int) -> Vector:
    """Features of new texts, shape (count, features)."""
    ngrams = draw.standard_normal((count, NGRAMS)) * (draw.random((count, NGRAMS)) < 0.1)
    return np.hstack([draw.normal(0, 0.5, (count, DENSE)), ngrams])


def fitted(truth: Truth, draw: np.random.Generator) -> Head:
    """The head that training makes of results drawn from `truth`, a quarter of the tests held out for its prior."""
    order = [(name, CHANNELS[number % len(CHANNELS)]) for name in truth.segments for number in range(_tests(name))]
    order = [order[place] for place in draw.permutation(len(order))]
    matrix = texts(draw, TEXTS * len(order))
    learn = [number for number in range(len(order)) if number % 4]
    everything = _counts(truth, draw, matrix, order)
    design = Design(sp.csr_matrix(matrix), truth.basis)
    hold = sorted({*range(len(order))} - {*learn})
    return design.fit(_part(everything, learn), _part(everything, hold), everything)[0]


def _tests(segment: str) -> int:
    return TESTS[segment.split(maxsplit=1)[0]]


def _counts(truth: Truth, draw: np.random.Generator, matrix: Vector, order: list[tuple[str, str]]) -> Counts:
    """What the tests of these segments and channels brought; each has a level of its own."""
    scores = [
        truth.log_odds(draw, matrix[TEXTS * number :][:TEXTS], *place) + draw.normal(-4, 0.5)
        for number, place in enumerate(order)
    ]
    shown = draw.integers(2_000, 20_000, len(matrix))
    none = np.zeros(0, dtype=np.int64)
    return Counts(
        row=np.arange(len(matrix)),
        group=np.repeat(np.arange(len(order)), TEXTS),
        impressions=shown.astype(np.float64),
        clicks=draw.poisson(shown * np.exp(np.concatenate(scores))).astype(np.float64),
        winner=none,
        loser=none,
        segment=tuple(chain.from_iterable([segment] * TEXTS for segment, _ in order)),
        channel=tuple(chain.from_iterable([channel] * TEXTS for _, channel in order)),
    )


def _part(data: Counts, groups: list[int]) -> Counts:
    """The groups of these numbers."""
    kept = np.isin(data.group, groups)
    return Counts(
        row=data.row[kept],
        group=np.searchsorted(groups, data.group[kept]),
        impressions=data.impressions[kept],
        clicks=data.clicks[kept],
        winner=data.winner,
        loser=data.loser,
        segment=tuple(name for name, keep in zip(data.segment, kept, strict=True) if keep),
        channel=tuple(name for name, keep in zip(data.channel, kept, strict=True) if keep),
    )


def effects(truth: Truth, head: Head) -> dict[str, tuple[Vector, Vector, Vector]]:
    """For each kind of segment and for channels: true effects, estimates, and their standard deviations."""
    found: dict[str, list[tuple[Vector, Vector, Vector]]] = defaultdict(list)
    columns, deviations = DENSE, head.deviations
    deviation_of = np.sqrt((head.dense_factor**2).sum(axis=1))
    for factor, true in ((deviations.segments, truth.segments), (deviations.channels, truth.channels)):
        for place, level in enumerate(factor.levels):
            at = slice(columns + place * DIRECTIONS, columns + (place + 1) * DIRECTIONS)
            kind = "channels" if level in CHANNELS else level.split()[0]
            known = {key(name): effect for name, effect in true.items()}
            found[kind].append((known[level], factor.scale * head.weights[at], factor.scale * deviation_of[at]))
        columns += factor.places * DIRECTIONS
    return {kind: tuple(map(np.concatenate, zip(*parts, strict=True))) for kind, parts in found.items()}  # type: ignore[misc]


def scores(truth: Truth, head: Head, draw: np.random.Generator) -> dict[str, tuple[Vector, Vector, Vector]]:
    """For each kind of segment: true log-odds of new texts less their field's mean, scores, and their deviations."""
    found: dict[str, list[tuple[Vector, Vector, Vector]]] = defaultdict(list)
    for segment in truth.segments:
        for number in range(FIELDS):
            channel, matrix = CHANNELS[number % len(CHANNELS)], texts(draw, FIELD)
            true = truth.log_odds(draw, matrix, segment, channel)
            rows = head.deviations.spread(sp.csr_matrix(matrix), [segment.upper()] * FIELD, [channel] * FIELD)
            found[segment.split()[0]].append((true - true.mean(), *head.relative(rows)))
    return {kind: tuple(map(np.concatenate, zip(*parts, strict=True))) for kind, parts in found.items()}  # type: ignore[misc]


def measure(sets: int, seed: int = 0, **drawn: float) -> dict[str, float]:
    """Coverage and slopes over this many data sets; `drawn` are the standard deviations of `Truth.draw`."""
    gathered: dict[str, list[tuple[Vector, Vector, Vector]]] = defaultdict(list)
    for number in range(sets):
        draw = np.random.default_rng([seed, number])
        truth = Truth.draw(draw, **drawn)
        head = fitted(truth, draw)
        for name, part in effects(truth, head).items():
            gathered[f"effects_{name}"].append(part)
        for name, part in scores(truth, head, draw).items():
            gathered[f"scores_{name}"].append(part)
    for what in ("effects", "scores"):
        gathered[what] = [part for name, parts in gathered.items() if name.startswith(what) for part in parts]
    found: dict[str, float] = {}
    for name, parts in sorted(gathered.items()):
        true, mean, deviation = (np.concatenate(one) for one in zip(*parts, strict=True))
        found[f"{name}_coverage_90"] = float((np.abs(true - mean) < REACH * deviation).mean())
        found[f"{name}_width"] = float(2 * REACH * deviation.mean())
        if mean.any():
            found[f"{name}_slope"] = float(true @ mean / (mean @ mean))
            found[f"{name}_correlation"] = float(np.corrcoef(true, mean)[0, 1])
    return found


def main() -> None:
    """Print the table, and write the numbers where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    numbers = {"sets": float(given.sets), **measure(given.sets)}
    for name, value in numbers.items():
        print(f"{name:32} {value:8.3f}")
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
