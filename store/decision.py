"""The noun `Decision`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from store.noun import Noun


class Kind(StrEnum):
    """What a person may say of a variant; `undo` takes back the decision before it."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    UNDO = "undo"


class Decision(Noun):
    """A person's word on a variant. It never overwrites: edited text stands beside the original."""

    id: int | None = None
    variant_id: int
    kind: Kind
    reviewer: Annotated[str, Field(min_length=1, max_length=120)]
    reason: Annotated[str, Field(max_length=2_000)] = ""
    fields: dict[str, str] | None = None
    """The edited text, where `kind` is `edit`."""
    child_id: int | None = None
    """The new variant, where one that is not up for review was edited."""
    sweep: str | None = None
    """What it has in common with others that were made at once."""
    created_at: datetime | None = None
