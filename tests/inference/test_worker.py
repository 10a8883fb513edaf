"""Whatever happens to workers, every item ends once: in the results, or in the errors with its reason."""

import random
import time
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from inference import inputs
from inference.batch import take_in
from inference.inputs import Line
from inference.order import Parts
from inference.results import errors_of, records
from inference.worker import MAX_WRITTEN, Stopped, Worker, checkpoints
from inference.writer import Draft, FakeWriter
from store import items, jobs, variants
from store.columns import now
from store.database import Database
from store.errors import Conflict, ModelError
from store.item import Item
from store.job import Job, Terms
from store.prompt import Prompt
from store.states import ItemState, JobState
from store.tables import CampaignRow, VariantRow
from store.variant import Sampling
from tests.inference import crew, house

SMALL: dict[str, Any] = {"segments": house.brief_data()["segments"][:1], "channels": ["web_headline"]}
TERMS = Terms(n=2)


def begun(database: Database, *bodies: dict[str, Any], kind: str = "briefs", terms: Terms = TERMS) -> Job:
    """A job with these briefs, or requests, as its items."""
    with database.write() as session:
        job = jobs.begin(session, kind=kind, source="test", terms=terms, author="ada")
    asked = [
        body if kind == "briefs" else {"custom_id": f"c{place}", "body": body} for place, body in enumerate(bodies)
    ]
    take_in(database, job, [Line(number, inputs.as_json(body)) for number, body in enumerate(asked, 1)])
    return job


def briefs(count: int) -> list[dict[str, Any]]:
    return [house.brief_data(**SMALL, name=f"Brief {number}") for number in range(1, count + 1)]


def all_items(database: Database, job: Job, *states: ItemState) -> list[Item]:
    with database.read() as session:
        return [item for state in states or ItemState for item in items.settled(session, job.id, state, 0, 1_000)]


def state_of(database: Database, job: Job) -> JobState:
    with database.read() as session:
        return jobs.get(session, job.id).state


class Poisoned(FakeWriter):
    """A writer that falls over at one brief."""

    def __init__(self, error: BaseException, name: str = "Brief 2") -> None:
        self.error, self.name, self.calls = error, name, 0

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        self.calls += 1
        if any(self.name in message.content for message in prompts[0].messages):
            raise self.error
        yield from super().write(prompts, seeds, sampling)


def poisoned(error: BaseException) -> Parts:
    return replace(house.parts(), writer=Poisoned(error))


def branded(count: int) -> list[dict[str, Any]]:
    """Briefs that can be told apart by their prompts."""
    return [house.brief_data(**SMALL, brand=f"Brief {number}") for number in range(1, count + 1)]


def test_every_item_is_written_and_its_campaign_is_its_own(database: Database) -> None:
    job = begun(database, *briefs(3))
    settled = [item for item in Worker(house.parts(), database).work() if item]
    assert [item.number for item in settled] == [1, 2, 3]
    done = all_items(database, job, ItemState.DONE)
    assert len({item.campaign_id for item in done}) == 3
    for item in done:
        found = list(records(item, database))
        assert len(found) == 2
        assert {record["campaign_id"] for record in found} == {item.campaign_id}
    with database.read() as session:
        ended = jobs.get(session, job.id)
    assert (ended.state, ended.checkpoints) == (JobState.ENDED, checkpoints(house.parts()))
    assert ended.ended_at is not None


def test_a_poisoned_item_fails_alone_after_three_tries_with_its_error(database: Database) -> None:
    job = begun(database, *branded(3))
    parts = poisoned(ZeroDivisionError("the cup is empty"))
    settled = [item.number for item in Worker(parts, database).work() if item]
    assert settled == [1, 2, 3, 2, 2]  # those that were tried least come first
    (failed,) = all_items(database, job, ItemState.FAILED)
    (line,) = errors_of(failed)
    assert (line["line"], line["id"], line["detail"]) == (2, "2", "ZeroDivisionError: the cup is empty")
    assert failed.attempts == 3
    assert len(all_items(database, job, ItemState.DONE)) == 2
    assert state_of(database, job) is JobState.ENDED


def test_a_brief_that_is_refused_fails_at_once_with_its_place(database: Database) -> None:
    job = begun(database, house.brief_data(facts=[]), *briefs(1))
    list(Worker(house.parts(), database).work())
    (failed,) = all_items(database, job, ItemState.FAILED)
    assert failed.attempts == 1
    assert failed.error is not None
    assert failed.error["problems"][0]["place"] == "facts"


def test_a_line_that_asks_for_more_than_memory_holds_is_refused(database: Database) -> None:
    job = begun(database, *briefs(1), terms=Terms(n=4_096, overgenerate=64))
    list(Worker(house.parts(), database).work())
    (failed,) = all_items(database, job, ItemState.FAILED)
    assert failed.error is not None
    assert f"262,144 variants would be written for one line; at most {MAX_WRITTEN:,} are" in failed.error["detail"]


@pytest.mark.parametrize("error", [ModelError("weights are gone"), KeyboardInterrupt(), SystemExit(1)])
def test_what_is_no_fault_of_the_item_gives_it_back_and_ends_the_worker(
    database: Database, error: BaseException
) -> None:
    job = begun(database, *branded(3))
    with pytest.raises(type(error)):
        list(Worker(poisoned(error), database).work())
    (back, _) = all_items(database, job, ItemState.QUEUED)
    assert (back.number, back.attempts, back.worker) == (2, 0, None)
    assert [item.number for item in Worker(house.parts(), database).work() if item] == [2, 3]


def test_a_worker_that_is_stopped_gives_back_what_it_has(database: Database) -> None:
    job = begun(database, *briefs(2))
    worker = Worker(house.parts(), database)

    class Stops(FakeWriter):
        def write(self, *order: Any) -> Generator[Draft]:
            for draft in super().write(*order):
                worker.stop.set()
                yield draft

    worker.parts = replace(house.parts(), writer=Stops())
    with pytest.raises(Stopped):
        list(worker.work())
    assert [(item.number, item.attempts) for item in all_items(database, job, ItemState.QUEUED)] == [(1, 0), (2, 0)]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def take(database: Database, job: Job, worker: str, clock: Clock, seconds: float = 60) -> Item | None:
    with database.write() as session:
        return items.lease(session, job.id, worker, clock(), clock() + timedelta(seconds=seconds))


def test_a_lease_holds_until_it_runs_out_and_a_renewed_one_for_longer(database: Database) -> None:
    job, clock = begun(database, *briefs(1)), Clock()
    mine = take(database, job, "one", clock)
    assert mine is not None
    clock.pass_(59)
    assert take(database, job, "two", clock) is None
    with database.write() as session:
        items.renew(session, mine, clock() + timedelta(seconds=60))
    clock.pass_(59)
    assert take(database, job, "two", clock) is None
    clock.pass_(2)
    theirs = take(database, job, "two", clock)
    assert theirs is not None
    assert (theirs.id, theirs.worker, theirs.attempts) == (mine.id, "two", 2)


def test_who_has_lost_a_lease_can_store_nothing(database: Database) -> None:
    job, clock = begun(database, *briefs(1)), Clock()
    late = Worker(house.parts(), database, clock=clock)

    class Overtaken(FakeWriter):
        def write(self, *order: Any) -> Generator[Draft]:
            yield from super().write(*order)
            clock.pass_(61)
            assert list(Worker(house.parts(), database, clock=clock).work())

    late.parts = replace(house.parts(), writer=Overtaken())
    list(late.work())
    (item,) = all_items(database, job, ItemState.DONE)
    assert item.attempts == 2
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CampaignRow)) == 1
        assert session.scalar(select(func.count()).select_from(VariantRow)) == 2
    for act in (items.give_back, lambda session, held: items.renew(session, held, clock())):
        with pytest.raises(Conflict, match="leased to another"), database.write() as session:
            act(session, item.model_copy(update={"worker": "late", "attempts": 1}))


def test_an_item_whose_workers_are_lost_three_times_is_given_up(database: Database) -> None:
    job, clock = begun(database, *briefs(2)), Clock()
    order = []
    for number in range(7):
        item = take(database, job, f"worker {number}", clock, seconds=1)
        order.append(item and item.number)
        clock.pass_(2)
    assert order == [1, 2, 1, 2, 1, 2, None]
    failed = all_items(database, job, ItemState.FAILED)
    assert [item.attempts for item in failed] == [3, 3]
    assert all("its worker was lost 3 times" in errors_of(item)[0]["detail"] for item in failed)
    list(Worker(house.parts(), database, clock=clock).work())
    assert state_of(database, job) is JobState.ENDED


def test_what_is_cancelled_is_not_begun_and_what_is_begun_is_finished(database: Database) -> None:
    job = begun(database, *briefs(4))
    working = Worker(house.parts(), database).work()
    assert next(working) is not None
    with database.write() as session:
        begun_ = items.lease(session, job.id, "w", datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=60))
    assert begun_ is not None
    with database.write() as session:
        assert jobs.cancel(session, job.id).state is JobState.CANCELLING
    assert next(working) is None
    with database.write() as session:
        items.give_back(session, begun_)
    assert [item and item.number for item in working] == [2]
    with database.read() as session:
        counts = jobs.counts(session, job.id)
    assert (counts[ItemState.DONE], counts[ItemState.CANCELLED]) == (2, 2)
    assert state_of(database, job) is JobState.CANCELLED
    with database.write() as session:
        assert jobs.cancel(session, job.id).state is JobState.CANCELLED  # once more changes nothing


def test_a_job_that_has_ended_cannot_be_cancelled(database: Database) -> None:
    job = begun(database, *briefs(1))
    list(Worker(house.parts(), database).work())
    with database.write() as session, pytest.raises(Conflict, match="has ended"):
        jobs.cancel(session, job.id)


def test_workers_with_other_models_leave_a_job_alone(database: Database) -> None:
    job = begun(database, *briefs(2))
    working = Worker(house.parts(), database).work()
    next(working)

    class Other(FakeWriter):
        checkpoint = "other"

    assert list(Worker(replace(house.parts(), writer=Other()), database).work()) == []
    assert state_of(database, job) is JobState.RUNNING
    list(working)
    assert state_of(database, job) is JobState.ENDED


def test_requests_say_for_themselves_what_they_want(database: Database) -> None:
    whole = {"brief": house.brief_data(), "n": 1, "overgenerate": 1, "segments": ["New cooks"], "seed": 5}
    job = begun(database, whole, {"brief_key": "0" * 16}, {**whole, "colour": "red"}, kind="requests")
    list(Worker(house.parts(), database).work())
    (done,) = all_items(database, job, ItemState.DONE)
    assert {record["segment"] for record in records(done, database)} == {"New cooks"}
    assert {record["id"] for record in records(done, database)} == {"c0"}
    details = [errors_of(item)[0]["detail"] for item in all_items(database, job, ItemState.FAILED)]
    assert 'no brief "0000' in details[0]
    assert "colour: unknown key" in details[1]


@pytest.mark.slow
def test_killed_twenty_times_at_random_every_item_ends_once(database: Database, database_url: str) -> None:
    draw, count = random.Random(20), 40
    job = begun(database, *briefs(count), terms=Terms(n=4))
    workers = [crew.hire(database_url) for _ in range(3)]
    killed = 0
    try:
        while state_of(database, job) is not JobState.ENDED:
            time.sleep(draw.uniform(0.02, 0.2))  # a kill is to fall anywhere
            place = draw.randrange(len(workers))
            if killed < 20 and workers[place].is_alive():
                workers[place].kill()
                workers[place].join()
                killed += 1
            if not workers[place].is_alive():
                workers[place] = crew.hire(database_url)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    assert killed == 20
    ends_once(database, job, count)


def ends_once(database: Database, job: Job, count: int) -> None:
    """Hold that every item is done, with a campaign of its own and all of its variants, or failed by its workers."""
    done, failed = (all_items(database, job, state) for state in (ItemState.DONE, ItemState.FAILED))
    assert sorted(item.number for item in [*done, *failed]) == list(range(1, count + 1))
    assert {item.attempts for item in failed} <= {3}
    assert len(done) > count / 2
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CampaignRow)) == len(done)
        assert session.scalar(select(func.count()).select_from(VariantRow)) == 4 * len(done)
        ids = [record["variant_id"] for item in done for record in records(item, database)]
        assert len(variants.rows(session, ids)) == len(set(ids)) == 4 * len(done)
        assert set(Counter(item.campaign_id for item in done).values()) == {1}


def test_one_item_may_be_taken_and_is_settled_once(database: Database) -> None:
    job = begun(database, *briefs(3))
    worker = Worker(house.parts(), database)
    with database.read() as session:
        _, second, _ = items.ready(session, job.id, now(), 9)
    taken = worker.take(job.id, second)
    assert taken is not None
    assert taken.number == 2
    assert worker.take(job.id, second) is None
    assert [item.number for item in worker.work(job.id) if item] == [1, 3]
    assert worker.take(job.id, second) is None
