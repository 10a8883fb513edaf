"""Everything that can go wrong in a way a user can mend, as one tree.

    GlasbrukError
    +-- InputError      a file, a field, an argument or a setting is not what it should be
    +-- NotFound        there is no such brief, variant, segment, channel or checkpoint
    +-- Conflict        somebody else was first, or the state does not allow it
    +-- Forbidden       whoever asks may not do it
    +-- StoreError      the database cannot be opened, or is from a newer version
    +-- ModelError      weights are missing, truncated, of another hash or of another prompt format

The command prints one of these as one line and exits with status 2; the API maps them to a status of their own.
Anything else that is raised is a fault of ours and keeps its traceback.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)

VALUE_SHOWN = 60  # characters of an offending value that an error repeats
CONTROLS = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+"  # what would break the line, or colour the reader's terminal
PLAIN_WORDS = {
    r"^Value error, |^Input |^(Tuple|List|Dictionary|String) (?=should)": "",
    r"valid dictionary( or instance of \w+)?": "mapping of keys to values",
    r"valid (tuple|list)": "list",
    r"a valid string": "text",
    r" after validation": "",
}


class GlasbrukError(Exception):
    """The root; `str` is one line that says where, what and what would be right."""


class NotFound(GlasbrukError):
    """There is no such thing."""


class Conflict(GlasbrukError):
    """Somebody else was first, or the state does not allow it."""


class Forbidden(GlasbrukError):
    """Whoever asks may not do it."""


class StoreError(GlasbrukError):
    """The database cannot be used as it is."""


class ModelError(GlasbrukError):
    """Weights cannot be used as they are."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its place (`segments[2].name`), and what is wrong and would be right."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class InputError(GlasbrukError):
    """Input is not what it should be. `problems` has every fault found; `str` names the first and counts the rest."""

    def __init__(self, *problems: Problem, source: str | Path | None = None) -> None:
        self.problems = problems
        self.source = str(source) if source is not None else None
        rest = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(": ".join([*([self.source] if self.source else []), f"{problems[0]}{rest}"]))


def shown(value: Any) -> str:
    """A value as an error repeats it: on one line, quoted, cut at `VALUE_SHOWN` characters."""
    text = repr(value)
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}... ({len(text)} characters)"


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean "facts"?` for a misspelt name, or the list of known names when none is near."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(names)}"


def parse(model: type[Model], data: Any, *, source: str | Path | None = None) -> Model:
    """Validate `data` into `model`.

    Raises InputError with every fault, each at its place: unknown keys name the nearest known one.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(*problems_of(error, model), source=source) from None


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """The faults of a pydantic error as `Problem`s: misspelt keys first, since they explain the missing ones."""
    faults: list[dict[str, Any]] = [dict(fault) for fault in error.errors(include_url=False)]
    faults = [fault for fault in faults if not _follows(fault, faults)]
    faults.sort(key=lambda fault: fault["type"] != "extra_forbidden")
    return [_problem(fault, model) for fault in faults]


def _follows(fault: dict[str, Any], faults: list[dict[str, Any]]) -> bool:
    """Whether it only says that a list is too short because some of its items are faulty, which others say already."""
    place = fault["loc"]
    return fault["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in faults
    )


def _problem(fault: dict[str, Any], model: type[BaseModel]) -> Problem:
    location: tuple[int | str, ...] = fault["loc"]
    place = _place(location)
    if fault["type"] == "extra_forbidden":
        return Problem(place, f"unknown key; {nearest(str(location[-1]), _known(model, location[:-1]))}")
    if fault["type"] == "missing":
        return Problem(place, "is missing")
    return Problem(place, f"{_in_plain_words(fault['msg'])} (got {shown(fault['input'])})")


def _in_plain_words(message: str) -> str:
    """A message of pydantic without the names of Python's types."""
    for found, plain in PLAIN_WORDS.items():
        message = re.sub(found, plain, message)
    return re.sub(CONTROLS, " ", message).rstrip(".")


def _place(location: tuple[int | str, ...]) -> str:
    """`("segments", 2, "name")` as `segments[2].name`; a key that is no word is quoted and cut to fit a line."""
    text = ""
    for part in location:
        name = part if isinstance(part, str) and re.fullmatch(r"[\w-]{1,60}", part) else shown(part)
        text += f"[{part}]" if isinstance(part, int) else f".{name}" if text else name
    return text


def _known(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that are allowed at `path` below `model`."""
    current: Any = model
    for part in path:
        if _is_model(current):
            field = current.model_fields.get(str(part))
            current = _without_none(field.annotation) if field else None
        else:  # the part is an index into a list, or a key of a mapping
            current = _model_within(current)
    return [field.alias or name for name, field in current.model_fields.items()] if _is_model(current) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _without_none(annotation: Any) -> Any:
    """`Voice | None` as `Voice`; other annotations as they are."""
    inner = [part for part in get_args(annotation) if part is not NoneType]
    return inner[0] if isinstance(annotation, UnionType) and len(inner) == 1 else annotation


def _model_within(annotation: Any) -> type[BaseModel] | None:
    """The first pydantic model inside an annotation such as `list[Segment] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_within(inner)
        if found is not None:
            return found
    return None
