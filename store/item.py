"""The nouns `Item` and `Entry`: one piece of a job's work, and what it was taken in from."""

from datetime import datetime
from typing import Any

from store.noun import Noun
from store.states import ItemState


class Entry(Noun):
    """One line or row of a job's input."""

    number: int
    """From 1."""
    hash: str
    """Of what it said, to notice an input that was changed between two runs."""
    custom_id: str | None = None
    """The asker's name for it, which no other entry of the job has; None where it has none that can be used."""
    body: dict[Any, Any] | None = None
    """The brief or request, as it came; None where there is none."""
    error: dict[str, Any] | None = None
    """Why it is refused as it comes: `detail`, and `problems` with `place` and `message` each."""


class Item(Entry):
    """An entry as it stands in the store. It is written from the body that the job was taken in with."""

    id: int
    job_id: int
    state: ItemState = ItemState.QUEUED
    attempts: int = 0
    """How many workers have begun it; one that gave it back does not count."""
    worker: str | None = None
    until: datetime | None = None
    """When the worker's lease runs out, unless it is renewed."""
    campaign_id: int | None = None
    """What was written, where it is done."""
