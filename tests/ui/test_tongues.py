"""One address, two languages: by the browser's wish, by choice, and for whoever is still outside."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import nouns
from tests.ui.conftest import PATIENCE, Served

pytestmark = pytest.mark.slow


@pytest.fixture
def swede(browser: BrowserContext) -> Iterator[Page]:
    """A tab of a browser that would rather read Swedish."""
    assert browser.browser
    context = browser.browser.new_context(locale="sv-SE")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_the_browsers_language_is_spoken_until_another_is_chosen_and_the_place_is_kept(
    served: Served, swede: Page
) -> None:
    campaign = nouns.campaign(served.database)
    nouns.stored(served.database, campaign_id=campaign)
    swede.goto(f"{served.url}/?campaign={campaign}")
    expect(swede.get_by_role("tab", name="Granska")).to_be_visible()
    expect(swede.locator("html")).to_have_attribute("lang", "sv")
    expect(swede.locator("#card .card")).to_be_visible()
    swede.get_by_role("link", name="English").click()
    expect(swede.get_by_role("tab", name="Review", exact=True)).to_be_visible()
    expect(swede).to_have_url(re.compile(f"campaign={campaign}"))
    swede.reload()
    expect(swede.get_by_role("tab", name="Review", exact=True)).to_be_visible()


def test_a_choice_is_kept_for_known_languages_only_and_leads_nowhere_else(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        chosen = client.get("/language/sv", params={"next": "/?state=approved#review"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/?state=approved#review")
        assert "glasbruk_language=sv" in chosen.headers["set-cookie"]
        assert client.get("/language/sv", params={"next": "//elsewhere.example"}).headers["location"] == "/"
        assert "set-cookie" not in client.get("/language/tlh").headers
