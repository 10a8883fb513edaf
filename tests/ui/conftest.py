"""A desk that is served and a browser that looks at it, one of each for all tests of this folder."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from inference.order import Parts
from store.database import Database, open_database
from store.settings import ScorerSettings, ServeSettings, Settings, WriterSettings
from ui import app

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
QUIET += ["--no-first-run", "--disable-quic"]
PATIENCE = 15_000  # milliseconds for anything to appear

expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Served:
    """A running desk."""

    url: str
    database: Database
    settings: Settings


def fakes(workspace: Path) -> Settings:
    """Settings with no model in them."""
    return Settings(
        workspace=workspace,
        reviewer="ada",
        writer=WriterSettings(kind="fake"),
        scorer=ScorerSettings(kind="fake"),
        serve=ServeSettings(port=0),
    )


@contextmanager
def serving(settings: Settings, parts: Parts | None = None) -> Iterator[Served]:
    """The app on a free port of loopback, in a thread, over a database of its own."""
    database, listener = open_database(settings), app.listen("127.0.0.1", 0)
    desk = app.create_app(settings, parts=parts, database=database)
    server = uvicorn.Server(uvicorn.Config(desk, log_level="error", proxy_headers=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Served(app.address(listener), database, settings)
    server.should_exit = True
    thread.join(10)
    listener.close()
    database.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk without any model."""
    with serving(fakes(tmp_path_factory.mktemp("desk"))) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserContext]:
    """Debian's chromium, without a window; its cache is shared by the tests."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is missing; install Debian's package chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        context = started.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE)
        yield context
        started.close()


@pytest.fixture
def page(browser: BrowserContext, served: Served) -> Iterator[Page]:
    """A tab whose user has stored nothing; fails where the page asked for anything beyond loopback, or broke."""
    tab = browser.new_page()
    asked: list[str] = []
    faults: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    tab.evaluate("localStorage.clear()")
    tab.close()
    assert [url for url in asked if not url.startswith((served.url, "data:", "blob:"))] == []
    assert faults == []
