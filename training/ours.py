"""The noun `Ours`: a text of this house that was shown somewhere, with who wrote it and what was foretold of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, exists, func, select
from sqlalchemy.orm import Session

from store.decision import Kind
from store.matching import in_force
from store.tables import DecisionRow, OutcomeRow, ScoreRow, VariantRow

Field = tuple[int | None, str, str]
"""Campaign, segment and channel: what is scored side by side."""


@dataclass(frozen=True)
class Foretold:
    """A score, as far as it is held against what happened."""

    log_odds: float
    width: float
    """Of its 90 % interval."""
    checkpoint: str
    field: Field
    among: int
    """How many were scored side by side."""


@dataclass(frozen=True)
class Ours:
    """A variant under whose number something was reported."""

    campaign_id: int | None
    writer: str
    texts: frozenset[str]
    """What it says, whole or one field, as written and as edited, with single spaces."""
    foretold: Foretold | None

    def says(self, text: str) -> bool:
        """Whether a reported text is this variant's: tests made elsewhere number their variants 1, 2, 3 too."""
        return plain(text) in self.texts


def plain(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def read(session: Session) -> dict[str, Ours]:
    """Those that something was reported of, by their number as text."""
    reported = exists().where(OutcomeRow.variant_id == cast(VariantRow.id, String))
    edits, scores = _edits(session, reported), _scores(session, reported)
    sizes = _sizes(session) if scores else {}
    columns = (VariantRow.id, VariantRow.campaign_id, VariantRow.segment, VariantRow.channel)
    rows = session.execute(select(*columns, VariantRow.checkpoint, VariantRow.fields).where(reported))
    found = {}
    for number, campaign, segment, channel, checkpoint, fields in rows:
        field = (campaign, segment, channel)
        score = scores.get(number)
        foretold = Foretold(*score, field, sizes.get(field, 1)) if score else None
        texts = frozenset(text for version in (fields, *edits.get(number, [])) for text in _texts(version))
        found[str(number)] = Ours(campaign, checkpoint, texts, foretold)
    return found


def _texts(fields: Mapping[str, str]) -> Iterator[str]:
    yield from map(plain, fields.values())
    yield plain(" ".join(fields.values()))


def _edits(session: Session, reported: ColumnElement[bool]) -> dict[int, list[dict[str, str]]]:
    """The edited texts that stand, by variant."""
    edits = select(DecisionRow.variant_id, DecisionRow.fields).join(VariantRow, VariantRow.id == DecisionRow.variant_id)
    edits = edits.where(reported, DecisionRow.kind == Kind.EDIT, DecisionRow.child_id.is_(None), in_force())
    found: dict[int, list[dict[str, str]]] = {}
    for number, fields in session.execute(edits):
        found.setdefault(number, []).append(fields or {})
    return found


def _scores(session: Session, reported: ColumnElement[bool]) -> dict[int, tuple[float, float, str]]:
    """The newest score of each: log-odds, width of its interval, checkpoint."""
    columns = (ScoreRow.variant_id, ScoreRow.log_odds, ScoreRow.high - ScoreRow.low, ScoreRow.checkpoint)
    scored = select(*columns).join(VariantRow, VariantRow.id == ScoreRow.variant_id).where(reported)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(scored.order_by(ScoreRow.id))}


def _sizes(session: Session) -> dict[Field, int]:
    """How many variants of each field have a score."""
    field = (VariantRow.campaign_id, VariantRow.segment, VariantRow.channel)
    scored = exists().where(ScoreRow.variant_id == VariantRow.id)
    counted = select(*field, func.count()).where(scored).group_by(*field)
    return {(row[0], row[1], row[2]): row[3] for row in session.execute(counted)}
