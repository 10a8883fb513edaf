"""YAML and JSON files as plain data in which every scalar is the text that was typed.

YAML would turn `2026-01-01` into a date, `6:30` into 390 and `3.60` into 3.6; a brief is quoted word for word, so here
`£3.60` and `6:30` stay what the writer typed. An empty value (`offer:`, `null`, `~`) counts as a key left out.
"""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from store.errors import InputError, Problem

MAX_BYTES = 2_000_000  # a full brief has some 400,000 characters
MAX_DEPTH = 12  # a brief needs 4
EMPTY = {"", "~", "null", "Null", "NULL"}

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Indented(yaml.SafeDumper):
    """Writes lists further in than their key, as people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Never without indent."""
        super().increase_indent(flow, indentless=False)


class _Fault(Exception):
    """What is wrong with a document, and at which line (counted from 1) where that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(f"line {line}" if line else "", message)


def read(path: Path) -> Any:
    """The data in a `.yaml`, `.yml` or `.json` file: mappings, lists, text, and true/false from JSON.

    Raises InputError that names the file and the line: no such file, too large, not UTF-8, not YAML or JSON, control
    characters, a key that stands twice, anchors, tags, or lists nested too deep.
    """
    readers = {".yaml": from_yaml, ".yml": from_yaml, ".json": from_json}
    try:
        if path.suffix.lower() not in readers:
            raise _Fault(f"does not end in {', '.join(readers)}; the ending says how to read it")
        text = _text(path)
        _refuse_controls(text)
        return readers[path.suffix.lower()](text)
    except _Fault as fault:
        raise InputError(fault.problem, source=path) from None


def from_yaml(text: str) -> Any:
    """The one document in `text`; None where it has nothing but comments."""
    try:
        events = iter(yaml.parse(text, Loader=_Loader))
        return _document(events)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Fault(f"is not YAML: {error.problem or error.context}", mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise _Fault(f"is not YAML: {' '.join(str(error).split())}") from None


def from_json(text: str) -> Any:
    """The data in `text`, with figures as they were typed; None where it is empty."""
    if not text.strip():
        return None
    try:
        return json.loads(text, object_pairs_hook=_mapping, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise _Fault(f"is not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise _Fault(f"is nested deeper than {MAX_DEPTH} levels") from None


def to_yaml(data: Any) -> str:
    """Plain data as a document that `from_yaml` reads back as the same; true and false become text."""
    return yaml.dump(data, Dumper=_Indented, allow_unicode=True, sort_keys=False, width=MAX_BYTES)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _Fault(f"has {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _Fault("there is no such file") from None
    except OSError as error:
        raise _Fault(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _Fault(f"is not UTF-8 (byte {error.object[error.start]:#04x}); save it as UTF-8", line) from None


def _refuse_controls(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        found = control(line)
        if found is not None:
            raise _Fault(f"has the control character U+{ord(line[found]):04X} at column {found + 1}; remove it", number)


def control(text: str) -> int | None:
    """The index of the first control character in `text` that is no tab and no line break, or None."""
    if text.isprintable():
        return None
    return next((i for i, c in enumerate(text) if unicodedata.category(c) == "Cc" and c not in "\t\r\n"), None)


def _document(events: Iterator[Any]) -> Any:
    found: list[Any] = []
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if found:
                raise _Fault('has a second document (after "---"); a file is one')
            found.append(_value(events, next(events), 1))
    return found[0] if found else None


def _value(events: Iterator[Any], event: Any, depth: int) -> Any:
    """The value that begins with `event`, taking its other events."""
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _Fault("anchors (&) and aliases (*) are not read; write the text out, or put it in quotes", line)
    if getattr(event, "tag", None):
        raise _Fault(f'tags are not read; put text that begins with "{event.tag[0]}" in quotes', line)
    if depth > MAX_DEPTH:
        raise _Fault(f"is nested deeper than {MAX_DEPTH} levels", line)
    if isinstance(event, yaml.ScalarEvent):
        plain = not event.style  # None or "", by loader
        return None if plain and event.value in EMPTY else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(events, depth)
    return _keys(events, depth)


def _list(events: Iterator[Any], depth: int) -> list[Any]:
    items: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        items.append(_value(events, event, depth + 1))
    return items


def _keys(events: Iterator[Any], depth: int) -> dict[str, Any]:
    pairs: list[tuple[str, Any]] = []
    seen: set[str] = set()
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key, line = _value(events, event, depth + 1), event.start_mark.line + 1
        if not isinstance(key, str):
            raise _Fault("a key must be a word", line)
        if key in seen:
            raise _Fault(f'the key "{key}" stands twice in one place; keep one of them', line)
        seen.add(key)
        pairs.append((key, _value(events, next(events), depth + 1)))
    return _mapping(pairs)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping without the keys that were left empty."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Fault(f'the key "{twice}" stands twice in one place; keep one of them')
    return {key: value for key, value in pairs if value is not None}
