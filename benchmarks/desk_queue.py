"""A long queue for the desk's benchmark, put into the store in bulk."""

from random import Random

from sqlalchemy import insert

from store import campaigns
from store.brief import Brief
from store.columns import now
from store.database import Database
from store.finding import Severity
from store.tables import FindingRow, PromptRow, ScoreRow, VariantRow

SEGMENTS = [f"Segment {number}" for number in range(12)]
CHANNELS = ["email", "sms", "push"]
CAMPAIGNS = 20
AT_ONCE = 5_000
WORDS = [
    "dinner",
    "door",
    "week",
    "box",
    "fresh",
    "farm",
    "basket",
    "saturday",
    "morning",
    "delivered",
    "paused",
    "green",
    "bread",
    "warm",
    "early",
    "supper",
]
CODES = ["shouting", "truncated", "unknown_date", "punctuation"]
BRIEF = {
    "brand": "Lindbloms",
    "product": "A box of vegetables at the door",
    "facts": ["Eight vegetables in every box", "Pause any week"],
    "call_to_action": "Order a box",
    "segments": [{"name": name, "cares_about": "Time"} for name in SEGMENTS],
    "channels": CHANNELS,
}


def fill(database: Database, many: int, seed: int = 0) -> None:
    """Put `many` pending variants of several campaigns into the store, each scored, every third with a finding."""
    draw = Random(seed)
    with database.write() as session:
        runs = [
            campaigns.start(
                session,
                Brief.model_validate({**BRIEF, "name": f"Boxes {number}"}),
                seed=number, writer="w", scorer="s", asked=many // CAMPAIGNS, author="ada",
            ).id
            for number in range(CAMPAIGNS)
        ]  # fmt: skip
        session.execute(
            insert(PromptRow),
            [
                {"hash": f"p{n}", "format_hash": "f0", "messages": [], "keys": [], "aims": []}
                for n in range(many // 9 + 1)
            ],
        )
        for start in range(1, many + 1, AT_ONCE):
            ids = range(start, min(start + AT_ONCE, many + 1))
            session.execute(insert(VariantRow), [_variant(number, runs, draw) for number in ids])
            session.execute(insert(FindingRow), [_finding(number, draw) for number in ids if number % 3 == 0])
            session.execute(insert(ScoreRow), [_score(number, draw) for number in ids])


def _variant(number: int, runs: list[int | None], draw: Random) -> dict[str, object]:
    text = " ".join(draw.choices(WORDS, k=8)).capitalize()
    fields = {"subject": f"{text} {number}", "preheader": "Pause any week"}
    return {
        "id": number,
        "campaign_id": runs[number % CAMPAIGNS],
        "segment": SEGMENTS[number % len(SEGMENTS)],
        "channel": CHANNELS[number // 7 % len(CHANNELS)],
        "prompt_hash": f"p{number // 9}",
        "fields": fields,
        "search": "\n".join(fields.values()).casefold(),
        "raw": "",
        "checkpoint": "w",
        "seed": number,
        "sampling": {},
        "state": "pending",
        "created_at": now(),
    }


def _finding(number: int, draw: Random) -> dict[str, object]:
    place = {"field": "subject", "start": 0, "end": 3, "message": "Look at it."}
    return {"variant_id": number, "code": draw.choice(CODES), "severity": Severity.WARN.value, **place}


def _score(number: int, draw: Random) -> dict[str, object]:
    odds = draw.gauss(0, 0.2)
    values = {"log_odds": odds, "low": odds - 0.3, "high": odds + 0.3, "chance_to_beat_field": 0.5, "words": []}
    return {"variant_id": number, "checkpoint": "s", "created_at": now(), **values}
