"""How much each claim of a brief matters to each segment: `relations` of the two, and the weights learnt for them.

Training and serving share `relations`, so that they cannot drift.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from inference.encoder import Embeddings, Encoder
from store import checkpoint as meta
from store.errors import ModelError
from store.segment import Segment

SHIPPED = Path(__file__).parent / "checkpoints" / "angles"
FILE = "model.safetensors"

BREAK = re.compile(r"[.;,:!?](?=\s|$)|[–—]|\s-\s|\b(?:and|or|but|who|with|without|och|eller|men)\b")
WORD = re.compile(r"\w+")
STEM = 5  # letters of a word that are compared, so that endings do not matter
NEAR = 0.3  # cosine from which two texts are said to be near each other; below, they seldom have to do with each other
CLAUSES = 8  # of one text that are looked at, so that a long description costs no more than a plain one
COMMON = frozenset(
    WORD.findall(
        "and the a an of to in for with on at that is are it they their who not no be by from or as your you we our "
        "att en ett för med på som det är inte och i"
    )
)

Matrix = NDArray[Any]  # float64


@dataclass(frozen=True)
class Relations:
    """How the claims of a brief stand to its segments."""

    values: Matrix
    """Shape (segments, claims, 2 x len(NAMES)): each of `NAMES`, and then each less its mean over the segments."""
    cosines: Matrix
    """Cosine of the claim and the segment's sentence, shape (segments, claims)."""
    nearest: tuple[tuple[str, ...], ...]
    """For each segment and claim the clause of what they care about that is nearest to the claim; empty if none is."""


@dataclass(frozen=True)
class Readers:
    """A segment beside the claims: its texts, and cosines of shape (claims,) or (clauses, claims)."""

    segment: Segment
    claims: Sequence[str]
    cares: Matrix
    description: Matrix
    name: Matrix
    care_clauses: Matrix
    description_clauses: Matrix

    @property
    def words(self) -> Matrix:
        """How many words each claim shares with the segment's texts: what helps where the encoder lacks a language."""
        own = _stems(f"{self.segment.name} {self.segment.sentence}")
        return np.array([len(_stems(claim) & own) for claim in self.claims], dtype=np.float64)


RELATIONS: dict[str, Callable[[Readers], Matrix]] = {
    "cares": lambda of: of.cares,
    "description": lambda of: of.description,
    "name": lambda of: of.name,
    "care_clause_most": lambda of: of.care_clauses.max(axis=0),
    "description_clause_most": lambda of: of.description_clauses.max(axis=0),
    "words": lambda of: of.words,
}
NAMES = tuple(RELATIONS)
FORMAT = f"relations-{len(NAMES)} apart-{len(NAMES)} v1"
"""Names this feature function in a checkpoint: change it whenever a claim would get other features."""


def relations(claims: Sequence[str], segments: Sequence[Segment], encoder: Encoder) -> Relations:
    """Of at least one claim and one segment, all encoded in one batch, each text once.

    A claim that is near to everyone says little about anyone, so each relation stands beside its difference from the
    mean over the segments; with one segment that is 0. A segment without a description is described by its name.
    """
    vectors = _encoded(claims, segments, encoder)
    of_claims = np.array([vectors[claim] for claim in claims])

    def cosines(texts: Sequence[str]) -> Matrix:
        found: Matrix = (np.array([vectors[text] for text in texts]) @ of_claims.T).astype(np.float64)
        return found.clip(-1, 1)

    readers = [_readers(segment, claims, cosines) for segment in segments]
    values = np.array([np.stack([relation(of) for relation in RELATIONS.values()], axis=-1) for of in readers])
    nearest = tuple(_nearest(clauses(segment.cares_about), of) for segment, of in zip(segments, readers, strict=True))
    return Relations(
        values=np.concatenate([values, values - values.mean(axis=0)], axis=-1),
        cosines=cosines([segment.sentence for segment in segments]),
        nearest=nearest,
    )


@dataclass(frozen=True)
class Relevance:
    """Weights of the relations: the higher the utility, the likelier copy for these readers carries the claim."""

    weights: Matrix
    """Shape (2 x len(NAMES),)."""

    def utilities(self, found: Relations) -> Matrix:
        """Of each segment (row) and claim (column); only differences within a row mean something."""
        utilities: Matrix = found.values @ self.weights
        return utilities

    def save(self, path: Path) -> None:
        """Write the weights as float32 safetensors."""
        save_file({"weights": self.weights.astype(np.float32)}, path)
        path.chmod(0o644)  # safetensors writes for the owner only

    @classmethod
    def load(cls, path: Path) -> "Relevance":
        """Read what `save` wrote. Raises ModelError where the file is missing, truncated or of another shape."""
        try:
            tensors = load_file(path)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{path}: cannot be read: {error}; train it again with glasbruk train angles") from None
        shapes, right = {name: value.shape for name, value in tensors.items()}, {"weights": (2 * len(NAMES),)}
        if shapes != right or not np.isfinite(tensors["weights"]).all():
            raise ModelError(f"{path}: holds {shapes}, not {right} of finite numbers; train it again")
        return cls(tensors["weights"].astype(np.float64))


def checked(folder: Path, encoder: Encoder) -> tuple[meta.Checkpoint, Relevance]:
    """The folder's meta.json and weights. Raises ModelError where they are damaged or made for another encoder."""
    found = meta.read(folder)
    right = {"kind": "angles", "base": encoder.name, "features": FORMAT}
    has = {"kind": found.kind, "base": found.base, "features": found.settings.get("features")}
    wrong = [f"{key} is {has[key]!r}, but here it must be {right[key]!r}" for key in right if has[key] != right[key]]
    if wrong:
        raise ModelError(f"{folder / 'meta.json'}: {wrong[0]}; train it again with glasbruk train angles")
    return found, Relevance.load(folder / FILE)


def clauses(text: str) -> list[str]:
    """The first parts of a text between its stops, commas and joining words; the text itself where there are none."""
    parts = [part for part in (part.strip() for part in BREAK.split(text)) if len(part) > 2]
    return parts[:CLAUSES] or [text]


def _encoded(claims: Sequence[str], segments: Sequence[Segment], encoder: Encoder) -> dict[str, Embeddings]:
    """The vector of every text that `relations` looks at."""
    texts = list(claims)
    for segment in segments:
        described = _described(segment)
        texts += [segment.sentence, segment.cares_about, segment.name, described]
        texts += [*clauses(segment.cares_about), *clauses(described)]
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, encoder.encode(distinct), strict=True))


def _readers(segment: Segment, claims: Sequence[str], cosines: Callable[[Sequence[str]], Matrix]) -> Readers:
    described = _described(segment)
    cares, name, description = cosines([segment.cares_about, segment.name, described])
    return Readers(
        segment=segment,
        claims=claims,
        cares=cares,
        description=description,
        name=name,
        care_clauses=cosines(clauses(segment.cares_about)),
        description_clauses=cosines(clauses(described)),
    )


def _nearest(parts: Sequence[str], of: Readers) -> tuple[str, ...]:
    cosines = of.care_clauses.max(axis=0)
    return tuple(
        parts[place] if cosine >= NEAR else ""
        for place, cosine in zip(of.care_clauses.argmax(axis=0), cosines, strict=True)
    )


def _described(segment: Segment) -> str:
    return segment.description or segment.name


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in WORD.findall(text.casefold()) if word not in COMMON}
