"""The pictures in docs/screens: `python -m docs.screens` draws the desk anew, with the house corpus' copy and no model.

It needs Debian's Chromium, as the tests of the desk do.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from inference.checks import check
from prompts import channels
from store import campaigns, claims, variants
from store.database import Database, open_database
from store.settings import ScorerSettings, ServeSettings, Settings, WriterSettings
from store.variant import Variant
from training import corpus
from ui import app

OUT = Path(__file__).parent / "screens"
CHROMIUM = "/usr/bin/chromium"
HOUSE = "wheybridge"  # a brand of the corpus with copy for every channel
SPOILED = {"subject": "Four CHEESES and no queue at the deli counter on a wet Saturday!!"}  # so that there is a finding
EDITED = "Four cheeses from Wheybrigde, no queue at the deli"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 300_000  # milliseconds


def furnish(database: Database, settings: Settings) -> dict[str, int]:
    """Fill the queue with the corpus' copy for one brand; gives the first variant of each channel."""
    catalogue = channels.catalogue(settings)
    brief = corpus.briefs()[HOUSE].brief
    first: dict[str, int] = {}
    with database.write() as session:
        run = campaigns.start(session, brief, seed=0, writer="writer", scorer="scorer", asked=0, author="screens")
        for row in (each for each in corpus.rows() if each.brief == HOUSE):
            fields = row.fields | (SPOILED if row.channel == "email" and "email" not in first else {})
            draft = Variant(
                campaign_id=run.id, segment=row.segment, channel=row.channel, fields=fields, checkpoint="writer"
            )
            stored = variants.add(session, draft, check(draft, brief, catalogue[row.channel]), None)
            first.setdefault(row.channel, stored.id or 0)
        claims.take(session, first["sms"], "Bertil")
    return first


@contextmanager
def served() -> Iterator[tuple[str, dict[str, int]]]:
    """A desk on a free port of this machine, and the variants to look at."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            workspace=Path(folder), reviewer="Ada", serve=ServeSettings(port=0),
            writer=WriterSettings(kind="fake"), scorer=ScorerSettings(kind="fake"),
        )  # fmt: skip
        database = open_database(settings)
        first = furnish(database, settings)
        listener = app.listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(app.create_app(settings, database=database), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield app.address(listener), first
        server.should_exit = True
        thread.join(10)
        database.close()


def shoot(browser: Browser, url: str, name: str, size: dict[str, int], typed: str = "") -> None:
    """One picture of the desk at an address; `typed` goes into the editor's subject first."""
    page = browser.new_page(viewport=size)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("#card .card").wait_for()
    if typed:
        page.keyboard.press("e")
        page.locator("#edit-subject").fill(typed)
        page.locator(".following .diff").wait_for()
    page.screenshot(path=OUT / f"{name}.png", timeout=PATIENCE)
    page.close()


def main() -> None:
    """Draw all pictures."""
    OUT.mkdir(exist_ok=True)
    with served() as (url, first), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE)
        shoot(browser, f"{url}/?variant={first['email']}", "review", WIDE)
        shoot(
            browser,
            f"{url}/?variant={first['email']}",
            "edit",
            WIDE,
            "Four cheeses from Wheybrigde, no queue at the deli",
        )
        shoot(browser, f"{url}/?variant={first['google_search_ad']}&__theme=dark", "dark", WIDE)
        shoot(browser, f"{url}/?variant={first['push']}", "narrow", NARROW)
        browser.close()


if __name__ == "__main__":
    main()
