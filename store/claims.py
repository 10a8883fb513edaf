"""Claims: who has which variant open. A reviewer has one at a time, the last that they opened."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.claim import Claim
from store.columns import now
from store.tables import ClaimRow, to_noun

LASTS = timedelta(minutes=5)  # from when it was opened, or last typed in


def take(session: Session, variant_id: int, reviewer: str, *, moment: datetime | None = None) -> Claim | None:
    """Claim a variant that is there for `reviewer` and let go of what they had; gives the claim that stands.

    It is somebody else's where they were first and theirs has not lapsed at `moment` (now).
    """
    moment = moment or now()
    session.execute(delete(ClaimRow).where(ClaimRow.reviewer == reviewer, ClaimRow.variant_id != variant_id))
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"reviewer": reviewer, "until": moment + LASTS}
    free = or_(ClaimRow.reviewer == reviewer, ClaimRow.until <= moment)
    asked = insert(ClaimRow).values(variant_id=variant_id, **values)
    session.execute(asked.on_conflict_do_update(index_elements=["variant_id"], set_=values, where=free))
    return standing(session, [variant_id], moment=moment).get(variant_id)


def standing(session: Session, variant_ids: Sequence[int], *, moment: datetime | None = None) -> dict[int, Claim]:
    """The claims on these variants that have not lapsed at `moment` (now), by variant."""
    chosen = select(ClaimRow).where(ClaimRow.variant_id.in_(variant_ids), ClaimRow.until > (moment or now()))
    found = session.scalars(chosen.execution_options(populate_existing=True))
    return {row.variant_id: to_noun(row, Claim) for row in found}
