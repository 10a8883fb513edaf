"""Items in the store: taken in once, leased to one worker at a time, and settled by the one that holds the lease."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, true, update
from sqlalchemy.orm import Session

from store.errors import Conflict, InputError, Problem, shown
from store.item import Entry, Item
from store.job_tables import UNTOLD, ItemRow
from store.states import ITEM_MOVES, ItemState
from store.tables import to_noun

TRIES = 3  # workers that may begin an item before it is given up


class Lost(Conflict):
    """The lease has run out, and the item is another's."""


def add(session: Session, job_id: int, entries: Sequence[Entry]) -> int:
    """Take in entries of a job, in any order and again; gives how many are new or mended.

    What was changed since is taken as it is now, unless a worker has it: then it stays as it was. An entry with the id
    of another is refused. Raises InputError where one was changed that is done.
    """
    numbers = [entry.number for entry in entries]
    chosen = select(ItemRow).where(ItemRow.job_id == job_id, ItemRow.number.in_(numbers))
    known = {row.number: row for row in session.scalars(chosen)}
    fresh = [entry for entry in _named_once(session, job_id, entries) if _is_fresh(known.get(entry.number), entry)]
    mended = [entry for entry in fresh if entry.number in known]
    for entry in mended:
        session.execute(update(ItemRow).where(ItemRow.id == known[entry.number].id).values(**_new(entry, job_id)))
    added = [_new(entry, job_id) for entry in fresh if entry.number not in known]
    if added:
        session.execute(insert(ItemRow), added)
    return len(fresh)


def _is_fresh(row: ItemRow | None, entry: Entry) -> bool:
    if row is None:
        return True
    if row.hash == entry.hash:
        return False
    if row.state == ItemState.DONE:
        raise InputError(
            Problem(f"line {entry.number}", "was changed after it was written; add it at the end, or take another seed")
        )
    return (ItemState(row.state), "mend") in ITEM_MOVES


def _named_once(session: Session, job_id: int, entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries, without the id that another has already, and refused for it."""
    ids = [entry.custom_id for entry in entries if entry.custom_id is not None]
    chosen = select(ItemRow.custom_id, ItemRow.number).where(ItemRow.job_id == job_id, ItemRow.custom_id.in_(ids))
    owners: dict[str | None, int] = {row.custom_id: row.number for row in session.execute(chosen)}
    for entry in entries:
        owner = owners.setdefault(entry.custom_id, entry.number)
        if entry.custom_id is None or owner == entry.number:
            yield entry
            continue
        said = f"{shown(entry.custom_id)} is the id of line {owner} too; give each line its own, or none"
        error = refusal(InputError(Problem("id", said)))
        yield entry.model_copy(update={"custom_id": None, "body": None, "error": error})


def _new(entry: Entry, job_id: int) -> dict[str, Any]:
    state = ItemState.FAILED if entry.error else ItemState.QUEUED
    values = {"job_id": job_id, "state": state, "attempts": 0, "worker": None, "until": None, "told": 0}
    return {**entry.model_dump(), **values}


def refusal(error: Exception) -> dict[str, Any]:
    """An error as an item keeps it."""
    problems = error.problems if isinstance(error, InputError) else ()
    places = [{"place": problem.place, "message": problem.message} for problem in problems]
    return {"detail": str(error) or type(error).__name__, "problems": places}


def lease(
    session: Session, job_id: int, worker: str, moment: datetime, until: datetime, *, only: int | None = None
) -> Item | None:
    """Give one of the job's items to a worker until then: one of those tried least often, else one whose lease has run
    out by `moment`. None where there is none. With `only`, no item but the one of that id.

    What has been begun `TRIES` times and never finished is given up. On PostgreSQL, rows that others look at are
    skipped; on SQLite there is one writer at a time.
    """
    wanted = true() if only is None else ItemRow.id == only
    row = _first(session, job_id, wanted & (ItemRow.state == ItemState.QUEUED))
    if row is None:
        expired = wanted & _expired(moment)
        _give_up(session, job_id, expired)
        row = _first(session, job_id, expired)
    if row is None:
        return None
    row.state, row.worker, row.until = ItemState.LEASED, worker, until
    row.attempts += 1
    session.flush()
    return to_noun(row, Item)


def ready(session: Session, job_id: int, moment: datetime, limit: int) -> list[int]:
    """The ids of items of the job that nobody has by `moment`, those tried least often first."""
    chosen = select(ItemRow.id).where(ItemRow.job_id == job_id, (ItemRow.state == ItemState.QUEUED) | _expired(moment))
    return list(session.scalars(chosen.order_by(ItemRow.attempts, ItemRow.id).limit(limit)))


def _expired(moment: datetime) -> ColumnElement[bool]:
    return (ItemRow.state == ItemState.LEASED) & (ItemRow.until < moment)


def _first(session: Session, job_id: int, condition: ColumnElement[bool]) -> ItemRow | None:
    chosen = select(ItemRow).where(ItemRow.job_id == job_id, condition).order_by(ItemRow.attempts, ItemRow.id)
    return session.scalar(chosen.limit(1).with_for_update(skip_locked=True))


def _give_up(session: Session, job_id: int, expired: ColumnElement[bool]) -> None:
    detail = f"its worker was lost {TRIES} times; look at the workers' logs, and at what is unusual about this item"
    gone = (ItemRow.job_id == job_id, expired, ItemRow.attempts >= TRIES)
    values = {"state": ItemState.FAILED, "error": {"detail": detail, "problems": []}, "worker": None, "until": None}
    session.execute(update(ItemRow).where(*gone).values(**values))


def renew(session: Session, item: Item, until: datetime) -> None:
    """Keep the lease for longer. Raises Lost."""
    _held(session, item, until=until)


def finish(session: Session, item: Item, campaign_id: int) -> None:
    """Settle the item with what was written for it. Raises Lost."""
    _settle(session, item, "finish", campaign_id=campaign_id, error=None)


def fail(session: Session, item: Item, error: dict[str, Any], *, for_good: bool) -> None:
    """Say why it failed; unless that is for good, it is tried again, `TRIES` times in all. Raises Lost."""
    over = for_good or item.attempts >= TRIES
    _settle(session, item, "fail" if over else "give back", error=error)


def give_back(session: Session, item: Item) -> None:
    """Let another have it, as if it had not been begun. Raises Lost."""
    _settle(session, item, "give back", attempts=item.attempts - 1)


def untold(session: Session, job_id: int, limit: int) -> list[Item]:
    """Settled items whose outcome is not in the job's files yet, in the order of the input."""
    chosen = select(ItemRow).where(ItemRow.job_id == job_id, UNTOLD)
    return [to_noun(row, Item) for row in session.scalars(chosen.order_by(ItemRow.number).limit(limit))]


def settled(session: Session, job_id: int, state: ItemState, after: int, limit: int) -> list[Item]:
    """Items in that state with a number above `after`, in the order of the input."""
    chosen = select(ItemRow).where(ItemRow.job_id == job_id, ItemRow.state == state, ItemRow.number > after)
    return [to_noun(row, Item) for row in session.scalars(chosen.order_by(ItemRow.number).limit(limit))]


def _settle(session: Session, item: Item, move: str, **values: Any) -> None:
    _held(session, item, state=ITEM_MOVES[ItemState.LEASED, move], worker=None, until=None, **values)


def _held(session: Session, item: Item, **values: Any) -> None:
    """Change the item if the lease that it came with still stands. Raises Lost."""
    mine = (ItemRow.worker == item.worker, ItemRow.attempts == item.attempts, ItemRow.state == ItemState.LEASED)
    done: Any = session.execute(update(ItemRow).where(ItemRow.id == item.id, *mine).values(**values))
    if not done.rowcount:
        raise Lost(f"item {item.number} of batch {item.job_id} was leased to another meanwhile")
