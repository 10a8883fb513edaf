"""Jobs in the store: begun or found again, cancelled, and concluded when nothing of them is left to do."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from store.columns import now
from store.errors import Conflict, NotFound
from store.job import Job, Terms
from store.job_tables import ItemRow, JobRow
from store.states import ITEM_MOVES, JOB_MOVES, ItemState, JobState
from store.tables import insert_once, to_noun

OPEN = (JobState.QUEUED, JobState.RUNNING)
UNFINISHED = (ItemState.QUEUED, ItemState.LEASED)


def begin(
    session: Session, *, kind: str, source: str, terms: Terms, author: str, checkpoints: str | None = None
) -> Job:
    """Store a job without items, which no command will find again."""
    row = JobRow(key=None, **_new(kind, source, terms, author, checkpoints))
    session.add(row)
    session.flush()
    return to_noun(row, Job)


def resume(session: Session, key: str, *, kind: str, source: str, terms: Terms, author: str, checkpoints: str) -> Job:
    """The job of that key, begun where there is none; its input is incomplete until `completed` says so.

    One that has ended is open again, and what was cancelled is to be done after all.
    """
    insert_once(session, JobRow, key=key, **_new(kind, source, terms, author, checkpoints))
    row = session.scalars(select(JobRow).where(JobRow.key == key)).one()
    cancelled = (ItemRow.job_id == row.id, ItemRow.state == ItemState.CANCELLED)
    again = ITEM_MOVES[ItemState.CANCELLED, "reopen"]
    session.execute(update(ItemRow).where(*cancelled).values(state=again))
    session.execute(update(JobRow).where(JobRow.id == row.id).values(complete=False))
    _move(session, row.id, "reopen", ended_at=None)
    return get(session, row.id)


def _new(kind: str, source: str, terms: Terms, author: str, checkpoints: str | None) -> dict[str, Any]:
    values = {"kind": kind, "source": source, "terms": terms.model_dump(mode="json"), "author": author}
    return {**values, "checkpoints": checkpoints, "state": JobState.QUEUED, "complete": False, "created_at": now()}


def get(session: Session, job_id: int) -> Job:
    """The job of that id. Raises NotFound."""
    row = session.get(JobRow, job_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no batch {job_id}")
    return to_noun(row, Job)


def recent(session: Session, limit: int = 50) -> list[Job]:
    """The jobs that were begun last, the newest first."""
    return [to_noun(row, Job) for row in session.scalars(select(JobRow).order_by(JobRow.id.desc()).limit(limit))]


def counts(session: Session, job_id: int, *, told: bool = False) -> dict[ItemState, int]:
    """How many of the job's items, or of those that are in its files, are in each state; every state has its number."""
    chosen = [ItemRow.job_id == job_id, *([ItemRow.told == 1] if told else [])]
    counted = select(ItemRow.state, func.count()).where(*chosen).group_by(ItemRow.state)
    found = {ItemState(state): number for state, number in session.execute(counted)}
    return {state: found.get(state, 0) for state in ItemState}


def waiting(session: Session) -> list[Job]:
    """The jobs of which something may be left to do, the oldest first."""
    chosen = select(JobRow).where(JobRow.state.in_([*OPEN, JobState.CANCELLING])).order_by(JobRow.id)
    return [to_noun(row, Job) for row in session.scalars(chosen)]


def completed(session: Session, job_id: int) -> None:
    """Say that all of the job's input is taken in."""
    session.execute(update(JobRow).where(JobRow.id == job_id).values(complete=True))


def claim(session: Session, job_id: int, checkpoints: str) -> bool:
    """Whether a worker with these checkpoints may write for the job, which is its own choice for the first one."""
    unclaimed = (JobRow.id == job_id, JobRow.checkpoints.is_(None))
    session.execute(update(JobRow).where(*unclaimed).values(checkpoints=checkpoints))
    _move(session, job_id, "begin")
    return session.scalar(select(JobRow.checkpoints).where(JobRow.id == job_id)) == checkpoints


def cancel(session: Session, job_id: int) -> Job:
    """Begin nothing more of the job; what is being written is finished. Raises NotFound, Conflict where it has ended.

    Items are locked before their job, as everywhere, so that nobody waits for each other.
    """
    job = get(session, job_id)
    if job.state is JobState.ENDED:
        raise Conflict(f"batch {job_id} has ended; there is nothing left to cancel")
    queued = (ItemRow.job_id == job_id, ItemRow.state == ItemState.QUEUED)
    session.execute(update(ItemRow).where(*queued).values(state=ITEM_MOVES[ItemState.QUEUED, "cancel"]))
    _move(session, job_id, "cancel")
    conclude(session, job_id)
    return get(session, job_id)


def unfinished(session: Session, job_id: int) -> bool:
    """Whether anything of what was taken in is left to do."""
    left = exists().where(ItemRow.job_id == job_id, ItemRow.state.in_(UNFINISHED))
    return bool(session.scalar(select(left)))


def conclude(session: Session, job_id: int) -> bool:
    """End the job if nothing of it is left to do. Whether it has ended, now or before."""
    if not unfinished(session, job_id):
        complete = (JobRow.complete | (JobRow.state == JobState.CANCELLING),)
        _move(session, job_id, "conclude", *complete, ended_at=now())
    return get(session, job_id).state in {JobState.ENDED, JobState.CANCELLED}


def files(session: Session, job_id: int) -> dict[str, Any]:
    """The files that the job's results go to; empty where there are none."""
    return session.scalar(select(JobRow.files).where(JobRow.id == job_id)) or {}


def keep_files(session: Session, job_id: int, found: dict[str, Any], told: Sequence[int] | None = None) -> None:
    """Keep which files have the results of the items `told` too; of nothing where it is None: they begin anew."""
    chosen = ItemRow.id.in_(told) if told is not None else ItemRow.told == 1
    session.execute(update(ItemRow).where(ItemRow.job_id == job_id, chosen).values(told=int(told is not None)))
    session.execute(update(JobRow).where(JobRow.id == job_id).values(files=found))


def _move(session: Session, job_id: int, move: str, *conditions: Any, **values: Any) -> None:
    """Make a move of the table where the job's state allows it."""
    for (state, name), after in JOB_MOVES.items():
        if name == move:
            here = (JobRow.id == job_id, JobRow.state == state, *conditions)
            done: Any = session.execute(update(JobRow).where(*here).values(state=after, **values))
            if done.rowcount:
                return
