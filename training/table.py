"""One file of results as rows, and cells as the values they should be: an error names file, row, column and value."""

from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from store.errors import InputError, Problem, shown

Record = dict[str, Any]


def records(path: Path) -> list[Record]:
    """The file's rows, at least one, by column."""
    suffix = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    readers = {"csv": _read_csv, "parquet": _read_parquet, "jsonl": pyarrow.json.read_json}
    if suffix not in readers:
        raise InputError(
            Problem("", f"suffix {shown(suffix)} is not known; use {', '.join(readers)} (.gz)"), source=path
        )
    try:
        if path.stat().st_size == 0:
            raise InputError(Problem("", "is empty; a results file has a row for each text"), source=path)
        records: list[Record] = readers[suffix](path).to_pylist()
    except FileNotFoundError:
        raise InputError(Problem("", "there is no such file"), source=path) from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(Problem("", f"cannot be read as {suffix}: {reason}"), source=path) from None
    if not records:
        raise InputError(Problem("", "has no rows; a results file has a row for each text"), source=path)
    return records


def _read_csv(path: Path) -> pa.Table:
    """Every column as text, so that an id keeps its zeros."""
    names = pyarrow.csv.open_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True)).schema.names
    return pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )


def _read_parquet(path: Path) -> pa.Table:
    return pyarrow.parquet.ParquetFile(path).read()


def count(path: Path, number: int, record: Record, column: str) -> int:
    """The cell's whole number of at least 0, however the file writes it."""
    value = record[column]
    try:
        number_of = float(value)
    except (TypeError, ValueError):
        raise wrong(path, number, column, f"{shown(value)} is not a number; write digits only, such as 1200") from None
    if not isfinite(number_of) or number_of != int(number_of) or number_of < 0:
        raise wrong(path, number, column, f"{shown(value)} should be a whole number of at least 0")
    return int(number_of)


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
    return "" if value is None else str(value)


def week(path: Path, number: int, record: Record, column: str) -> str:
    """Year and ISO week of a day or a moment, `202647`; empty where the cell is."""
    value = record.get(column)
    if value is None or value == "":
        return ""
    try:
        day = value if isinstance(value, date) else datetime.fromisoformat(str(value))
    except ValueError:
        message = f"{shown(value)} is not a date; write it as 2026-11-22 or 2026-11-22T13:00:00Z"
        raise wrong(path, number, column, message) from None
    return f"{day.isocalendar().year}{day.isocalendar().week:02d}"


def wrong(path: Path, number: int, column: str, message: str) -> InputError:
    """The error for one cell."""
    return InputError(Problem(f"row {number}, {column}", message), source=path)
