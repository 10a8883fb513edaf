"""The states of variants, jobs and items: one table each, one place. Nothing else changes a state."""

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
# variant in `pending` and leaves its parent as it was; so does the edit of a pending one by who may not approve.
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


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    """What is being written is still finished; nothing else is begun."""
    CANCELLED = "cancelled"
    ENDED = "ended"


class ItemState(StrEnum):
    """Where an item of a job stands."""

    QUEUED = "queued"
    LEASED = "leased"
    """A worker has it until a moment; after that it is anybody's again."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


JOB_MOVES: dict[tuple[JobState, str], JobState] = {
    (JobState.QUEUED, "begin"): JobState.RUNNING,
    (JobState.QUEUED, "cancel"): JobState.CANCELLING,
    (JobState.RUNNING, "cancel"): JobState.CANCELLING,
    (JobState.QUEUED, "conclude"): JobState.ENDED,  # every item was refused as it came
    (JobState.RUNNING, "conclude"): JobState.ENDED,
    (JobState.CANCELLING, "conclude"): JobState.CANCELLED,
    (JobState.ENDED, "reopen"): JobState.QUEUED,
    (JobState.CANCELLING, "reopen"): JobState.QUEUED,
    (JobState.CANCELLED, "reopen"): JobState.QUEUED,
}

ITEM_MOVES: dict[tuple[ItemState, str], ItemState] = {
    (ItemState.QUEUED, "lease"): ItemState.LEASED,
    (ItemState.LEASED, "lease"): ItemState.LEASED,  # once the lease of another has run out
    (ItemState.LEASED, "finish"): ItemState.DONE,
    (ItemState.LEASED, "fail"): ItemState.FAILED,
    (ItemState.LEASED, "give back"): ItemState.QUEUED,
    (ItemState.QUEUED, "cancel"): ItemState.CANCELLED,
    (ItemState.CANCELLED, "reopen"): ItemState.QUEUED,
    (ItemState.QUEUED, "mend"): ItemState.QUEUED,
    (ItemState.FAILED, "mend"): ItemState.QUEUED,
    (ItemState.CANCELLED, "mend"): ItemState.QUEUED,
}
