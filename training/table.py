"""One file of results as rows, and cells as the values they should be: an error names file, row, column and value."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from store.errors import InputError, Problem, shown

Record = dict[str, Any]

BATCH = 5_000  # rows read at a time; any number of rows takes little memory
BLOCK = 4 * 2**20  # bytes of a CSV file read at a time; no row may be longer


def records(path: Path) -> list[Record]:
    """The file's rows, at least one, by column. Raises as `batches`."""
    return [record for batch in batches(path) for record in batch]


def batches(path: Path) -> Iterator[list[Record]]:
    """Yield the file's rows by column, at most `BATCH` at a time; CSV and JSONL may be gzipped.

    Raises InputError where the file is not there, not of a known kind, damaged, or has no rows.
    """
    suffix = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    readers = {"csv": _read_csv, "parquet": _read_parquet, "jsonl": _read_jsonl}
    if suffix not in readers:
        raise InputError(
            Problem("", f"suffix {shown(suffix)} is not known; use {', '.join(readers)} (.gz)"), source=path
        )
    some = False
    try:
        if path.stat().st_size == 0:
            raise InputError(Problem("", "is empty; a results file has a row for each text"), source=path)
        for batch in readers[suffix](path):
            some = some or bool(batch)
            if batch:
                yield batch
    except FileNotFoundError:
        raise InputError(Problem("", "there is no such file"), source=path) from None
    except (pa.ArrowException, OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(Problem("", f"cannot be read as {suffix}: {reason}"), source=path) from None
    if not some:
        raise InputError(Problem("", "has no rows; a results file has a row for each text"), source=path)


def size(path: Path) -> int | None:
    """How many rows the file has, where that is known without reading it."""
    return pyarrow.parquet.ParquetFile(path).metadata.num_rows if path.suffix == ".parquet" else None


def _read_csv(path: Path) -> Iterator[list[Record]]:
    """Every column as text, so that an id keeps its zeros."""
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    read = pyarrow.csv.ReadOptions(block_size=BLOCK, use_threads=False)
    with pyarrow.csv.open_csv(path, read_options=read, parse_options=parse) as opened:
        names = opened.schema.names
    convert = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    with pyarrow.csv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert) as opened:
        yield from _cut(opened)


def _read_parquet(path: Path) -> Iterator[list[Record]]:
    with pyarrow.parquet.ParquetFile(path) as opened:
        yield from _cut(opened.iter_batches(batch_size=BATCH, use_threads=False))


def _cut(found: Iterable[pa.RecordBatch]) -> Iterator[list[Record]]:
    """Arrow's batches as rows; a block of a file may hold more than a batch of ours."""
    for batch in found:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH).to_pylist()


def _read_jsonl(path: Path) -> Iterator[list[Record]]:
    opened: Any = gzip.open if path.suffix == ".gz" else open
    batch: list[Record] = []
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                batch.append(_object(path, number, line))
            if len(batch) == BATCH:
                yield batch
                batch = []
    yield batch


def _object(path: Path, number: int, line: str) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(f"line {number}", f"cannot be read as jsonl: {error}"), source=path) from None
    if not isinstance(record, dict):
        message = f"{shown(record)} is no object; write one on each line, with a key for each column"
        raise InputError(Problem(f"line {number}", message), source=path)
    return record


def whole(path: Path, number: int, record: Record, column: str) -> int:
    """The cell's whole number, however the file writes it; a count below 0 is for others to judge."""
    value = record.get(column)
    if type(value) is int:
        return value
    try:
        number_of = float(value)  # type: ignore[arg-type] # what is no number is refused
    except (TypeError, ValueError):
        raise wrong(path, number, column, f"{shown(value)} is not a number; write digits only, such as 1200") from None
    if not isfinite(number_of) or number_of != int(number_of):
        raise wrong(path, number, column, f"{shown(value)} should be a whole number of at least 0")
    return int(number_of)


def share(path: Path, number: int, record: Record, column: str) -> float | None:
    """The cell's part of the audience, in any unit; None where it is empty."""
    value = record.get(column)
    if value is None or value == "":
        return None
    try:
        part = float(value)
    except (TypeError, ValueError):
        part = 0.0
    if not isfinite(part) or part <= 0:
        raise wrong(path, number, column, f"{shown(value)} should be a number above 0, such as 0.5")
    return part


def text(path: Path, number: int, record: Record, column: str) -> str:
    """The cell's text on one line; it may not be empty."""
    value = " ".join(name(record, column).split())
    if not value:
        raise wrong(path, number, column, "is empty; give it a value or leave the row out")
    return value


def name(record: Record, column: str) -> str:
    """The cell as text, empty where there is none. A whole number reads `12` everywhere, not `12.0`."""
    value = record.get(column)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - what is not itself is no number


def moment(path: Path, number: int, record: Record, column: str) -> datetime | None:
    """The cell's day or moment; None where it is empty."""
    value = record.get(column)
    if value is None or value == "" or isinstance(value, datetime):
        return value or None
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        message = f"{shown(value)} is not a date; write it as 2026-11-22 or 2026-11-22T13:00:00Z"
        raise wrong(path, number, column, message) from None


def wrong(path: Path, number: int, column: str, message: str) -> InputError:
    """The error for one cell."""
    return InputError(Problem(f"row {number}, {column}", message), source=path)
