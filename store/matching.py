"""The noun `Query`: which variants to find, and what that asks of their rows."""

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from store.decision import Kind
from store.noun import Noun
from store.states import State
from store.tables import DecisionRow, FindingRow, ScoreRow, VariantRow


class Query(Noun):
    """Which variants to find; what is None does not narrow."""

    campaign_id: int | None = None
    segment: str | None = None
    channel: str | None = None
    state: State | None = None
    code: str | None = None
    """Of a finding: variants that have at least one of it."""
    reviewer: str | None = None
    """Whose decision on the variant stands."""
    chance_from: float | None = None
    """The least chance to beat the field of the newest score; what has no score has none."""
    chance_to: float | None = None
    """The greatest."""
    text: str | None = None
    """Words of the text as it was written, in any case."""


def in_force() -> ColumnElement[bool]:
    """Whether a row of decisions is one that was not taken back, nor takes one back itself."""
    undo = aliased(DecisionRow)
    return (DecisionRow.kind != Kind.UNDO) & ~exists().where(undo.undoes == DecisionRow.id)


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """What a row of variants is to fulfil."""
    columns = {
        VariantRow.campaign_id: query.campaign_id,
        VariantRow.segment: query.segment,
        VariantRow.channel: query.channel,
        VariantRow.state: query.state,
    }
    found = [column == value for column, value in columns.items() if value is not None]
    if query.code is not None:
        found.append(VariantRow.id.in_(select(FindingRow.variant_id).where(FindingRow.code == query.code)))
    if query.reviewer is not None:
        by = select(DecisionRow.variant_id).where(DecisionRow.reviewer == query.reviewer, in_force())
        found.append(VariantRow.id.in_(by))
    if query.chance_from is not None:
        found.append(newest(ScoreRow.chance_to_beat_field) >= query.chance_from)
    if query.chance_to is not None:
        found.append(newest(ScoreRow.chance_to_beat_field) <= query.chance_to)
    if query.text:
        found.append(VariantRow.search.contains(query.text.casefold(), autoescape=True))
    return found


def ranked(matching: Select[int]) -> Select[int]:
    """By the newest score of each, the highest first."""
    return matching.order_by(newest(ScoreRow.log_odds).desc().nulls_last(), VariantRow.id)


def newest(value: InstrumentedAttribute[float]) -> ScalarSelect[float]:
    """What the newest score of a variant says."""
    of_variant = select(value).where(ScoreRow.variant_id == VariantRow.id)
    return of_variant.order_by(ScoreRow.id.desc()).limit(1).scalar_subquery()
