"""The metrics of an evaluation: each is a function from one place to what was seen there; its name is the figure's."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference import said
from inference.checks import check
from inference.encoder import Encoder
from prompts.channels import Catalogue
from store.angle import Angle
from store.brief import Brief
from store.finding import APPROVAL, Finding, Severity
from store.states import State
from store.variant import Variant
from store.variants import Row
from training.corpus import CorpusBrief, CorpusRow
from training.evaluation_run import Place
from training.told import Told

LIMITS = frozenset({"unparsed", "unknown_field", "empty_field", "missing_field", "too_long"})
FIGURES = frozenset({"unknown_figure", "unknown_date", "wrong_currency", "unknown_number_word", "figure_misbound"})
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Models:
    """What the metrics look at copy with."""

    catalogue: Catalogue
    encoder: Encoder
    told: Told


@dataclass(frozen=True)
class Seen:
    """What was written for one place and what was shown of it, as the metrics look at it."""

    brand: str
    brief: Brief
    written: Sequence[Variant]
    shown: Sequence[Variant]
    models: Models
    shown_chances: Sequence[float] = ()
    """Of being approved, as the approval model had it for each shown variant; empty where none was asked."""
    passed_chances: Sequence[float] = ()
    """The same of every written variant that passed the checks, the shown ones among them."""

    @cached_property
    def written_findings(self) -> list[list[Finding]]:
        """What the checks say now of each written variant."""
        return [self._check(variant) for variant in self.written]

    @cached_property
    def shown_findings(self) -> list[list[Finding]]:
        """What the checks say now of each shown variant."""
        return [self._check(variant) for variant in self.shown]

    def _check(self, variant: Variant) -> list[Finding]:
        return check(variant, self.brief, self.models.catalogue[variant.channel])


Metric = Callable[[Seen], list[float]]


def shown_within_limits(seen: Seen) -> list[float]:
    """Share of shown variants with all of the channel's fields, and each inside its hard limit."""
    return [_free_of(findings, LIMITS) for findings in seen.shown_findings]


def shown_no_blocking(seen: Seen) -> list[float]:
    """Share of shown variants of which no check, run again on the text, says that it must be blocked."""
    return [_unblocked(findings) for findings in seen.shown_findings]


def shown_figures_right(seen: Seen) -> list[float]:
    """Share of shown variants in which no figure, date or currency is questioned: neither blocked nor warned of."""
    return [_free_of(findings, FIGURES) for findings in seen.shown_findings]


def shown_angle_said(seen: Seen) -> list[float]:
    """Share of shown variants that say the claim, or both claims, of their angle (`inference.said`)."""
    return [float(bool(v.angle and said.says(v.text, v.angle, seen.brief))) for v in seen.shown]


def written_within_limits(seen: Seen) -> list[float]:
    """Share of written variants, before any were left out, that could be read into fields and are inside limits."""
    return [_free_of(findings, LIMITS) for findings in seen.written_findings]


def written_no_blocking(seen: Seen) -> list[float]:
    """Share of written variants, before any were left out, of which no check says that it must be blocked."""
    return [_unblocked(findings) for findings in seen.written_findings]


def similarity(seen: Seen) -> list[float]:
    """Mean cosine of any two shown variants of a place, by the encoder, over places."""
    if len(seen.shown) < 2:
        return []
    vectors = seen.models.encoder.encode([variant.text for variant in seen.shown]).astype(np.float64)
    cosines = vectors @ vectors.T
    return [float(cosines[np.triu_indices(len(vectors), k=1)].mean())]


def segment_told(seen: Seen) -> list[float]:
    """Share of shown variants whose segment a classifier trained on other brands' corpus copy tells from the text."""
    names = [segment.name for segment in seen.brief.segments]
    told = seen.models.told.tell([variant.text for variant in seen.shown], seen.brief.segments)
    return [float(names[guess] == variant.segment) for guess, variant in zip(told, seen.shown, strict=True)]


def segment_chance(seen: Seen) -> list[float]:
    """The same for one who guesses: one over the number of the brief's segments."""
    return [1 / len(seen.brief.segments)] * len(seen.shown)


def shown_approval(seen: Seen) -> list[float]:
    """Mean chance of being approved that the approval model gives to what is shown."""
    return list(seen.shown_chances)


def passed_approval(seen: Seen) -> list[float]:
    """The same of all that passed the checks: what the choice gained is the difference."""
    return list(seen.passed_chances)


MEANS: tuple[Metric, ...] = (
    shown_within_limits,
    shown_no_blocking,
    shown_figures_right,
    shown_angle_said,
    written_within_limits,
    written_no_blocking,
    similarity,
    segment_told,
    segment_chance,
    shown_approval,
    passed_approval,
)

# The same of the corpus' own rows of the held-out brands: how near a metric lets good copy come to its bound.
CORPUS: dict[str, Metric] = {
    "corpus_figures_right": shown_figures_right,
    "corpus_angle_said": shown_angle_said,
    "similarity_corpus": similarity,
    "segment_ceiling": segment_told,
}


def openings(seen: Seen) -> list[str]:
    """The first three words of each shown variant."""
    return [" ".join(WORD.findall(variant.text.casefold())[:3]) for variant in seen.shown]


def of_place(place: Place, briefs: Mapping[str, CorpusBrief], models: Models) -> Seen:
    """A place as the metrics look at it."""
    brief = briefs[place.site.brief].brief
    shown = [_chance(row) for row in place.rows if row.variant.state is State.PENDING]
    passed = [_chance(row) for row in place.rows]
    return Seen(place.site.brief, brief, place.written, place.shown, models, _known(shown), _known(passed))


def of_corpus(rows: Sequence[CorpusRow], briefs: Mapping[str, CorpusBrief], models: Models) -> list[Seen]:
    """Rows of the corpus as if each brief and channel were a place, whatever the segment: all written, all shown."""
    groups: dict[tuple[str, str], list[Variant]] = {}
    for row in rows:
        groups.setdefault((row.brief, row.channel), []).append(_variant(row))
    return [Seen(name, briefs[name].brief, found, found, models) for (name, _), found in groups.items()]


def _variant(row: CorpusRow) -> Variant:
    angle = Angle(claims=row.angle, relevance=0, reason="")
    place = {"segment": row.segment, "channel": row.channel}
    return Variant(angle=angle, fields=row.fields, checkpoint="corpus", state=State.PENDING, **place)


def _chance(row: Row) -> float | None:
    """The chance in the pipeline's note of what the approval model thinks, as it says it: whole percents."""
    notes = (finding.message for finding in row.findings if finding.code == APPROVAL)
    return next((int(note.partition(" %")[0]) / 100 for note in notes), None)


def _known(chances: Iterable[float | None]) -> list[float]:
    return [chance for chance in chances if chance is not None]


def _free_of(findings: Sequence[Finding], codes: frozenset[str]) -> float:
    return float(not any(finding.code in codes for finding in findings))


def _unblocked(findings: Sequence[Finding]) -> float:
    return float(not any(finding.severity is Severity.BLOCK for finding in findings))
