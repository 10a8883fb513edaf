"""Reading files of results, good and bad."""

import random
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.errors import InputError
from tests import upworthy
from tests.training.filed import Row, archive, own, pair, write
from training import intake
from training.reports import NEWS
from training.results import of_store, read


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.jsonl", "r.jsonl.gz", "r.parquet"])
def test_every_kind_of_file_reads_alike(tmp_path: Path, name: str) -> None:
    rows = [own(), own(variant="b", text='Two, "quoted"\nåäö'), own("t2", "a"), own("t2", "b", "Three", clicks=0)]
    found = read([write(tmp_path / name, rows)])
    first, second = found.groups
    assert first.texts == ("One", 'Two, "quoted" åäö')
    assert (first.impressions, first.clicks, first.channel) == ((1000, 1000), (20, 20), "sms")
    assert second.clicks == (20, 0)
    assert found.hash == read([write(tmp_path / "other.csv", rows[::-1])]).hash


def test_the_products_own_file_is_totals_that_grow(tmp_path: Path) -> None:
    day = {"started_at": "2026-11-22"}
    rows = [own(**day), own(variant="b", text="Two", **day), own(clicks=50, impressions=2000, **day)]
    (group,) = read([write(tmp_path / "r.csv", rows)]).groups
    assert dict(zip(group.texts, group.clicks, strict=True)) == {"One": 50, "Two": 20}
    assert group.week == "202647"
    again = read([write(tmp_path / "old.csv", rows[:2]), write(tmp_path / "new.csv", rows)])
    assert again.groups[0].clicks == group.clicks


def test_segments_and_channels_are_groups_of_their_own(tmp_path: Path) -> None:
    rows = [
        own(variant=variant, text=variant, segment=segment, channel=channel)
        for segment in "xy"
        for channel in ("sms", "email")
        for variant in "ab"
    ]
    assert len(read([write(tmp_path / "r.jsonl", rows)]).groups) == 4


def test_the_archive_groups_by_image_and_adds_up_one_headline(tmp_path: Path) -> None:
    rows = [
        archive(),
        archive(clicks=30),
        archive(headline="Two"),
        archive(image="i2", headline="Three"),
        archive(test="t2", image=None),
        archive(test="t2", image=None, headline="Four"),
    ]
    extra = {"created_at": "2014", "updated_at": "", "slug": "s", "share_text": "", "square": "", "problem": ""}
    for more in ({}, extra):
        found = read([write(tmp_path / "r.csv", [{**row, **more} for row in rows])])
        assert [group.texts for group in found.groups] == [("One", "Two"), ("Four", "One")]
        assert found.groups[0].clicks == (50, 20)
        assert found.groups[0].channel == NEWS


def test_what_was_never_shown_says_nothing(tmp_path: Path) -> None:
    rows = [own(), own(variant="b", text="Two", impressions=0, clicks=0), own("t2", "a", "A"), own("t2", "b", "B")]
    assert [group.test for group in read([write(tmp_path / "r.csv", rows)]).groups] == ["t2"]


@pytest.mark.parametrize("higher", [2, "2", 2.0])
def test_pairs_have_a_winner(tmp_path: Path, higher: Any) -> None:
    (found,) = read([write(tmp_path / "p.csv.gz", [pair(higher=higher)])]).pairs
    assert (found.winner, found.loser) == ("Two", "One")


def test_what_shares_a_text_or_is_joined_by_the_file_is_one_cluster(tmp_path: Path) -> None:
    tests = [archive(test, image, headline, near_duplicate_cluster=c) for test, image, headline, c in _JOINED]
    pairs = [pair("t9", 1, "ALPHA", "Omega", near_duplicate_cluster=77), pair("t8", 1, "P", "Q")]
    found = read([write(tmp_path / "r.parquet", tests), write(tmp_path / "p.csv", pairs)])
    t1, t2, t3 = (group.cluster for group in found.groups)
    assert t1 == t2  # the file says 0 of both
    assert t3 not in {t1, found.pairs[1].cluster}
    assert found.pairs[0].cluster == t1  # Alpha, in other letters
    assert len(found.clusters) == 3
    part = found.within([t1])
    assert (len(part.groups), len(part.pairs)) == (2, 1)


_JOINED = [
    ("t1", "i", "Alpha", 0),
    ("t1", "i", "Beta", 0),
    ("t2", "i", "Gamma", 0),
    ("t2", "i", "Delta", 0),
    ("t3", "i", "X", 5),
    ("t3", "i", "Y", 5),
]


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [own(f"t{i // 2}", "ab"[i % 2], f"text {i * 7 % 17}") for i in range(20)]
    mixed = random.Random(1).sample(rows, len(rows))
    one, other = (read([write(tmp_path / name, part)]) for name, part in (("a.csv", rows), ("b.csv", mixed)))
    assert one == other
    assert len(one.clusters) == 7


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (own(clicks=1001), "row 2, clicks: 1001 exceed the 1000 impressions"),
        (own(clicks=-1), "row 2, clicks: -1 should be a whole number of at least 0"),
        (own(impressions="many"), "row 2, impressions: 'many' is not a number; write digits only"),
        (own(impressions="1,200"), "row 2, impressions: '1,200' is not a number"),
        (own(impressions="nan"), "row 2, impressions: 'nan' should be a whole number"),
        (own(clicks="1.5"), "row 2, clicks: '1.5' should be a whole number"),
        (own(clicks=""), "row 2, clicks: '' is not a number"),
        (own(text=" "), "row 2, text: is empty"),
        (own(started_at="yesterday"), "row 2, started_at: 'yesterday' is not a date"),
        (archive(clicks=2000), "row 2, clicks: 2000 exceed"),
        (pair(higher=3), "row 2, higher_CTR: '3' should be 1 or 2"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, row: Row, message: str) -> None:
    good = {"started_at": ""} | (own() if "text" in row else pair() if "higher_CTR" in row else archive())
    path = write(tmp_path / "r.csv", [good, {"started_at": ""} | row])
    with pytest.raises(InputError) as caught:
        read([path])
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


_OWN = "a file of outcomes has test_id, variant_id, text, segment, channel, impressions, clicks (segment and channel"


@pytest.mark.parametrize(
    ("row", "left_out", "message"),
    [
        (own(click=1), ("clicks",), f"clicks: column is missing; {_OWN}"),
        (own(test="t"), ("test_id", "variant_id"), f"test_id, variant_id: columns are missing; {_OWN}"),
        ({"a": 1}, (), f"test_id, variant_id, text, impressions, clicks: columns are missing; {_OWN}"),
        (
            archive(),
            ("headline",),
            "headline: column is missing; a file of the Upworthy archive's tests has clickability_test_id,"
            " eyecatcher_id, headline, impressions, clicks",
        ),
        (
            pair(),
            ("higher_CTR",),
            "higher_CTR: column is missing; a file of the Upworthy archive's pairs has clickability_test_id,"
            " headline_1, headline_2, higher_CTR",
        ),
    ],
)
def test_missing_columns_are_named_with_those_of_the_nearest_kind(
    tmp_path: Path, row: Row, left_out: tuple[str, ...], message: str
) -> None:
    path = write(tmp_path / "r.csv", [{key: value for key, value in row.items() if key not in left_out}])
    with pytest.raises(InputError) as caught:
        read([path])
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("r.csv", b"", "is empty"),
        ("r.csv", b"test_id,variant_id,text,impressions,clicks\n", "has no rows"),
        ("r.parquet", b"PAR1 not really", "cannot be read as parquet"),
        ("r.jsonl", b"{broken", "line 1: cannot be read as jsonl"),
        ("r.jsonl", b"[1]", "line 1: \\[1\\] is no object"),
        ("r.jsonl", b'{"text": "\xe5"}', "cannot be read as jsonl"),
        ("r.jsonl.gz", b"not gzip", "cannot be read as jsonl"),
        ("r.csv.gz", b"not gzip", "cannot be read as csv"),
        ("r.csv", "test_id,text\n1,\xe5\n".encode("latin-1"), "cannot be read as csv"),
        ("r.xlsx", b"x", "suffix 'xlsx' is not known; use csv, parquet, jsonl"),
        ("r.csv", b"test_id,variant_id,text,impressions,clicks\nt,a,One,10,1\n", "nothing to compare"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read([tmp_path / name])
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read([tmp_path / "none.csv"])


def test_what_was_imported_reads_as_the_files_do(tmp_path: Path, database: Database) -> None:
    started = {"started_at": "2026-11-23T00:30:00+02:00"}  # a Monday where it was written, the week before in UTC
    rows = [own(variant=v, text=v, segment=s, image=i, **started) for v, i in ("ax", "bx", "cy", "dy") for s in "st"]
    archived = [archive(near_duplicate_cluster=1), archive(headline="Two", clicks=3), archive(headline="Two", clicks=4)]
    paths = [write(tmp_path / "own.jsonl", rows), write(tmp_path / "archive.csv", _alike(archived))]
    paths.append(write(tmp_path / "pairs.csv", [pair(), pair("t2", 2)]))
    for path in paths:
        intake.take(database, path)
    with database.read() as session:
        found = of_store(session)
    assert found == read(paths)
    assert (len(found.groups), len(found.pairs), found.groups[-1].week) == (5, 2, "202647")


def test_a_store_without_results_has_nothing_to_compare(database: Database) -> None:
    with database.read() as session, pytest.raises(InputError, match="the store: no test has two texts"):
        of_store(session)


def _alike(rows: list[Row]) -> list[Row]:
    """The rows with every column of any of them."""
    return [{**dict.fromkeys(name for other in rows for name in other), **row} for row in rows]


@upworthy.needed
def test_the_archive_itself() -> None:
    found = read([upworthy.TESTS, upworthy.PAIRS])
    assert len(found.groups) > 2_000
    assert len(found.pairs) > 6_900
    assert 300 < sum(group.faulty for group in found.groups) < 600
    texts = {text.casefold(): group.cluster for group in found.groups for text in group.texts}
    assert all(texts.get(p.winner.casefold(), p.cluster) == p.cluster for p in found.pairs)
