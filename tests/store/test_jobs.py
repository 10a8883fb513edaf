"""A job is found again by its key, written with one set of models, and ends when nothing of it is left."""

import pytest

from store import items, jobs
from store.database import Database
from store.errors import NotFound
from store.item import Entry
from store.job import Job, Terms
from store.states import ItemState, JobState

ASKED = {"kind": "briefs", "source": "/in.jsonl", "author": "ada", "checkpoints": "w s a"}


def resume(database: Database, key: str = "k") -> Job:
    with database.write() as session:
        return jobs.resume(session, key, terms=Terms(n=3), **ASKED)


def take(database: Database, job: Job, count: int = 1) -> None:
    entries = [Entry(number=number, hash="h", custom_id=str(number), body={}) for number in range(1, count + 1)]
    with database.write() as session:
        items.add(session, job.id, entries)


def conclude(database: Database, job: Job) -> bool:
    with database.write() as session:
        return jobs.conclude(session, job.id)


def test_a_job_is_found_again_with_what_it_was_begun_with(database: Database) -> None:
    first, again, other = resume(database), resume(database), resume(database, "other")
    assert first == again
    assert first.id != other.id
    assert (first.terms, first.state, first.complete) == (Terms(n=3), JobState.QUEUED, False)
    with database.read() as session:
        assert [job.id for job in jobs.recent(session)] == [other.id, first.id]


def test_a_job_does_not_end_before_all_of_its_input_is_taken_in(database: Database) -> None:
    job = resume(database)
    assert not conclude(database, job)
    with database.write() as session:
        jobs.completed(session, job.id)
    assert conclude(database, job)
    assert conclude(database, job)


def test_one_that_was_cancelled_is_open_again_with_what_was_cancelled(database: Database) -> None:
    job = resume(database)
    take(database, job, 2)
    with database.write() as session:
        assert jobs.cancel(session, job.id).state is JobState.CANCELLED
        assert jobs.counts(session, job.id)[ItemState.CANCELLED] == 2
    again = resume(database)
    assert (again.state, again.ended_at) == (JobState.QUEUED, None)
    with database.read() as session:
        assert jobs.counts(session, job.id)[ItemState.QUEUED] == 2


def test_the_first_worker_chooses_the_models_where_nobody_has(database: Database) -> None:
    with database.write() as session:
        job = jobs.begin(session, kind="requests", source="api", terms=Terms(), author="ada")
        assert jobs.claim(session, job.id, "w1 s a")
        assert not jobs.claim(session, job.id, "w2 s a")
        assert jobs.get(session, job.id).checkpoints == "w1 s a"
        assert jobs.get(session, job.id).state is JobState.RUNNING


def test_a_batch_that_is_not_there_is_named(database: Database) -> None:
    with database.write() as session:
        for act in (jobs.get, jobs.cancel, jobs.conclude):
            with pytest.raises(NotFound, match="no batch 7"):
                act(session, 7)
