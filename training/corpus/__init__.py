"""The house corpus: copy written for this project, a row for each piece, with the briefs it answers.

What it is, how it was written and what it is weak at stands in its card, README.md beside this file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from store.brief import Brief
from store.errors import parse
from store.noun import Noun

FOLDER = Path(__file__).parent

Split = Literal["train", "validation", "test"]


class CorpusBrief(Noun):
    """An invented brand's brief, and the side of the split that all its rows are on."""

    id: str
    trade: str
    split: Split
    brief: Brief


class CorpusRow(Noun):
    """One piece of copy."""

    id: str
    """The brief's id and a number, `third-rise-004`; it stays the row's own whatever is added or left out."""
    brief: str
    """The id of a `CorpusBrief`."""
    segment: str
    """The name of one of the brief's segments."""
    channel: str
    """The id of a built-in channel."""
    angle: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    """The facts, or the offer, that it carries: word for word as in the brief."""
    fields: dict[str, str]
    """Key to text, in the channel's order."""


class CorpusVerdict(CorpusRow):
    """One piece of a writer's own copy for a brand of the corpus, read and judged."""

    good: bool
    """Whether it could go out as it stands."""
    writer: str
    """The id of the checkpoint that wrote it."""
    log_probability: float | None = None
    """As `Variant.log_probability`."""
    mended: dict[str, str] | None = None
    """Its fields as an editor mended them, where it is not good: as little changed as makes it so."""


Row = TypeVar("Row", bound=CorpusRow)


def briefs() -> dict[str, CorpusBrief]:
    """Every brief by its id, in the order of the ids. Raises InputError where one is not valid."""
    found = (parse(CorpusBrief, line, source=place) for place, line in _lines("briefs.jsonl"))
    return {brief.id: brief for brief in found}


def rows(split: Split | None = None) -> list[CorpusRow]:
    """Every row, or those of one side of the split, in the order of the ids. Raises InputError where one is not valid.

    A brand is on one side only, so nothing of a test brand has been seen in training.
    """
    return _rows("rows.jsonl", split, CorpusRow)


def plain(split: Split | None = None) -> list[CorpusRow]:
    """The plain rows, as `rows` gives the others: one true thing said soberly."""
    return _rows("plain.jsonl", split, CorpusRow)


def verdicts(split: Split | None = None) -> list[CorpusVerdict]:
    """Judged pieces of writers' copy, as `rows` gives the others; none is of a test brand."""
    return _rows("verdicts.jsonl", split, CorpusVerdict)


def _rows(name: str, split: Split | None, noun: type[Row]) -> list[Row]:
    side = {name: brief.split for name, brief in briefs().items()}
    found = (parse(noun, line, source=place) for place, line in _lines(name))
    return [row for row in found if split in (None, side[row.brief])]


def _lines(name: str) -> Iterator[tuple[str, object]]:
    """Each line of a file as plain data, with its place."""
    with (FOLDER / name).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield f"{name}:{number}", json.loads(line)
