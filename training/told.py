"""Which of a brief's segments a text was written for: a choice model on the frozen encoder, trained on the corpus."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from threadpoolctl import threadpool_limits

from inference.encoder import Encoder
from store.segment import Segment
from training.corpus import CorpusBrief, CorpusRow

PENALTY = 30.0  # on the squared weights, against the summed likelihood; the held-out rows hardly mind 1 to 30
SCALE = 10.0  # a product of two unit vectors' places is small, so that without this the penalty would forbid it

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """A text, the segments it may have been written for, and the one it was."""

    text: str
    segments: tuple[Segment, ...]
    chosen: int


class Told:
    """Tells for which of several segments a text was written."""

    def __init__(self, weights: Vector, encoder: Encoder) -> None:
        """`weights` of shape (3 + encoder width,), as `fit` gives them."""
        self.weights, self._encoder = weights, encoder

    def tell(self, texts: Sequence[str], segments: Sequence[Segment]) -> list[int]:
        """For each text the place in `segments` of the likeliest."""
        choices = [Choice(text, tuple(segments), 0) for text in texts]
        return [int(np.argmax(features @ self.weights)) for features in _features(choices, self._encoder)]


def choices(rows: Sequence[CorpusRow], briefs: Mapping[str, CorpusBrief]) -> list[Choice]:
    """Rows of the corpus as choices among their brief's segments."""
    found = []
    for row in rows:
        segments = briefs[row.brief].brief.segments
        place = [segment.name for segment in segments].index(row.segment)
        found.append(Choice("\n".join(row.fields.values()), segments, place))
    return found


def learn(known: Sequence[Choice], encoder: Encoder, kept: Path) -> Told:
    """As `fit`, with the weights taken from the folder `kept` where the same choices were learnt from before."""
    digest = hashlib.sha256(f"{encoder.name} {PENALTY} {SCALE}".encode())
    for choice in known:
        digest.update(repr((choice.text, [_parts(segment) for segment in choice.segments], choice.chosen)).encode())
    path = kept / f"told-{digest.hexdigest()[:16]}.npy"
    if path.exists():
        return Told(np.load(path), encoder)
    told = fit(known, encoder)
    kept.mkdir(parents=True, exist_ok=True)
    np.save(path, told.weights)
    return told


def fit(known: Sequence[Choice], encoder: Encoder) -> Told:
    """Conditional logit (McFadden 1974): the chance of a segment is exp(w.x) over the sum of the brief's segments'.

    The same choices give the same weights.
    """
    features = _features(known, encoder)
    most = max(len(of) for of in features)
    table = np.zeros((len(known), most, features[0].shape[1]))
    absent = np.zeros((len(known), most))
    for row, of in enumerate(features):
        table[row, : len(of)], absent[row, len(of) :] = of, -np.inf
    chosen = table[np.arange(len(known)), [choice.chosen for choice in known]]

    def loss(weights: Vector) -> tuple[float, Vector]:
        """Minus the log of likelihood x prior, and its gradient."""
        utility = table @ weights + absent
        every = logsumexp(utility, axis=1)
        shares = np.exp(utility - every[:, None])
        expected = np.einsum("ns,nsd->d", shares, table)
        value = float(every.sum() - (chosen @ weights).sum() + PENALTY / 2 * weights @ weights)
        return value, expected - chosen.sum(axis=0) + PENALTY * weights

    with threadpool_limits(1, user_api="blas"):  # the same sums on any machine
        found = minimize(loss, np.zeros(table.shape[2]), jac=True, method="L-BFGS-B")
    return Told(found.x, encoder)


def _features(known: Sequence[Choice], encoder: Encoder) -> list[Vector]:
    """For each choice one row a segment: the text's cosine with the segment's sentence, with what it cares about and
    with its name, and the products of the text's and the sentence's vectors, place by place."""
    texts = list(dict.fromkeys(choice.text for choice in known))
    said = list(dict.fromkeys(part for choice in known for segment in choice.segments for part in _parts(segment)))
    vectors = dict(zip([*texts, *said], encoder.encode([*texts, *said]).astype(np.float64), strict=True))
    found = []
    for choice in known:
        text = vectors[choice.text]
        parts = np.array([[vectors[part] for part in _parts(segment)] for segment in choice.segments])
        found.append(np.hstack([parts @ text, SCALE * parts[:, 0] * text]))
    return found


def _parts(segment: Segment) -> tuple[str, str, str]:
    return segment.sentence, segment.cares_about, segment.name
