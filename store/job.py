"""The noun `Job`, and the `Terms` that it was begun with."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from store.noun import Noun
from store.states import JobState
from store.variant import Sampling, Seed


class Terms(Noun):
    """What is written for each brief of a job. A request among a job's items says for itself how much it wants."""

    n: Annotated[int, Field(ge=1, le=4_096)] = 8
    """Variants shown for each segment and channel."""
    overgenerate: Annotated[int, Field(ge=1, le=64)] = 1
    seed: Seed = 0
    sampling: Sampling = Sampling()


class Job(Noun):
    """Many items of copy to be written, by any number of workers."""

    id: int
    kind: Literal["briefs", "requests"]
    """What its items are: briefs, or requests as `POST /v1/copy` takes them."""
    source: str
    """Where they came from: a file's path, or `api`."""
    terms: Terms
    checkpoints: str | None = None
    """The ids of writer, scorer and approver that it is written with; None until the first worker has begun."""
    author: str
    state: JobState = JobState.QUEUED
    complete: bool = False
    """Whether all of its input is taken in."""
    created_at: datetime
    ended_at: datetime | None = None
