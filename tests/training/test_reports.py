"""One file's rows, whichever columns it has."""

from pathlib import Path
from typing import Any

import pytest

from store.errors import InputError
from store.outcome import Reason, Reported
from tests.training.filed import Row, archive, own, write
from training import reports, table

THEIRS = {"Test": "t1", "Ad ID": "7", "Body": "One", "Shown": 100, "Link clicks": 4, "clicks": 90, "Other": "x"}
MAPPING = """
"Test" = "test_id"
"Ad ID" = "variant_id"
"Body" = "text"
"Shown" = "impressions"
"Link clicks" = "clicks"
"""


def read(path: Path, mapping: dict[str, str] | None = None) -> list[Reported]:
    found = [numbered.said for batch in reports.read(path, mapping) for numbered in batch]
    assert all(isinstance(said, Reported) for said in found)
    return found  # type: ignore[return-value] # just checked


def mapped(tmp_path: Path, mapping: str = MAPPING, rows: list[Row] | None = None) -> list[Reported]:
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    return read(write(tmp_path / "theirs.csv", rows or [THEIRS]), reports.read_mapping(tmp_path / "m.toml"))


def test_every_column_of_ours_is_read(tmp_path: Path) -> None:
    more: Row = {"conversions": 3, "started_at": "2026-11-22", "image": "i", "cluster": 5, "share": 0.25}
    (found,) = read(write(tmp_path / "r.csv", [own(**more)]))
    assert (found.test_id, found.variant_id, found.text, found.segment, found.channel) == ("t1", "a", "One", "s", "sms")
    assert (found.impressions, found.clicks, found.conversions, found.share) == (1000, 20, 3, 0.25)
    assert (found.image, found.cluster, f"{found.started_at:%Y-%m-%d}") == ("i", "5", "2026-11-22")
    (bare,) = read(write(tmp_path / "r.csv", [own(conversions="", started_at="", share="")]))
    assert (bare.conversions, bare.started_at, bare.share) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("r.jsonl", {"subject": "One", "preheader": "Two"}),
        ("r.csv", '{"subject": "One", "preheader": "Two"}'),
        ("r.parquet", {"subject": "One", "preheader": "Two"}),
    ],
)
def test_fields_may_stand_for_text(tmp_path: Path, name: str, fields: Any) -> None:
    row = {key: value for key, value in own(fields=fields).items() if key != "text"}
    assert read(write(tmp_path / name, [row]))[0].text == "One Two"


def test_a_mapping_makes_any_columns_ours(tmp_path: Path) -> None:
    (found,) = mapped(tmp_path)
    assert (found.test_id, found.variant_id, found.text) == ("t1", "7", "One")
    assert (found.impressions, found.clicks) == (100, 4)  # not their own column of that name


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ('"Test" = "test"', "m.toml: Test: 'test' is no column of ours; did you mean \"text\"?"),
        ('"Test" = 3', "m.toml: Test: 3 is no column of ours; known here: test_id,"),
        ('"A" = "text"\n"B" = "text"', "m.toml: A: 'text' is named twice; keep one line of it"),
        ("", "m.toml: is empty; write a line for each column"),
        ("not toml", "m.toml: cannot be read as TOML: "),
        (MAPPING.replace("Shown", "Showm"), "theirs.csv: Showm: the mapping names it, but the file has no such column"),
    ],
)
def test_a_mapping_that_is_wrong_is_named(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        mapped(tmp_path, mapping)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "reason", "column"),
    [
        ({"clicks": 1001}, Reason.CLICKS, "clicks"),
        ({"clicks": -1}, Reason.NEGATIVE, "clicks"),
        ({"impressions": -5, "clicks": 0}, Reason.NEGATIVE, "impressions"),
        ({"conversions": -1}, Reason.NEGATIVE, "conversions"),
        ({"conversions": 21}, Reason.CONVERSIONS, "conversions"),
    ],
)
def test_counts_that_cannot_be_are_read_with_the_reason(
    tmp_path: Path, counts: Row, reason: Reason, column: str
) -> None:
    (found,) = read(write(tmp_path / "r.csv", [own(**counts)]))
    assert found.reason is reason
    assert reports.complaint(found)[0] == column


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"share": 0}, "row 1, share: '0' should be a number above 0"),
        ({"fields": "[1]", "text": ""}, "row 1, fields: '[1]' is no mapping"),
        ({"segment": "s" * 81}, "row 1, segment: should have at most 80 characters"),
        ({"impressions": 10**30}, "row 1, impressions: should be less than"),
    ],
)
def test_a_cell_that_makes_no_sense_is_named(tmp_path: Path, cells: Row, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(write(tmp_path / "r.csv", [own(**cells)]))
    assert message in str(caught.value)


def test_rows_of_the_archive_are_known_again_wherever_they_stand(tmp_path: Path) -> None:
    rows = [archive(), archive(clicks=30), archive(lede="Another"), archive(image="i2"), archive(significance=5.0)]
    alike = [{**dict.fromkeys(("lede", "significance")), **row} for row in rows]
    ids = [found.variant_id for found in read(write(tmp_path / "r.csv", alike))]
    assert [found.variant_id for found in read(write(tmp_path / "r.csv", alike[::-1]))] == ids[::-1]
    assert len(set(ids)) == 4  # the site's own significance does not make it another


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl.gz", "r.parquet"])
def test_batches_are_small_and_numbered_through(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "BATCH", 4)
    path = write(tmp_path / name, [own(variant=str(number)) for number in range(1, 11)])
    found = list(reports.read(path))
    assert [len(batch) for batch in found] == [4, 4, 2]
    for number, said in (numbered for batch in found for numbered in batch):
        assert isinstance(said, Reported)
        assert said.variant_id == str(number)
