"""Outcomes: totals as they grow, each kept as it was recorded; the newest stand."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, text
from sqlalchemy.orm import Session

from store.columns import now
from store.outcome import Outcome
from store.tables import OutcomeRow, storable, to_noun

CHUNK = 1_000  # rows compared and stored at a time; any number of rows takes little memory

Key = tuple[str, str, str]


class Counts(NamedTuple):
    """What recording did."""

    added: int
    """Rows of a test, variant and segment that were not known."""
    changed: int
    """Rows that differ from what stood, and stand themselves now."""
    unchanged: int
    """Rows that say what stands already; they are not stored again."""


def record(session: Session, outcomes: Iterable[Outcome]) -> Counts:
    """Append what is new in these totals, so that a file may be imported again as it grows.

    Totals that fell are taken as they are: channels take back clicks they find were not real.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time as it is
        session.execute(text("LOCK TABLE outcomes IN SHARE ROW EXCLUSIVE MODE"))
    added = changed = unchanged = 0
    for chunk in _chunks(outcomes):
        known = {_key(outcome): outcome for outcome in _newest(session, {outcome.test_id for outcome in chunk})}
        fresh: list[Outcome] = []
        for outcome in chunk:
            before = known.get(_key(outcome))
            added += before is None
            changed += before is not None and before != outcome
            unchanged += before == outcome
            if before != outcome:
                fresh.append(outcome)
            known[_key(outcome)] = outcome
        _append(session, fresh)
    return Counts(added, changed, unchanged)


def standing(session: Session) -> list[Outcome]:
    """The newest totals of each test, variant and segment, in the order they were recorded."""
    return _newest(session, None)


def of_variants(session: Session, variant_ids: Collection[str]) -> list[Outcome]:
    """The newest totals for these ids of variants, in whichever test."""
    return _select(session, OutcomeRow.variant_id.in_(variant_ids))


def _newest(session: Session, test_ids: Collection[str] | None) -> list[Outcome]:
    return _select(session, *([] if test_ids is None else [OutcomeRow.test_id.in_(test_ids)]))


def _select(session: Session, *conditions: ColumnElement[bool]) -> list[Outcome]:
    key = (OutcomeRow.test_id, OutcomeRow.variant_id, OutcomeRow.segment)
    newest = select(func.max(OutcomeRow.id)).where(*conditions).group_by(*key)
    chosen = select(OutcomeRow).where(OutcomeRow.id.in_(newest)).order_by(OutcomeRow.id)
    return [to_noun(row, Outcome) for row in session.scalars(chosen)]


def _chunks(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    rest = iter(outcomes)
    while chunk := [storable(outcome) for outcome in islice(rest, CHUNK)]:
        yield chunk


def _key(outcome: Outcome) -> Key:
    return outcome.test_id, outcome.variant_id, outcome.segment


def _append(session: Session, outcomes: list[Outcome]) -> None:
    moment = now()
    values: list[dict[str, Any]] = [{**outcome.model_dump(), "created_at": moment} for outcome in outcomes]
    if values:
        session.execute(insert(OutcomeRow), values)
