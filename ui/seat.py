"""The noun `Seat`: who looks at the desk, and whether they are to be told the score."""

from dataclasses import dataclass

from store.states import State

WAITING = (State.PENDING, State.BLOCKED, State.RESERVE)  # what somebody may still have to say something of


@dataclass(frozen=True)
class Seat:
    """A reviewer before the desk."""

    blind: bool
    """Whether the score shows only after the decision."""
    name: str
    """As typed at the top; empty where nobody has said who they are."""

    @property
    def reviewer(self) -> str:
        """The name as decisions and claims bear it."""
        return self.name.strip()[:120]
