"""The brief's form, filled in as a marketer fills it in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from prompts import briefs
from store import drafts
from store.database import Database
from tests.ui.conftest import Served
from tests.ui.test_desk import serious

pytestmark = pytest.mark.slow

EXAMPLE = briefs.examples()["inn-to-inn"]


@pytest.fixture(autouse=True)
def blank(served: Served) -> Iterator[None]:
    """No drafts of another test."""
    yield
    with served.database.write() as session:
        for draft in drafts.recent(session, limit=99):
            drafts.drop(session, draft.id)


def write_view(page: Page, served: Served, brief: str = "new") -> Locator:
    """Open the Write view at a brief and wait for its form."""
    page.goto(f"{served.url}/?brief={brief}#write")
    form = page.locator("#brief")
    expect(field(page, "Brand")).to_be_visible()
    return form


def field(page: Page, name: str) -> Locator:
    return page.locator("#brief").get_by_label(name, exact=True)


def told(area: Locator) -> Locator:
    """What is said at a field."""
    return area.locator("xpath=ancestor::*[@data-field][1]").locator(".wrong-here")


def saved(page: Page) -> None:
    expect(page.locator("#brief .saved")).to_contain_text(re.compile(r"Saved \d"))


def kept(database: Database, draft: int) -> dict[str, object]:
    with database.read() as session:
        return drafts.get(session, draft).content


def number(page: Page) -> int:
    """The draft in the address."""
    expect(page).to_have_url(re.compile(r"brief=\d+"))
    found = re.search(r"brief=(\d+)", page.url)
    assert found
    return int(found[1])


def test_what_is_typed_is_judged_at_its_field_saved_and_there_after_a_refresh(page: Page, served: Served) -> None:
    form = write_view(page, served)
    expect(page.locator("#verdict")).to_contain_text("Still to fill in")
    field(page, "Name of this piece of work").fill("Spring " * 20)
    wrong = told(field(page, "Name of this piece of work"))
    expect(wrong).to_contain_text("at most 80 characters")
    field(page, "Name of this piece of work").fill("Spring")
    expect(wrong).to_have_text("")
    first = form.get_by_label("Facts").first
    first.fill("Open at 8")
    first.press("Enter")
    page.keyboard.type("Baked by hand")
    form.get_by_text("+ Add a segment").click()
    form.locator("[data-segment]").nth(1).get_by_label("What they care about").fill("Bread")
    expect(told(form.locator("[data-segment]").nth(0).get_by_label("Who"))).to_have_text("")
    expect(told(form.locator("[data-segment]").nth(1).get_by_label("Who"))).to_have_text("is missing")
    form.get_by_text("SMS").click()
    saved(page)
    draft = number(page)
    page.reload()
    expect(form.get_by_label("Facts").nth(1)).to_have_value("Baked by hand")
    expect(form.locator(".chip", has_text="SMS").locator("input")).to_be_checked()
    stored = kept(served.database, draft)
    assert (stored["facts"], stored["channels"]) == (["Open at 8", "Baked by hand"], ["sms"])
    assert stored["segments"] == [{"source": "written", "cares_about": "Bread"}]


def test_what_a_tab_left_unsaved_when_the_server_was_away_comes_back(page: Page, served: Served) -> None:
    write_view(page, served)
    page.context.set_offline(True)
    field(page, "Brand").fill("Typed on a train")
    expect(page.locator("#brief .saved")).to_contain_text("the server does not answer")
    page.context.set_offline(False)
    page.goto(f"{served.url}/?brief=new#write")
    expect(field(page, "Brand")).to_have_value("Typed on a train")
    assert kept(served.database, number(page))["brand"] == "Typed on a train"


def test_a_second_tab_follows_and_of_two_who_type_at_once_both_are_kept(page: Page, served: Served) -> None:
    write_view(page, served)
    field(page, "Brand").fill("One")
    saved(page)
    draft = number(page)
    other = page.context.new_page()
    write_view(other, served, str(draft))
    expect(field(other, "Brand")).to_have_value("One")
    field(page, "Brand").fill("Two")
    expect(field(other, "Brand")).to_have_value("Two")
    with served.database.write() as session:
        drafts.keep(session, {"brand": "Elsewhere"}, "bo", drafts.Seen(draft, drafts.get(session, draft).version))
    field(other, "Product").fill("Bread")
    expect(other.locator(".brief-notice")).to_contain_text("brief of its own")
    assert kept(served.database, draft)["brand"] == "Elsewhere"
    copy = kept(served.database, number(other))
    assert (copy["brand"], copy["product"]) == ("Two", "Bread")
    other.close()


def test_an_example_is_opened_changed_taken_out_and_brought_in(page: Page, served: Served, tmp_path: Path) -> None:
    form = write_view(page, served)
    page.locator("#open-brief").select_option("example:inn-to-inn")
    expect(field(page, "Brand")).to_have_value("Latchway Walks")
    expect(page.locator("#verdict")).to_contain_text("4 segments × 3 channels × 8 = 96 variants")
    with page.expect_download() as download:
        form.get_by_role("button", name="Export").click()
    out = tmp_path / download.value.suggested_filename
    download.value.save_as(out)
    assert out.name == "spring-departures.yaml"
    assert briefs.read(out) == briefs.read(EXAMPLE)
    form.locator("[data-segment]").nth(0).get_by_role("button", name="Remove this segment").click()
    expect(page.locator("#verdict")).to_contain_text("3 segments × 3")
    saved(page)
    page.locator("#import-brief").set_input_files(out)
    expect(page.locator(".brief-notice")).to_contain_text("Brought in from spring-departures.yaml")
    expect(form.locator("[data-segment]")).to_have_count(4)
    out.write_text("brnad: B\n", encoding="utf-8")
    page.locator("#import-brief").set_input_files(out)
    expect(page.locator(".brief-notice")).to_contain_text('did you mean "brand"?')
    expect(form.locator("[data-segment]")).to_have_count(4)


def test_what_the_model_is_told_is_one_click_away(page: Page, served: Served) -> None:
    write_view(page, served, "example:inn-to-inn")
    page.get_by_role("button", name="What the model is told").click()
    dialog = page.locator("#prompt")
    dialog.get_by_label("Segment").select_option("Dog owners")
    dialog.get_by_label("Angle").select_option("Dogs stay free in the room at all 14 of our inns")
    expect(dialog.locator(".raw").last).to_contain_text("leave the dog behind")
    expect(dialog.locator(".raw").last).to_contain_text("Dogs stay free in the room at all 14 of our inns")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_form(page: Page, served: Served, theme: str) -> None:
    write_view(page, served, f"example:inn-to-inn&__theme={theme}")
    assert serious(page) == []
    page.locator("#look-prompt").click()
    expect(page.locator("#prompt .raw").first).to_be_visible()
    assert serious(page) == []
