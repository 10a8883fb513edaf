"""The Write view: a run that goes on behind the page, and copy that is written again from a card."""

import threading
from collections.abc import Generator, Iterator, Sequence

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inference import load
from inference.order import Parts
from inference.writer import Draft, FakeWriter
from store import campaigns, variants
from store.prompt import Prompt
from store.states import State
from store.variant import Sampling
from store.variants import Query
from tests import nouns
from tests.ui.conftest import Served, fakes, serving
from tests.ui.test_desk import look

pytestmark = pytest.mark.slow

ENOUGH = 60  # seconds


class Held(FakeWriter):
    """Writes five and then waits until it may go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """As `Writer.write`."""
        for number, draft in enumerate(super().write(prompts, seeds, sampling)):
            if number == 5:
                assert self.go_on.wait(ENOUGH)
            yield draft


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory, held: Held) -> Iterator[Served]:
    """A desk of its own, whose writer waits."""
    settings = fakes(tmp_path_factory.mktemp("slow"))
    whole = load.parts(settings)
    parts = Parts(held, whole.scorer, whole.chooser, whole.catalogue)
    with serving(settings, parts) as running:
        yield running
        held.go_on.set()


def test_a_run_is_seen_by_segment_and_channel_from_every_tab_and_stop_keeps_what_is_there(
    browser: BrowserContext, slow: Served, held: Held
) -> None:
    page = browser.new_page()
    page.goto(f"{slow.url}/?brief=example:inn-to-inn#write")
    page.get_by_label("To show of each").fill("2")
    page.get_by_label("How boldly").fill("0.9")
    page.get_by_label("Seed").fill("7")
    expect(page.locator("#verdict")).to_contain_text("= 24 variants to review, chosen from 96")
    page.locator("#start").click()
    progress = page.locator("#progress")
    expect(progress.locator("p").first).to_contain_text("5 of 96 written")
    cell = progress.get_by_role("row", name="First-time walkers").get_by_role("cell").first
    expect(cell).to_contain_text("5 of 8")
    expect(progress.locator(".fresh")).to_have_count(5)
    expect(page.locator("#start")).to_be_disabled()
    page.reload()
    expect(progress.locator("p").first).to_contain_text("5 of 96 written")
    expect(page.get_by_label("How boldly")).to_have_value("0.9")
    page.locator("#stop").click()
    held.go_on.set()
    expect(progress.locator("p").first).to_contain_text("are kept, and the best are up for review")
    expect(page.locator("#start")).to_be_enabled()
    with slow.database.read() as session:
        newest = campaigns.recent(session, 1)[0]
        query = Query(campaign_id=newest.id)
        counts, row = variants.count(session, query), variants.find(session, query, limit=1)[0]
    assert 5 <= newest.written <= 7
    assert counts[State.PENDING] == 2
    assert (newest.seed, newest.author, row.variant.sampling.temperature) == (7, "ada", 0.9)
    page.evaluate("localStorage.clear()")
    page.close()


def test_a_brief_that_is_not_right_is_not_written_and_one_that_is_can_be_reviewed(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?brief=new#write")
    page.locator("#start").click()
    expect(page.locator("#verdict")).to_contain_text("Still to fill in")
    expect(page.get_by_label("Name of this piece of work")).to_be_focused()
    with served.database.write() as session:
        before = len(campaigns.recent(session))
    page.locator("#open-brief").select_option("example:book-round")
    page.get_by_label("To show of each").fill("1")
    page.locator("#start").click()
    expect(page.locator("#progress .go")).to_be_visible()
    page.locator("#progress .go").click()
    expect(page.locator("#queue .counts")).to_be_visible()
    with served.database.read() as session:
        assert len(campaigns.recent(session)) == before + 1


def test_from_a_card_it_is_written_again_and_opened(page: Page, served: Served) -> None:
    campaign = nouns.campaign(served.database)
    parent = nouns.stored(served.database, campaign_id=campaign)
    card = look(page, served, campaign)
    card.get_by_role("button", name="Subject", exact=True).click()
    link = card.locator(".again-told a")
    expect(link).to_be_visible()
    with served.database.read() as session:
        child = variants.find(session, Query(campaign_id=campaign), order="id")[-1]
    assert (child.variant.parent_id, child.variant.state) == (parent, State.PENDING)
    assert child.fields["preheader"] == "ÅRETS grönsaker"
    expect(card.locator(".again-told")).to_contain_text(child.fields["subject"])
    link.click()
    expect(page.locator(f"#card .card[data-id='{child.variant.id}']")).to_contain_text(
        f"subject anew, the rest as in variant {parent}"
    )
