"""Misbound figures: a figure must stand with what it stands with in the brief, not with what is another's."""

from collections.abc import Iterator

from inference.checks.evidence import Evidence, evidence, joined
from inference.checks.findings import block, quoted, warn
from inference.checks.place import Place, places
from inference.checks.terms import listed
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

# Fitted by a logistic regression on the house corpus' train rows, and rounded: rows as they stand, with and without
# their angle, against the same with a figure or the noun behind it swapped, or with two claims' figures joined.
POINTS = Evidence(
    foreign=1.5,
    displaces=1.5,
    own=-1.25,
    own_elsewhere=-1.0,
    others=2.0,
    others_noun=7.5,
    others_word=2.5,
    measure=4.0,
    others_measure=5.0,
    rate=3.0,
    joined=9.0,
    weakly=-1.5,
    spelled=-1.0,
)
ENOUGH = 3.2  # points from which a figure counts as misbound
ENOUGH_UNGUIDED = 4.0  # in a text without an angle, which a person may have written around several claims
ENOUGH_UNLISTED = 7.0  # in a language whose words without meaning are not listed, so that they count as words
BESIDE = 24  # characters on either side of a figure that a message repeats


def misbound_figures(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Figures of the brief that stand with another figure's noun, measure or rate, or among another claim's words.

    A noun may be left out, and a claim said in other words: what counts most against a figure is what belongs to
    another. A text that was to carry an angle is blocked; one without, which may say several claims in a sentence, is
    warned of.
    """
    say = block if variant.angle else warn
    guided = ENOUGH if variant.angle else ENOUGH_UNGUIDED
    enough = guided if listed(brief.language, "bindless") else ENOUGH_UNLISTED
    for key, text in variant.fields.items():
        for place in places(text, brief):
            if points(found := evidence(place, variant, brief)) >= enough:
                span = (place.figure.start, place.figure.end)
                yield say("figure_misbound", key, span, _message(place, found, brief))


def points(found: Evidence) -> float:
    """How much speaks for a figure's being misbound; `ENOUGH` of it is enough."""
    return sum(point * count for point, count in zip(POINTS, found, strict=True))


def _message(place: Place, found: Evidence, brief: Brief) -> str:
    mine = place.mine[0]
    theirs = quoted(_around(mine.claim, mine.figure.start, mine.figure.end))
    other = joined(place, (), brief) if found.joined else None
    if other:
        return f"{quoted(place.figure.text)} and {quoted(other.text)} are not of one claim; the brief says {theirs}"
    here = quoted(_around(place.text, place.figure.start, place.figure.end))
    return f"{here}: the brief says {theirs}; let the figure stand with what is its own"


def _around(text: str, start: int, end: int) -> str:
    """A figure with the whole words on either side of it."""
    first = max(0, start - BESIDE // 2)
    first = first if first == 0 else text.find(" ", first, start) + 1 or start
    last = min(len(text), end + BESIDE)
    last = last if last == len(text) else max(end, text.rfind(" ", end, last))
    return text[first:last].strip(" ,.;:")
