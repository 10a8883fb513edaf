"""Ways to order texts: the baselines that others report, and ours; and an encoder whose vectors are kept on disk."""

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from benchmarks.engagement_measures import Predicted, Unseen
from inference.encoder import Activations, Embeddings, Encoder
from inference.features import STYLE, surface
from training import ranking
from training.likelihood import counts
from training.pooling import placed
from training.scorer import Task

CHUNK = 512  # texts of one file of kept vectors: what a stopped run loses at most
NONE = np.zeros(0)

Way = Callable[[Task, list[str], Unseen, int], Predicted]


class Kept:
    """An encoder whose vectors are kept in a folder, in files of `CHUNK` texts; without a folder they are not."""

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self.name, self.width, self.activation_widths = encoder.name, encoder.width, encoder.activation_widths
        self._encoder, self._folder = encoder, folder

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """As `Encoder.encode`."""
        return self._through("encode", self._encoder.encode, texts, self.width)

    def activations(self, texts: Sequence[str]) -> Activations:
        """As `Encoder.activations`."""
        return self._through("activations", self._encoder.activations, texts, sum(self.activation_widths))

    def _through(
        self, kind: str, work: Callable[[Sequence[str]], Embeddings], texts: Sequence[str], width: int
    ) -> Embeddings:
        if self._folder is None:
            return work(texts)
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))  # so that little is padding
        vectors = np.zeros((len(texts), width), dtype=np.float32)
        for start in range(0, len(order), CHUNK):
            rows = order[start : start + CHUNK]
            vectors[rows] = _part(self._folder, f"{self.name} {kind}", [texts[row] for row in rows], work)
        return vectors


def _part(folder: Path, what: str, texts: list[str], work: Callable[[Sequence[str]], Embeddings]) -> Embeddings:
    key = hashlib.sha256("\n".join([what, *texts]).encode("utf-8", "surrogatepass")).hexdigest()[:24]
    place = folder / f"{key}.npy"
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(place, work(texts))
        print(f"{what}: {len(texts)} more texts", file=sys.stderr, flush=True)
    found: Embeddings = np.load(place)
    return found


def length(task: Task, _: list[str], unseen: Unseen, __: int) -> Predicted:
    """The longer text wins."""
    return _said(np.array([float(len(text)) for text in task.rows]), unseen)


def tfidf(task: Task, learn: list[str], unseen: Unseen, seed: int) -> Predicted:
    """Word and character TF-IDF, fitted to the texts to learn from, with the style features; pairwise logistic."""
    texts, known = list(task.rows), task.results.within(learn).texts
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(known)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3).fit(known)
    style = surface(texts)[:, : len(STYLE)]
    matrix = sp.csr_matrix(sp.hstack([words.transform(texts), characters.transform(texts), normalize(style)]))
    return _pairwise(matrix, task, learn, unseen, seed)


def frozen(task: Task, learn: list[str], unseen: Unseen, seed: int) -> Predicted:
    """The frozen encoder's vectors; pairwise logistic."""
    matrix = sp.csr_matrix(task.encoder.encode(list(task.rows)))
    return _pairwise(matrix, task, learn, unseen, seed)


def ours(task: Task, learn: list[str], unseen: Unseen, seed: int) -> Predicted:
    """The scorer, fitted as `glasbruk train scorer` fits it."""
    head, _ = task.fit(learn, seed)
    matrix, data = placed(task.design.matrix, unseen.data, head.deviations)
    scores = np.asarray(matrix @ head.weights)
    margins = scores[data.winner] - scores[data.loser]
    return Predicted(scores[data.row], margins, ranking.duels(head, matrix, data).chance)


WAYS: dict[str, Way] = {"length": length, "tfidf": tfidf, "frozen": frozen, "ours": ours}


def _pairwise(matrix: sp.csr_matrix, task: Task, learn: list[str], unseen: Unseen, seed: int) -> Predicted:
    """Logistic regression of who won on the difference of the two texts' features, every pair counting the same.

    Of each pair one side, by lot, is the first. The penalty is scikit-learn's own.
    """
    data = counts(task.results.within(learn), task.rows)
    first, second, won, _ = ranking.observed(data)
    winner = np.concatenate([data.row[np.where(won, first, second)], data.winner])
    loser = np.concatenate([data.row[np.where(won, second, first)], data.loser])
    side = np.random.default_rng(seed).choice([-1.0, 1.0], len(winner))
    differences = sp.diags(side) @ (matrix[winner] - matrix[loser])
    model: Any = LogisticRegression(fit_intercept=False, solver="liblinear", random_state=seed)
    return _said(matrix @ model.fit(sp.csr_matrix(differences), side).coef_[0], unseen)


def _said(scores: NDArray[Any], unseen: Unseen) -> Predicted:
    """What scores of every text mean for those held out."""
    data = unseen.data
    return Predicted(scores[data.row], scores[data.winner] - scores[data.loser], NONE)
