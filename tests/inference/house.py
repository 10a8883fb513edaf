"""A small brief, a database with a campaign for it, and variants in it: what the tests of this floor begin with."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import uvicorn

from inference.angles import FakeChooser
from inference.order import Parts
from inference.problems import MEDIA_TYPE
from inference.scorer import FakeScorer
from inference.writer import FakeWriter
from prompts import channels
from store import campaigns, variants
from store.brief import Brief
from store.database import Database, open_database
from store.finding import Finding, Severity
from store.settings import ScorerSettings, Settings, WriterSettings
from store.variant import Variant

CATALOGUE = channels.catalogue()
BLOCKING = Finding(code="too_long", severity=Severity.BLOCK, field="subject", message="It is too long.")
EMAIL = {"subject": "A box of vegetables each week", "preheader": "Eight vegetables from farms near you, at your door."}


def brief_data(**changes: Any) -> dict[str, Any]:
    """A brief as JSON would have it."""
    data = {
        "name": "Autumn boxes",
        "brand": "Jordnära",
        "product": "A weekly box of vegetables from farms nearby, left at the door",
        "facts": ["Every box holds eight vegetables", "Pause or stop any week", "The farms are near the city"],
        "offer": "20% off the first box",
        "call_to_action": "Order your first box",
        "segments": [
            {"name": "Busy parents", "cares_about": "Dinner on the table without a trip to the shop"},
            {"name": "New cooks", "cares_about": "Simple recipes and knowing what to do with a beetroot"},
        ],
        "channels": ["email", "web_headline"],
    }
    return data | changes


def brief(**changes: Any) -> Brief:
    """The same as a noun."""
    return Brief.model_validate(brief_data(**changes))


def settings(folder: Path) -> Settings:
    """Settings with the fakes and a workspace in `folder`."""
    return Settings(
        workspace=folder / "workspace", writer=WriterSettings(kind="fake"), scorer=ScorerSettings(kind="fake")
    )


def parts() -> Parts:
    """The fakes."""
    return Parts(FakeWriter(), FakeScorer(), FakeChooser(), CATALOGUE)


def database(folder: Path) -> Database:
    """A new database in `folder`."""
    return open_database(settings(folder))


def campaign(house: Database, of: Brief | None = None) -> int:
    """Start a campaign and give its id."""
    with house.write() as session:
        started = campaigns.start(session, of or brief(), seed=0, writer="w", scorer="s", asked=1, author="ada")
    assert started.id is not None
    return started.id


def variant(
    house: Database,
    campaign_id: int,
    fields: dict[str, str] | None = None,
    findings: Iterable[Finding] = (),
    *,
    channel: str = "email",
    segment: str = "Busy parents",
    state: Literal["pending", "reserve"] = "pending",
) -> int:
    """Store a variant and give its id: pending or in reserve, or blocked where a finding blocks."""
    draft = Variant(
        campaign_id=campaign_id, segment=segment, channel=channel, fields=fields or dict(EMAIL), checkpoint="w"
    )
    with house.write() as session:
        stored = variants.add(session, draft, findings, None, wait=state == "reserve")
        assert stored.id is not None
        if state == "reserve":
            variants.move(session, stored.id, "hold")
    return stored.id


@contextmanager
def live(app: Any) -> Iterator[str]:
    """The URL of a server on loopback that answers with the app, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The body of a problem, checked for what every problem has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "problems"}
    assert (body["status"], body["type"]) == (status, f"/docs#problem-{status}")
    assert body["detail"]
    return body


def places(answer: Any, status: int = 422) -> list[str]:
    """Where the faults are that a problem tells of."""
    return [fault["place"] for fault in problem(answer, status)["problems"]]
