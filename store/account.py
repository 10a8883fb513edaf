"""The nouns `Person` and `Account`: who may sit down at the desk, and the role that says what they may do there."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from store.key import Role
from store.noun import Noun

HERE = ""  # the issuer of accounts that sign in with a password of ours

DeskRole = Literal[Role.COPYWRITER, Role.APPROVER, Role.ADMIN]  # a program has a key, not an account


class Person(Noun):
    """Who an account is for, and as what."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    """Stands as the reviewer on what they decide, so no two accounts share one."""
    email: Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    """What they sign in with; nothing is ever sent there."""
    role: DeskRole


class Account(Person):
    """An account as it may be shown: the password's hash stays in the store."""

    email: str  # a provider's may be anything, or missing
    id: int
    issuer: str = HERE
    """The OpenID provider that vouches for them; empty where they have a password here."""
    created_at: datetime
    disabled_at: datetime | None = None
