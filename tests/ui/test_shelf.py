"""Where the desk leads a reviewer, and past whom."""

from store import claims
from store.database import Database
from tests import nouns
from ui import shelf
from ui.place import PAGE, Place
from ui.seat import Seat

ADA = Seat(blind=True, name=" ada ", role=None)


def hold(database: Database, *ids: int) -> None:
    with database.write() as session:
        for variant in ids:
            claims.take(session, variant, f"somebody at {variant}")


def test_a_fresh_place_opens_the_first_that_nobody_has(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(3)]
    hold(database, ids[0])
    with database.read() as session:
        place, page = shelf.settle(session, Place(), ADA)
    assert place.variant == ids[1]
    assert {variant: claim.reviewer for variant, claim in page.taken.items()} == {ids[0]: f"somebody at {ids[0]}"}


def test_ones_own_claim_is_not_in_the_way(database: Database) -> None:
    variant = nouns.stored(database)
    with database.write() as session:
        claims.take(session, variant, "ada")
    with database.read() as session:
        assert shelf.read(session, Place(), ADA).taken == {}


def test_the_next_is_one_that_nobody_has_even_over_the_pages_edge(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(PAGE + 2)]
    hold(database, ids[1], ids[PAGE - 1])
    with database.read() as session:
        page = shelf.read(session, Place(), ADA)
    assert shelf.following(page, ids[0]) == ids[2]
    assert shelf.following(page, ids[PAGE - 2]) == ids[PAGE]
    assert shelf.following(page, 99_999) == ids[0]


def test_where_all_are_taken_the_next_is_the_next(database: Database) -> None:
    ids = [nouns.stored(database) for _ in range(3)]
    hold(database, *ids)
    with database.read() as session:
        page = shelf.read(session, Place(), ADA)
    assert shelf.following(page, ids[0]) == ids[1]
    assert shelf.following(page, ids[2]) is None
