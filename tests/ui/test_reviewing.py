"""What the Review view's handlers do, without a page."""

from typing import Any

import pytest

from prompts import channels
from store import variants
from store.database import Database
from store.states import State
from tests import nouns
from ui.place import Place, write
from ui.seat import Seat
from ui.views.review import Reviewing

ADA, BO = Seat(blind=True, name="ada", role=None), Seat(blind=True, name="bo", role=None)
EDIT = '{"subject": "Dinner, left at the door", "preheader": "Pause any week"}'


@pytest.fixture
def variant(database: Database) -> int:
    return nouns.stored(database, campaign_id=nouns.campaign(database))


def state(database: Database, variant: int) -> State:
    with database.read() as session:
        return variants.get(session, variant).state


def said(outputs: list[Any], what: str) -> bool:
    return any(what in one for one in outputs if isinstance(one, str))


def test_with_four_eyes_an_edit_is_approved_by_somebody_else(database: Database, variant: int) -> None:
    desk = Reviewing(database, channels.catalogue(), four_eyes=True)
    assert said(desk.save(write(Place(variant=variant)), ADA, EDIT), "for review")
    child = write(Place(variant=variant + 1))
    assert said(desk.show(Place(variant=variant + 1), ADA), "so anybody else may approve it")
    assert said(desk.approve(child, ADA), "Nothing was changed: variant 2 was written by ada")
    assert state(database, variant + 1) is State.PENDING
    assert not said(desk.show(Place(variant=variant + 1), BO), "anybody else")
    desk.approve(child, BO)
    assert [state(database, one) for one in (variant, variant + 1)] == [State.PENDING, State.APPROVED]


def test_without_it_an_edit_approves(database: Database, variant: int) -> None:
    desk = Reviewing(database, channels.catalogue())
    desk.save(write(Place(variant=variant)), ADA, EDIT)
    assert state(database, variant) is State.APPROVED
