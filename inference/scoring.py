"""The scorer that ships: a linear head on the text encoder, with how sure it is (`Head`, `LocalScorer`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from inference.deviations import NO_DEVIATIONS, Deviations, key
from inference.encoder import Encoder
from inference.features import BUCKETS, FORMAT, STYLE, dense_width, features, surface
from inference.reduction import WHOLE, Reduction
from inference.scorer import Candidate
from inference.words import WORD
from store import checkpoint as meta
from store.errors import ModelError
from store.score import Score, WordEffect

FILE = "model.safetensors"
INTERVAL = 0.90
WORDS_TRIED = 5  # on the encoder, which is the slow part: five take some four times as long as none
STRANGE = 1.5
"""How much wider the interval is for a channel that the training data has no tests of. A choice, not a measurement."""

Vector = NDArray[Any]  # float64


@dataclass(frozen=True)
class Head:
    """A linear model of log-odds and what is left uncertain, as numbers."""

    weights: Vector
    """One for each column of `features`, and of `deviations` between the dense ones and the n-grams."""
    dense_factor: Vector
    """Lower Cholesky factor of the weights' posterior covariance in the dense columns and those of `deviations`."""
    sparse_variance: Vector
    """Posterior variance of the other weights, each for itself."""
    residual_variance: float
    """Variance of true log-odds that the features cannot explain, between texts of one test."""
    effect_variance: float
    """Variance of true log-odds between texts of one test when nothing is known of them."""
    deviations: Deviations = NO_DEVIATIONS
    """How segments and channels depart from the general effect; what the methods are given has its columns too."""
    reduction: Reduction = WHOLE
    """What the encoder's activations come down to in `features`."""

    def relative(self, matrix: sp.csr_matrix) -> tuple[Vector, Vector]:
        """Mean and standard deviation of each row's true log-odds less the mean of all rows', shapes (rows,).

        The deviation has two parts: of the weights (Laplace approximation: the posterior is normal around its mode,
        MacKay 1992; n-grams taken as independent), and of what the features cannot explain. A row alone is its own
        mean: it gets 0, and the deviation between texts of which nothing is known.
        """
        count = matrix.shape[0]
        if count == 1:
            return np.zeros(1), np.sqrt([self.effect_variance])
        raw = np.asarray(matrix @ self.weights)
        dense = len(self.dense_factor)
        spread = matrix[:, :dense].toarray()
        of_dense = (((spread - spread.mean(axis=0)) @ self.dense_factor) ** 2).sum(axis=1)
        variance = of_dense + self._of_sparse(matrix[:, dense:]) + self.residual_variance * (1 - 1 / count)
        return raw - raw.mean(), np.sqrt(variance)

    def versus(self, first: sp.csr_matrix, second: sp.csr_matrix) -> tuple[Vector, Vector]:
        """Mean and standard deviation of each first row's true log-odds less the second's, shapes (rows,)."""
        difference = first - second
        dense = len(self.dense_factor)
        ngrams = difference[:, dense:]
        variance = ((difference[:, :dense] @ self.dense_factor) ** 2).sum(axis=1)
        variance = variance + ngrams.multiply(ngrams) @ self.sparse_variance + 2 * self.residual_variance
        return np.asarray(difference @ self.weights), np.sqrt(variance)

    def _of_sparse(self, ngrams: sp.csr_matrix) -> Vector:
        """Variance from the n-grams' weights, of each row less the mean row, over the columns that are in use."""
        used, place = np.unique(ngrams.indices, return_inverse=True)
        rows = sp.csr_matrix((ngrams.data, place, ngrams.indptr), shape=(ngrams.shape[0], len(used)))
        variance, mean = self.sparse_variance[used], np.asarray(rows.mean(axis=0)).ravel()
        apart = rows.multiply(rows) @ variance - 2 * rows @ (mean * variance) + mean**2 @ variance
        variance_of_rows: Vector = np.maximum(np.asarray(apart), 0)
        return variance_of_rows

    def save(self, path: Path) -> None:
        """Write the numbers as safetensors, with the names of segments and channels where there are any.

        The factor's lower triangle and the reduction, which are most of it, are float16, the rest float32.
        """
        tensors = {**{name: getattr(self, name) for name in _PARTS}, **self.deviations.tensors()}
        kept = {name: np.asarray(value, dtype=np.float32) for name, value in tensors.items()}
        kept["dense_factor"] = self.dense_factor[np.tril_indices(len(self.dense_factor))].astype(np.float16)
        names = self.deviations.names() if self.deviations.width else None
        save_file({**kept, **self.reduction.tensors()}, path, metadata=names)
        path.chmod(0o644)  # safetensors writes for the owner only

    @classmethod
    def load(cls, path: Path, encoder: Encoder) -> "Head":
        """Read what `save` wrote. Raises ModelError where the file is missing, truncated or of other shapes."""
        try:
            with safe_open(path, "numpy") as file:
                tensors: dict[str, Any] = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}  # noqa: SIM118
                deviations, reduction = Deviations.read(tensors, file.metadata() or {}), Reduction.read(tensors)
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: cannot be read: {error}; train it again with glasbruk train scorer") from None
        right = _shapes(encoder.activation_widths, reduction, deviations)
        shapes = {name: value.shape for name, value in tensors.items()}
        if shapes != right or not all(np.isfinite(value).all() for value in tensors.values()):
            raise ModelError(f"{path}: holds {shapes}, not {right} of finite numbers; train it again")
        residual, effect = (float(tensors[name]) for name in ("residual_variance", "effect_variance"))
        weights, packed, variance = (tensors[name] for name in _PARTS[:3])
        return cls(weights, _unpacked(packed), variance, residual, effect, deviations, reduction)


_PARTS = ("weights", "dense_factor", "sparse_variance", "residual_variance", "effect_variance")


def _unpacked(packed: Vector) -> Vector:
    """A lower triangle from its entries, row by row."""
    size = int((2 * len(packed)) ** 0.5)
    factor = np.zeros((size, size))
    factor[np.tril_indices(size)] = packed
    return factor


def _shapes(widths: Sequence[int], reduction: Reduction, deviations: Deviations) -> dict[str, tuple[int, ...]]:
    """The shapes of a head's tensors for activations in blocks of `widths`."""
    dense = dense_width(reduction.width(sum(widths)))
    whole = dense + deviations.width
    of_deviations = {"basis": (dense, deviations.basis.shape[1]), "scales": (2,)} if deviations.width else {}
    kept = [(width, part.shape[1]) for width, part in zip(widths, reduction.parts, strict=False)]
    return {
        "weights": (whole + BUCKETS,),
        "dense_factor": (whole * (whole + 1) // 2,),
        "sparse_variance": (BUCKETS,),
        "residual_variance": (),
        "effect_variance": (),
        **of_deviations,
        **{f"reduction_{number}": shape for number, shape in enumerate(kept)},
    }


class LocalScorer:
    """Scores with the head in a folder, such as `scorers.SHIPPED`.

    Segment and channel count where the head has effects of theirs; one that it has not seen has the general effect and
    a wider interval. Raises ModelError where the folder's weights were made for another encoder or other features.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.meta = _checked(folder, encoder)
        self.head = Head.load(folder / FILE, encoder)
        meaning = self.head.reduction.width(sum(encoder.activation_widths))
        style = slice(meaning, meaning + len(STYLE))
        self._of_surface = np.concatenate([self.head.weights[style], self.head.weights[-BUCKETS:]])
        self._encoder = encoder

    @property
    def checkpoint(self) -> str:
        """As `Scorer.checkpoint`."""
        return self.meta.id

    def score(self, field: Sequence[Candidate], *, explain: bool = True) -> list[Score]:
        """As `Scorer.score`."""
        if not field:
            return []
        explained = field if explain else []  # trying words is most of the work
        tried = [(at, word) for at, one in enumerate(explained) for word in self._promising(one.text)]
        texts = [one.text for one in field] + [without(field[at].text, word) for at, word in tried]
        matrix = self._features(texts, [*field, *(field[at] for at, _ in tried)])  # in one go, which is the slow part
        means, deviations = self.head.relative(matrix[: len(field)])
        words = _words(tried, np.asarray(matrix @ self.head.weights), len(field))
        return [
            _score(mean, self._widened(sd, candidate.channel), effects, self.checkpoint)
            for candidate, mean, sd, effects in zip(field, means, deviations, words, strict=True)
        ]

    def values(self, texts: Sequence[str]) -> Vector:
        """The general log-odds of each text, shape (texts,): only differences of them mean anything."""
        return np.asarray(self._features(texts, [Candidate(text) for text in texts]) @ self.head.weights)

    def _features(self, texts: Sequence[str], of: Sequence[Candidate]) -> sp.csr_matrix:
        """The features of texts, each for the segment and channel of its candidate."""
        segments, channels = [one.segment for one in of], [one.channel for one in of]
        return self.head.deviations.spread(features(texts, self._encoder, self.head.reduction), segments, channels)

    def _widened(self, deviation: float, channel: str) -> float:
        """Wider for a channel without tests, unless the head has measured how much channels differ."""
        known = {key(name) for name in self.meta.settings["channels"]}
        return deviation if key(channel) in known or self.head.deviations.channels.levels else STRANGE * deviation

    def _promising(self, text: str) -> list[str]:
        """The words to try the encoder without: those that move the n-gram part most."""
        words = list(dict.fromkeys(WORD.findall(text)))
        if len(words) <= WORDS_TRIED:
            return words if len(words) > 1 else []
        values = surface([text, *(without(text, word) for word in words)]) @ self._of_surface
        moved = np.abs(values[0] - values[1:])
        return [words[index] for index in np.argsort(-moved, kind="stable")[:WORDS_TRIED]]


def _checked(folder: Path, encoder: Encoder) -> meta.Checkpoint:
    """The folder's meta.json. Raises ModelError where its weights cannot be used here."""
    found = meta.read(folder)
    right = {"kind": "scorer", "base": encoder.name, "features": FORMAT}
    has = {"kind": found.kind, "base": found.base, "features": found.settings.get("features")}
    if has != right or "channels" not in found.settings:
        wrong = next((key for key in right if has[key] != right[key]), "channels")
        value, wanted = has.get(wrong), right.get(wrong, "a list of channels")
        message = f"{wrong} is {value!r}, but here it must be {wanted!r}; train it again with glasbruk train scorer"
        raise ModelError(f"{folder / 'meta.json'}: {message}")
    return found


def without(text: str, word: str) -> str:
    """The text without any occurrence of the word, with white space put in order."""
    return " ".join(re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "", text).split())


def _words(tried: Sequence[tuple[int, str]], values: Vector, count: int) -> list[tuple[WordEffect, ...]]:
    """The words that move each of `count` texts: its value less the value without the word, strongest first.

    `values` has the texts' and then, for each text and word that were tried, the text's without that word.
    """
    found: list[list[WordEffect]] = [[] for _ in range(count)]
    for (at, word), value in zip(tried, values[count:], strict=True):
        found[at].append(WordEffect(word=word, effect=float(values[at] - value)))
    return [tuple(sorted(words, key=lambda one: -abs(one.effect))) for words in found]


def _score(mean: float, deviation: float, words: tuple[WordEffect, ...], checkpoint: str) -> Score:
    reach = NormalDist().inv_cdf(0.5 + INTERVAL / 2) * deviation
    return Score(
        log_odds=float(mean),
        low=float(mean - reach),
        high=float(mean + reach),
        chance_to_beat_field=NormalDist().cdf(float(mean / deviation)),
        words=words,
        checkpoint=checkpoint,
    )
