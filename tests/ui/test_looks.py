"""The queue as a grid, two at a time to compare, comments, and the filters of a phone: driven as a reviewer does."""

import re

import pytest
from playwright.sync_api import Page, expect

from store import comments, labels, preferences, variants
from store.comment import Comment
from store.preference import Preference
from store.states import State
from tests import nouns
from tests.ui.conftest import Served
from tests.ui.test_desk import HOSTILE, look, queue, says, serious, shows, state

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}


def standing(served: Served, variant: int) -> list[Preference]:
    with served.database.read() as session:
        return preferences.of_variant(session, variant)


def test_the_grid_shows_many_and_opens_one_by_key_or_mouse(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=8)
    warned = nouns.stored(served.database, nouns.WARNING, campaign_id=campaign, segment=nouns.STUDENTS)
    look(page, served, campaign)
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile("view=grid"))
    tiles = page.locator("#queue .queue-grid .item")
    expect(tiles).to_have_count(9)
    tile = page.locator(f"#queue .item[data-id='{warned}']")
    for text in ("pending", "Students · Email", "Dinner is at the door", "ÅRETS grönsaker", "shouting"):
        expect(tile).to_contain_text(text)
    tile.click()
    shows(page, warned)
    page.keyboard.press("ArrowLeft")
    shows(page, ids[7])
    across = page.evaluate(
        "(t => t.filter(i => i.offsetTop === t[0].offsetTop).length)([...document.querySelectorAll('#queue .item')])"
    )
    assert across > 1
    page.keyboard.press("ArrowUp")
    shows(page, ids[7 - across])
    page.keyboard.press("a")
    says(page, f"Approved: #{ids[7 - across]}")
    shows(page, ids[8 - across])
    expect(tiles).to_have_count(8)
    page.reload()
    expect(tiles).to_have_count(8)
    shows(page, ids[8 - across])
    page.keyboard.press("g")
    expect(page.locator("#queue .queue-list")).to_be_visible()
    shows(page, ids[8 - across])


def test_on_a_phone_a_card_of_the_grid_opens_by_itself_and_the_filters_are_folded(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=3)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{served.url}/?campaign={campaign}&view=grid")
    page.locator(f"#queue .item[data-id='{ids[1]}']").click()
    shows(page, ids[1])
    expect(page.locator("#queue .queue-list")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    fold = page.locator(".fold")
    expect(fold).to_have_text("Filters 1 set")
    expect(page.locator("#code input")).to_be_hidden()
    expect(page.locator("#approve")).to_be_in_viewport()
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#code input")).to_be_visible()
    assert serious(page) == []
    page.locator("#fold [data-view=grid]").click()
    expect(page.locator("#queue .queue-grid")).to_be_visible()


def test_two_are_compared_by_key_kept_and_taken_back(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=4)
    look(page, served, campaign)
    page.keyboard.press("v")
    sides = page.locator("#card .side")
    expect(sides).to_have_count(2)
    first = [int(side.get_attribute("data-id") or 0) for side in sides.all()]
    assert sorted(first) == ids[:2]
    expect(page.locator("#card .pair")).to_contain_text("2 pairs to compare")
    expect(page).to_have_url(re.compile(f"view=pairs&variant={first[0]}&other={first[1]}"))
    page.keyboard.press("a")  # decides nothing here
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_count(1)
    page.keyboard.press("2")
    says(page, f"#{first[1]} is better")
    expect(page.locator("#card .pair")).to_contain_text("1 pair to compare")
    assert {state(served, variant) for variant in ids} == {State.PENDING}
    (said,) = standing(served, first[0])
    lot = preferences.sides(first[0], first[1], "ada")
    assert (said.left_id, said.right_id, said.chosen, said.reviewer, said.seed) == (*first, first[1], "ada", lot.seed)
    page.locator("#card [data-better=neither]").click()
    says(page, "Cannot say")
    expect(page.locator("#card .pair")).to_contain_text("Nothing to compare")
    for pair in (ids[2:], ids[:2]):
        page.keyboard.press("u")
        says(page, "Taken back: ")
        expect(page.locator(f"#card .side[data-id='{pair[0]}']")).to_be_visible()
        assert standing(served, pair[0]) == []
    page.reload()
    expect(page.locator(f"#card .side[data-id='{first[0]}']")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("v")
    shows(page, ids[0])


def test_a_comment_is_shown_with_who_and_when_counted_and_on_the_label(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=2)
    with served.database.write() as session:
        comments.add(session, Comment(variant_id=ids[0], author="Cecilia", text=HOSTILE))
    card = look(page, served, campaign)
    expect(card.locator(".comment-text")).to_have_text(HOSTILE)
    expect(card.locator(".comment")).to_contain_text("Cecilia 20")
    page.keyboard.press("c")
    page.keyboard.type("a: is the van free?")
    page.keyboard.press("Enter")
    expect(card.locator(".comment")).to_have_count(2)
    says(page, f"Said of #{ids[0]}")
    expect(page.locator("#queue .said-many")).to_have_text(["“2"])
    assert state(served, ids[0]) is State.PENDING
    with served.database.read() as session:
        assert [one.text for one in labels.label(session, ids[0]).comments] == [HOSTILE, "a: is the van free?"]
    page.locator("#glass-label button").first.click()
    expect(page.locator("#label")).to_contain_text("ada: a: is the van free?")
    page.locator("#reviewer input, #reviewer textarea").fill("")
    page.locator("#comment").fill("Nobody says this")
    page.locator("#comment").press("Enter")
    says(page, "Put your name at the top first")
    expect(page.locator("#comment")).to_have_value("Nobody says this")
    with served.database.read() as session:
        assert comments.counts(session, ids) == {ids[0]: 2}


def test_what_was_said_of_two_stands_on_the_label_of_both(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=2)
    word = Preference(left_id=ids[1], right_id=ids[0], better="right", reviewer="bo", seed=5)
    with served.database.write() as session:
        preferences.say(session, word)
        assert variants.get(session, ids[0]).state is State.PENDING
    look(page, served, campaign)
    page.locator("#glass-label button").first.click()
    expect(page.locator("#label")).to_contain_text(
        f"bo: #{ids[0]} is better, #{ids[1]} left and #{ids[0]} right (seed 5"
    )
