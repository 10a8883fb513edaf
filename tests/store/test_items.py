"""Items are taken in once, changed only as long as nobody has begun them, and each has a name of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import items, jobs
from store.database import Database
from store.errors import InputError
from store.item import Entry, Item
from store.items import Lost
from store.job import Job, Terms
from store.states import ItemState
from tests import nouns

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def job(database: Database) -> Job:
    return begun(database)


def begun(database: Database) -> Job:
    with database.write() as session:
        return jobs.begin(session, kind="briefs", source="test", terms=Terms(), author="ada")


def entry(number: int, text: str = "a", custom_id: str | None = None) -> Entry:
    return Entry(number=number, hash=text, custom_id=custom_id or f"id {number}", body={"text": text})


def take(database: Database, job: Job, *entries: Entry) -> int:
    with database.write() as session:
        return items.add(session, job.id, entries)


def lease(database: Database, job: Job, seconds: float = 60) -> Item:
    with database.write() as session:
        leased = items.lease(session, job.id, "w", NOW, NOW + timedelta(seconds=seconds))
    assert leased is not None
    return leased


def bodies(database: Database, job: Job, state: ItemState) -> dict[int, object]:
    with database.read() as session:
        return {item.number: (item.body or {}).get("text") for item in items.settled(session, job.id, state, 0, 100)}


def done(database: Database, item: Item) -> None:
    campaign = nouns.campaign(database)
    with database.write() as session:
        items.finish(session, item, campaign)


def test_the_same_again_changes_nothing_and_what_is_new_is_added(database: Database, job: Job) -> None:
    assert take(database, job, entry(1), entry(2)) == 2
    assert take(database, job, entry(1), entry(2), entry(3)) == 1
    assert bodies(database, job, ItemState.QUEUED) == {1: "a", 2: "a", 3: "a"}


def test_what_nobody_has_begun_may_change_and_what_is_leased_stays_as_it_was(database: Database, job: Job) -> None:
    take(database, job, entry(1), entry(2), entry(3))
    lease(database, job)
    with database.write() as session:
        failing = items.lease(session, job.id, "w", NOW, NOW)
        assert failing is not None
        items.fail(session, failing, {"detail": "no", "problems": []}, for_good=True)
    assert take(database, job, entry(1, "b"), entry(2, "b"), entry(3, "b")) == 2
    assert bodies(database, job, ItemState.QUEUED) == {2: "b", 3: "b"}
    assert bodies(database, job, ItemState.LEASED) == {1: "a"}
    with database.read() as session:
        (mended, _) = items.settled(session, job.id, ItemState.QUEUED, 0, 10)
    assert (mended.attempts, mended.error) == (0, None)


def test_what_is_done_may_not_change(database: Database, job: Job) -> None:
    take(database, job, entry(1))
    done(database, lease(database, job))
    with pytest.raises(InputError, match="line 1: was changed after it was written"):
        take(database, job, entry(1, "b"))


def test_a_name_is_of_one_item_of_its_job(database: Database, job: Job) -> None:
    take(database, job, entry(1, custom_id="x"), entry(2, custom_id="x"))
    take(database, job, entry(3, custom_id="x"), entry(4, custom_id="y"))
    assert set(bodies(database, job, ItemState.QUEUED)) == {1, 4}
    with database.read() as session:
        failed = items.settled(session, job.id, ItemState.FAILED, 0, 10)
    assert [(item.number, item.custom_id) for item in failed] == [(2, None), (3, None)]
    assert all("is the id of line 1 too" in (item.error or {})["detail"] for item in failed)
    take(database, job, entry(2, "b", custom_id="z"))
    assert set(bodies(database, job, ItemState.QUEUED)) == {1, 2, 4}
    take(database, begun(database), entry(1, custom_id="x"))


def test_a_settled_item_is_nobodys_to_settle_again(database: Database, job: Job) -> None:
    take(database, job, entry(1))
    item = lease(database, job)
    done(database, item)
    for again in (done, give_back):
        with pytest.raises(Lost, match="leased to another"):
            again(database, item)
    assert set(bodies(database, job, ItemState.DONE)) == {1}


def give_back(database: Database, item: Item) -> None:
    with database.write() as session:
        items.give_back(session, item)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["finish", "fail", "give back", "vanish"]), max_size=30))
def test_whatever_workers_do_every_item_is_in_one_state_and_ends_at_last(database: Database, acts: list[str]) -> None:
    job, moment = begun(database), NOW
    take(database, job, *(entry(number) for number in range(1, 5)))
    for act in [*acts, *["finish"] * 20]:
        moment += timedelta(seconds=2)
        with database.write() as session:
            item = items.lease(session, job.id, "w", moment, moment + timedelta(seconds=1))
        if item is not None:
            settle(database, item, act)
    with database.write() as session:
        jobs.completed(session, job.id)
        assert jobs.conclude(session, job.id)
        counts = jobs.counts(session, job.id)
    assert counts[ItemState.DONE] + counts[ItemState.FAILED] == sum(counts.values()) == 4


def settle(database: Database, item: Item, act: str) -> None:
    if act == "finish":
        done(database, item)
    elif act == "give back":
        give_back(database, item)
    elif act == "fail":
        with database.write() as session:
            items.fail(session, item, {"detail": "no", "problems": []}, for_good=False)


def test_one_item_may_be_asked_for_and_only_if_nobody_has_it(database: Database, job: Job) -> None:
    later = NOW + timedelta(seconds=60)
    with database.write() as session:
        items.add(session, job.id, [entry(number) for number in (1, 2)])
        first, second = items.ready(session, job.id, NOW, 9)
        assert items.ready(session, job.id, NOW, 1) == [first]
        leased = items.lease(session, job.id, "a", NOW, later, only=second)
        assert leased is not None
        assert leased.id == second
        assert items.lease(session, job.id, "b", NOW, later, only=second) is None
        assert items.ready(session, job.id, NOW, 9) == [first]
        after = later + timedelta(seconds=1)
        assert items.ready(session, job.id, after, 9) == [first, second]
        taken = items.lease(session, job.id, "b", after, after + timedelta(seconds=60), only=second)
        assert (taken.attempts if taken else None) == 2
        items.fail(session, taken or leased, items.refusal(ValueError("x")), for_good=True)
        assert items.lease(session, job.id, "c", after, after, only=second) is None
