"""Checks: plain functions `(variant, brief, channel) -> findings`, in one visible list."""

from collections.abc import Sequence

from inference.checks import (
    bare,
    brand,
    broken,
    figures,
    form,
    free,
    language,
    leftovers,
    lengths,
    misbound,
    off_brief,
    offers,
    people,
    wording,
)
from inference.checks import repeats as _repeats
from inference.checks.findings import Check
from store.brief import Brief
from store.channel import Channel
from store.finding import Finding
from store.variant import Variant

__all__ = ["CHECKS", "Check", "check", "repeats"]

CHECKS: tuple[Check, ...] = (
    lengths.structure,
    lengths.lengths,
    lengths.encoding,
    figures.unknown_figures,
    misbound.misbound_figures,
    free.misbound_free,
    bare.figure_list,
    offers.unknown_offers,
    wording.must_say,
    wording.never_say,
    wording.promises,
    people.personal_data,
    people.sensitive_targeting,
    language.language,
    brand.misspelt_brand,
    leftovers.placeholders,
    leftovers.prompt_text,
    leftovers.segment_names,
    leftovers.markup,
    leftovers.invisible,
    _repeats.repeated_field,
    _repeats.repeated_sentence,
    form.shouting,
    form.punctuation,
    form.emoji,
    form.dress,
    form.endings,
    broken.broken_off,
    wording.spam,
    wording.cliches,
    off_brief.off_brief,
)


def check(variant: Variant, brief: Brief, channel: Channel) -> list[Finding]:
    """Everything the checks say of a variant, in the order of `CHECKS`; the same of one field is said once."""
    said: dict[tuple[str, str, str], Finding] = {}
    for one in CHECKS:
        for finding in one(variant, brief, channel):
            said.setdefault((finding.code, finding.field, finding.message), finding)
    return list(said.values())


def repeats(variant: Variant, earlier: Sequence[Variant]) -> list[Finding]:
    """Whether a variant says the same, or nearly, as an earlier one of its segment and channel."""
    return _repeats.repeats(variant, earlier)
