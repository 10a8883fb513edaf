"""Totals grow: what is new is appended, what is known is left, and the newest stand."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import func, select

from store import growing, outcomes
from store.database import Database
from store.growing import Counts
from store.outcome import Outcome, Reported
from store.tables import OutcomeRow
from tests import nouns


def record(database: Database, *rows: Reported) -> Counts:
    with database.write() as session:
        return outcomes.record(session, rows)


def standing(database: Database) -> list[Outcome]:
    with database.read() as session:
        return outcomes.standing(session)


def kept(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(OutcomeRow)) or 0


def test_the_same_rows_again_change_nothing(database: Database) -> None:
    rows = [nouns.outcome("1"), nouns.outcome("2", started_at="2026-01-02T03:04:05"), nouns.outcome("3", text="a\x00b")]
    assert record(database, *rows) == Counts(added=3, changed=0, unchanged=0)
    assert record(database, *rows) == Counts(added=0, changed=0, unchanged=3)
    assert kept(database) == 3


def test_grown_totals_are_appended_and_stand(database: Database) -> None:
    record(database, nouns.outcome("1", 100, 5), nouns.outcome("2", 100, 5))
    grown = nouns.outcome("1", 200, 11)
    assert record(database, grown, nouns.outcome("2", 100, 5), nouns.outcome("3")) == Counts(1, 1, 1)
    assert standing(database) == [nouns.outcome("2", 100, 5), grown, nouns.outcome("3")]
    assert kept(database) == 4


def test_segments_and_tests_are_apart(database: Database) -> None:
    rows = [
        nouns.outcome(),
        nouns.outcome(segment=nouns.STUDENTS),
        nouns.outcome(segment=""),
        nouns.outcome(test_id="u"),
        nouns.outcome(channel="sms"),
    ]
    assert record(database, *rows) == Counts(5, 0, 0)
    assert standing(database) == rows


def test_no_rows_are_no_rows(database: Database) -> None:
    assert record(database) == Counts(0, 0, 0)


def test_more_rows_than_a_chunk_are_all_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "CHUNK", 3)
    rows = [nouns.outcome(str(number)) for number in range(10)]
    assert record(database, *rows, *rows) == Counts(10, 0, 10)
    assert standing(database) == rows


def test_rows_that_repeat_a_key_are_settled_before_they_are_stored(database: Database) -> None:
    rows = [nouns.outcome("1", 100, 5), nouns.outcome("1", 200, 9), nouns.outcome("1", 200, 9)]
    assert record(database, *rows) == Counts(1, 1, 1)
    assert record(database, *rows) == Counts(0, 0, 3)
    assert standing(database) == rows[2:]
    assert kept(database) == 1


def test_what_cannot_be_is_kept_with_its_reason_and_stands_nowhere(database: Database) -> None:
    good = nouns.outcome("1", 100, 5)
    bad = Reported.model_validate({**good.model_dump(), "clicks": 500})
    for row, stands in ((bad, []), (good, [good]), (bad, []), (good, [good])):
        assert sum(record(database, row)[:2]) == 1
        assert standing(database) == stands
        with database.read() as session:
            assert outcomes.of_variants(session, ["1"]) == stands
            (newest,) = outcomes.stream(session)
        assert newest.clicks == row.clicks
    assert kept(database) == 4


def test_a_file_imported_twice_at_once_is_kept_once(database: Database) -> None:
    rows = [nouns.outcome(str(number)) for number in range(50)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: record(database, *rows), range(3)))
    assert sorted(found) == [Counts(0, 0, 50), Counts(0, 0, 50), Counts(50, 0, 0)]
    assert kept(database) == 50


rows_of_few = st.builds(
    nouns.outcome,
    variant_id=st.sampled_from("123"),
    impressions=st.integers(10, 12),
    clicks=st.integers(0, 2),
    test_id=st.sampled_from("tu"),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(rows_of_few, max_size=4), max_size=4))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_last_said_stands_however_it_came(database: Database, batches: list[list[Outcome]]) -> None:
    with database.write() as session:
        for rows in batches:
            before = {(row.test_id, row.variant_id): row for row in outcomes.standing(session)}
            counts = outcomes.record(session, rows)
            assert sum(counts) == len(rows)
            expected = before | {(row.test_id, row.variant_id): row for row in rows}
            assert {(row.test_id, row.variant_id): row for row in outcomes.standing(session)} == expected
        session.rollback()


@pytest.mark.parametrize(
    "counts",
    [
        {"impressions": 1, "clicks": 2},
        {"impressions": -1},
        {"impressions": 10**30},
        {"clicks": -1},
        {"conversions": -1},
        {"conversions": 6},
    ],
)
def test_counts_that_cannot_be_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        nouns.outcome(**counts)  # type: ignore[arg-type]
