"""Briefs in the store, by their key."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.brief import Brief
from store.columns import now
from store.noun import Noun
from store.tables import BriefRow, insert_once, to_noun


class Entry(Noun):
    """What a list says of a brief."""

    key: str
    name: str
    created_at: datetime


def keep(session: Session, brief: Brief) -> None:
    """Store a brief, once for the same content."""
    content = brief.model_dump(mode="json")
    insert_once(session, BriefRow, key=brief.key, name=brief.name, content=content, created_at=now())


def of_keys(session: Session, keys: Collection[str]) -> list[Brief]:
    """The briefs of those keys, in the order of the keys."""
    chosen = select(BriefRow.content).where(BriefRow.key.in_(keys)).order_by(BriefRow.key)
    return [Brief.model_validate(content) for content in session.scalars(chosen)]


def listed(session: Session, *, limit: int, offset: int = 0) -> list[Entry]:
    """Which briefs there are, the newest first."""
    order = (BriefRow.created_at.desc(), BriefRow.key)
    return [
        to_noun(row, Entry) for row in session.scalars(select(BriefRow).order_by(*order).limit(limit).offset(offset))
    ]
