"""What is free: "free" and its like are bound to what the brief says is free, as a figure is to its noun."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from inference.checks.binding import weights
from inference.checks.findings import block, quoted, warn
from inference.checks.terms import Hit, listed, terms
from inference.checks.words import Word, among, sentence, stem, stems, words
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

_LISTS = ("offer_free", "offer_free_also", "offer_free_kin")  # what makes a claim one of something free
TOLD = 1.0  # weight of another claim's words, one over the claims that have each, from which it is told of
_NEXT = re.compile(r"\W?(?:\s?\w{1,5}){0,2}\s*")  # "is", "comes for"
HARDLY = 0.5  # weight of its own words below which a claim is hardly told of


class Gift(NamedTuple):
    """A claim, of something free or not."""

    claim: str
    company: frozenset[str]
    """The stems of its words, less those for free."""


class Given(NamedTuple):
    """The claims of a brief by whether something is free in them."""

    free: tuple[Gift, ...]
    """Those first that say so in as many words."""
    paid: tuple[Gift, ...]
    """The facts, and the offer, with nothing free."""

    @property
    def free_words(self) -> frozenset[str]:
        return frozenset[str]().union(*(gift.company for gift in self.free))


def misbound_free(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Something else said to be free than what is free in the brief.

    Where the angle says what is free, only a word of another claim right beside "free" counts, or a text that has
    nothing of the angle; else words of another claim in its sentence, with none of a claim that has something free.
    """
    given = _given(brief)
    for key, text in variant.fields.items() if given.free else ():
        for hit in terms(brief.language, "offer_free").find(text):
            if _elsewhere(hit, text, given, variant, brief):
                say = block if variant.angle else warn
                theirs = "; ".join(quoted(gift.claim) for gift in given.free[:2])
                said = quoted(text[max(0, hit.start - 20) : hit.end + 20].strip())
                message = f"{said}: what is free in the brief is {theirs}; let nothing else be free"
                yield say("figure_misbound", key, (hit.start, hit.end), message)


def _elsewhere(hit: Hit, text: str, given: Given, variant: Variant, brief: Brief) -> bool:
    start, end = sentence(text, hit.start, hit.end)
    beside = [word for word in words(text, brief.language) if start <= word.start < end]
    beside = [word for word in beside if word.end <= hit.start or hit.end <= word.start]
    if _told(given.free, beside, brief):
        return False
    claims = variant.angle.claims if variant.angle else ()
    if any(gift.claim in claims for gift in given.free):
        everywhere = [word for field in variant.fields.values() for word in words(field, brief.language)]
        return _told(given.free, everywhere, brief) < HARDLY or _touches(hit, text, beside, given)
    return _told(given.paid, beside, brief, less=given.free_words) >= TOLD


def _told(gifts: tuple[Gift, ...], said: list[Word], brief: Brief, less: frozenset[str] = frozenset()) -> float:
    """The weight of the words of the claim that is told of most, without the words `less`."""
    weigh = weights(brief.claims, brief.language)
    return max((sum(weigh[one] for one in among(gift.company - less, said)) for gift in gifts), default=0.0)


def _touches(hit: Hit, text: str, beside: list[Word], given: Given) -> bool:
    """Whether a word that only claims of nothing free have stands right beside "free", or before "is free"."""
    others = frozenset[str]().union(*(gift.company for gift in given.paid)) - given.free_words
    gaps = (
        (word, text[word.end : hit.start] if word.end <= hit.start else text[hit.end : word.start]) for word in beside
    )
    return any(word.stem in others and _NEXT.fullmatch(gap) for word, gap in gaps)


def _given(brief: Brief) -> Given:
    facts = (*brief.facts, *([brief.offer] if brief.offer else ()))
    return _sorted(brief.claims, facts, brief.language)


@lru_cache(maxsize=256)
def _sorted(claims: tuple[str, ...], facts: tuple[str, ...], language: str) -> Given:
    of_list = [[claim for claim in claims if next(terms(language, name).find(claim), None)] for name in _LISTS]
    free = dict.fromkeys(claim for each in of_list for claim in each)
    return Given(
        tuple(Gift(claim, stems(claim, language) - _free_stems(language)) for claim in free),
        tuple(Gift(fact, stems(fact, language)) for fact in facts if fact not in free),
    )


@lru_cache(maxsize=32)
def _free_stems(language: str) -> frozenset[str]:
    phrases = (phrase for name in _LISTS for phrase in listed(language, name))
    return frozenset(stem(word) for phrase in phrases for word in phrase.split())
