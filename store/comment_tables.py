"""The table of comments."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.tables import Base


class CommentRow(Base):
    """What somebody said of a variant to the others. Append-only."""

    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    author: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (Index("ix_comments_variant", "variant_id", "id"),)
