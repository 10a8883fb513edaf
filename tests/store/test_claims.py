"""Who has which variant open."""

from concurrent.futures import ThreadPoolExecutor

from store import claims
from store.claim import Claim
from store.claims import LASTS
from store.columns import now
from store.database import Database
from tests import nouns


def take(database: Database, variant: int, reviewer: str, **changes: object) -> Claim | None:
    with database.write() as session:
        return claims.take(session, variant, reviewer, **changes)  # type: ignore[arg-type]


def holders(database: Database, *ids: int) -> dict[int, str]:
    with database.read() as session:
        return {key: claim.reviewer for key, claim in claims.standing(session, ids).items()}


def test_the_first_has_it_and_the_second_is_told_who(database: Database) -> None:
    variant = nouns.stored(database)
    first = take(database, variant, "ada")
    second = take(database, variant, "bo")
    assert first is not None
    assert first == second
    assert holders(database, variant) == {variant: "ada"}


def test_opening_another_lets_go_of_the_one_before(database: Database) -> None:
    one, other = nouns.stored(database), nouns.stored(database)
    take(database, one, "ada")
    take(database, other, "ada")
    assert holders(database, one, other) == {other: "ada"}


def test_a_claim_lapses_and_is_renewed_by_who_has_it(database: Database) -> None:
    variant = nouns.stored(database)
    start = now()
    take(database, variant, "ada", moment=start - LASTS)
    assert holders(database, variant) == {}
    take(database, variant, "bo", moment=start)
    renewed = take(database, variant, "bo", moment=start + LASTS / 2)
    assert renewed is not None
    assert renewed.until == start + LASTS / 2 + LASTS


def test_of_many_at_once_one_has_it(database: Database) -> None:
    variant = nouns.stored(database)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda name: take(database, variant, f"reviewer {name}"), range(8)))
    assert len({claim.reviewer for claim in taken if claim}) == 1
