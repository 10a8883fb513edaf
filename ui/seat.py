"""The noun `Seat`: who looks at the desk, and whether they are to be told the score."""

from dataclasses import dataclass
from typing import Any

from inference.roles import Act, may
from store.key import Role
from store.states import State
from ui import person

WAITING = (State.PENDING, State.BLOCKED, State.RESERVE)  # what somebody may still have to say something of


@dataclass(frozen=True)
class Seat:
    """A reviewer before the desk."""

    blind: bool
    """Whether the score shows only after the decision."""
    name: str
    """Who is signed in; where nobody need be, as typed at the top, and empty where nobody has said who they are."""
    role: Role | None
    """As what; None where nobody need sign in."""

    @property
    def reviewer(self) -> str:
        """The name as decisions and claims bear it."""
        return self.name.strip()[:120]

    def may(self, act: Act) -> bool:
        """Whether the role allows it."""
        return may(self.role, act)


def seated(blind: bool, typed: str, request: Any) -> Seat:
    """The seat of who sent a request; what was `typed` as a name counts only where nobody need sign in."""
    account = person.signed_in(request)
    return Seat(blind, account.name, account.role) if account else Seat(blind, typed, None)
