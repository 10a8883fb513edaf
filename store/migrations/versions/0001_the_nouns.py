"""The nouns: a table for each, and triggers that refuse to change what has been said.

A later step that adds a column to `variants` must make its update trigger anew, so that it guards that column too.
"""

import sqlalchemy as sa
from alembic import op

from store.migrations import guards

revision = "0001"
down_revision = None

JSON = sa.JSON(none_as_null=True)
MOMENT = sa.DateTime(timezone=True)
STATES = "state IN ('draft', 'blocked', 'pending', 'approved', 'rejected', 'live', 'retired')"
VARIANT_COLUMNS = (
    "id, campaign_id, segment, channel, angle, prompt_hash, fields, search, raw, checkpoint, seed, sampling, "
    "parent_id, author, created_at"
)


def upgrade() -> None:
    """All tables, their indexes and their guards."""
    _sources()
    _variants()
    _judgements()
    _decisions()
    _results()
    for table in ("decisions", "exports", "outcomes", "scores"):
        guards.append_only(table)
    guards.insert_once("decisions", "undoes")
    guards.fixed("variants", VARIANT_COLUMNS)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _total(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, JSON, nullable=nullable)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _of_variant(name: str = "variant_id", *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey("variants.id"), nullable=nullable)


def _sources() -> None:
    """What variants come from: briefs, campaigns, prompts, checkpoints."""
    key = sa.Column("key", sa.Text, primary_key=True)
    op.create_table("briefs", key, _text("name"), _json("content"), _moment("created_at"))
    op.create_table(
        "campaigns",
        _id(),
        sa.Column("brief_key", sa.Text, sa.ForeignKey("briefs.key"), nullable=False),
        *(_text("name"), _total("seed"), _text("writer"), _text("scorer")),
        *(_number("asked"), _number("written"), _number("parsed"), _text("author")),
        *(_moment("started_at"), _moment("finished_at", nullable=True)),
    )
    op.create_index("ix_campaigns_brief_key", "campaigns", ["brief_key"])
    hash_ = sa.Column("hash", sa.Text, primary_key=True)
    op.create_table("prompts", hash_, _text("format_hash"), _json("messages"), _json("keys"), _json("aims"))
    op.create_table(
        "checkpoints",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text("kind"), _text("base"), _text("method"), _text("prompt_format", nullable=True), _text("data_hash")),
        *(_total("seed"), _json("metrics"), _text("parent", nullable=True), _text("licence"), _text("citation")),
        *(_json("settings"), _moment("created_at")),
    )


def _variants() -> None:
    op.create_table(
        "variants",
        _id(),
        sa.Column("campaign_id", sa.Integer, sa.ForeignKey("campaigns.id")),
        *(_text("segment"), _text("channel"), _json("angle", nullable=True)),
        sa.Column("prompt_hash", sa.Text, sa.ForeignKey("prompts.hash")),
        *(_json("fields"), _text("search"), _text("raw"), _text("checkpoint"), _total("seed"), _json("sampling")),
        _of_variant("parent_id", nullable=True),
        *(_text("author", nullable=True), _text("state"), _moment("created_at")),
        sa.CheckConstraint(STATES, name="state_known"),
    )
    op.create_index("ix_variants_campaign", "variants", ["campaign_id", "state", "segment", "channel", "id"])
    op.create_index("ix_variants_queue", "variants", ["state", "segment", "channel", "id"])
    op.create_index("ix_variants_prompt_hash", "variants", ["prompt_hash"])
    op.create_index("ix_variants_parent_id", "variants", ["parent_id"])


def _judgements() -> None:
    """What checks and scorers say of variants."""
    op.create_table(
        "findings",
        *(_id(), _of_variant(), _text("code"), _text("severity"), _text("field")),
        *(_number("start"), _number("end"), _text("message")),
    )
    op.create_index("ix_findings_variant_id", "findings", ["variant_id"])
    op.create_index("ix_findings_code", "findings", ["code", "variant_id"])
    numbers = [
        sa.Column(name, sa.Double, nullable=False) for name in ("log_odds", "low", "high", "chance_to_beat_field")
    ]
    op.create_table(
        "scores", _id(), _of_variant(), *numbers, _json("words"), _text("checkpoint"), _moment("created_at")
    )
    op.create_index("ix_scores_variant", "scores", ["variant_id", "id", "log_odds"])


def _decisions() -> None:
    """What people say of variants, and that they have left the house."""
    op.create_table(
        "decisions",
        *(_id(), _of_variant(), _text("kind"), _text("reviewer"), _text("reason"), _json("fields", nullable=True)),
        _of_variant("child_id", nullable=True),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("decisions.id"), unique=True),
        _moment("created_at"),
        sa.CheckConstraint("kind IN ('approve', 'edit', 'reject', 'undo')", name="kind_known"),
        sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undo_names_decision"),
    )
    op.create_index("ix_decisions_variant", "decisions", ["variant_id", "id"])
    op.create_index("ix_decisions_reviewer", "decisions", ["reviewer"])
    op.create_table("exports", _id(), _of_variant(), _text("format"), _text("reviewer"), _moment("created_at"))
    op.create_index("ix_exports_variant_id", "exports", ["variant_id"])


def _results() -> None:
    op.create_table(
        "outcomes",
        *(_id(), _text("test_id"), _text("variant_id"), _text("text"), _text("segment"), _text("channel")),
        *(_total("impressions"), _total("clicks"), _total("conversions", nullable=True)),
        *(_moment("started_at", nullable=True), _moment("created_at")),
        sa.CheckConstraint("clicks >= 0 AND clicks <= impressions", name="clicks_within_impressions"),
    )
    op.create_index("ix_outcomes_key", "outcomes", ["test_id", "variant_id", "segment", "id"])
    op.create_index("ix_outcomes_variant_id", "outcomes", ["variant_id"])
