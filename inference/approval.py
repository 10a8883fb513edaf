"""The seam to approval models: `Approver`, the `LocalApprover` that ships, and the `FakeApprover` beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.approval_features import FORMAT, NAMES, features
from inference.boosted import Trees
from inference.encoder import Encoder, FakeEncoder
from inference.words import WORD
from store import checkpoint as meta
from store.brief import Brief
from store.errors import ModelError
from store.variant import Variant

SHIPPED = Path(__file__).parent / "checkpoints" / "approval"
FILE = "model.safetensors"


@dataclass(frozen=True)
class Judgement:
    """What an approval model says of one variant."""

    chance: float
    """That a reviewer would approve it as it stands, 0 to 1."""
    vector: NDArray[np.float32]
    """The text's vector, length 1, shape (encoder width,): variety among variants costs nothing more."""


class Approver(Protocol):
    """Tells the copy that people would approve from the copy that they would not."""

    @property
    def checkpoint(self) -> str:
        """The id of the weights in force, for the label."""
        ...

    def judge(self, brief: Brief, variants: Sequence[Variant]) -> list[Judgement]:
        """One judgement for each variant of the brief, in their order. Each is judged for itself, not beside others."""
        ...


class LocalApprover:
    """Judges with the trees in a folder, such as `SHIPPED`.

    Raises ModelError where the folder's weights are damaged, or were made for another encoder or other features.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._meta = _checked(folder, encoder)
        self._means: dict[str, float] = self._meta.settings.get("confidences", {})
        self._trees = Trees.load(folder / FILE, len(NAMES))
        self._encoder = encoder

    @property
    def checkpoint(self) -> str:
        """As `Approver.checkpoint`."""
        return self._meta.id

    def judge(self, brief: Brief, variants: Sequence[Variant]) -> list[Judgement]:
        """As `Approver.judge`; a variant without fields has no chance."""
        if not variants:
            return []
        matrix, vectors = features([(brief, variant) for variant in variants], self._encoder)
        chances = self._trees.chances(matrix, confidences(variants, self._means))
        return [
            Judgement(float(chance) if variant.fields else 0.0, vector)
            for variant, chance, vector in zip(variants, chances, vectors, strict=True)
        ]


def confidences(variants: Sequence[Variant], means: Mapping[str, float]) -> NDArray[np.float64]:
    """How much surer their writers were of these variants than of most, shape (variants,).

    `means` are of the writers by their ids, since one is surer of everything than another. What is not known, as of a
    writer that nobody has judged, is nan.
    """
    found = [None if one.checkpoint not in means else one.confidence for one in variants]
    pairs = zip(found, variants, strict=True)
    return np.array([np.nan if sure is None else sure - means[one.checkpoint] for sure, one in pairs])


class FakeApprover:
    """An approver with no model: it likes what says the words of its angle. For tests and dry runs."""

    checkpoint = "fake-approver"

    def judge(self, brief: Brief, variants: Sequence[Variant]) -> list[Judgement]:  # noqa: ARG002
        """As `Approver.judge`; the chance is the share of the angle's words that the text says."""
        vectors = FakeEncoder().encode([variant.text for variant in variants])
        return [Judgement(_said(variant), vector) for variant, vector in zip(variants, vectors, strict=True)]


def _said(variant: Variant) -> float:
    claims = variant.angle.claims if variant.angle else ()
    asked = {word.lower() for claim in claims for word in WORD.findall(claim)}
    said = {word.lower() for word in WORD.findall(variant.text)}
    return len(asked & said) / len(asked) if asked else 0.0


def _checked(folder: Path, encoder: Encoder) -> meta.Checkpoint:
    """The folder's meta.json. Raises ModelError where its weights cannot be used here."""
    found = meta.read(folder)
    right = {"kind": "approval", "base": encoder.name, "features": FORMAT}
    has = {"kind": found.kind, "base": found.base, "features": found.settings.get("features")}
    wrong = [f"{key} is {has[key]!r}, but here it must be {right[key]!r}" for key in right if has[key] != right[key]]
    if wrong:
        raise ModelError(f"{folder / 'meta.json'}: {wrong[0]}; train it again")
    return found
