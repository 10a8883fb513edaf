"""The states of a variant: one table, one place. Nothing else changes a state."""

from enum import StrEnum

from store.errors import Conflict


class State(StrEnum):
    """Where a variant stands."""

    DRAFT = "draft"
    """Written, and the others of its segment and channel are not all there to choose from. A killed run leaves some."""
    BLOCKED = "blocked"
    PENDING = "pending"
    RESERVE = "reserve"
    """Passed the checks, and held back: others are likelier to be approved, or say much the same."""
    APPROVED = "approved"
    REJECTED = "rejected"
    LIVE = "live"
    RETIRED = "retired"


# What may happen to a variant, and where it then stands. An edit of one in `MADE_ANEW` is not here: it makes a new
# variant in `pending` and leaves its parent as it was.
MOVES: dict[tuple[State, str], State] = {
    (State.DRAFT, "block"): State.BLOCKED,
    (State.DRAFT, "show"): State.PENDING,
    (State.DRAFT, "hold"): State.RESERVE,
    (State.RESERVE, "show"): State.PENDING,
    (State.PENDING, "approve"): State.APPROVED,
    (State.PENDING, "edit"): State.APPROVED,  # the edited text stands beside the original, in the decision
    (State.PENDING, "reject"): State.REJECTED,
    (State.APPROVED, "undo"): State.PENDING,
    (State.REJECTED, "undo"): State.PENDING,
    (State.APPROVED, "publish"): State.LIVE,
    (State.LIVE, "retire"): State.RETIRED,
}

MADE_ANEW = frozenset({State.BLOCKED, State.RESERVE, State.REJECTED})


def after(state: State, move: str) -> State:
    """The state after `move`. Raises Conflict naming the state and what is possible from it."""
    if (state, move) in MOVES:
        return MOVES[state, move]
    possible = sorted(name for source, name in MOVES if source is state)
    possible += ["edit into a new variant"] if state in MADE_ANEW else []
    raise Conflict(f"a variant that is {state} cannot {move}; possible now: {', '.join(possible) or 'nothing'}")
