"""Importing: the same again changes nothing, whatever the order and however it was cut, and a killed run is mended."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import outcomes, pairs
from store.database import Database
from store.errors import InputError
from store.growing import Counts
from store.outcome import Reason, Reported
from tests import upworthy
from tests.training.filed import Row, own, pair, write
from training import intake, sifting, table

counts = st.tuples(st.integers(-2, 2000), st.integers(-2, 60), st.one_of(st.none(), st.integers(0, 30)))
keys = st.tuples(st.sampled_from("tuv"), st.sampled_from("abc"), st.sampled_from(["", "s"]), st.sampled_from("xy"))
files = st.dictionaries(keys, counts, min_size=1, max_size=12).map(
    lambda found: [
        own(test, variant, f"Text {variant}", segment=segment, channel=channel)
        | {"impressions": shown, "clicks": clicks, "conversions": conversions}
        for (test, variant, segment, channel), (shown, clicks, conversions) in found.items()
    ]
)


def take(database: Database, path: Path, rows: list[Row], **more: Any) -> Counts:
    return intake.take(database, write(path, rows), **more).counts


def held(database: Database) -> list[Reported]:
    with database.read() as session:
        return list(outcomes.stream(session))


def emptied(rows: list[Row], number: int) -> list[Row]:
    """The same rows, of a test each time anew, so that the property needs no new database."""
    return [{**row, "test_id": f"{number:06d} {row['test_id']}"} for row in rows]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=files, seed=st.integers(0, 99), cut=st.integers(0, 12))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_order_and_cuts_and_repeats_do_not_matter(
    database: Database, tmp_path: Path, rows: list[Row], seed: int, cut: int
) -> None:
    path = tmp_path / "r.jsonl"
    number = len(held(database))
    for turn in range(2):
        mine = emptied(rows, 2 * number + turn)
        if turn:
            mine = random.Random(seed).sample(mine, len(mine))
            parts = [part for part in (mine[:cut], mine[cut:]) if part]
        else:
            parts = [mine]
        assert sum(take(database, path, part).added for part in parts) == len(rows)
        assert take(database, path, mine) == Counts(0, 0, len(rows))
    stands = held(database)[-2 * len(rows) :]
    assert [plain(row) for row in stands[: len(rows)]] == [plain(row) for row in stands[len(rows) :]]


def plain(row: Reported) -> dict[str, Any]:
    return {**row.model_dump(), "test_id": row.test_id[7:], "reason": row.reason}


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.jsonl", "r.jsonl.gz", "r.parquet"])
def test_a_file_that_grew_adds_what_grew(database: Database, tmp_path: Path, name: str) -> None:
    rows = [own(), own(variant="b", text="Two")]
    assert take(database, tmp_path / name, rows) == Counts(2, 0, 0)
    assert take(database, tmp_path / name, rows) == Counts(0, 0, 2)
    grown = [rows[0], {**rows[1], "impressions": 1100, "clicks": 31}, own(variant="c", text="Three")]
    assert take(database, tmp_path / name, grown) == Counts(1, 1, 1)
    assert [(row.variant_id, row.clicks) for row in held(database)] == [("a", 20), ("b", 31), ("c", 20)]


def test_what_cannot_be_is_kept_apart_until_it_is_mended(database: Database, tmp_path: Path) -> None:
    good, bad = [own(), own(variant="b", clicks=30)], [own(), own(variant="b", clicks=3000)]
    taken = intake.take(database, write(tmp_path / "r.csv", bad))
    assert (taken.counts, taken.set_aside) == (Counts(2, 0, 0), {Reason.CLICKS: 1})
    with database.read() as session:
        assert [row.variant_id for row in outcomes.standing(session)] == ["a"]
        assert [one.row.clicks for one in sifting.set_aside(session)] == [20, 3000]  # a has nothing against it now
    assert take(database, tmp_path / "r.csv", bad) == Counts(0, 0, 2)
    for rows, believed in ((good, ["a", "b"]), (bad, ["a"]), (good, ["a", "b"])):
        take(database, tmp_path / "r.csv", rows)
        with database.read() as session:
            assert sorted(row.variant_id for row in outcomes.standing(session)) == believed


def test_a_run_that_was_stopped_is_mended_by_the_next(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "BATCH", 2)
    rows = [own(variant=str(number)) for number in range(5)]
    with pytest.raises(InputError, match="row 5, clicks: 'many' is not a number"):
        take(database, tmp_path / "r.csv", [*rows[:4], own(clicks="many")])
    assert len(held(database)) == 4
    assert take(database, tmp_path / "r.csv", rows) == Counts(1, 0, 4)


def test_it_tells_how_far_it_is(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "BATCH", 2)
    monkeypatch.setattr(intake, "OFTEN", 4)
    said: list[str] = []
    path = tmp_path / "r.parquet"
    take(database, path, [own(variant=str(number)) for number in range(9)], progress=said.append)
    assert said == [f"{path}: 4 rows of 9", f"{path}: 8 rows of 9"]


def test_pairs_are_kept_once(database: Database, tmp_path: Path) -> None:
    rows = [pair(), pair("t2", 2, near_duplicate_cluster=7)]
    rows[0]["near_duplicate_cluster"] = ""
    path = tmp_path / "p.csv"
    assert take(database, path, rows) == Counts(2, 0, 0)
    assert take(database, path, rows[::-1]) == Counts(0, 0, 2)
    assert take(database, path, [{**row, "eyecatcher_id": "i"} for row in rows[:1]]) == Counts(1, 0, 0)
    with database.read() as session:
        found = list(pairs.stream(session))
    assert [(one.test_id, one.winner, one.cluster) for one in found] == [
        ("t1", "One", ""),
        ("t1", "One", ""),
        ("t2", "Two", "7"),
    ]


@pytest.mark.slow
@upworthy.needed
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_archive_imports_and_its_faulty_weeks_show(database: Database) -> None:
    assert intake.take(database, upworthy.TESTS).counts == Counts(19_202, 0, 1)  # one row stands there twice
    assert intake.take(database, upworthy.TESTS).counts == Counts(0, 0, 19_203)
    found = intake.take(database, upworthy.PAIRS).counts
    assert sum(found) == 6_957
    assert found.unchanged == pytest.approx(37, abs=2)  # pairs that stand there both ways round
    with database.read() as session:
        tests = list(sifting.sift(outcomes.stream(session)))
    assert len(tests) == 4_141
    mismatched = [test for test in tests if test.reason is Reason.MISMATCH]
    faulty = [test for test in mismatched if "201326" <= test.rows[0].week <= "201402"]
    assert len(mismatched) == pytest.approx(635, abs=2)
    assert len(faulty) == pytest.approx(595, abs=2)
