"""What a writer is worth on brands it has never seen: the floor's main path for judging."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from inference.encoder import Encoder
from inference.order import Parts
from inference.weights import Report
from store.states import State
from training import corpus, evaluation_run, told
from training.evaluation_draw import Plan
from training.evaluation_intervals import largest_share, mean
from training.evaluation_metrics import CORPUS, MEANS, Models, Seen, of_corpus, of_place, openings, similarity
from training.evaluation_run import Place

T = TypeVar("T")


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation came to."""

    metrics: dict[str, float]
    """Flat names to numbers; a figure that has an interval has it as `NAME_low` and `NAME_high` (90 %)."""
    places: list[Place]


def evaluate(
    plan: Plan,
    parts: Parts,
    encoder: Encoder,
    kept: Path,
    *,
    beside: Mapping[str, float] = MappingProxyType({}),
    say: Report = lambda _: None,
) -> Evaluation:
    """Have the writer of `parts` write what is planned, by the product's own path, and measure what was shown.

    What is written is kept in the file `kept`, from which the same command goes on. Figures that were measured `beside`
    it stand among the others. The same plan, parts and seed give the same figures, times apart. Raises InputError where
    the split has no brand in the language, or `kept` cannot be written.
    """
    places = evaluation_run.write(plan, parts, kept, say)
    say("learning from the corpus which segment a text is for")
    briefs = corpus.briefs()
    choices = told.choices(corpus.rows("train"), briefs)
    models = Models(parts.catalogue, encoder, told.learn(choices, encoder, kept.parent))
    say("measuring")
    brands = {place.site.brief for place in places}
    own, plain = (
        of_corpus([row for row in rows(plan.split) if row.brief in brands], briefs, models)
        for rows in (corpus.rows, corpus.plain)
    )
    seen = [of_place(place, briefs, models) for place in places]
    metrics = measure(seen, own, plain, plan.seed)
    return Evaluation({**metrics, **beside, **counts(places), **named(plan, places)}, places)


def measure(seen: Sequence[Seen], own: Sequence[Seen], plain: Sequence[Seen], seed: int) -> dict[str, float]:
    """Every metric of what was seen, and of the corpus' own copy for the same brands, each with its interval.

    `own` are the corpus' rows, `plain` the plain ones, which writers learn from and which are by nature more alike.
    A metric of which nothing was seen, as where nothing was shown, is left out.
    """
    estimates = {metric.__name__: mean(_by_brand(metric, seen), seed) for metric in MEANS}
    estimates |= {name: mean(_by_brand(metric, own), seed) for name, metric in CORPUS.items()}
    estimates["similarity_plain"] = mean(_by_brand(similarity, plain), seed)
    estimates["opening_share_max"] = largest_share(_by_brand(openings, seen), seed)
    flat: dict[str, float] = {}
    for name, estimate in estimates.items():
        if estimate:
            flat |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return {name: round(value, 4) for name, value in flat.items()}


MEANINGS = {
    **{metric.__name__: (metric.__doc__ or "").strip() for metric in MEANS},
    **{name: f"{metric.__name__} of the corpus' own copy for the same brands" for name, metric in CORPUS.items()},
    "similarity_plain": "similarity of the corpus' plain rows for the same brands, which writers learn from",
    "opening_share_max": "Largest share of all shown variants that open with the same three words.",
}
"""What each figure with an interval says."""


def counts(places: Sequence[Place]) -> dict[str, float]:
    """How many brands and places, how many written, shown, blocked and held back, and how fast it was."""
    states = Counter(variant.state for place in places for variant in place.written)
    seconds = sum(place.seconds for place in places)
    found = {
        "brands": len({place.site.brief for place in places}),
        "places": len(places),
        "written": states.total(),
        "shown": states[State.PENDING],
        "blocked": states[State.BLOCKED],
        "held_back": states.total() - states[State.PENDING] - states[State.BLOCKED],
        "seconds": round(seconds, 1),
        "variants_per_second": round(states.total() / seconds, 3) if seconds else 0.0,
    }
    return {name: float(value) for name, value in found.items()}


def named(plan: Plan, places: Sequence[Place]) -> dict[str, float]:
    """What two evaluations must share to be compared, and `sites` is a number that stands for the places."""
    sites = sorted(place.site.model_dump_json() for place in places)
    number = int(hashlib.sha256("\n".join(sites).encode()).hexdigest()[:8], 16)
    return {
        "n": float(plan.n),
        "overgenerate": float(plan.overgenerate),
        "seed": float(plan.seed),
        "sites": float(number),
    }


def _by_brand(metric: Callable[[Seen], list[T]], seen: Sequence[Seen]) -> dict[str, list[T]]:
    """What a metric sees at each place, by brand."""
    found: dict[str, list[T]] = defaultdict(list)
    for one in seen:
        found[one.brand] += metric(one)
    return found
