"""Visits: who is signed in at the desk, known by the hash of what their browser shows, and for how long."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from store.account import Account
from store.account_tables import AccountRow, VisitRow
from store.columns import now
from store.tables import to_noun

SECRET_BYTES = 32  # 256 bits
STEP = timedelta(minutes=1)  # between two notes that somebody is still here, so that not every request writes


class Stay(NamedTuple):
    """How long a visit lasts."""

    idle: timedelta
    """From when it was last seen."""
    whole: timedelta
    """From when it began, whatever happens in it."""


def begin(session: Session, account_id: int, stay: Stay, *, moment: datetime | None = None) -> str:
    """Sign somebody in; gives what their browser is to show, which cannot be had again. Visits that lapsed go."""
    moment = moment or now()
    session.execute(delete(VisitRow).where(_lapsed(stay, moment)))
    token = secrets.token_urlsafe(SECRET_BYTES)
    session.add(VisitRow(hash=_hash(token), account_id=account_id, began_at=moment, seen_at=moment))
    session.flush()
    return token


def visitor(session: Session, token: str, stay: Stay, *, moment: datetime | None = None) -> tuple[Account, bool] | None:
    """Whose visit this is, and whether it is time to note that they are here; None where they are not, or no longer."""
    moment = moment or now()
    chosen = select(AccountRow, VisitRow.seen_at).join(VisitRow, VisitRow.account_id == AccountRow.id)
    here = (VisitRow.hash == _hash(token), AccountRow.disabled_at.is_(None), ~_lapsed(stay, moment))
    found = session.execute(chosen.where(*here)).one_or_none()
    return (to_noun(found[0], Account), moment - found[1] >= STEP) if found else None


def note(session: Session, token: str, *, moment: datetime | None = None) -> None:
    """Note that they are still here."""
    session.execute(update(VisitRow).where(VisitRow.hash == _hash(token)).values(seen_at=moment or now()))


def end(session: Session, token: str) -> None:
    """Sign them out. A visit that is over already is no fault."""
    session.execute(delete(VisitRow).where(VisitRow.hash == _hash(token)))


def _lapsed(stay: Stay, moment: datetime) -> ColumnElement[bool]:
    return or_(VisitRow.seen_at <= moment - stay.idle, VisitRow.began_at <= moment - stay.whole)


def _hash(token: str) -> str:
    """SHA-256 in hex: 256 random bits need no slow hash (see `store.keys`)."""
    return hashlib.sha256(token.encode()).hexdigest()
