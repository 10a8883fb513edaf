"""One file of results -> what it reports, row by row, whichever columns it has.

Three kinds of file are read, told apart by their columns; CSV, JSONL (either may be .gz) and Parquet by their suffix:
the product's own, and the Upworthy Research Archive's tests and headline pairs. A mapping (TOML, a line for each:
`"Their column" = "ours"`) makes any other file the product's own. Further columns are ignored.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from store.errors import InputError, Problem, nearest, problems_of, shown
from store.outcome import Reason, Reported
from store.pair import Pair
from training import table

ARCHIVE = ("clickability_test_id", "eyecatcher_id", "headline", "impressions", "clicks")
PAIRS = ("clickability_test_id", "headline_1", "headline_2", "higher_CTR")
OWN = ("test_id", "variant_id", "text", "impressions", "clicks")
OPTIONAL = ("fields", "segment", "channel", "conversions", "started_at", "image", "cluster", "share")
SHAPES = {
    OWN: "a file of outcomes has test_id, variant_id, text, segment, channel, impressions, clicks"
    " (segment and channel may be left out, fields may stand for text, and --mapping names other columns)",
    ARCHIVE: f"a file of the Upworthy archive's tests has {', '.join(ARCHIVE)}",
    PAIRS: f"a file of the Upworthy archive's pairs has {', '.join(PAIRS)}",
}
NEWS = "news_headline"  # the channel of the archive's texts

Mappings = Mapping[str, str]


class Numbered(NamedTuple):
    """What a row says, and which row of the file it is, from 1."""

    number: int
    said: Reported | Pair


def read(path: Path, mapping: Mappings | None = None) -> Iterator[list[Numbered]]:
    """Yield what the file reports, in batches of at most `table.BATCH` rows.

    Counts that cannot be are yielded too: `Reported.reason` says so. Raises InputError that names the file, row,
    column, value and remedy.
    """
    number, make = 0, None
    for batch in table.batches(path):
        renamed = [_renamed(record, mapping) for record in batch] if mapping else batch
        if make is None:
            _check_mapping(path, list(batch[0]), mapping or {})
            make = _MAKERS[_kind(path, list(renamed[0]))]
        yield [Numbered(number + i, _made(make, path, number + i, record)) for i, record in enumerate(renamed, 1)]
        number += len(batch)


def read_mapping(path: Path) -> dict[str, str]:
    """Their columns to ours, from a TOML file. Raises InputError."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(Problem("", "there is no such file"), source=path) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Problem("", f"cannot be read as TOML: {error}"), source=path) from None
    ours = (*OWN, *OPTIONAL)
    for theirs, name in found.items():
        if name not in ours:
            known = nearest(name, ours) if isinstance(name, str) else f"known here: {', '.join(ours)}"
            raise InputError(Problem(theirs, f"{shown(name)} is no column of ours; {known}"), source=path)
        if list(found.values()).count(name) > 1:
            raise InputError(Problem(theirs, f"{shown(name)} is named twice; keep one line of it"), source=path)
    if not found:
        raise InputError(Problem("", 'is empty; write a line for each column: "Their name" = "ours"'), source=path)
    return found


def complaint(said: Reported) -> tuple[str, str]:
    """The column at fault in counts that cannot be, and what is wrong with it."""
    if said.reason is Reason.CLICKS:
        message = f"{said.clicks} exceed the {said.impressions} impressions; a text cannot earn more than it was shown"
        return "clicks", message
    if said.reason is Reason.CONVERSIONS:
        return "conversions", f"{said.conversions} exceed the {said.clicks} clicks; count those that followed a click"
    column = next(name for name in ("impressions", "clicks", "conversions") if (getattr(said, name) or 0) < 0)
    return column, f"{getattr(said, column)} should be a whole number of at least 0"


def _renamed(record: table.Record, mapping: Mappings) -> table.Record:
    """The row under our names; a column of theirs that has the name of a mapped one gives way."""
    kept = {name: value for name, value in record.items() if name not in mapping and name not in mapping.values()}
    return {**kept, **{ours: record.get(theirs) for theirs, ours in mapping.items()}}


def _check_mapping(path: Path, columns: Sequence[str], mapping: Mappings) -> None:
    for theirs in mapping:
        if theirs not in columns:
            message = f"the mapping names it, but the file has no such column; {nearest(theirs, columns)}"
            raise InputError(Problem(theirs, message), source=path)


def _kind(path: Path, columns: Sequence[str]) -> tuple[str, ...]:
    """The kind of file with these columns. Raises InputError with what the nearest kind has, and what is missing."""
    have = {*columns, *(["text"] if "fields" in columns else [])}
    kind = max(SHAPES, key=lambda kind: len(set(kind) & have) / len(kind))
    missing = [name for name in kind if name not in have]
    if missing:
        are = "column is" if len(missing) == 1 else "columns are"
        raise InputError(Problem(", ".join(missing), f"{are} missing; {SHAPES[kind]}"), source=path)
    return kind


def _made(make: "_Maker", path: Path, number: int, record: table.Record) -> Reported | Pair:
    try:
        return make(path, number, record)
    except ValidationError as error:  # too long, or too large for any database
        problem = problems_of(error, Reported)[0]
        raise table.wrong(path, number, problem.place, problem.message) from None


def _own(path: Path, number: int, record: table.Record) -> Reported:
    conversions = record.get("conversions")
    return Reported(
        test_id=table.text(path, number, record, "test_id"),
        variant_id=table.text(path, number, record, "variant_id"),
        text=_text(path, number, record),
        segment=table.name(record, "segment"),
        channel=table.name(record, "channel"),
        image=table.name(record, "image"),
        cluster=table.name(record, "cluster"),
        share=table.share(path, number, record, "share"),
        impressions=table.whole(path, number, record, "impressions"),
        clicks=table.whole(path, number, record, "clicks"),
        conversions=None if conversions in {None, ""} else table.whole(path, number, record, "conversions"),
        started_at=table.moment(path, number, record, "started_at"),
    )


def _text(path: Path, number: int, record: table.Record) -> str:
    """The text, or all fields as one, which may be a mapping or JSON of one."""
    fields = record.get("fields")
    if record.get("text") or not fields:
        return table.text(path, number, record, "text" if "text" in record else "fields")
    try:
        found = dict(json.loads(fields) if isinstance(fields, str) else fields)
    except (ValueError, TypeError):
        message = f'{shown(fields)} is no mapping; write it as {{"subject": "...", "preheader": "..."}}'
        raise table.wrong(path, number, "fields", message) from None
    joined = "\n".join(str(value) for value in found.values() if value is not None)
    return table.text(path, number, {"fields": joined}, "fields")


def _archive(path: Path, number: int, record: table.Record) -> Reported:
    """A row of the archive, which has no id of its own: its words, image and counts are, since they grow no more."""
    test, text = (table.text(path, number, record, column) for column in ("clickability_test_id", "headline"))
    own = ("headline", "eyecatcher_id", "lede", "excerpt", "impressions", "clicks")
    named = json.dumps([table.name(record, column) for column in own])
    return Reported(
        test_id=test,
        variant_id=hashlib.sha256(named.encode()).hexdigest()[:16],
        text=text,
        channel=NEWS,
        image=table.name(record, "eyecatcher_id"),
        cluster=table.name(record, "near_duplicate_cluster"),
        week=table.name(record, "test_week"),
        impressions=table.whole(path, number, record, "impressions"),
        clicks=table.whole(path, number, record, "clicks"),
    )


def _pair(path: Path, number: int, record: table.Record) -> Pair:
    test, first, second = (table.text(path, number, record, column) for column in PAIRS[:3])
    higher, near = (table.name(record, name) for name in ("higher_CTR", "near_duplicate_cluster"))
    if higher not in {"1", "1.0", "2", "2.0"}:
        raise table.wrong(
            path, number, "higher_CTR", f"{shown(higher)} should be 1 or 2, the headline that earned more"
        )
    winner, loser = (first, second) if higher[0] == "1" else (second, first)
    return Pair(test_id=test, winner=winner, loser=loser, image=table.name(record, "eyecatcher_id"), cluster=near)


_Maker = Callable[[Path, int, table.Record], Reported | Pair]
_MAKERS: dict[tuple[str, ...], _Maker] = {OWN: _own, ARCHIVE: _archive, PAIRS: _pair}
