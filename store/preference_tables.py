"""The table of preferences."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.tables import Base


class PreferenceRow(Base):
    """Which of two variants a person found better. Append-only; an undo names the one word that it takes back."""

    __tablename__ = "preferences"
    id: Mapped[int] = mapped_column(primary_key=True)
    left_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    right_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    better: Mapped[str]
    reviewer: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("preferences.id"), unique=True)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("better IN ('left', 'right', 'neither', 'undo')", name="better_known"),
        CheckConstraint("(better = 'undo') = (undoes IS NOT NULL)", name="undo_names_preference"),
        CheckConstraint("left_id <> right_id", name="sides_differ"),
        Index("ix_preferences_reviewer", "reviewer", "id"),
    )
