"""Copy to be read by people: what was shown, place by place, and two writers side by side without their names."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest

from store.brief import Brief
from store.errors import InputError, Problem
from store.variant import Variant
from training.corpus import CorpusBrief
from training.evaluation_run import Place

MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")  # what Markdown would act on

BLIND = """# Two writers, unnamed

{count} places of brands that no writer was trained on. Each has one variant of either writer, as it came, with what it
was to say; chance says which stands first. The key is at the end: mark the one that you would sooner approve before
you look.
"""


def samples(places: Sequence[Place], briefs: Mapping[str, CorpusBrief]) -> str:
    """Everything that was shown, as Markdown: by brief, then by channel and segment, each with what it was to say."""
    lines = ["# What was shown", ""]
    last = ""
    for place in places:
        brief = briefs[place.site.brief].brief
        if place.site.brief != last:
            last = place.site.brief
            lines += _brief(brief)
        lines += [
            f"### {_plain(place.site.channel)}, for {_plain(place.site.segment)}",
            "",
            *_readers(brief, place),
            "",
        ]
        if not place.shown:
            lines += [f"Nothing: none of the {len(place.rows)} written passed.", ""]
        for number, variant in enumerate(place.shown, start=1):
            lines += [f"{number}. {_asked(variant)}", "", *_copy(variant), ""]
    return "\n".join(lines)


def blind(
    first: Sequence[Place],
    second: Sequence[Place],
    briefs: Mapping[str, CorpusBrief],
    names: tuple[str, str],
    *,
    count: int = 20,
    seed: int = 0,
) -> str:
    """A sheet of `count` places for which two writers wrote, one variant of each in random order, with a key.

    Brands take turns. Where both wrote on the same angle for a place, that one is taken. Raises InputError where they
    have no place in common with something shown.
    """
    draw = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
    other = {place.site: place for place in second if place.shown}
    both = [(place, other[place.site]) for place in first if place.shown and place.site in other]
    if not both:
        raise InputError(Problem("", "the two writers have no place in common for which both have something to show"))
    lines, key = [BLIND.format(count=min(count, len(both)))], ["## Key", "", "| | A | B |", "| --- | --- | --- |"]
    for number, (one, two) in enumerate(_in_turns(both)[:count], start=1):
        brief = briefs[one.site.brief].brief
        sides = list(zip(names, _pair(one, two, draw), strict=True))
        draw.shuffle(sides)
        lines += [f"## {number}. {_plain(brief.brand)}: {_plain(one.site.channel)}, for {_plain(one.site.segment)}", ""]
        lines += [_plain(brief.product), "", *_readers(brief, one), ""]
        for letter, (_, variant) in zip("AB", sides, strict=True):
            lines += [f"**{letter}.** {_asked(variant)}", "", *_copy(variant), ""]
        key.append(f"| {number} | {' | '.join(_plain(name) for name, _ in sides)} |")
    return "\n".join([*lines, *key, ""])


def _in_turns(both: Iterable[tuple[Place, Place]]) -> list[tuple[Place, Place]]:
    """The same, the brands taking turns."""
    brands: dict[str, list[tuple[Place, Place]]] = {}
    for pair in both:
        brands.setdefault(pair[0].site.brief, []).append(pair)
    return [pair for pair in chain.from_iterable(zip_longest(*brands.values())) if pair]


def _pair(one: Place, two: Place, draw: random.Random) -> tuple[Variant, Variant]:
    """One variant of each, drawn from those with an angle that both have, if there are any."""
    shared = [claims for claims in dict.fromkeys(map(_claims, one.shown)) if claims in set(map(_claims, two.shown))]
    if not shared:
        return draw.choice(one.shown), draw.choice(two.shown)
    claims = draw.choice(shared)
    mine, theirs = ([v for v in place.shown if _claims(v) == claims] for place in (one, two))
    return draw.choice(mine), draw.choice(theirs)


def _claims(variant: Variant) -> tuple[str, ...]:
    return variant.angle.claims if variant.angle else ()


def _brief(brief: Brief) -> list[str]:
    offer = [f"- Offer: {_plain(brief.offer)}"] if brief.offer else []
    facts = [f"- {_plain(fact)}" for fact in brief.facts]
    return [f"## {_plain(brief.brand)}", "", _plain(brief.product), "", *facts, *offer, ""]


def _readers(brief: Brief, place: Place) -> list[str]:
    return [f"They care about: {_plain(brief.segment(place.site.segment).cares_about)}"]


def _asked(variant: Variant) -> str:
    return f"To say: {_plain('; '.join(_claims(variant)) or 'nothing in particular')}"


def _copy(variant: Variant) -> list[str]:
    return [f"   > **{_plain(key)}** {_plain(text)}  " for key, text in variant.fields.items()]


def _plain(text: str) -> str:
    """Text on one line, with nothing in it that Markdown or HTML would act on."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))
