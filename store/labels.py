"""The glass label: everything that is known of where a variant came from, joined."""

from sqlalchemy.orm import Session

from store import campaigns, comments, decisions, exports, forgotten, outcomes, preferences, variants
from store.campaign import Campaign
from store.decision import Decision
from store.errors import NotFound
from store.label import Label
from store.outcome import Outcome
from store.prompt import Prompt
from store.tables import PromptRow, to_noun
from store.variant import Variant


def label(session: Session, variant_id: int) -> Label:
    """The label of a variant. Raises NotFound where there is no such variant, or it was written for no campaign."""
    variant = variants.get(session, variant_id)
    said = decisions.history(session, variant_id)
    run = _campaign(session, variant)
    return Label(
        variant=variant,
        brief=campaigns.brief(session, run.brief_key),
        campaign=run,
        prompt=_prompt(session, variant),
        findings=tuple(variants.findings_of(session, [variant_id]).get(variant_id, [])),
        score=variants.standing_scores(session, [variant_id]).get(variant_id),
        decisions=tuple(said),
        parents=tuple(_parents(session, variant)),
        outcomes=tuple(_outcomes(session, variant, said)),
        exported_at=exports.first_at(session, variant_id),
        forgotten=forgotten.reason(session, f"variant:{variant_id}"),
        comments=tuple(comments.of_variant(session, variant_id)),
        preferences=tuple(preferences.of_variant(session, variant_id)),
    )


def _campaign(session: Session, variant: Variant) -> Campaign:
    if variant.campaign_id is None:
        raise NotFound(f"variant {variant.id} belongs to no campaign, so it has no brief and no label")
    return campaigns.get(session, variant.campaign_id)


def _prompt(session: Session, variant: Variant) -> Prompt | None:
    row = session.get(PromptRow, variant.prompt_hash)
    return to_noun(row, Prompt) if row is not None else None


def _parents(session: Session, variant: Variant) -> list[Variant]:
    parents: list[Variant] = []
    while variant.parent_id is not None:
        variant = variants.get(session, variant.parent_id)
        parents.append(variant)
    return parents


def _outcomes(session: Session, variant: Variant, said: list[Decision]) -> list[Outcome]:
    """The outcomes under this variant's id whose words are the variant's, whole or one field, as written or as edited.

    The text must agree because tests made elsewhere number their variants 1, 2, 3 too.
    """
    versions = [variant.fields, *(word.fields for word in said if word.fields)]
    texts = [text.split() for fields in versions for text in (*fields.values(), "\n".join(fields.values()))]
    return [outcome for outcome in outcomes.of_variants(session, [str(variant.id)]) if outcome.text.split() in texts]
