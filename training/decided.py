"""The noun `Decided`: a variant with what was decided of it, and all that training wants to know of it."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from store import outcomes as stored
from store.decision import Kind
from store.matching import in_force
from store.outcome import Reported
from store.prompt import Prompt
from store.states import State
from store.tables import CampaignRow, DecisionRow, PromptRow, VariantRow, to_noun
from training import sifting

PASSED = (State.APPROVED, State.LIVE, State.RETIRED)
AT_ONCE = 200  # rows fetched together; the rest of a large store stays where it is


@dataclass(frozen=True)
class Decided:
    """A variant that was approved (as it stood or edited) or rejected."""

    id: int
    campaign_id: int | None
    brief_key: str
    segment: str
    channel: str
    approved: bool
    fields: Mapping[str, str]
    """The text that was decided on: the edited one where it was edited."""
    prompt: Prompt | None
    """What was asked; for a text that a person wrote from another one, what the other one answered."""
    original_id: int | None = None
    """The variant whose text was edited: itself, or its parent."""
    original: Mapping[str, str] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the prompt asks for."""
        return self.prompt.keys if self.prompt else ()

    @property
    def prompt_hash(self) -> str:
        """Names the prompt; empty where there is none."""
        return self.prompt.hash if self.prompt else ""


def stream(session: Session) -> Iterator[Decided]:
    """Yield every variant on which a decision stands, by campaign, segment, channel and id."""
    place = (VariantRow.campaign_id, VariantRow.segment, VariantRow.channel, VariantRow.id)
    rows = session.execute(_decided().order_by(*place).execution_options(yield_per=AT_ONCE))
    for variant, decision, prompt, brief_key in rows:
        yield _join(session, variant, decision, prompt, brief_key)


def by_place(texts: Iterable[Decided]) -> Iterator[list[Decided]]:
    """The runs of `stream` that have one campaign, segment and channel."""
    for _, run in itertools.groupby(texts, lambda text: (text.campaign_id, text.segment, text.channel)):
        yield list(run)


def outcomes(session: Session, left_out: Counter[str]) -> Iterator[Reported]:
    """Yield the newest totals of each text of each test, by test, segment, channel and variant.

    What is set aside (`training.sifting`) is not among them; `left_out` counts it by reason.
    """
    for test in sifting.sift(stored.stream(session)):
        yield from test.believed
        left_out.update(str(reason) for row in test.rows if (reason := row.reason or test.reason))


def shown(session: Session, outcome: Reported, left_out: Counter[str]) -> Decided | None:
    """The approved variant whose text `outcome` tells of; None, counted, where the text did not come from this store.

    An id alone does not tell, since other systems number their texts too, so the text must be the variant's own.
    """
    row = None
    if re.fullmatch(r"[1-9][0-9]{0,8}", outcome.variant_id):
        row = session.execute(_decided().where(VariantRow.id == int(outcome.variant_id))).one_or_none()
    found = _join(session, *row) if row else None
    if found and found.approved and " ".join(found.fields.values()).split() == outcome.text.split():
        return found
    left_out["test_text_not_from_here"] += 1
    return None


def written(session: Session, variant_id: int) -> Decided:
    """A variant as it was written, whatever was decided of it."""
    row = session.get_one(VariantRow, variant_id)
    campaign = session.get(CampaignRow, row.campaign_id) if row.campaign_id else None
    prompt = session.get(PromptRow, row.prompt_hash) if row.prompt_hash else None
    parent = session.get(VariantRow, row.parent_id) if row.parent_id is not None else None
    return Decided(
        id=row.id,
        campaign_id=row.campaign_id,
        brief_key=campaign.brief_key if campaign else "",
        segment=row.segment,
        channel=row.channel,
        approved=row.state in PASSED,
        fields=row.fields,
        prompt=_prompt(session, prompt, parent),
    )


def _decided() -> Select[VariantRow, DecisionRow, PromptRow | None, str | None]:
    """Variants with the decision that stands: not undone, and on the variant itself rather than on a child of it."""
    return (
        select(VariantRow, DecisionRow, PromptRow, CampaignRow.brief_key)
        .select_from(VariantRow)
        .join(DecisionRow, DecisionRow.variant_id == VariantRow.id)
        .outerjoin(PromptRow, PromptRow.hash == VariantRow.prompt_hash)
        .outerjoin(CampaignRow, CampaignRow.id == VariantRow.campaign_id)
        .where(in_force(), DecisionRow.child_id.is_(None))
    )


def _join(
    session: Session, variant: VariantRow, decision: DecisionRow, prompt: PromptRow | None, brief_key: str | None
) -> Decided:
    parent = session.get(VariantRow, variant.parent_id) if variant.parent_id is not None else None
    edited = decision.kind == Kind.EDIT
    source = variant if edited else parent
    return Decided(
        id=variant.id,
        campaign_id=variant.campaign_id,
        brief_key=brief_key or "",
        segment=variant.segment,
        channel=variant.channel,
        approved=decision.kind != Kind.REJECT,
        fields=(decision.fields if edited else None) or variant.fields,
        prompt=_prompt(session, prompt, parent),
        original_id=source.id if source else None,
        original=source.fields if source else None,
    )


def _prompt(session: Session, prompt: PromptRow | None, parent: VariantRow | None) -> Prompt | None:
    """The variant's own prompt, or that of the nearest of its parents which has one."""
    while prompt is None and parent is not None:
        prompt = session.get(PromptRow, parent.prompt_hash) if parent.prompt_hash else None
        parent = session.get(VariantRow, parent.parent_id) if parent.parent_id is not None else None
    return to_noun(prompt, Prompt) if prompt else None
