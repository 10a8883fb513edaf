"""Examples that nothing may be learnt from any more, since consent or licence was withdrawn; ids are only added."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.columns import now
from store.tables import ForgottenRow, insert_once


def forget(session: Session, example_ids: Iterable[str], reason: str) -> int:
    """Leave these out of every training from now on, and return how many were not left out before."""
    known = ids(session)
    new = [example_id for example_id in dict.fromkeys(example_ids) if example_id not in known]
    for example_id in new:
        insert_once(session, ForgottenRow, example_id=example_id, reason=reason, created_at=now())
    return len(new)


def ids(session: Session) -> frozenset[str]:
    """The ids of all that is forgotten."""
    return frozenset(session.scalars(select(ForgottenRow.example_id)))


def reason(session: Session, example_id: str) -> str | None:
    """Why an example is left out, which may be empty; None where it is not."""
    return session.scalar(select(ForgottenRow.reason).where(ForgottenRow.example_id == example_id))
