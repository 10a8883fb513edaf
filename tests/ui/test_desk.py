"""The desk, driven as a reviewer drives it."""

import csv
import re
from collections.abc import Sequence

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from store import claims, decisions, variants
from store.decision import Decision, Kind
from store.finding import HELD_BACK, Finding, Severity
from store.states import State
from tests import nouns
from tests.ui.conftest import Served

pytestmark = pytest.mark.slow

HOSTILE = (
    "<script>document.title='owned'</script> {{ 7*7 }} ${7*7} {% raw %} <img src=x onerror=\"document.title='owned'\">"
)


def queue(served: Served, count: int = 3, **changes: object) -> tuple[int, list[int]]:
    """A campaign with variants of its own: its id and theirs."""
    campaign = nouns.campaign(served.database)
    texts = [{"subject": f"Dinner number {n} is at the door", "preheader": "Pause any week"} for n in range(count)]
    values = [{"fields": text, "campaign_id": campaign} | changes for text in texts]
    return campaign, [nouns.stored(served.database, **value) for value in values]


def look(page: Page, served: Served, campaign: int, rest: str = "") -> Locator:
    """Open the desk at a campaign and wait for the card."""
    page.goto(f"{served.url}/?campaign={campaign}{rest}")
    card = page.locator("#card .card")
    expect(card).to_be_visible()
    return card


def shows(page: Page, variant: int) -> None:
    expect(page.locator(f"#card .card[data-id='{variant}']")).to_be_visible()


def says(page: Page, text: str) -> None:
    expect(page.locator("#notice")).to_contain_text(text)


def history(served: Served, variant: int) -> Sequence[Decision]:
    with served.database.read() as session:
        return decisions.history(session, variant)


def state(served: Served, variant: int) -> State:
    with served.database.read() as session:
        return variants.get(session, variant).state


def test_it_opens_on_the_first_of_the_queue_with_its_segment_angle_and_counts(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    card = look(page, served, campaign)
    shows(page, ids[0])
    expect(card).to_contain_text("Busy parents")
    expect(card).to_contain_text("They are short of time.")
    expect(card.locator(".key-subject .count")).to_have_text("30 / 120, shown to 50")
    expect(page.locator("#queue .item")).to_have_count(3)


def test_approving_by_key_is_stored_and_opens_the_next(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    look(page, served, campaign)
    page.keyboard.press("a")
    shows(page, ids[1])
    says(page, f"Approved: #{ids[0]}")
    assert [(word.kind, word.reviewer) for word in history(served, ids[0])] == [(Kind.APPROVE, "ada")]
    assert state(served, ids[0]) is State.APPROVED
    expect(page.locator("#queue .item")).to_have_count(2)


def test_the_decision_bears_the_name_at_the_top_and_a_refresh_keeps_it(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    look(page, served, campaign)
    page.locator("#reviewer input, #reviewer textarea").fill("Bertil")
    page.locator("#reviewer input, #reviewer textarea").blur()
    page.reload()
    expect(page.locator("#reviewer input, #reviewer textarea")).to_have_value("Bertil")
    page.locator("#approve").click()
    shows(page, ids[1])
    assert history(served, ids[0])[0].reviewer == "Bertil"


def test_an_edit_over_the_limit_is_refused_at_its_field_and_a_good_one_is_stored(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    look(page, served, campaign)
    page.keyboard.press("e")
    subject = page.locator("textarea[data-key=subject]")
    subject.fill("Dinner at the door. " * 8)
    wrong = page.locator(".edit", has=subject)
    expect(wrong.locator(".count-over")).to_contain_text("/ 120")
    page.locator("#save").click()
    says(page, "Not saved")
    expect(wrong.locator(".finding-block").first).to_contain_text("120")
    expect(subject).to_have_value("Dinner at the door. " * 8)
    assert state(served, ids[0]) is State.PENDING
    subject.fill("Dinner, left at the door")
    subject.press("Control+Enter")
    shows(page, ids[1])
    stored = history(served, ids[0])[0]
    assert (stored.kind, stored.fields) == (
        Kind.EDIT,
        {"subject": "Dinner, left at the door", "preheader": "Pause any week"},
    )


def test_a_blocked_variant_shows_why_at_its_words_and_its_edit_is_a_new_variant(page: Page, served: Served) -> None:
    campaign = nouns.campaign(served.database)
    blocked = nouns.stored(served.database, nouns.BLOCKING, campaign_id=campaign)
    card = look(page, served, campaign, "&state=blocked")
    expect(card.locator(".mark-block")).to_have_text("nner is")
    expect(card.locator(".finding-block")).to_contain_text("Too long.")
    expect(page.locator("#approve")).to_be_hidden()
    page.keyboard.press("e")
    page.locator("textarea[data-key=subject]").fill("Dinner, left at the door")
    page.locator("textarea[data-key=preheader]").fill("Pause any week")
    page.locator("#save").click()
    says(page, "new variant")
    child = history(served, blocked)[0].child_id
    assert child is not None
    assert state(served, child) is State.PENDING
    shows(page, child)


def held(served: Served, campaign: int) -> int:
    """A variant of the campaign that was held back."""
    with served.database.write() as session:
        draft = nouns.variant(campaign_id=campaign, fields={"subject": "Held back at the door"})
        added = variants.add(session, draft, [], nouns.prompt(), wait=True)
        why = Finding(code=HELD_BACK, severity=Severity.NOTE, field="", message="opens with the words of variant 7")
        variants.move(session, added.id or 0, "hold", [why])
    return added.id or 0


def test_what_was_held_back_says_why_and_is_brought_back(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=1)
    variant = held(served, campaign)
    look(page, served, campaign)
    expect(page.locator("#bring")).to_be_hidden()
    expect(page.locator("#queue .item")).to_have_count(1)
    card = look(page, served, campaign, "&state=reserve")
    shows(page, variant)
    expect(card.locator(".finding-note")).to_contain_text("opens with the words of variant 7")
    expect(page.locator("#queue .dot")).to_have_count(0)
    expect(page.locator("#approve")).to_be_hidden()
    page.locator("#bring").click()
    says(page, f"Up for review: #{variant}")
    shows(page, variant)
    expect(page.locator("#approve")).to_be_visible()
    expect(page.locator("#bring")).to_be_hidden()
    assert (state(served, variant), state(served, ids[0])) == (State.PENDING, State.PENDING)
    expect(card).not_to_contain_text("opens with the words")  # which would anchor who has still to decide
    page.keyboard.press("b")
    page.keyboard.press("a")
    says(page, f"Approved: #{variant}")
    with served.database.read() as session:
        notes = [finding.message for finding in variants.rows(session, [variant])[0].findings]
    assert notes[-1] == "brought back for review by ada"


def test_rejecting_takes_a_reason(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    look(page, served, campaign)
    page.locator("#reject").click()
    expect(page.locator("#unsaid")).to_contain_text("reason: is missing; say in a few words what is wrong")
    shows(page, ids[0])
    expect(page.locator("#card .editor")).to_be_hidden()
    assert state(served, ids[0]) is State.PENDING
    page.keyboard.press("r")
    page.keyboard.type("Too dull; a, e and u are only letters here")
    page.keyboard.press("Enter")
    shows(page, ids[1])
    stored = history(served, ids[0])
    assert [(word.kind, word.reason) for word in stored] == [
        (Kind.REJECT, "Too dull; a, e and u are only letters here")
    ]
    expect(page.locator("#reason textarea, #reason input")).to_have_value("")
    expect(page.locator("#unsaid")).not_to_contain_text("missing")


def test_undo_walks_back_through_what_was_decided(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    look(page, served, campaign)
    for following in ids[1:]:
        page.keyboard.press("a")
        shows(page, following)
    for variant in reversed(ids[:2]):
        page.keyboard.press("u")
        shows(page, variant)
        says(page, f"Taken back: #{variant}")
        assert state(served, variant) is State.PENDING
    page.keyboard.press("u")
    says(page, "nothing to take back")


def test_a_decision_taken_elsewhere_is_told_and_the_variant_shown_as_it_is_now(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    card = look(page, served, campaign)
    with served.database.write() as session:
        decisions.decide(session, nouns.word(ids[0], Kind.REJECT, "Cecilia", reason="Off brand"))
    page.keyboard.press("a")
    says(page, "Somebody was here before you")
    expect(card).to_contain_text("Rejected by Cecilia: Off brand")
    assert [word.kind for word in history(served, ids[0])] == [Kind.REJECT]
    page.keyboard.press("j")
    shows(page, ids[1])


def test_a_refresh_and_a_second_tab_keep_the_place(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=45)
    look(page, served, campaign)
    expect(page.locator("#queue .item")).to_have_count(20)
    page.locator("#queue [data-page='2']").click()
    shows(page, ids[20])
    page.keyboard.press("j")
    shows(page, ids[21])
    expect(page).to_have_url(re.compile(f"variant={ids[21]}&p=2"))
    page.reload()
    shows(page, ids[21])
    expect(page.locator("#queue .pages")).to_contain_text("2 of 3")
    second = page.context.new_page()
    second.goto(page.url)
    shows(second, ids[21])
    second.close()
    for variant in (ids[20], ids[19]):
        page.keyboard.press("k")
        shows(page, variant)
    expect(page.locator("#queue .pages")).to_contain_text("1 of 3")


def test_an_address_of_a_variant_that_is_not_there_is_told_and_leads_on(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=1)
    page.goto(f"{served.url}/?campaign={campaign}&variant=987654321")
    says(page, "There is no variant 987654321")
    page.keyboard.press("j")
    shows(page, ids[0])


def test_a_filter_narrows_the_queue(page: Page, served: Served) -> None:
    campaign, _ = queue(served)
    shouting = nouns.stored(served.database, nouns.WARNING, campaign_id=campaign, segment=nouns.STUDENTS)
    look(page, served, campaign)
    expect(page.locator("#queue .item")).to_have_count(4)
    page.locator("#code input").click()
    page.get_by_role("option", name="shouting").click()
    expect(page.locator("#queue .item")).to_have_count(1)
    shows(page, shouting)


def test_the_score_is_hidden_until_decided_unless_asked_for(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=2)
    with served.database.write() as session:
        variants.add_scores(session, {ids[0]: nouns.score(0.1), ids[1]: nouns.score(0.3)})
    card = look(page, served, campaign)
    expect(card).to_contain_text("once you have decided")
    assert "chance to beat" not in page.content()
    page.locator("#blind input").click()
    expect(card.locator(".score-value")).to_have_text("+11 %")
    page.reload()
    expect(page.locator("#queue .item").first).to_contain_text("number 1")  # now by rank
    page.locator("#blind input").click()
    expect(card).to_contain_text("once you have decided")
    page.keyboard.press("a")
    says(page, "Approved")
    look(page, served, campaign, "&state=approved")
    expect(card.locator(".score")).to_contain_text("covers the whole field. The field is a tie.")


def test_hostile_text_comes_out_as_text(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=1, fields={"subject": HOSTILE, "preheader": "left \u202eright"}, raw=HOSTILE)
    card = look(page, served, campaign)
    shows(page, ids[0])
    expect(card.locator(".key-subject .field-text")).to_have_text(HOSTILE)
    expect(card.locator(".key-preheader .field-text")).to_have_text("left [U+202E]right")
    expect(page.locator("#queue .item-text")).to_have_text(HOSTILE)
    page.locator("#glass-label button").first.click()
    expect(page.locator("#label .json pre")).to_contain_text("{{ 7*7 }} ${7*7}")
    page.keyboard.press("e")
    expect(page.locator("textarea[data-key=subject]")).to_have_value(HOSTILE)
    expect(page.locator("textarea[data-key=preheader]")).to_have_value("left \u202eright")
    assert page.title() == "Glasbruk"


def test_what_is_approved_is_exported_and_then_stays(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=2)
    look(page, served, campaign)
    page.keyboard.press("a")
    shows(page, ids[1])
    page.get_by_role("tab", name="Export").click()
    page.locator("#export-campaign input").click()
    page.get_by_role("option", name=re.compile(f"#{campaign}$")).click()
    expect(page.locator("#ready")).to_contain_text("1 approved")
    page.locator("button#export").click()
    with page.expect_download() as download:
        page.locator("#file a").first.click()
    rows = list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert [(row["variant_id"], row["subject"]) for row in rows] == [(str(ids[0]), "Dinner number 0 is at the door")]
    page.get_by_role("tab", name="Review").click()
    page.locator("#undo").click()
    says(page, "exported")
    assert state(served, ids[0]) is State.APPROVED


def test_a_variant_is_seen_as_its_channel_shows_it(page: Page, served: Served) -> None:
    campaign, _ = queue(served, count=1, fields={"subject": "Dinner at the door, " * 4, "preheader": "Pause any week"})
    card = look(page, served, campaign)
    expect(card.locator(".inbox-desk b")).to_have_text("Dinner at the door, Dinner at the door, Dinner at…")
    expect(card.locator(".inbox-phone b")).to_have_text("Dinner at the door, Dinner at…")
    expect(card.locator(".key-subject .cut-here")).to_have_text(" the door, Dinner at the door,")


def test_while_one_types_the_preview_the_checks_and_the_difference_follow(page: Page, served: Served) -> None:
    campaign, _ = queue(served, count=1)
    card = look(page, served, campaign)
    page.keyboard.press("e")
    page.locator("#edit-subject").fill("Dinner from Akerbar is at the the door")
    expect(card.locator("#told-subject")).to_contain_text("says a word twice")
    expect(card.locator(".inbox-desk b")).to_have_text("Dinner from Akerbar is at the the door")
    expect(card.locator(".following ins").first).to_contain_text("from Akerbar")
    expect(card.locator(".following del").first).to_contain_text("number 0")
    expect(card.locator(".rated")).to_contain_text("once you have decided")
    card.locator("#told-subject .mend").click()
    expect(page.locator("#edit-subject")).to_have_value("Dinner from Akerbar is at the door")
    expect(card.locator("#told-subject")).not_to_contain_text("says a word twice")


def test_a_mend_is_one_click_and_is_seen_before_it_is_saved(page: Page, served: Served) -> None:
    campaign = nouns.campaign(served.database)
    fields = {"subject": "🥕 Dinner at the the door", "preheader": "Pause any week"}
    twice = Finding(
        code="doubled", severity=Severity.WARN, field="subject", start=12, end=19, message="Twice.", mend="the"
    )
    variant = nouns.stored(served.database, twice, campaign_id=campaign, fields=fields)
    card = look(page, served, campaign)
    card.locator(".field .mend").click()
    expect(page.locator("#edit-subject")).to_have_value("🥕 Dinner at the door")
    assert state(served, variant) is State.PENDING
    page.locator("#save").click()
    says(page, "Saved and approved")
    assert (history(served, variant)[0].fields or {})["subject"] == "🥕 Dinner at the door"


def test_help_lists_every_key_and_search_is_one_of_them(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=2)
    look(page, served, campaign)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    listed = page.locator("#keys dt kbd").all_inner_texts()
    assert sorted(listed) == sorted(page.evaluate("glasbruk.keys"))
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("number 1")
    page.keyboard.press("Enter")
    shows(page, ids[1])
    expect(page.locator("#queue .item")).to_have_count(1)


def test_all_that_match_are_decided_with_their_count_and_taken_back_at_once(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=23)
    look(page, served, campaign)
    page.keyboard.press("m")
    dialog = page.locator("#sweep")
    expect(dialog).to_contain_text("All 23 pending that match")
    dialog.get_by_role("button", name="Reject all 23").click()
    says(page, "reason: is missing")
    assert {state(served, variant) for variant in ids} == {State.PENDING}
    page.locator(".sweep-open").click()
    page.locator("#sweep-reason").fill("Off brand")
    dialog.get_by_role("button", name="Reject all 23").click()
    says(page, "Rejected: 23 variants")
    assert {state(served, variant) for variant in ids} == {State.REJECTED}
    expect(page).to_have_url(re.compile("done=s"))
    page.reload()
    expect(page.locator("#queue .counts")).to_contain_text("23 rejected")
    page.locator("#undo").click()
    says(page, "Taken back: 23 variants")
    assert {state(served, variant) for variant in ids} == {State.PENDING}
    assert history(served, ids[7])[0].reason == "Off brand"


def test_what_one_reviewer_has_open_another_sees_as_taken_and_is_led_past(page: Page, served: Served) -> None:
    campaign, ids = queue(served)
    with served.database.write() as session:
        for variant, name in zip(ids[:2], ("Bertil", "Cecilia"), strict=True):
            claims.take(session, variant, name)
    look(page, served, campaign)
    shows(page, ids[2])
    expect(page.locator("#queue .with")).to_have_text(["with Bertil", "with Cecilia"])
    with served.database.read() as session:
        assert claims.standing(session, ids)[ids[2]].reviewer == "ada"
    page.keyboard.press("k")
    shows(page, ids[1])
    expect(page.locator("#card .taken")).to_contain_text("Cecilia has this one open")
    with served.database.read() as session:
        assert {claim.reviewer for claim in claims.standing(session, ids).values()} == {"Bertil", "Cecilia"}


def test_who_decided_and_the_score_are_filters_in_the_address(page: Page, served: Served) -> None:
    campaign, ids = queue(served, count=3)
    with served.database.write() as session:
        variants.add_scores(session, {ids[0]: nouns.score(0.1)})
        decisions.decide(session, nouns.word(ids[1], Kind.APPROVE, "Cecilia"))
    look(page, served, campaign)
    page.locator("#who input").click()
    page.get_by_role("option", name="Cecilia").click()
    shows(page, ids[1])
    expect(page).to_have_url(re.compile("state=any.*who=Cecilia"))
    expect(page.locator("#queue .item")).to_have_count(1)
    look(page, served, campaign, "&score=better")
    expect(page.locator("#queue .item")).to_have_count(2)  # blind: nobody is told which of them is better
    page.locator("#blind input").click()
    expect(page.locator("#queue .item")).to_have_count(1)
    shows(page, ids[0])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, served: Served, theme: str) -> None:
    campaign = nouns.campaign(served.database)
    nouns.stored(served.database, nouns.WARNING, campaign_id=campaign, fields={"subject": "DINNER " * 9})
    look(page, served, campaign, f"&__theme={theme}")
    assert serious(page) == []
    page.keyboard.press("e")
    page.locator("#edit-subject").fill("Dinner at the the door")
    expect(page.locator("#told-subject .mend")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert serious(page) == []


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out, each with the first place where it stands."""
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in grave]
