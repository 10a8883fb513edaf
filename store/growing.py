"""Tables of totals that grow: a row is appended only where it differs from the newest of its key, which stands."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, insert, select, text
from sqlalchemy.orm import Session, aliased

from store.columns import now, utc, words
from store.tables import OutcomeRow, PairRow

CHUNK = 1_000  # rows compared and stored at a time; any number of rows takes little memory

Table = type[OutcomeRow] | type[PairRow]
Values = dict[str, Any]


class Counts(NamedTuple):
    """What recording did."""

    added: int
    """Rows of a key that was not known."""
    changed: int
    """Rows that differ from what stood, and stand themselves now."""
    unchanged: int
    """Rows that say what stands already; they are not stored again."""

    def __add__(self, other: tuple[int, ...]) -> "Counts":  # type: ignore[override] # a sum of counts, not a longer tuple
        """The sum of each."""
        return Counts(*(mine + its for mine, its in zip(self, other, strict=True)))


def append(session: Session, table: Table, rows: Iterable[Values]) -> Counts:
    """Append what is new in these rows, so that a file may be imported again as it grows.

    A row has every column but `id` and `created_at`. Where one chunk has a key several times, the last stands.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time as it is
        session.execute(text(f"LOCK TABLE {table.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
    total = Counts(0, 0, 0)
    for chunk in _chunks(rows):
        total += _append(session, table, chunk)
    return total


def newest(table: Table, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Select the rows that stand: those that no later one of the same key follows."""
    later = aliased(table)
    same = [getattr(later, column) == getattr(table, column) for column in table.KEY]
    followed = select(later.id).where(*same, later.id > table.id).exists()
    return select(table).where(*conditions, ~followed)


def _append(session: Session, table: Table, chunk: list[Values]) -> Counts:
    known = _known(session, table, {values["test_id"] for values in chunk})
    by_key: dict[tuple[str, ...], list[Values]] = {}
    for values in chunk:
        by_key.setdefault(_key(table, values), []).append(values)
    fresh, total = [], Counts(0, 0, 0)
    for key, same in by_key.items():
        before, last = known.get(key), same[-1]
        said_again = len(same) if before == last else sum(values == last for values in same) - 1
        total += Counts(before is None, len(same) - said_again - (before is None), said_again)
        if before != last:
            fresh.append(last)
    if fresh:
        moment = now()
        session.execute(insert(table), [{**values, "created_at": moment} for values in fresh])
    return total


def _known(session: Session, table: Table, test_ids: Collection[str]) -> dict[tuple[str, ...], Values]:
    """What stands of these tests, by key."""
    names = [column.name for column in table.__table__.columns if column.name not in {"id", "created_at"}]
    latest = select(func.max(table.id)).where(table.test_id.in_(test_ids))
    latest = latest.group_by(*(getattr(table, name) for name in table.KEY))
    chosen = select(*(getattr(table, name) for name in names)).where(table.id.in_(latest))
    found = (dict(zip(names, row, strict=True)) for row in session.execute(chosen))
    return {_key(table, values): values for values in found}


def _key(table: Table, values: Values) -> tuple[str, ...]:
    return tuple(values[name] for name in table.KEY)


def _chunks(rows: Iterable[Values]) -> Iterator[list[Values]]:
    rest = iter(rows)
    while chunk := [_storable(values) for values in islice(rest, CHUNK)]:
        yield chunk


def _storable(values: Values) -> Values:
    """The values as they will come back, for comparing the two."""
    return {
        name: words(value) if type(value) is str else utc(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
