"""What an evaluation is to write: the sites of held-out brands, drawn by seed."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from store.errors import InputError, Problem
from store.noun import Noun
from store.variant import Sampling, Seed
from training.corpus import CorpusBrief


class Plan(Noun):
    """What is written, and how it is drawn."""

    split: Literal["validation", "test"] = "test"
    language: str = "en"
    brands: Annotated[int, Field(ge=1)] | None = None
    """How many; all of the split where none is named."""
    places: Annotated[int, Field(ge=1)] | None = None
    """How many of a brand's segments and channels; all of them where none is named."""
    n: Annotated[int, Field(ge=1, le=1_000)] = 8
    """How many are shown for each place."""
    overgenerate: Annotated[int, Field(ge=1, le=64)] = 4
    """How many times that many are written."""
    seed: Seed = 0
    sampling: Sampling = Sampling()


class Site(Noun):
    """A place to write for: a segment and a channel of a brand of the corpus."""

    brief: str
    segment: str
    channel: str


def draw(plan: Plan, briefs: Mapping[str, CorpusBrief]) -> list[Site]:
    """The sites of a plan, brand by brand. More brands, with the same seed, are these and others.

    A brand's places are drawn so that over all brands every channel has its share. Raises InputError where the split
    has no brand in the language.
    """
    known = [name for name, brief in sorted(briefs.items()) if _fits(brief, plan)]
    if not known:
        have = ", ".join(sorted({brief.brief.language for brief in briefs.values() if brief.split == plan.split}))
        message = f'the {plan.split} split has no brand in "{plan.language}"; its languages are {have}'
        raise InputError(Problem("--language", message))
    random.Random(plan.seed).shuffle(known)  # noqa: S311 - a sample, not a secret
    used: Counter[str] = Counter()
    found: list[Site] = []
    for name in known[: plan.brands]:
        brief = briefs[name].brief
        every = [Site(brief=name, segment=s.name, channel=c) for c in brief.channels for s in brief.segments]
        found += every if plan.places is None else _some(every, plan, used)
    return found


def _fits(brief: CorpusBrief, plan: Plan) -> bool:
    return brief.split == plan.split and brief.brief.language == plan.language


def _some(every: Sequence[Site], plan: Plan, used: Counter[str]) -> list[Site]:
    """Sites at random, one at a time of the channel that was used least so far; they stand in their brief's order."""
    left = list(every)
    random.Random(f"{plan.seed} {every[0].brief}").shuffle(left)  # noqa: S311 - a sample, not a secret
    chosen: list[Site] = []
    while left and len(chosen) < (plan.places or len(every)):
        site = min(left, key=lambda one: used[one.channel])
        left.remove(site)
        used[site.channel] += 1
        chosen.append(site)
    return sorted(chosen, key=every.index)
