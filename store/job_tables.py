"""The tables of jobs and their items, which change as the work goes on."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.states import ItemState, JobState
from store.tables import Base

UNTOLD = text("told = 0 AND state IN ('done', 'failed')")


def one_of(column: str, states: type[JobState] | type[ItemState]) -> str:
    """The condition that a column has one of these values."""
    return f"{column} IN ({', '.join(repr(state.value) for state in states)})"


class JobRow(Base):
    """A job; the counts of its items are counted when they are asked for."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    """What the same command finds it by again; NULL for one that no command began."""
    kind: Mapped[str]
    source: Mapped[str]
    terms: Mapped[dict[str, Any]]
    checkpoints: Mapped[str | None]
    author: Mapped[str]
    state: Mapped[str]
    complete: Mapped[bool]
    files: Mapped[dict[str, Any] | None]
    """The files that its results go to, with the length in bytes up to which each is finished."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(one_of("state", JobState), name="job_state_known"),
        Index("ix_jobs_state", "state", "id"),
    )


class ItemRow(Base):
    """An item of a job."""

    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    number: Mapped[int]
    hash: Mapped[str]
    custom_id: Mapped[str | None]
    body: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    state: Mapped[str]
    attempts: Mapped[int]
    worker: Mapped[str | None]
    until: Mapped[datetime | None]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"), unique=True)
    told: Mapped[int]
    """1 once its outcome is in the job's files."""
    __table_args__ = (
        UniqueConstraint("job_id", "number"),
        UniqueConstraint("job_id", "custom_id"),
        CheckConstraint(one_of("state", ItemState), name="item_state_known"),
        CheckConstraint("(state = 'done') = (campaign_id IS NOT NULL)", name="done_has_campaign"),
        Index("ix_items_queue", "job_id", "state", "attempts", "id"),
        Index("ix_items_untold", "job_id", "number", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
    )
