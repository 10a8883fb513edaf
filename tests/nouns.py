"""Small nouns, whole enough to be stored."""

from typing import Any

from store import campaigns, variants
from store.angle import Angle
from store.brief import Brief
from store.campaign import Campaign
from store.database import Database
from store.decision import Decision, Kind
from store.finding import Finding, Severity
from store.outcome import Outcome
from store.prompt import Message, Prompt
from store.score import Score, WordEffect
from store.variant import Sampling, Variant

PARENTS, STUDENTS = "Busy parents", "Students"
BLOCKING = Finding(code="too_long", severity=Severity.BLOCK, field="subject", start=2, end=9, message="Too long.")
WARNING = Finding(code="shouting", severity=Severity.WARN, field="subject", message="It shouts.")


def brief(**changes: Any) -> Brief:
    data = {
        "name": "Spring boxes",
        "brand": "Åkerbär",
        "product": "A box of vegetables at the door",
        "facts": ["Eight vegetables in every box", "Pause any week"],
        "call_to_action": "Order a box",
        "segments": [{"name": PARENTS, "cares_about": "Time"}, {"name": STUDENTS, "cares_about": "Price"}],
        "channels": ["email"],
    }
    return Brief.model_validate(data | changes)


def prompt(text: str = "Write to busy parents.") -> Prompt:
    messages = (Message(role="system", content="You write."), Message(role="user", content=text))
    return Prompt(messages=messages, keys=("subject", "preheader"), aims=(42, 78), format_hash="f0")


def variant(**changes: Any) -> Variant:
    data = {
        "segment": PARENTS,
        "channel": "email",
        "angle": Angle(claims=("Pause any week",), relevance=0.5, reason="They are short of time."),
        "fields": {"subject": "Dinner is at the door", "preheader": "ÅRETS grönsaker"},
        "raw": "subject: Dinner is at the door",
        "checkpoint": "fake-writer",
        "seed": 2**40,
        "sampling": Sampling(temperature=0.9),
        "log_probability": -12.5,
    }
    return Variant.model_validate(data | changes)


def score(log_odds: float = 0.1, **changes: Any) -> Score:
    return Score(
        log_odds=log_odds,
        low=log_odds - 0.2,
        high=log_odds + 0.2,
        chance_to_beat_field=0.6,
        words=(WordEffect(word="dinner", effect=0.05),),
        checkpoint=changes.get("checkpoint", "fake-scorer"),
    )


def outcome(variant_id: str = "1", impressions: int = 100, clicks: int = 5, **changes: Any) -> Outcome:
    data = {"test_id": "t", "variant_id": variant_id, "text": f"Text {variant_id}", "segment": PARENTS}
    return Outcome.model_validate({**data, "impressions": impressions, "clicks": clicks, **changes})


def word(variant_id: int, kind: Kind = Kind.APPROVE, reviewer: str = "anna", **changes: Any) -> Decision:
    return Decision(variant_id=variant_id, kind=kind, reviewer=reviewer, **changes)


def campaign(database: Database, of: Brief | None = None, asked: int = 8) -> int:
    """Start a campaign and give its id."""
    with database.write() as session:
        started: Campaign = campaigns.start(
            session, of or brief(), seed=7, writer="fake-writer", scorer="fake-scorer", asked=asked, author="anna"
        )
    assert started.id is not None
    return started.id


def stored(database: Database, *findings: Finding, **changes: Any) -> int:
    """Store a variant and give its id: pending, or blocked where a finding blocks."""
    with database.write() as session:
        added = variants.add(session, variant(**changes), findings, prompt())
    assert added.id is not None
    return added.id
