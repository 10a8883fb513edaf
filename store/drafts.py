"""Drafts in the store: briefs in the making. Of two who change one at once, the second gets a draft of their own."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from store.columns import now
from store.draft import Draft
from store.errors import NotFound
from store.tables import Base, to_noun

UNNAMED = "Untitled"
NAME_SHOWN = 80  # characters of a name that is typed, which may be too long


class DraftRow(Base):
    """A brief in the making. It is written over while somebody types."""

    __tablename__ = "drafts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    content: Mapped[dict[str, Any]]
    version: Mapped[int]
    author: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)


class Seen(NamedTuple):
    """Which draft somebody changes, and the version of it that they saw."""

    id: int
    version: int


def keep(session: Session, content: dict[str, Any], author: str, seen: Seen | None = None) -> Draft:
    """Store what was typed: over the draft that was `seen` where it is still so, else as a draft of its own.

    So nothing that anybody typed is lost: the given-back draft's id tells whether it is another one. The same content
    again changes nothing.
    """
    standing = _row(session, seen.id) if seen else None
    if standing and standing.content == content:
        return to_noun(standing, Draft)
    if standing and seen and _replaced(session, seen, content):
        return get(session, seen.id)
    moment = now()
    row = DraftRow(name=_name(content), content=content, version=1, author=author, created_at=moment, changed_at=moment)
    session.add(row)
    session.flush()
    return to_noun(row, Draft)


def get(session: Session, draft_id: int) -> Draft:
    """The draft of that id. Raises NotFound."""
    row = _row(session, draft_id)
    if row is None:
        raise NotFound(f"there is no draft {draft_id}; it was thrown away, or the address is not whole")
    return to_noun(row, Draft)


def recent(session: Session, *, limit: int, author: str | None = None) -> list[Draft]:
    """The drafts that were changed last, the newest first; those of one author where one is named."""
    chosen = select(DraftRow) if author is None else select(DraftRow).where(DraftRow.author == author)
    order = (DraftRow.changed_at.desc(), DraftRow.id.desc())
    return [to_noun(row, Draft) for row in session.scalars(chosen.order_by(*order).limit(limit))]


def drop(session: Session, draft_id: int) -> None:
    """Throw a draft away. Raises NotFound."""
    row = _row(session, draft_id)
    if row is None:
        raise NotFound(f"there is no draft {draft_id}; it has been thrown away already")
    session.delete(row)


def _row(session: Session, draft_id: int) -> DraftRow | None:
    return session.get(DraftRow, draft_id, populate_existing=True)


def _replaced(session: Session, seen: Seen, content: dict[str, Any]) -> bool:
    """Compare and swap."""
    values = {"content": content, "name": _name(content), "version": seen.version + 1, "changed_at": now()}
    swap = update(DraftRow).where(DraftRow.id == seen.id, DraftRow.version == seen.version).values(values)
    return session.scalar(swap.returning(DraftRow.id)) is not None


def _name(content: dict[str, Any]) -> str:
    name = content.get("name")
    return name.strip()[:NAME_SHOWN] or UNNAMED if isinstance(name, str) else UNNAMED
