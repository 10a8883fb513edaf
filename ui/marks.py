"""Cutting a text where a reader should see something: at a finding's words, and where the channel cuts it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from store.finding import Finding, Severity

ORDER = [Severity.NOTE, Severity.WARN, Severity.BLOCK]


@dataclass(frozen=True)
class Piece:
    """A run of text that is shown alike."""

    text: str
    severity: Severity | None
    """The gravest finding that stands here."""
    messages: tuple[str, ...]
    cut: bool
    """Whether readers do not see it."""


def pieces(text: str, findings: Sequence[Finding], shown: int | None = None) -> list[Piece]:
    """`text` in pieces that join to it again: cut at each finding's span and after its first `shown` code points.

    A finding about the whole field (span 0, 0) marks nothing; spans beyond the text are clipped.
    """
    spans = [(min(f.start, len(text)), min(f.end, len(text)), f) for f in findings if f.end > f.start]
    seen = len(text) if shown is None else min(shown, len(text))
    edges = sorted({0, seen, len(text), *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    return [
        _piece(text[start:end], [f for left, right, f in spans if left <= start and end <= right], start >= seen)
        for start, end in pairwise(edges)
    ]


def _piece(text: str, findings: list[Finding], cut: bool) -> Piece:
    gravest = max((finding.severity for finding in findings), key=ORDER.index, default=None)
    return Piece(text, gravest, tuple(finding.message for finding in findings), cut)
