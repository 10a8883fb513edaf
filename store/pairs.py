"""Pairs: which of two texts earned more, where that is all that is known."""

from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import growing
from store.growing import Counts
from store.pair import Pair
from store.tables import PairRow, to_noun


def record(session: Session, rows: Iterable[Pair]) -> Counts:
    """Append the pairs that are not known yet."""
    return growing.append(session, PairRow, (dict(row.__dict__) for row in rows))


def stream(session: Session) -> Iterator[Pair]:
    """Yield the pairs, by test, image, winner and loser."""
    query = growing.newest(PairRow).order_by(PairRow.test_id, PairRow.image, PairRow.winner, PairRow.loser)
    for row in session.scalars(query.execution_options(yield_per=1_000)):
        yield to_noun(row, Pair)


def count(session: Session) -> int:
    """How many pairs there are."""
    return session.scalar(select(func.count()).select_from(growing.newest(PairRow).subquery())) or 0
