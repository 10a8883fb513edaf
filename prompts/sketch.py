"""The noun `Sketch`: a brief as a form holds it, whole or not, every key there and nothing judged yet."""

from typing import Any

from prompts import briefs
from prompts.channels import Catalogue
from store.brief import Brief
from store.errors import InputError, Problem, parse
from store.noun import Noun

Texts = tuple[str, ...]


class SketchedVoice(Noun):
    """As `Voice`."""

    description: str = ""
    do: Texts = ()
    dont: Texts = ()
    examples: Texts = ()
    emoji: bool = False


class SketchedSegment(Noun):
    """As `Segment`."""

    name: str = ""
    description: str = ""
    cares_about: str = ""
    source: str = "written"


class Sketch(Noun):
    """As `Brief`, with a blank for what is not filled in yet. No offer and an empty one are the same."""

    name: str = ""
    brand: str = ""
    product: str = ""
    facts: Texts = ()
    offer: str = ""
    call_to_action: str = ""
    voice: SketchedVoice = SketchedVoice()
    must_say: Texts = ()
    never_say: Texts = ()
    language: str = "en"
    segments: tuple[SketchedSegment, ...] = ()
    channels: Texts = ()

    @classmethod
    def of(cls, brief: Brief) -> "Sketch":
        """A brief, to be looked at or changed."""
        return cls.model_validate(without_blanks(brief.model_dump(mode="json")))

    @classmethod
    def typed(cls, data: Any) -> "Sketch":
        """What was typed into a form. Raises InputError where it is no form's data."""
        return parse(cls, without_blanks(data))

    @property
    def data(self) -> dict[str, Any]:
        """What is filled in, as a brief's file would have it."""
        filled: dict[str, Any] = without_blanks(self.model_dump(mode="json"))
        return filled

    def brief(self, channels: Catalogue | None = None) -> Brief:
        """The brief, judged as its file is. Raises InputError with every fault at its place."""
        return briefs.from_data(self.data, channels=channels)

    def problems(self, channels: Catalogue | None = None) -> tuple[Problem, ...]:
        """What is wrong with it, or still missing."""
        try:
            self.brief(channels)
        except InputError as error:
            return error.problems
        return ()


def read(data: Any) -> Sketch:
    """A sketch from plain data, such as a file's. What is only missing or too long is no fault yet.

    Raises InputError where a form could not show it: it has no keys, an unknown key, or a list where text belongs.
    """
    briefs.check_values(data)
    return Sketch.typed(data)


def without_blanks(data: Any) -> Any:
    """`data` without keys and items that have nothing in them: a form has blanks where a file has left out keys."""
    if isinstance(data, dict):
        kept = {key: without_blanks(value) for key, value in data.items()}
        return {key: value for key, value in kept.items() if not _blank(value)}
    if isinstance(data, list | tuple):
        return [value for value in map(without_blanks, data) if not _blank(value)]
    return data


def _blank(value: Any) -> bool:
    return value is None or value in ({}, []) or (isinstance(value, str) and not value.strip())
