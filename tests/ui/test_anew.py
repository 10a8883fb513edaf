"""What a card is told when it is written again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inference import load
from inference.turns import Turns
from store import variants
from store.database import Database, open_database
from store.variants import Query
from tests import nouns
from tests.ui.conftest import fakes
from ui.anew import Anew
from ui.writing import Workshop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(fakes(tmp_path))
    yield opened
    opened.close()


def test_it_waits_for_no_models_and_says_what_came_of_it_or_why_not(store: Database, tmp_path: Path) -> None:
    settings = fakes(tmp_path)
    workshop = Workshop(Turns(lambda: load.parts(settings)), store)
    desk = Anew(workshop, settings)
    campaign = nouns.campaign(store)
    parent = nouns.stored(store, campaign_id=campaign)
    assert "still loading" in desk.again([parent, "angle", "", "bo"])
    with workshop.models.turn():
        pass
    made = desk.again([parent, "angle", "", " "])
    with store.read() as session:
        child = variants.find(session, Query(campaign_id=campaign), order="id")[-1]
    assert f"variant={child.variant.id}#review" in made
    assert any("wished by ada" in finding.message for finding in child.findings)
    assert "there is no variant 999" in desk.again([999, "like", "", "bo"])
