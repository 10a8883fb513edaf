"""Outcomes: totals as they grow, each kept as it was reported; the newest stand, set aside where they cannot be."""

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from store import growing
from store.growing import Counts
from store.outcome import Outcome, Reported
from store.tables import OutcomeRow, to_noun

AT_ONCE = 1_000  # rows fetched together; the rest of a large store stays where it is
BELIEVED = OutcomeRow.reason == ""


def record(session: Session, rows: Iterable[Reported]) -> Counts:
    """Append what is new in these totals; what cannot be is kept with the reason, apart from all that is learnt from.

    Totals that fell are taken as they are: channels take back clicks they find were not real.
    """
    return growing.append(session, OutcomeRow, ({**row.__dict__, "reason": row.reason or ""} for row in rows))


def standing(session: Session) -> list[Outcome]:
    """The newest totals of each test, variant, segment and channel, in the order they were recorded."""
    return _outcomes(session, growing.newest(OutcomeRow, BELIEVED))


def of_variants(session: Session, variant_ids: Collection[str]) -> list[Outcome]:
    """The newest totals for these ids of variants, in whichever test."""
    return _outcomes(session, growing.newest(OutcomeRow, BELIEVED, OutcomeRow.variant_id.in_(variant_ids)))


def stream(session: Session, *conditions: ColumnElement[bool]) -> Iterator[Reported]:
    """Yield the newest totals, set aside or not, by test, segment, channel and variant."""
    order = (OutcomeRow.test_id, OutcomeRow.segment, OutcomeRow.channel, OutcomeRow.variant_id)
    columns = [getattr(OutcomeRow, name) for name in Reported.model_fields]
    query = growing.newest(OutcomeRow, *conditions).with_only_columns(*columns).order_by(*order)
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield Reported.model_validate(row._asdict())


def _outcomes(session: Session, query: Select[OutcomeRow]) -> list[Outcome]:
    return [to_noun(row, Outcome) for row in session.scalars(query.order_by(OutcomeRow.id))]
