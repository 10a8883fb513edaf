"""The noun `Typed`: what stands in the desk's form."""

import base64
import binascii
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prompts import documents, sketch
from prompts.sketch import Sketch
from store.brief import Brief
from store.draft import Draft
from store.errors import InputError, Problem, parse
from store.settings import WriterSettings
from ui.wanted import Wanted

BEYOND = f"is more than {documents.MAX_BYTES:,} characters, which no brief needs; take some of it out"


@dataclass(frozen=True)
class Typed:
    """A brief in the making, and how it is to be written."""

    sketch: Sketch = field(default_factory=Sketch)
    order: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """As a draft keeps it."""
        return {**self.sketch.data, "order": dict(self.order)}

    @property
    def yaml(self) -> str:
        """The brief as a file."""
        return documents.to_yaml(self.sketch.data)

    @property
    def file_name(self) -> str:
        """`spring-reopening.yaml`."""
        slug = re.sub(r"\W+", "-", self.sketch.name.casefold()).strip("-")[:60]
        return f"{slug or 'brief'}.yaml"

    def wanted(self, settings: WriterSettings) -> Wanted:
        """How it is to be written, by the settings where nothing is said. Raises InputError at `order.n`, say."""
        try:
            return parse(Wanted, {"temperature": settings.temperature, **self.order})
        except InputError as error:
            raise InputError(*[Problem(f"order.{one.place}", one.message) for one in error.problems]) from None


def of_draft(draft: Draft) -> Typed:
    """What a draft holds."""
    content = dict(draft.content)
    order = content.pop("order", {})
    return Typed(Sketch.typed(content), order)


def of_brief(brief: Brief) -> Typed:
    """A brief that was written before."""
    return Typed(Sketch.of(brief))


def of_text(text: str) -> Typed:
    """What the form's script sends, JSON. Raises InputError where it is too long, or no form's data."""
    if len(text) > documents.MAX_BYTES:
        raise InputError(Problem("", BEYOND))
    data: Any = json.loads(text)
    order = data.pop("order", {}) if isinstance(data, dict) else {}
    return Typed(Sketch.typed(data), order if isinstance(order, dict) else {})


def of_file(name: str, encoded: str) -> Typed:
    """A file by its name and its bytes in base64, read as the command reads it. Raises InputError."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise InputError(Problem("", "did not come whole; try again"), source=name) from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"brief{Path(name).suffix}"
        path.write_bytes(content)
        try:
            return Typed(sketch.read(documents.read(path)))
        except InputError as error:
            raise InputError(*error.problems, source=name) from None
