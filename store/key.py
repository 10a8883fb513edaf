"""The nouns `Key` and `Holder`: what a program shows to be let in, and the role that says what it may do."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from store.noun import Noun


class Role(StrEnum):
    """What the holder of a key is here for; `inference.access` says what each role may do."""

    COPYWRITER = "copywriter"
    APPROVER = "approver"
    SERVICE = "service"
    ADMIN = "admin"


class Holder(Noun):
    """Who a key is for, and as what."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    """Stands as the reviewer on decisions that are made with the key; may stand on several keys of one holder."""
    role: Role


class Key(Holder):
    """A key as it may be shown: the secret is with its holder, and only its hash is in the store."""

    id: int
    handle: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    """The part of the key that is no secret, by which its holder can tell which one it is."""
    created_at: datetime
    revoked_at: datetime | None = None
