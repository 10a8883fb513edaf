"""How far `inference.said` can be trusted: fitted on rows of the corpus with their own claim and with others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.said import SURE, chance, signals
from store.brief import Brief
from training.corpus import CorpusBrief, CorpusRow

PENALTY = 0.1  # on the squared weights, against the summed likelihood


@dataclass(frozen=True)
class Pair:
    """A text and a claim of its brief, which the text was written to say or was not."""

    text: str
    claim: str
    brief: Brief
    own: bool


@dataclass(frozen=True)
class Errors:
    """How often the measure is wrong."""

    false_reject: float
    """Share of texts whose own claim it does not find."""
    false_accept: float
    """Share of the other claims of the brief that it finds all the same. Some do stand in the text by the way."""
    texts: int
    others: int


def pairs(rows: Iterable[CorpusRow], briefs: Mapping[str, CorpusBrief]) -> list[Pair]:
    """Each row with each claim of its brief."""
    found = []
    for row in rows:
        brief = briefs[row.brief].brief
        text = "\n".join(row.fields.values())
        claims = (*brief.facts, *([brief.offer] if brief.offer else []))
        found += [Pair(text, claim, brief, claim in row.angle) for claim in dict.fromkeys(claims)]
    return found


def errors(found: Sequence[Pair]) -> Errors:
    """How often `inference.said` is wrong about these pairs."""
    said = np.array([chance(pair.text, pair.claim, pair.brief) >= SURE for pair in found])
    own = np.array([pair.own for pair in found])
    return Errors(float((~said[own]).mean()), float(said[~own].mean()), int(own.sum()), int((~own).sum()))


def calibrate(found: Sequence[Pair]) -> tuple[NDArray[np.float64], float]:
    """Weights of the signals and the intercept, by logistic regression with own and other claims of equal weight."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, and only this step needs it

    values = np.array([signals(pair.text, pair.claim, pair.brief) for pair in found])
    own = np.array([pair.own for pair in found])
    model = LogisticRegression(C=1 / PENALTY, class_weight="balanced", max_iter=3_000).fit(values, own)
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])
