"""Whatever a job is read from, its rows become the same entries; and however many there are, few are in memory."""

import csv
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import inputs
from inference.batch import take_in
from inference.inputs import Line
from store import jobs
from store.database import Database
from store.errors import InputError
from store.item import Entry
from store.job import Job, Terms
from tests.inference import house

ROWS = [{"id": f"00{place}", **house.brief_data(name=f"Brief {place}")} for place in range(3)]


def to_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def to_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "must_say"])
        writer.writeheader()
        for row in rows:
            writer.writerow({key: value if isinstance(value, str) else json.dumps(value) for key, value in row.items()})
    return path


def to_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    table = pa.Table.from_pylist([*rows, {**rows[0], "must_say": ["x"]}]).slice(0, len(rows))  # a column of NULLs
    pyarrow.parquet.write_table(table, path)
    return path


def to_dataset(path: Path, rows: list[dict[str, Any]]) -> Path:
    from datasets import Dataset

    Dataset.from_list(rows).save_to_disk(path)
    return path


FORMATS: dict[str, Callable[[Path, list[dict[str, Any]]], Path]] = {
    "rows.jsonl": to_jsonl,
    "rows.csv": to_csv,
    "rows.parquet": to_parquet,
    "rows": to_dataset,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_entries(tmp_path: Path, name: str) -> None:
    path = FORMATS[name](tmp_path / name, ROWS)
    found = [inputs.entry(line, "briefs") for line in inputs.lines(path)]
    assert [entry.number for entry in found] == [1, 2, 3]
    assert [entry.custom_id for entry in found] == ["000", "001", "002"]
    assert [entry.body for entry in found] == [
        {key: value for key, value in row.items() if key != "id"} for row in ROWS
    ]
    assert len({entry.hash for entry in found}) == 3


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.parquet"])
def test_a_file_of_requests_is_known_by_its_first_row(tmp_path: Path, name: str) -> None:
    rows = [{"custom_id": "a", "method": "POST", "url": "/v1/copy", "body": {"brief": house.brief_data(), "n": 2}}]
    (line,) = inputs.lines(FORMATS[name](tmp_path / name, rows))
    assert inputs.kind(line) == "requests"
    found = inputs.entry(line, "requests")
    assert (found.custom_id, found.body) == ("a", rows[0]["body"])
    assert inputs.kind(Line(1, json.dumps(ROWS[0]).encode())) == inputs.kind(Line(1, b"{no json")) == "briefs"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rows.csv", b"", "is empty"),
        ("rows.csv", b"name,brand\n", "is empty"),
        ("rows.csv", b"name,brand\na,b,c\n", "cannot be read: CSV parse error"),
        ("rows.parquet", b"PAR1 no parquet", "cannot be read: "),
        ("rows.jsonl", b"\n \n", "is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(inputs.lines(path))
    assert str(caught.value).startswith(f"{path}: {says}")
    assert "\n" not in str(caught.value)


def test_a_dataset_with_splits_says_which_there_are(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    DatasetDict({"train": Dataset.from_list(ROWS)}).save_to_disk(tmp_path / "rows")
    with pytest.raises(InputError, match=r"several splits; name one of them: .*rows/train"):
        list(inputs.lines(tmp_path / "rows"))
    assert len(list(inputs.lines(tmp_path / "rows" / "train"))) == 3
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        list(inputs.lines(tmp_path / "empty"))


@given(content=st.binary(max_size=300), sizes=st.lists(st.integers(1, 20), max_size=60))
def test_lines_are_the_same_however_they_come(content: bytes, sizes: list[int]) -> None:
    pieces, rest = [], content
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    expected = [Line(n, text.strip()) for n, text in enumerate(content.split(b"\n"), 1) if text.strip()]
    assert list(inputs.cut([*pieces, rest])) == expected


def test_of_a_line_without_end_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MAX_LINE", 100)
    first, second = inputs.cut([*([b"x" * 60] * 1_000), b"\n", b'{"a": 1}'])
    assert (len(first.content), second) == (101, Line(2, b'{"a": 1}'))
    assert "longer than 100 bytes" in inputs.entry(first, "briefs").error["detail"]  # type: ignore[index]


@pytest.mark.parametrize("content", [b'{"a": NaN}', b'{"a": Infinity}', b"[1]", b"\xff", b'{"id": true}'])
def test_what_no_database_holds_is_refused_as_it_comes(content: bytes) -> None:
    found: Entry = inputs.entry(Line(3, content), "briefs")
    assert found.error is not None
    assert found.body is None


def test_a_million_lines_are_never_in_memory(database: Database) -> None:
    """Told by how far the reader is ahead of the store, and by what the interpreter holds at its most."""
    with database.write() as session:
        job = jobs.begin(session, kind="briefs", source="test", terms=Terms(), author="ada")
    count, line = 4_000, json.dumps({"text": "x" * 4_000}).encode()
    ahead = []

    def endless() -> Iterator[Line]:
        for number in range(1, count + 1):
            if number % 1_000 == 0:
                ahead.append(number - stored(database, job))
            yield Line(number, line)

    tracemalloc.start()
    take_in(database, job, endless())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(ahead) <= 500
    assert peak < count * len(line) / 2
    assert stored(database, job) == count


def stored(database: Database, job: Job) -> int:
    with database.read() as session:
        return sum(jobs.counts(session, job.id).values())
