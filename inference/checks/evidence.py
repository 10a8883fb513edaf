"""The noun `Evidence`: what speaks for a figure's being misbound, or against it."""

import re
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from inference.checks.binding import measures, standing, weights
from inference.checks.extraction import figures
from inference.checks.figure import Figure
from inference.checks.place import Place, binds
from inference.checks.terms import listed
from inference.checks.words import among, stem, stems, words
from store.brief import Brief
from store.variant import Variant

MOST = 3.0  # of words, each weighing one over the number of claims that have it; more of them tell no more
_COUNTED = frozenset({"number", "times"})  # what has a noun right behind it
_PEOPLE = "person"  # "20 people" may be 20 of whoever comes
_UNJOINED = frozenset({"0.5", "1"})  # "half" and "one" in words stand beside anything
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W\d_]+")


class Evidence(NamedTuple):
    """Each a count, or 1 for yes and 0 for no."""

    foreign: float = 0.0
    """The angle's claims do not have the figure."""
    displaces: float = 0.0
    """Besides, they have one of its kind that the text lacks."""
    own: float = 0.0
    """Words of its own claim in its sentence."""
    own_elsewhere: float = 0.0
    """Words of its own claim in the whole text, where it is foreign."""
    others: float = 0.0
    """Words that only another claim has, with a figure of its kind that the sentence lacks."""
    others_noun: float = 0.0
    """Another figure's noun stands behind it."""
    others_word: float = 0.0
    """A word of another claim stands behind it."""
    measure: float = 0.0
    """It measures what its claims do not."""
    others_measure: float = 0.0
    """Besides, another figure measures that."""
    rate: float = 0.0
    """It is counted by what another figure is counted by."""
    joined: float = 0.0
    """A word such as "is" or "for" joins it to a figure that no claim has beside it."""
    weakly: float = 0.0
    """The brief has it as another kind only: 14 of 2pm."""
    spelled: float = 0.0
    """It is written in words, which stand with anything."""


def evidence(place: Place, variant: Variant, brief: Brief) -> Evidence:
    """All there is about one figure of a variant."""
    claims = variant.angle.claims if variant.angle else ()
    foreign = bool(claims) and not place.of(claims)
    return Evidence(
        foreign=foreign,
        displaces=foreign and _displaces(place, variant, claims, brief),
        own=_own(place, brief),
        own_elsewhere=_own_elsewhere(place, variant, brief) if foreign else 0.0,
        others=_others(place, () if foreign else claims, brief),
        joined=joined(place, () if foreign else claims, brief) is not None,
        weakly=not any(one.readings & frozenset(place.figure.readings) for one in place.mine),
        spelled=place.figure.spelled,
    )._replace(**_behind(place, brief))


def _displaces(place: Place, variant: Variant, claims: tuple[str, ...], brief: Brief) -> bool:
    said = frozenset(
        reading
        for text in variant.fields.values()
        for figure in figures(text, brief.language)
        for reading in figure.readings
    )
    alike = (one for one in place.others if one.figure.kind == place.figure.kind and one.claim in claims)
    return any(not one.readings & said for one in alike)


def _own(place: Place, brief: Brief) -> float:
    weigh = weights(brief.claims, brief.language)
    said = among(place.own, place.beside)
    return min(MOST, max(sum(weigh[one] for one in mine.company & said) for mine in place.mine))


def _own_elsewhere(place: Place, variant: Variant, brief: Brief) -> float:
    weigh = weights(brief.claims, brief.language)
    elsewhere = (words(text, brief.language) for text in variant.fields.values() if text != place.text)
    rest = (word for word in words(place.text, brief.language) if not _within(word.start, word.end, place.figure))
    said = among(place.own, chain(rest, *elsewhere))
    return min(MOST + 1, max(sum(weigh[one] for one in mine.company & said) for mine in place.mine))


def _within(start: int, end: int, figure: Figure) -> bool:
    return start < figure.end and figure.start < end


def _others(place: Place, claims: tuple[str, ...], brief: Brief) -> float:
    """`claims` are not counted against it: those of its angle, where it is of the angle, may share a sentence."""
    weigh, own, said = weights(brief.claims, brief.language), place.own, place.near | frozenset(place.figure.readings)
    rivals = [
        one.company - own
        for one in place.others
        if one.figure.kind == place.figure.kind and one.claim not in claims and not one.readings & said
    ]
    found = among(frozenset[str]().union(*rivals), place.beside)
    return min(MOST, max((sum(weigh[one] for one in rival & found) for rival in rivals), default=0.0))


def _behind(place: Place, brief: Brief) -> dict[str, float]:
    """What the words right behind the figure say of it."""
    figure, language = place.figure, brief.language
    if _YEAR.fullmatch(figure.text):
        return {}
    nouns, measure, rate = standing(figure, place.text, language)
    own_measures = frozenset().union(*(_measured(one.claim, language) for one in place.mine))
    strange = bool(measure) and measure not in own_measures and not (measure == _PEOPLE and _may_be_people(place))
    return {
        **(_noun(place, nouns, brief) if figure.kind in {*_COUNTED, "percent"} else {}),
        "measure": strange,
        "others_measure": strange and any(one.standing.measure == measure for one in place.others),
        "rate": bool(rate)
        and rate != _PEOPLE
        and rate not in own_measures
        and any(one.standing.rate == rate for one in place.others),
    }


def _noun(place: Place, nouns: tuple[str, ...], brief: Brief) -> dict[str, float]:
    own = place.own
    if not nouns or nouns[0] in own:
        return {}
    heads = frozenset(noun for one in place.others for noun in one.standing.nouns)
    familiar = own.intersection(nouns)
    counted = place.figure.kind in _COUNTED
    if counted and (nouns[0] in heads or (not familiar and heads.intersection(nouns[1:]))):
        return {"others_noun": 1.0}
    facts = (*brief.facts, *([brief.offer] if brief.offer else ()))
    return {"others_word": float(not familiar and any(nouns[0] in stems(fact, brief.language) for fact in facts))}


def _may_be_people(place: Place) -> bool:
    """Whether one of its own claims counts people with it, or says of it no measure at all."""
    return any(one.standing.measure in {"", _PEOPLE} for one in place.mine)


@lru_cache(maxsize=4_096)
def _measured(claim: str, language: str) -> frozenset[str]:
    """Every word of a claim as a measure or as a stem."""
    known = measures(language)
    return frozenset(known.get(word) or stem(word) for word in _WORD.findall(claim.casefold()))


def joined(place: Place, claims: tuple[str, ...], brief: Brief) -> Figure | None:
    """The figure that a word such as "is" or "for" joins this one to, though no claim has both; None where none is.

    Two of the angle's own `claims` may be joined.
    """
    joint = _joint(brief.language)
    if joint is None or (place.figure.spelled and place.figure.value in _UNJOINED):
        return None
    for other in place.neighbours:
        first, second = sorted((place.figure, other), key=lambda one: one.start)
        if not joint.fullmatch(place.text[first.end : second.start]) or not binds(other, place.text, brief):
            continue
        if other.spelled and other.value in _UNJOINED:
            continue
        theirs = {
            one.claim
            for one in (*place.mine, *place.others)
            if (one.readings | one.weaker).intersection(other.readings)
        }
        if theirs and theirs.isdisjoint((*claims, *(one.claim for one in place.mine))):
            return other
    return None


@lru_cache(maxsize=32)
def _joint(language: str) -> re.Pattern[str] | None:
    """What may stand between two figures that are joined: a joining word with at most two words on either side."""
    joints = listed(language, "joints")
    if not joints:
        return None
    few, mark = r"(?:[^\W\d_]+[\s-]+){0,2}", "|".join(joints)
    return re.compile(rf"[\s-]*{few}(?:{mark})\s+{few}[£$€]?", re.IGNORECASE)
