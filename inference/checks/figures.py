"""Figures: a number, price, percentage, time or date in copy must be in the brief."""

import re
from collections.abc import Iterator
from functools import lru_cache

from inference.checks.extraction import figures
from inference.checks.figure import Figure
from inference.checks.findings import block, quoted, warn
from inference.checks.known import currencies, known
from inference.checks.lexicon import lexicon
from inference.checks.terms import Terms, terms
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")


def unknown_figures(variant: Variant, brief: Brief, _: Channel) -> Iterator[Finding]:
    """Every figure that no claim of the brief has. Later checks may ask more of a figure, such as its noun."""
    for key, text in variant.fields.items():
        for figure in figures(text, brief.language):
            if not _stands(figure, brief) and not _idiomatic(figure, text, brief.language):
                yield _finding(figure, key, text, brief)


def _stands(figure: Figure, brief: Brief) -> bool:
    if figure.kind == "code" and any(figure.value in claim.upper() for claim in brief.claims):
        return True
    return not known(brief.claims, brief.language).isdisjoint(figure.readings)


def _idiomatic(figure: Figure, text: str, language: str) -> bool:
    """Whether a number in words is a manner of speaking: "first", "the two of us"."""
    if not figure.spelled or figure.kind in {"date", "month", "weekday"}:
        return False
    if figure.text.casefold() in lexicon(language).unflagged:
        return True
    return any(hit.start < figure.end and figure.start < hit.end for hit in _idioms(language).find(text))


@lru_cache(maxsize=32)
def _idioms(language: str) -> Terms:
    return Terms(lexicon(language).idioms)


def _finding(figure: Figure, key: str, text: str, brief: Brief) -> Finding:
    said, span = quoted(figure.text), (figure.start, figure.end)
    match figure.kind:
        case "date":
            message = f"{said} is a date that the brief does not have; use one of its dates or none"
            return block("unknown_date", key, span, message)
        case "weekday" | "month":
            return _day_or_month(figure, key, text, brief)
        case "money" if _other_currency(figure, brief):
            theirs = ", ".join(sorted(currencies(brief.claims, brief.language)))
            return block(
                "wrong_currency", key, span, f"{said} is in {figure.unit}, but the brief's prices are in {theirs}"
            )
        case _ if figure.spelled:
            message = f"the brief does not have {said}; check that it claims nothing, or say what the brief says"
            return warn("unknown_number_word", key, span, message)
        case _:
            return block("unknown_figure", key, span, f"{said} is not in the brief{_almost(figure, brief)}")


def _other_currency(figure: Figure, brief: Brief) -> bool:
    named = currencies(brief.claims, brief.language)
    return bool(named) and figure.unit not in named


def _day_or_month(figure: Figure, key: str, text: str, brief: Brief) -> Finding:
    said, span = quoted(figure.text), (figure.start, figure.end)
    start = max((m.end() for m in _SENTENCE_END.finditer(text, 0, figure.start)), default=0)
    after = _SENTENCE_END.search(text, figure.end)
    sentence = text[start : after.start() if after else len(text)]
    if next(terms(brief.language, "offer_words").find(sentence), None):
        return block(
            "unknown_date", key, span, f"{said} dates an offer, and the brief does not have that {figure.kind}"
        )
    return warn("unknown_date", key, span, f"the brief does not have {said}; check that nothing is promised for then")


def _almost(figure: Figure, brief: Brief) -> str:
    """What the brief has instead, where it has the same number as something else."""
    values = {reading.value for reading in known(brief.claims, brief.language) if reading.kind == "number"}
    if figure.value in values:
        return {
            "percent": f": it has {figure.value}, but not as a percentage",
            "money": f": it has {figure.value}, but not as a price",
            "times": f": it has {figure.value}, but not as a multiple",
        }.get(figure.kind, f" as a {figure.kind}")
    return "; use a figure of its facts or its offer, or leave it out"
