"""The tables: one for each noun that is kept, with a column for each of its fields.

JSON columns are PostgreSQL's `json`, not `jsonb`, because the order of a variant's fields must survive. What may not be
changed afterwards is guarded by triggers; they stand in the migration, beside the tables they guard.
"""

from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from store.columns import Moment, Words
from store.noun import Noun
from store.states import State

AnyNoun = TypeVar("AnyNoun", bound=Noun)
EMPTY = text("''")  # what older rows have in a column that came later


class Base(DeclarativeBase):
    """What the tables have in common: the column type of each Python type."""

    type_annotation_map = {
        str: Words(),
        datetime: Moment(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


def to_noun(row: Base, noun: type[AnyNoun]) -> AnyNoun:
    """The noun that a row holds; what is NULL takes the noun's default."""
    values = {name: getattr(row, name) for name in noun.model_fields}
    return noun.model_validate({name: value for name, value in values.items() if value is not None})


def insert_once(session: Session, table: type[Base], **values: Any) -> None:
    """Insert a row unless one with its key is there, whoever else does the same at this moment."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(table) if is_postgresql else sqlite.insert(table)
    session.execute(insert.values(**values).on_conflict_do_nothing())


class BriefRow(Base):
    """A brief by its key; the same content is kept once."""

    __tablename__ = "briefs"
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class CampaignRow(Base):
    """One writing run."""

    __tablename__ = "campaigns"
    id: Mapped[int] = mapped_column(primary_key=True)
    brief_key: Mapped[str] = mapped_column(ForeignKey("briefs.key"), index=True)
    name: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    writer: Mapped[str]
    scorer: Mapped[str]
    asked: Mapped[int]
    written: Mapped[int] = mapped_column(default=0)
    parsed: Mapped[int] = mapped_column(default=0)
    author: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PromptRow(Base):
    """A prompt by its hash; all variants that answer it share the row."""

    __tablename__ = "prompts"
    hash: Mapped[str] = mapped_column(primary_key=True)
    format_hash: Mapped[str]
    messages: Mapped[list[Any]]
    keys: Mapped[list[Any]]
    aims: Mapped[list[Any]]
    maxima: Mapped[list[Any] | None]


class VariantRow(Base):
    """A variant; only `state` may change."""

    __tablename__ = "variants"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    segment: Mapped[str]
    channel: Mapped[str]
    angle: Mapped[dict[str, Any] | None]
    prompt_hash: Mapped[str | None] = mapped_column(ForeignKey("prompts.hash"), index=True)
    fields: Mapped[dict[str, Any]]
    search: Mapped[str]
    """All fields as one text, case folded, since only PostgreSQL folds more than A to Z when it searches."""
    raw: Mapped[str]
    checkpoint: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    sampling: Mapped[dict[str, Any]]
    log_probability: Mapped[float | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"), index=True)
    author: Mapped[str | None]
    state: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in State)})", name="state_known"),
        Index("ix_variants_campaign", "campaign_id", "state", "segment", "channel", "id"),
        Index("ix_variants_queue", "state", "segment", "channel", "id"),
        Index("ix_variants_state", "state", "id"),
    )


class FindingRow(Base):
    """What a check said of a variant when it was stored."""

    __tablename__ = "findings"
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    code: Mapped[str]
    severity: Mapped[str]
    field: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    message: Mapped[str]
    mend: Mapped[str | None]
    __table_args__ = (Index("ix_findings_code", "code", "variant_id"),)


class ScoreRow(Base):
    """What a scorer said of a variant; the newest stands. Append-only."""

    __tablename__ = "scores"
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    log_odds: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    chance_to_beat_field: Mapped[float]
    words: Mapped[list[Any]]
    checkpoint: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (Index("ix_scores_variant", "variant_id", "id", "log_odds"),)


class DecisionRow(Base):
    """A person's word on a variant. Append-only; an undo names the one decision it takes back."""

    __tablename__ = "decisions"
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    kind: Mapped[str]
    reviewer: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str]
    fields: Mapped[dict[str, Any] | None]
    child_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))
    undoes: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), unique=True)
    sweep: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("kind IN ('approve', 'edit', 'reject', 'undo')", name="kind_known"),
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undo_names_decision"),
        Index("ix_decisions_variant", "variant_id", "id"),
    )


class ClaimRow(Base):
    """That somebody has a variant open, for a while; the only row here that goes when it is no longer so."""

    __tablename__ = "claims"
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    reviewer: Mapped[str] = mapped_column(index=True)
    until: Mapped[datetime]


class ExportRow(Base):
    """That a variant's text has left the house, from when on its decision stands. Append-only."""

    __tablename__ = "exports"
    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)
    format: Mapped[str]
    reviewer: Mapped[str]
    created_at: Mapped[datetime]


class OutcomeRow(Base):
    """Totals of one text in one test as they were when reported; the newest of a key stand. Append-only."""

    KEY: ClassVar = ("test_id", "segment", "channel", "variant_id")
    __tablename__ = "outcomes"
    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[str]
    variant_id: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    segment: Mapped[str]
    channel: Mapped[str]
    impressions: Mapped[int] = mapped_column(BigInteger)
    clicks: Mapped[int] = mapped_column(BigInteger)
    conversions: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    image: Mapped[str] = mapped_column(server_default=EMPTY)
    cluster: Mapped[str] = mapped_column(server_default=EMPTY)
    week: Mapped[str] = mapped_column(server_default=EMPTY)
    share: Mapped[float | None]
    reason: Mapped[str] = mapped_column(server_default=EMPTY)
    """Why it is set aside, looking at the row alone; empty where it is not."""
    __table_args__ = (
        CheckConstraint("reason <> '' OR (clicks >= 0 AND clicks <= impressions)", name="clicks_within_impressions"),
        Index("ix_outcomes_key", *KEY, "id"),
    )


class PairRow(Base):
    """Two texts of one test of which one earned significantly more; the newest of a key stand. Append-only."""

    KEY: ClassVar = ("test_id", "image", "winner", "loser")
    __tablename__ = "pairs"
    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[str]
    winner: Mapped[str]
    loser: Mapped[str]
    image: Mapped[str]
    cluster: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (Index("ix_pairs_test_id", "test_id", "id"),)


class CheckpointRow(Base):
    """Weights that were in force here, by the `meta.json` that travels with them."""

    __tablename__ = "checkpoints"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    base: Mapped[str]
    method: Mapped[str]
    prompt_format: Mapped[str | None]
    data_hash: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    metrics: Mapped[dict[str, Any]]
    parent: Mapped[str | None]
    licence: Mapped[str]
    citation: Mapped[str]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ForgottenRow(Base):
    """An example that nothing may be learnt from any more: a row of the house corpus or `variant:12`. Append-only."""

    __tablename__ = "forgotten"
    example_id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    created_at: Mapped[datetime]


class KeyRow(Base):
    """A key of the API by the hash of its token; `revoked_at` is set once, and nothing else changes."""

    __tablename__ = "keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AnswerRow(Base):
    """The answer to a write that may be sent again; no status while it is being made."""

    __tablename__ = "answers"
    owner: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    status: Mapped[int | None]
    content: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
