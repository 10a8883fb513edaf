"""The noun `Label`: the glass label of a variant, everything that is known of where it came from."""

from datetime import datetime

from store.brief import Brief
from store.campaign import Campaign
from store.comment import Comment
from store.decision import Decision
from store.finding import Finding
from store.noun import Noun
from store.outcome import Outcome
from store.preference import Preference
from store.prompt import Prompt
from store.score import Score
from store.variant import Variant


class Label(Noun):
    """Everything about a variant, joined."""

    variant: Variant
    brief: Brief
    campaign: Campaign
    """The run it was written in."""
    prompt: Prompt | None
    """None where a person wrote the variant."""
    findings: tuple[Finding, ...]
    score: Score | None
    decisions: tuple[Decision, ...]
    parents: tuple[Variant, ...]
    """What it was edited from, the nearest first."""
    outcomes: tuple[Outcome, ...]
    exported_at: datetime | None
    comments: tuple[Comment, ...] = ()
    preferences: tuple[Preference, ...] = ()
    """What people said of it beside another variant."""
    forgotten: str | None = None
    """Why nothing is learnt from it any more; None where it may be."""
