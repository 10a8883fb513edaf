"""What the desk lets people see: a label as a picture, results, and models."""

import csv
import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inference import adapters
from store import checkpoint as meta
from store import decisions, outcomes, variants
from store.checkpoint import Checkpoint
from store.decision import Kind
from tests import nouns
from tests.training.test_run import WAITS
from tests.ui.conftest import Served
from tests.ui.test_desk import look, serious
from ui import launch

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


def shown_copy(served: Served) -> int:
    """A campaign of which two texts were shown against each other."""
    campaign = nouns.campaign(served.database)
    for place, clicks in enumerate((60, 30)):
        fields = {"subject": f"=Soup number {place} of {campaign}"}
        number = nouns.stored(served.database, campaign_id=campaign, fields=fields)
        with served.database.write() as session:
            decisions.decide(session, nouns.word(number))
            row = nouns.outcome(str(number), 1_000, clicks, test_id=f"c{campaign}", text=fields["subject"])
            outcomes.record(session, [row])
    return campaign


def test_results_are_plots_whose_csv_has_their_numbers(page: Page, served: Served) -> None:
    campaign = shown_copy(served)
    page.goto(f"{served.url}/?campaign={campaign}#results")
    reach = page.locator("#plot-click-through")
    expect(reach.locator(".plot-said")).to_have_text("4.50 % (3.80 to 5.33 %) of 2,000")
    expect(page.locator("#plot-clearest .plot-name")).to_have_text(
        [f"=Soup number 0 of {campaign}", f"=Soup number 1 of {campaign}"]
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Click-through by channel and segment as CSV").click()
    assert download.value.suggested_filename == "click-through.csv"
    (row,) = csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines())
    assert (row["clicks"], row["impressions"], row["click_through_rate"]) == ("90", "2000", "0.045")
    with page.expect_download() as download:
        page.get_by_role("link", name="The clearest wins and losses as CSV").click()
    texts = [row["text"] for row in csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines())]
    assert texts[0] == f"'=Soup number 0 of {campaign}"
    assert serious(page) == []


def test_filters_of_results_are_in_the_address_and_empty_ones_say_what_to_do(page: Page, served: Served) -> None:
    campaign = shown_copy(served)
    page.goto(f"{served.url}/?campaign={campaign}&__theme=dark#results")
    expect(page.locator("#results-campaign input")).to_have_value(re.compile(f"#{campaign}$"))
    page.locator("#until input, #until textarea").fill("2001-01-01")
    page.locator("#until input, #until textarea").press("Enter")
    expect(page.locator("#plot-click-through .plot-empty")).to_contain_text("glasbruk import results")
    expect(page).to_have_url(re.compile(f"campaign={campaign}&until=2001-01-01.*#results"))
    assert serious(page) == []
    page.reload()
    expect(page.locator("#plot-time-to-decision .plot-empty")).to_contain_text("Open Review")
    page.locator("#until input, #until textarea").fill("yesterday")
    page.locator("#until input, #until textarea").press("Enter")
    expect(page.locator("#results .notice-wrong")).to_contain_text("until")


def trained(served: Served, name: str) -> Path:
    """A writer that a run left, of which no measure is kept."""
    folder = served.settings.workspace / "checkpoints" / "writers" / name
    meta.write(Checkpoint(id=name, kind="writer", base="default", method="LoRA", data_hash="d"), folder)
    (folder / "adapter_model.safetensors").write_bytes(name.encode())
    return folder


def test_a_checkpoint_is_refused_and_promoted_and_rolled_back_as_by_the_command(page: Page, served: Served) -> None:
    trained(served, "writer-new")
    page.goto(f"{served.url}/?a=writer-f10568bd@default&b=writer-new@writer-new#models")
    second = page.locator("#models .side").nth(1)
    expect(second).to_contain_text("It has no held-out metric that the one in force has too")
    expect(page.locator("#models .side").first.locator("img")).to_have_attribute("alt", re.compile("Loss by step"))
    expect(page.locator("#models .side").first.locator(".samples li").first).to_be_visible()
    assert serious(page) == []
    page.locator("#promote").click()
    expect(page.locator("#model-said")).to_contain_text("say below why it should be")
    assert not adapters.place("default", served.settings.workspace).exists()
    page.locator("#because input, #because textarea").fill("a new voice")
    page.locator("#promote").click()
    expect(page.locator("#model-said")).to_contain_text("changed")
    page.reload()
    page.locator("#model-left input").click()
    page.get_by_role("option", name="writer-new, writer (in force)").click()
    expect(page.locator("#models .side").first).to_contain_text("a new voice")
    expect(page).to_have_url(re.compile("a=writer-new%40default"))
    page.locator("#roll-back").click()
    expect(page.locator("#model-said")).to_contain_text("none to go back to")


def test_a_training_run_is_started_watched_stopped_and_gone_on_with(
    page: Page, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "PROGRAM", (sys.executable, "-c", WAITS, str(tmp_path / "go")))
    page.goto(f"{served.url}/#models")
    expect(page.locator("#runs")).to_contain_text("No run was started here yet")
    page.locator("#train").click()
    running = page.locator("#runs .run[data-state=running]")
    expect(running).to_contain_text("Step 1 of 20, loss 1.250")
    expect(page.locator("#train")).to_be_disabled()
    assert serious(page) == []
    page.locator("#train-stop").click()
    expect(page.locator("#runs .run[data-state=stopped]")).to_be_visible()
    page.reload()
    page.locator("#train-resume").click()
    expect(running).to_be_visible()
    (tmp_path / "go").touch()
    expect(page.locator("#runs .run[data-state=done]")).to_contain_text("Step 20 of 20")
    expect(page.locator("#train-resume")).to_be_disabled()


def test_a_run_that_cannot_be_says_in_its_log_why(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/#models")
    page.locator("#train-kind input").click()
    page.get_by_role("option", name="Scorer, on the results in the store").click()
    page.locator("#train").click()
    expect(page.locator("#runs .run[data-state=failed] pre").first).to_contain_text("glasbruk: ", timeout=60_000)
