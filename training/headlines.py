"""The Upworthy archive's tests as preferences: a headline over another one of the same story and image.

Matias, Munger, Aubin Le Quere, Ebersole (2021), doi 10.1038/s41597-021-00934-7 (CC BY 4.0). A pair is taken where its
click-through rates differ significantly, and weighs by how sure the difference is. The story is told by its lede, as a
claim is in a brief, so the prompt has the form of any other.
"""

import html
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from statistics import NormalDist

from prompts.render import render
from store.angle import Angle
from store.brief import Brief
from store.channel import Channel
from store.errors import InputError, Problem
from store.segment import Segment
from training import table
from training.examples import Example
from training.reports import ARCHIVE, NEWS

SIGNIFICANT = 1.96  # least standardised difference of two click-through rates: p < 0.05, two-sided
LONGEST = 300  # characters of a lede that are told
CLUSTER = "near_duplicate_cluster"

READERS = Segment(name="People online", cares_about="Stories worth their time, and worth passing on")
CHANNEL = Channel.model_validate(
    {
        "id": NEWS,
        "name": "News headline",
        "about": "People see it between other stories, beside a picture.",
        "fields": [{"name": "headline", "maximum": 140, "aim": 80, "hint": "why to read on"}],
    }
)
BRIEF = Brief(
    name="Stories",
    brand="the story desk",
    product="Stories, videos and talks that people pass on.",
    facts=("Every story is free to read",),
    call_to_action="Read on",
    segments=(READERS,),
    channels=(NEWS,),
)


def of_archive(path: Path, left_out: Counter[str]) -> list[Example]:
    """The significant pairs of an archive's file, each with its cluster as the brief, so that clusters are held out.

    `left_out` counts pairs without a lede, identical ones and those that do not differ significantly. Raises
    InputError where the file is none of the archive's tests.
    """
    records = table.records(path)
    missing = [column for column in (*ARCHIVE, "lede", CLUSTER) if column not in records[0]]
    if missing:
        message = f"has no column {', '.join(missing)}; preferences come from the Upworthy archive's tests"
        raise InputError(Problem("", message), source=path)
    shown: dict[tuple[str, str], list[table.Record]] = defaultdict(list)
    for record in records:
        shown[str(record[ARCHIVE[0]]), str(record["eyecatcher_id"])].append(record)
    return [example for group in shown.values() for example in _pairs(group, left_out)]


def _pairs(group: Sequence[table.Record], left_out: Counter[str]) -> Iterator[Example]:
    for one, other in itertools.combinations(group, 2):
        difference = _difference(one, other)
        better, worse = (one, other) if difference > 0 else (other, one)
        headlines = [" ".join(str(record["headline"]).split()) for record in (better, worse)]
        story = _plain(str(better["lede"] or worse["lede"] or ""))
        reason = (
            "identical"
            if headlines[0].casefold() == headlines[1].casefold()
            else "under_margin"
            if abs(difference) < SIGNIFICANT
            else "no_lede"
            if not story
            else ""
        )
        if reason:
            left_out[reason] += 1
            continue
        yield _example(headlines, story, str(one[CLUSTER]), 2 * NormalDist().cdf(abs(difference)) - 1)


def _example(headlines: Sequence[str], story: str, cluster: str, weight: float) -> Example:
    angle = Angle(claims=(story,), relevance=0.0, reason="The story's lede.")
    prompt = render(BRIEF, CHANNEL, READERS, angle, shots=False)
    chosen, rejected = ({"headline": headline} for headline in headlines)
    name = f"archive:{cluster}:{headlines[0]}"
    brief, sure = f"cluster:{cluster}", round(weight, 4)
    return Example(name, prompt, chosen, brief, NEWS, rejected=rejected, weight=sure, claims=angle.claims)


def _difference(one: table.Record, other: table.Record) -> float:
    """Standardised difference of two click-through rates, pooled (the two-proportion z-test)."""
    shown, clicks = (int(one["impressions"]), int(other["impressions"])), (int(one["clicks"]), int(other["clicks"]))
    if min(shown) == 0:
        return 0.0
    pooled = sum(clicks) / sum(shown)
    spread = sqrt(pooled * (1 - pooled) * (1 / shown[0] + 1 / shown[1]))
    return (clicks[0] / shown[0] - clicks[1] / shown[1]) / spread if spread else 0.0


def _plain(lede: str) -> str:
    """A lede without its markup, cut at a word."""
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", lede)).split())
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]
