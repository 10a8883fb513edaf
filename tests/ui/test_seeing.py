"""What the desk lets people see: a label as a picture, results, and models."""

import re

import pytest
from playwright.sync_api import Page, expect

from store import decisions, variants
from store.decision import Kind
from tests import nouns
from tests.ui.conftest import Served
from tests.ui.test_desk import look, serious

pytestmark = pytest.mark.slow


def edited(served: Served) -> tuple[int, int, int]:
    """A campaign, a blocked variant of it that was edited, and the variant that the edit made."""
    campaign = nouns.campaign(served.database)
    parent = nouns.stored(served.database, nouns.BLOCKING, campaign_id=campaign)
    child = nouns.variant(fields={"subject": "Supper"}, checkpoint="person", angle=None, author="Cecilia")
    with served.database.write() as session:
        variants.add_scores(session, {parent: nouns.score(0.2)})
        word = nouns.word(parent, Kind.EDIT, fields={"subject": "Supper"})
        made = decisions.decide(session, word, child=child).child_id or 0
    return campaign, parent, made


def test_a_label_is_a_picture_that_the_keyboard_walks_through(page: Page, served: Served) -> None:
    campaign, parent, child = edited(served)
    look(page, served, campaign)
    page.locator("#glass-label button").first.click()
    page.get_by_role("link", name="See it as a picture").click()
    picture = page.locator("#lineage svg.lineage-wide")
    expect(picture).to_be_visible()
    expect(page.locator("#lineage svg.lineage-narrow")).to_be_hidden()
    expect(page.locator("#lineage h2")).to_have_text(f"Where #{child} came from")
    expect(page).to_have_url(re.compile(f"variant={child}#label"))
    assert serious(page) == []
    picture.locator("[data-key=brief]").focus()
    for key in ("segment", "angle", "prompt", "parent-1"):
        page.keyboard.press("Tab")
        expect(picture.locator(f"[data-key={key}]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#lineage h2")).to_have_text(f"Where #{parent} came from")
    expect(picture.locator("[data-key=score]")).to_have_attribute("aria-label", "Score: Hidden until decided.")
    expect(picture.locator("[data-key=child-1]")).to_have_attribute("href", f"?variant={child}#label")
    page.get_by_role("link", name="Open it in Review").click()
    expect(page.locator(f"#card .card[data-id='{parent}']")).to_be_visible()


def test_on_a_phone_the_picture_is_one_column_and_nothing_open_says_what_to_do(page: Page, served: Served) -> None:
    _, _, child = edited(served)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{served.url}/?variant={child}&__theme=dark#label")
    narrow = page.locator("#lineage svg.lineage-narrow")
    expect(narrow).to_be_visible()
    box = narrow.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
    assert serious(page) == []
    page.goto(f"{served.url}/?variant=987654321#label")
    page.reload()
    expect(page.locator("#lineage")).to_contain_text("There is no variant 987654321")
