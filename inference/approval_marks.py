"""What can be said of a variant beside its brief without an encoder: `MARKS`, each a number from 0 to 1.

None looks at how an answer was laid out (spaces, quotation marks, kinds of apostrophe): such things would tell a corpus
from a writer's answers without telling good copy from bad.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from inference.angles import candidates
from inference.checks.terms import claimed, listed, terms
from inference.words import WORD
from prompts.channels import catalogue
from store.brief import Brief
from store.variant import Variant

GRAM = 4  # words in a run that counts as recited
STEM = 5  # letters by which two forms of a word are taken for one
SENTENCE = re.compile(r"[^.!?]+[.!?]*")
FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
YOU = frozenset({"you", "your", "yours", "you're", "you'll", "you've", "du", "dig", "din", "ditt", "dina", "ni", "er"})
WE = frozenset({"we", "we're", "we'll", "us", "our", "ours", "vi", "oss", "vår", "vårt", "våra"})


class Asked:
    """A brief taken apart once for all of its variants."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.claims = words(" ".join(brief.claims))
        self.product = words(brief.product)
        self.readers = {segment.name: words(segment.sentence) for segment in brief.segments}
        self.facts = {claim: set(content(words(claim))) for claim in candidates(brief)}
        self.brand = set(content(words(brief.brand)))
        self.action = set(content(words(brief.call_to_action)))
        self.stems = set(content(self.claims))

    def nearest(self, stems: Iterable[str]) -> str:
        """The claim of which the largest share of words is among `stems`; the first of several."""
        said = set(stems)
        return max(self.facts, key=lambda claim: _within(self.facts[claim], said))


class Reading:
    """A variant beside its brief, taken apart once for all marks.

    `claims` is what it was to say; what a person wrote has no angle, and is held to the claim whose words it says most.
    """

    def __init__(self, asked: Asked, variant: Variant) -> None:
        self.asked = asked
        self.fields = [" ".join(text.split()) for text in variant.fields.values()] or [""]
        self.text = " ".join(self.fields)
        self.aims = _aims(variant)
        self.words = [words(text) for text in self.fields]
        self.all = [word for field in self.words for word in field]
        self.stems = content(self.all)
        self.claims = variant.angle.claims if variant.angle else (asked.nearest(self.stems),)
        self.claim = words(" ".join(self.claims))
        self.claim_stems = set(content(self.claim))
        self.readers = asked.readers.get(variant.segment, [])
        self.reader_stems = set(content(self.readers))

    @cached_property
    def sentences(self) -> list[str]:
        """Of all fields, in order; a headline without a full stop is one."""
        found = [part.strip() for field in self.fields for part in SENTENCE.findall(field)]
        return [part for part in found if WORD.search(part)]

    @cached_property
    def runs(self) -> list[int]:
        """The words of the longest run that each field shares with the claim."""
        return [run(field, self.claim) for field in self.words]

    @cached_property
    def figures(self) -> set[str]:
        """As they were typed."""
        return set(FIGURE.findall(self.text))

    @cached_property
    def between(self) -> list[tuple[list[str], list[str]]]:
        """Every two fields."""
        return [(self.words[i], self.words[j]) for j in range(len(self.words)) for i in range(j)]

    def share(self, inside: Callable[[str], bool]) -> float:
        """The share of the text's content words for which `inside` holds."""
        return sum(map(inside, self.stems)) / max(1, len(self.stems))

    def listed(self, name: str) -> float:
        """Phrases of a list of the checks that the text has and no claim of the brief, 1 for three or more."""
        brief = self.asked.brief
        allowed = claimed(brief.language, name, brief.claims)
        return min(sum(hit.phrase not in allowed for hit in terms(brief.language, name).find(self.text)), 3) / 3


def words(text: str) -> list[str]:
    """Lower-cased words; apostrophes of both kinds are one."""
    return [word.lower().replace("’", "'") for word in WORD.findall(text)]


def content(found: Iterable[str]) -> list[str]:
    """Stems of the words that carry meaning: those of four letters or more, and figures."""
    return [word[:STEM] for word in found if len(word) > 3 or word.isdigit()]


def run(one: Sequence[str], two: Sequence[str]) -> int:
    """The words in the longest run that two texts share."""
    return SequenceMatcher(None, one, two, autojunk=False).find_longest_match().size


def _aims(variant: Variant) -> list[int]:
    """The length asked for of each field; empty where the channel is not a built-in one."""
    channel = catalogue().get(variant.channel)
    allowed = channel.allowed if channel else {}
    return [allowed[key].aim for key in variant.fields if key in allowed]


def _lengths(of: Reading) -> list[float]:
    """Length of each field by its aim, 1 for twice the aim or more."""
    return [min(len(text) / aim, 2) / 2 for text, aim in zip(of.fields, of.aims, strict=False)] or [0.5]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _grams(found: Sequence[str], size: int = GRAM) -> list[tuple[str, ...]]:
    return [tuple(found[i : i + size]) for i in range(len(found) - size + 1)]


def _recited(of: Reading) -> float:
    asked, said = set(_grams(of.claim)), {gram for field in of.words for gram in _grams(field)}
    return len(asked & said) / max(1, len(asked))


def _alike(one: list[str], two: list[str]) -> float:
    a, b = set(content(one)), set(content(two))
    return len(a & b) / max(1, min(len(a), len(b)))


def _shared_run(one: list[str], two: list[str]) -> float:
    return run(one, two) / max(1, min(len(one), len(two)))


def _again(found: Sequence[object]) -> float:
    """The share of `found` that stood there before."""
    return 1 - len(set(found)) / len(found) if found else 0.0


def _title_case(of: Reading) -> float:
    """The share of words after a sentence's first that begin with a capital."""
    later = [word for sentence in of.sentences for word in WORD.findall(sentence)[1:]]
    return _mean([word[0].isupper() for word in later])


def _unfinished(of: Reading) -> float:
    """The share of fields that end on a word after which more must come."""
    loose = frozenset(listed(of.asked.brief.language, "unfinished"))
    return _mean([bool(field) and field[-1] in loose for field in of.words])


def _within(part: Iterable[str], whole: Iterable[str]) -> float:
    """The share of `part` that is in `whole`; 1 where there is nothing to find."""
    wanted = set(part)
    return len(wanted & set(whole)) / len(wanted) if wanted else 1.0


MARKS: dict[str, Callable[[Reading], float]] = {
    # how the claim is said
    "claim_said": lambda of: _within(of.claim_stems, of.stems),
    "claim_figures_said": lambda of: _within(FIGURE.findall(" ".join(of.claim)), of.figures),
    "claim_recited": _recited,
    "claim_run": lambda of: max(of.runs) / max(1, len(of.claim)),
    "claim_run_of_fields": lambda of: _mean([n / max(1, len(f)) for n, f in zip(of.runs, of.words, strict=True)]),
    "claim_run_of_a_field": lambda of: max(n / max(1, len(f)) for n, f in zip(of.runs, of.words, strict=True)),
    "claim_runs": lambda of: _mean([n >= GRAM for n in of.runs]),
    "claim_run_in_first": lambda of: of.runs[0] / max(1, len(of.words[0])),
    # where the words come from
    "words_of_claim": lambda of: of.share(lambda stem: stem in of.claim_stems),
    "words_of_other_claims": lambda of: of.share(lambda stem: stem in of.asked.stems and stem not in of.claim_stems),
    "words_of_readers": lambda of: of.share(lambda stem: stem in of.reader_stems and stem not in of.claim_stems),
    "words_of_nowhere": lambda of: of.share(lambda stem: stem not in of.asked.stems | of.reader_stems),
    "figures_of_elsewhere": lambda of: 1 - _within(of.figures, FIGURE.findall(" ".join(of.claim))),
    "readers_run": lambda of: min(run(of.all, of.readers), 12) / 12,
    "product_run": lambda of: min(run(of.all, of.asked.product), 12) / 12,
    "brand": lambda of: float(bool(of.asked.brand & set(of.stems))),
    "action": lambda of: _within(of.asked.action, of.stems),
    # how the fields stand to each other
    "fields_alike": lambda of: max((_alike(one, two) for one, two in of.between), default=0.0),
    "fields_alike_mean": lambda of: _mean([_alike(one, two) for one, two in of.between]),
    "fields_run": lambda of: max((_shared_run(one, two) for one, two in of.between), default=0.0),
    "words_again": lambda of: _again(of.stems),
    "pairs_again": lambda of: _again(_grams(of.all, 2)),
    "again_in_a_field": lambda of: max(_again(content(field)) for field in of.words),
    # form
    "length": lambda of: _mean(_lengths(of)),
    "length_least": lambda of: min(_lengths(of)),
    "length_most": lambda of: max(_lengths(of)),
    "over_aim": lambda of: _mean([value > 0.5 for value in _lengths(of)]),
    "unfinished": _unfinished,
    "fields": lambda of: min(len(of.fields), 8) / 8,
    "room": lambda of: min(_mean(of.aims or [100]), 200) / 200,
    "title_case": _title_case,
    "capitals": lambda of: _mean([w.isupper() and len(w) > 1 for w in WORD.findall(of.text)]),
    "sentences": lambda of: min(len(of.sentences) / len(of.fields), 4) / 4,
    "sentence_length": lambda of: min(len(of.all) / max(1, len(of.sentences)), 30) / 30,
    "longest_sentence": lambda of: min(max((len(words(s)) for s in of.sentences), default=0), 30) / 30,
    "word_length": lambda of: min(_mean([len(word) for word in of.all]), 10) / 10,
    "questions": lambda of: min(of.text.count("?"), 3) / 3,
    "exclamations": lambda of: min(of.text.count("!"), 3) / 3,
    "commas": lambda of: min(of.text.count(",") / len(of.fields), 4) / 4,
    "colons": lambda of: min(of.text.count(":") + of.text.count(" - ") + of.text.count("–"), 3) / 3,
    "you": lambda of: min(_mean([word in YOU for word in of.all]) * 5, 1),
    "we": lambda of: min(_mean([word in WE for word in of.all]) * 5, 1),
    # worn phrases, by the lists of the checks
    "cliches": lambda of: of.listed("cliches"),
    "spam": lambda of: of.listed("spam"),
    "guarantees": lambda of: of.listed("guarantees"),
    "superlatives": lambda of: of.listed("superlatives"),
}
