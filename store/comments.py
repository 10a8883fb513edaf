"""Comments: only added, and read in the order they were made."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import variants
from store.columns import now
from store.comment import Comment
from store.comment_tables import CommentRow
from store.tables import to_noun


def add(session: Session, comment: Comment) -> Comment:
    """Store a comment; returns it with its id and moment. Raises NotFound where there is no such variant."""
    variants.get(session, comment.variant_id)
    row = CommentRow(**comment.model_dump(exclude={"id", "created_at"}), created_at=now())
    session.add(row)
    session.flush()
    return to_noun(row, Comment)


def of_variant(session: Session, variant_id: int) -> list[Comment]:
    """What was said of a variant, the oldest first."""
    chosen = select(CommentRow).where(CommentRow.variant_id == variant_id).order_by(CommentRow.id)
    return [to_noun(row, Comment) for row in session.scalars(chosen)]


def counts(session: Session, variant_ids: Sequence[int]) -> dict[int, int]:
    """How many comments there are, by variant; what has none is not named."""
    counted = select(CommentRow.variant_id, func.count()).where(CommentRow.variant_id.in_(variant_ids))
    return {row[0]: row[1] for row in session.execute(counted.group_by(CommentRow.variant_id))}
