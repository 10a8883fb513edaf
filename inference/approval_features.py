"""The one feature function of the approval model, shared by training and serving so that they cannot drift.

What a text says is looked at beside what it was asked to say: `MARKS` by its words, `RELATIONS` by the encoder.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.approval_marks import MARKS, Asked, Reading
from inference.encoder import Embeddings, Encoder
from store.brief import Brief
from store.variant import Variant

Matrix = NDArray[Any]  # float64


@dataclass(frozen=True)
class Near:
    """The vectors of one variant and of what it stands beside, each of length 1. Matrices have a row for each text."""

    text: Embeddings
    fields: Embeddings
    sentences: Embeddings
    claims: Embeddings
    """Those that it was to say."""
    others: Embeddings
    """The brief's other claims; may have no row."""
    readers: Embeddings
    cares: Embeddings
    product: Embeddings

    @property
    def claim(self) -> Embeddings:
        """The mean of the claims, length 1."""
        mean = self.claims.mean(axis=0)
        found: Embeddings = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return found

    @property
    def by_other(self) -> Embeddings:
        """Cosine of the text with each other claim."""
        return self.others @ self.text if len(self.others) else np.zeros(1, dtype=np.float32)

    @property
    def between(self) -> Embeddings:
        """Cosine of every two fields; 0 where there is but one."""
        cosines: Embeddings = (self.fields @ self.fields.T)[np.triu_indices(len(self.fields), 1)]
        return cosines if len(cosines) else np.zeros(1, dtype=np.float32)

    @property
    def steps(self) -> Embeddings:
        """Cosine of each sentence with the one before; of a single sentence with the claim."""
        if len(self.sentences) == 1:
            return self.sentences @ self.claim
        steps: Embeddings = (self.sentences[1:] * self.sentences[:-1]).sum(axis=1)
        return steps

    @property
    def anchored(self) -> Embeddings:
        """Cosine of each sentence with what is nearest to it in the brief: low where it strays from all of it."""
        anchors = np.vstack([self.claims, self.others, self.readers[None], self.product[None]])
        nearest: Embeddings = (self.sentences @ anchors.T).max(axis=1)
        return nearest


RELATIONS: dict[str, Callable[[Near], Any]] = {
    "text_claim": lambda of: of.text @ of.claim,
    "text_claims_least": lambda of: (of.claims @ of.text).min(),
    "text_claims_most": lambda of: (of.claims @ of.text).max(),
    "field_claim_most": lambda of: (of.fields @ of.claim).max(),
    "field_claim_least": lambda of: (of.fields @ of.claim).min(),
    "field_claim_mean": lambda of: (of.fields @ of.claim).mean(),
    "first_claim": lambda of: of.fields[0] @ of.claim,
    "last_claim": lambda of: of.fields[-1] @ of.claim,
    "claim_over_next": lambda of: (of.claims @ of.text).max() - of.by_other.max(),
    "claim_over_others": lambda of: (of.claims @ of.text).max() - of.by_other.mean(),
    "next_claim": lambda of: of.by_other.max(),
    "text_readers": lambda of: of.text @ of.readers,
    "text_cares": lambda of: of.text @ of.cares,
    "text_product": lambda of: of.text @ of.product,
    "claim_readers": lambda of: of.claim @ of.readers,
    "field_readers_most": lambda of: (of.fields @ of.readers).max(),
    "sentence_cares_most": lambda of: (of.sentences @ of.cares).max(),
    "fields_most": lambda of: of.between.max(),
    "fields_mean": lambda of: of.between.mean(),
    "fields_least": lambda of: of.between.min(),
    "anchored_least": lambda of: of.anchored.min(),
    "anchored_mean": lambda of: of.anchored.mean(),
    "anchored_most": lambda of: of.anchored.max(),
    "sentence_claim_least": lambda of: (of.sentences @ of.claim).min(),
    "sentence_claim_most": lambda of: (of.sentences @ of.claim).max(),
    "sentence_claim_mean": lambda of: (of.sentences @ of.claim).mean(),
    "step_least": lambda of: of.steps.min(),
    "step_mean": lambda of: of.steps.mean(),
    "sentence_text_least": lambda of: (of.sentences @ of.text).min(),
    "sentence_text_mean": lambda of: (of.sentences @ of.text).mean(),
}

NAMES = (*MARKS, *RELATIONS)
FORMAT = f"marks-{len(MARKS)} relations-{len(RELATIONS)} v1"
"""Names this feature function in a checkpoint: change it whenever a variant would get other features."""


def features(pairs: Sequence[tuple[Brief, Variant]], encoder: Encoder) -> tuple[Matrix, Embeddings]:
    """One row of `NAMES` for each variant of a brief, float64, and the variants' own vectors, (variants, width).

    Each text is encoded once, however many variants share it. White space makes no difference.
    """
    asked: dict[int, Asked] = {}
    readings = [Reading(asked.setdefault(id(brief), Asked(brief)), variant) for brief, variant in pairs]
    texts = _Texts()
    places = [
        _places(brief, variant, reading, texts) for (brief, variant), reading in zip(pairs, readings, strict=True)
    ]
    vectors = encoder.encode(list(texts.places))
    rows = np.zeros((len(pairs), len(NAMES)))
    for row, reading, place in zip(rows, readings, places, strict=True):
        near = Near(**{name: vectors[at] for name, at in place.items()})
        row[:] = [mark(reading) for mark in MARKS.values()] + [relation(near) for relation in RELATIONS.values()]
    return rows, vectors[[int(place["text"]) for place in places]]


class _Texts:
    """Texts to be encoded, each with its place among them."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def one(self, text: str) -> int:
        return self.places.setdefault(" ".join(text.split()), len(self.places))

    def all(self, texts: Iterable[str]) -> NDArray[np.int64]:
        return np.array([self.one(text) for text in texts], dtype=np.int64)


def _places(brief: Brief, variant: Variant, reading: Reading, texts: _Texts) -> dict[str, Any]:
    """Where the vectors of `Near` stand."""
    segment = next((one for one in brief.segments if one.name == variant.segment), brief.segments[0])
    return {
        "text": texts.one(variant.text),
        "fields": texts.all(reading.fields),
        "sentences": texts.all(reading.sentences or [""]),
        "claims": texts.all(reading.claims),
        "others": texts.all(claim for claim in reading.asked.facts if claim not in reading.claims),
        "readers": texts.one(segment.sentence),
        "cares": texts.one(segment.cares_about),
        "product": texts.one(brief.product),
    }
