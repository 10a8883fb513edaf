"""Exports: what has left the house, and cannot be taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.columns import now
from store.errors import Conflict, NotFound
from store.states import State
from store.tables import ExportRow, VariantRow

EXPORTABLE = {State.APPROVED, State.LIVE}


def mark(session: Session, variant_ids: Sequence[int], format: str, reviewer: str) -> None:  # noqa: A002
    """Store that these variants leave in that format; from now on their decisions stand.

    Raises NotFound, or Conflict where one is not approved; then none is marked.
    """
    ids = sorted(set(variant_ids))  # in one order everywhere, so that two exports cannot wait for each other
    locked = select(VariantRow.id, VariantRow.state).where(VariantRow.id.in_(ids)).order_by(VariantRow.id)
    states = dict(session.execute(locked.with_for_update(key_share=True)).all())
    for variant_id in ids:
        _check(variant_id, states.get(variant_id))
    moment = now()
    session.add_all(ExportRow(variant_id=i, format=format, reviewer=reviewer, created_at=moment) for i in ids)
    session.flush()


def _check(variant_id: int, state: str | None) -> None:
    if state is None:
        raise NotFound(f"there is no variant {variant_id}")
    if state not in EXPORTABLE:
        raise Conflict(f"variant {variant_id} is {state}; only approved copy is exported, so approve it first")


def first_at(session: Session, variant_id: int) -> datetime | None:
    """When a variant left the house for the first time; None where it has not."""
    return session.scalar(select(func.min(ExportRow.created_at)).where(ExportRow.variant_id == variant_id))
