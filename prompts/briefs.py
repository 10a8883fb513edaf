"""Briefs come in: a file or plain data becomes a `Brief`, or an error that says where and what would be right."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prompts import documents
from prompts.channels import Catalogue, catalogue, get
from store.brief import Brief
from store.errors import InputError, Problem, parse, shown

TEMPLATE = Path(__file__).with_name("brief.yaml")
EXAMPLES = Path(__file__).with_name("examples")

MAX_KEY = 60  # characters; an error repeats a key whole


def read(path: Path, channels: Catalogue | None = None) -> Brief:
    """Read a brief from a `.yaml`, `.yml` or `.json` file; it may name `channels`, or the built-in ones if None.

    Raises InputError with every fault found, each with file and place (`segments[2].name`, or a line).
    """
    return from_data(documents.read(path), path, channels)


def from_data(data: Any, source: str | Path | None = None, channels: Catalogue | None = None) -> Brief:
    """Make a brief of plain data, as a program or a parsed file gives it. Raises InputError as `read` does."""
    try:
        check_values(data)
        brief = parse(Brief, data)
        _check_channels(brief, catalogue() if channels is None else channels)
    except InputError as error:
        raise InputError(*error.problems, source=source) from None
    return brief


def template() -> str:
    """A brief in YAML with a comment on every key, to be filled in; it is valid as it stands."""
    return TEMPLATE.read_text(encoding="utf-8")


def examples() -> dict[str, Path]:
    """The example briefs that ship with the program, by name."""
    return {path.stem: path for path in sorted(EXAMPLES.glob("*.yaml"))}


def check_values(data: Any) -> None:
    """Raise InputError unless `data` has keys, and no value that is wrong whatever its key."""
    if data is None:
        raise InputError(Problem("", "is empty; `glasbruk brief new` writes a template to start from"))
    if not isinstance(data, Mapping):
        raise InputError(Problem("", f"should have keys such as `brand:` and `facts:` (got a {type(data).__name__})"))
    problems = [problem for place, value in _values(data) if (problem := _problem(place, value))]
    if problems:
        raise InputError(*problems)


def _check_channels(brief: Brief, channels: Catalogue) -> None:
    """Raise InputError with every channel of the brief that the catalogue does not have."""
    problems: list[Problem] = []
    for index, name in enumerate(brief.channels):
        try:
            get(channels, name, f"channels[{index}]")
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(*problems)


def _values(data: Any, place: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Every value in `data` with its place, from the outside in."""
    if depth > documents.MAX_DEPTH:
        raise InputError(Problem(place[:60], f"is nested deeper than {documents.MAX_DEPTH} levels"))
    yield place, data
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _values(value, f"{place}.{key}" if place else str(key), depth + 1)
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from _values(value, f"{place}[{index}]", depth + 1)


def _problem(place: str, value: Any) -> Problem | None:
    """What is wrong with a value whatever key it has."""
    if isinstance(value, str) and (found := documents.control(value)) is not None:
        return Problem(place, f"has the control character U+{ord(value[found]):04X} (in {shown(value)}); remove it")
    if not isinstance(value, Mapping):
        return None
    if odd := [key for key in value if not (isinstance(key, str) and key.isprintable() and len(key) <= MAX_KEY)]:
        return Problem("", f"{shown(odd[0])} cannot be a key; a key is a short word")
    # `- Open: 6:30 to 2` in a list of lines is a key and a value to YAML.
    if place.endswith("]") and not place.startswith("segments["):
        return Problem(place, f"its colon makes it a key with a value; put the line in quotes (got {shown(value)})")
    return None
