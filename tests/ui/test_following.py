"""What an editor is told while somebody types."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inference import load
from inference.turns import Turns
from prompts import channels
from store import claims
from store.account import Account
from store.database import Database
from tests import nouns
from tests.ui import doorway
from tests.ui.conftest import fakes
from ui.following import Following

TYPED = {"subject": "Dinner is at the the door", "preheader": "ÅRETS grönsaker"}


@pytest.fixture
def following(database: Database, tmp_path: Path) -> Following:
    settings = fakes(tmp_path)
    models = Turns(lambda: load.parts(settings))
    with models.turn():
        return Following(database, channels.catalogue(settings), models)


def told(
    following: Following, variant: int, typed: dict[str, str], *, blind: bool = False, by: Account | None = None
) -> dict[str, Any]:
    return following.told([variant, typed, blind, "ada"], SimpleNamespace(state=SimpleNamespace(account=by)))


def test_it_counts_checks_compares_and_draws(following: Following) -> None:
    variant = nouns.stored(following.database, campaign_id=nouns.campaign(following.database))
    said = told(following, variant, TYPED)
    assert said["fields"]["subject"]["words"] == "25 / 120, shown to 50"
    assert "says a word twice" in said["fields"]["subject"]["told"]
    assert 'data-mend="the"' in said["fields"]["subject"]["told"]
    assert "<ins>the </ins>" in said["rest"] or "<ins> the</ins>" in said["rest"]
    assert "Dinner is at the the door" in said["mock"]


def test_the_score_is_against_the_same_others_and_hidden_from_who_has_to_decide(following: Following) -> None:
    campaign = nouns.campaign(following.database)
    variant = nouns.stored(following.database, campaign_id=campaign)
    nouns.stored(following.database, campaign_id=campaign, fields={"subject": "x" * 90})
    assert "% as it was" in told(following, variant, TYPED)["rest"]
    hidden = told(following, variant, TYPED, blind=True)["rest"]
    assert "as it was" not in hidden
    assert "once you have decided" in hidden


def test_it_does_not_wait_for_models_that_are_not_loaded(following: Following) -> None:
    variant = nouns.stored(following.database, campaign_id=nouns.campaign(following.database))
    early = replace(following, models=Turns(lambda: following.models.made()[0]))
    assert "follows when the models are loaded" in told(early, variant, TYPED)["rest"]
    assert not early.models.ready


def test_whoever_types_still_has_it(following: Following) -> None:
    variant = nouns.stored(following.database, campaign_id=nouns.campaign(following.database))
    told(following, variant, TYPED)
    with following.database.read() as session:
        assert claims.standing(session, [variant])[variant].reviewer == "ada"


def test_who_is_signed_in_has_it_whatever_their_browser_says(following: Following) -> None:
    variant = nouns.stored(following.database, campaign_id=nouns.campaign(following.database))
    told(following, variant, TYPED, by=doorway.account(following.database, "Bo Ek"))
    with following.database.read() as session:
        assert claims.standing(session, [variant])[variant].reviewer == "Bo Ek"


def test_nobody_is_let_in_where_no_door_stands_before_the_desk(following: Following) -> None:
    variant = nouns.stored(following.database, campaign_id=nouns.campaign(following.database))
    with pytest.raises(AttributeError):
        following.told([variant, TYPED, False, "ada"], SimpleNamespace(state=SimpleNamespace()))


def test_what_cannot_be_looked_at_is_said(following: Following) -> None:
    assert "there is no variant 99" in told(following, 99, TYPED)["rest"]
    variant = nouns.stored(following.database, campaign_id=nouns.campaign(following.database))
    assert "an edit needs its text" in told(following, variant, {"subject": " "})["rest"]
