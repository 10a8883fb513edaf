"""Rows of the corpus -> the weights by which angles are chosen: the floor's main path for angles.

`train(corpus.rows(), corpus.briefs(), LocalEncoder(), out)` makes the weights that ship.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from threadpoolctl import threadpool_limits

from inference.angle_relevance import FORMAT, NAMES, Relations, Relevance, relations
from inference.angles import candidates
from inference.encoder import Encoder
from store.checkpoint import Checkpoint
from store.errors import InputError, Problem
from training import angles_card as card
from training.angles_metrics import Ranked, measure
from training.corpus import CorpusBrief, CorpusRow

PENALTY = 1.0  # on the squared weights, against the summed likelihood; the held-out brands hardly mind 0.3 to 3
METHOD = "conditional logit over the claims of a brief, on their relations to the segment by a frozen encoder"

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Choices:
    """What copy chose among the claims of one brief, for each of its segments."""

    brief: CorpusBrief
    found: Relations
    carried: Matrix
    """Rows that carry the claim, shape (segments, claims); one with two claims counts half for each."""


def train(
    rows: Sequence[CorpusRow],
    briefs: Mapping[str, CorpusBrief],
    encoder: Encoder,
    out: Path,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Checkpoint:
    """Learn from the rows of the train brands which claims copy tells to whom, and write the folder to `out`.

    It is measured on the rows of the other brands, which nothing was chosen on; `seed` draws their intervals. The order
    of the rows makes no difference, and the same rows and seed give the same checkpoint. Raises InputError where no row
    is of a train brand, or `out` holds something else or cannot be written.
    """
    say = progress or (lambda _: None)
    card.check_target(out)
    used = [briefs[name] for name in sorted({row.brief for row in rows})]
    if not any(brief.split == "train" for brief in used):
        raise InputError(Problem("rows", "none is of a brand on the train side; there is nothing to learn from"))
    say(f"encoding the claims and segments of {len(used)} brands")
    known = choices(rows, used, encoder)
    learn, held = ([one for one in known if (one.brief.split == "train") is side] for side in (True, False))
    relevance = fit(learn)
    say(f"fitted to {len(learn)} brands; measuring on {len(held)} others")
    metrics = measure([ranked for one in held for ranked in _ranked(one, relevance)], seed)
    data = data_hash(rows, briefs)
    checkpoint = _checkpoint(learn, relevance, metrics, encoder=encoder.name, seed=seed, data=data)
    card.publish(out, relevance, checkpoint)
    return checkpoint


def choices(rows: Sequence[CorpusRow], briefs: Sequence[CorpusBrief], encoder: Encoder) -> list[Choices]:
    """The choices of each brief, counted in its rows."""
    counts: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in rows:
        for claim in row.angle:
            counts[row.brief, row.segment, claim] += 1 / len(row.angle)
    found = []
    for brief in briefs:
        claims, segments = candidates(brief.brief), brief.brief.segments
        carried = np.array([[counts[brief.id, segment.name, claim] for claim in claims] for segment in segments])
        found.append(Choices(brief, relations(claims, segments, encoder), carried))
    return found


def fit(known: Sequence[Choices], penalty: float = PENALTY) -> Relevance:
    """Conditional logit (McFadden 1974): a row for a segment carries a claim with a chance of exp(w.x) over the sum of
    the brief's claims'. The weights have a normal prior. The same choices give the same weights: the loss is convex.
    """
    tables = [(values, carried) for one in known for values, carried in zip(one.found.values, one.carried, strict=True)]
    most = max(len(carried) for _, carried in tables)
    values = np.zeros((len(tables), most, 2 * len(NAMES)))
    carried, absent = np.zeros((len(tables), most)), np.full((len(tables), most), -np.inf)
    for row, (of, counts) in enumerate(tables):
        values[row, : len(of)], carried[row, : len(of)], absent[row, : len(of)] = of, counts, 0
    total = carried.sum(axis=1)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        """Minus the log of likelihood x prior, and its gradient."""
        utilities = values @ weights
        every = logsumexp(utilities + absent, axis=1)
        expected = total[:, None] * np.exp(utilities + absent - every[:, None])
        value = float(total @ every - (carried * utilities).sum() + penalty / 2 * weights @ weights)
        return value, np.einsum("nc,ncd->d", expected - carried, values) + penalty * weights

    with threadpool_limits(1, user_api="blas"):  # the same sums on any machine
        found = minimize(loss, np.zeros(values.shape[2]), jac=True, method="L-BFGS-B", options={"ftol": 1e-12})
    return Relevance(found.x)


def _ranked(one: Choices, relevance: Relevance) -> list[Ranked]:
    """The claims of each segment that has rows, as ranked by the weights and by nearness alone."""
    utilities, near = relevance.utilities(one.found), one.found.cosines
    apart = near - near.mean(axis=0) if len(near) > 1 else near
    return [
        Ranked(one.brief.id, one.brief.brief.language, carried, {"ours": utilities[row], "near": (near + apart)[row]})
        for row, carried in enumerate(one.carried)
        if carried.any()
    ]


def data_hash(rows: Sequence[CorpusRow], briefs: Mapping[str, CorpusBrief]) -> str:
    """The sha256 of what is learnt from and measured on: not what the copy says, nor the order of the rows."""
    side = {name: f"{brief.split} {brief.brief.key}" for name, brief in briefs.items()}
    seen = Counter(f"{side[row.brief]} {row.segment} {sorted(row.angle)}" for row in rows)
    lines = sorted(f"{line} {count}" for line, count in seen.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _checkpoint(
    learn: Sequence[Choices], relevance: Relevance, metrics: dict[str, float], *, encoder: str, seed: int, data: str
) -> Checkpoint:
    name = hashlib.sha256(f"{data} {seed} {FORMAT} {encoder} {PENALTY}".encode()).hexdigest()[:8]
    sizes = {
        "brands": float(len(learn)),
        "segments": float(sum(len(one.carried) for one in learn)),
        "rows": float(round(sum(float(one.carried.sum()) for one in learn))),
    }
    names = (*NAMES, *(f"{name}, apart" for name in NAMES))
    weights = {name: round(float(value), 3) for name, value in zip(names, relevance.weights, strict=True)}
    return Checkpoint(
        id=f"angles-{name}",
        kind="angles",
        base=encoder,
        method=METHOD,
        data_hash=data,
        seed=seed,
        metrics={**sizes, **metrics},
        settings={"features": FORMAT, "penalty": PENALTY, "weights": weights},
    )
