"""What a job is read from, row by row: JSONL, CSV, Parquet, or a folder that `datasets` saved. Each row becomes a line
of JSON, and each line an `Entry`: one that cannot be read is refused alone.

A cell of CSV that begins with `[` or `{` is JSON, for the lists of a brief; an empty one is not there.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from store.errors import InputError, Problem, parse, shown
from store.item import Entry
from store.items import refusal
from store.noun import Noun

MAX_LINE = 2_000_000  # bytes
ROWS = 500  # of a table, read at a time
BLOCK = 4 * 2**20  # bytes of a CSV file read at a time; no row may be longer
URL = "/v1/copy"


class Line(NamedTuple):
    """One line of input, as JSON."""

    number: int
    """From 1."""
    content: bytes


class Asked(Noun):
    """A line of a file of requests, in the shape that batch APIs share."""

    custom_id: Any
    method: Any = "POST"
    url: Any = URL
    body: dict[str, Any]


def lines(path: Path) -> Iterator[Line]:
    """The lines that are not blank, at least one. Any number of them takes little memory.

    Raises InputError where the file cannot be read, is damaged, or has none.
    """
    some = False
    try:
        for line in _lines(path):
            some = True
            yield line
    except (pa.ArrowException, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(Problem("", f"cannot be read: {reason}"), source=path) from None
    if not some:
        raise InputError(Problem("", "is empty; write a brief a line, each a JSON object"), source=path)


def cut(chunks: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are not blank in bytes that come in pieces. Of one that is too long only so much is kept."""
    number, rest = 1, b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for content in whole:
            if content.strip():
                yield Line(number, content.strip())
            number += 1
        rest = rest[: MAX_LINE + 1]  # enough to tell that it is too long
    if rest.strip():
        yield Line(number, rest.strip())


def _lines(path: Path) -> Iterator[Line]:
    if path.is_dir():
        return _numbered(_read_dataset(path))
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    if path.suffix.lower() in readers:
        return _numbered(readers[path.suffix.lower()](path))
    return _read_jsonl(path)


def _read_jsonl(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        yield from cut(iter(lambda: file.read(2**16), b""))


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    """Every column as text, so that an id keeps its zeros."""
    options = {
        "parse_options": pyarrow.csv.ParseOptions(newlines_in_values=True),
        "read_options": pyarrow.csv.ReadOptions(block_size=BLOCK, use_threads=False),
    }
    if path.stat().st_size == 0:
        return
    with pyarrow.csv.open_csv(path, **options) as opened:
        names = opened.schema.names
    convert = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    with pyarrow.csv.open_csv(path, convert_options=convert, **options) as opened:
        for row in _rows(opened):
            yield {name: _cell(text) for name, text in row.items() if text}


def _cell(text: str) -> Any:
    if text.lstrip()[:1] not in {"[", "{"}:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text  # what expects a list says what is wrong


def _read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    with pyarrow.parquet.ParquetFile(path) as opened:
        yield from _rows(opened.iter_batches(batch_size=ROWS, use_threads=False))


def _read_dataset(path: Path) -> Iterator[dict[str, Any]]:
    from datasets import Dataset, load_from_disk  # noqa: PLC0415 - takes a second to import

    found = load_from_disk(str(path))
    if not isinstance(found, Dataset):
        splits = ", ".join(str(path / name) for name in found)
        raise InputError(Problem("", f"has several splits; name one of them: {splits}"), source=path)
    yield from _rows(batch for table in found.with_format("arrow").iter(ROWS) for batch in table.to_batches())


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS):
            yield from batch.slice(start, ROWS).to_pylist()


def _numbered(rows: Iterable[dict[str, Any]]) -> Iterator[Line]:
    for number, row in enumerate(rows, 1):
        yield Line(number, as_json(_present(row)))


def as_json(row: Any) -> bytes:
    """A row as a line; what JSON does not have (dates, say) becomes text."""
    return json.dumps(row, default=str).encode()


def _present(value: Any) -> Any:
    """`value` without the keys that a table has for other rows only."""
    if isinstance(value, dict):
        return {key: _present(inner) for key, inner in value.items() if inner is not None}
    return [_present(inner) for inner in value] if isinstance(value, list) else value


def kind(line: Line) -> str:
    """Whether a file that begins with this line has `briefs` or `requests`."""
    try:
        return "requests" if {"custom_id", "body"} <= _object(line).keys() else "briefs"
    except InputError:
        return "briefs"


def entry(line: Line, of: str) -> Entry:
    """A line of `briefs` or `requests` as it is taken in; refused where it is no object or its id is none."""
    digest = hashlib.sha256(line.content).hexdigest()[:16]
    try:
        data = _object(line)
        custom_id, body = _request(data) if of == "requests" else _brief(data, line.number)
    except InputError as error:
        return Entry(number=line.number, hash=digest, error=refusal(error))
    return Entry(number=line.number, hash=digest, custom_id=custom_id, body=body)


def _object(line: Line) -> dict[str, Any]:
    if len(line.content) > MAX_LINE:
        raise InputError(Problem("", f"is longer than {MAX_LINE:,} bytes; a brief takes a few thousand"))
    try:
        data = json.loads(line.content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem("", f"is not JSON in UTF-8: {error}")) from None
    if not isinstance(data, dict):
        raise InputError(Problem("", f"is no JSON object but {shown(data)}; write a brief a line"))
    return data


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _brief(data: dict[str, Any], number: int) -> tuple[str, dict[str, Any]]:
    given = _id(data.pop("id", number), "id")
    return given, data


def _request(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    asked = parse(Asked, data)
    if (asked.method, asked.url) != ("POST", URL):
        said = f"{shown(asked.method)} {shown(asked.url)} cannot be batched; use POST and {URL}"
        raise InputError(Problem("url", said))
    return _id(asked.custom_id, "custom_id"), asked.body


def _id(given: Any, place: str) -> str:
    given = given.strip() if isinstance(given, str) else given
    usable = isinstance(given, str | int) and not isinstance(given, bool) and str(given).isprintable()
    if not usable or not 0 < len(str(given)) <= 200:
        raise InputError(Problem(place, f"is {shown(given)}; give a text of 1 to 200 characters on a line, or none"))
    return str(given)
