"""What each role may do, over HTTP and at the desk alike: one table."""

from collections.abc import Mapping
from enum import StrEnum

from store.errors import Forbidden
from store.key import Role

EVERYONE = frozenset(Role)
MAKERS = frozenset({Role.COPYWRITER, Role.SERVICE, Role.ADMIN})
JUDGES = frozenset({Role.APPROVER, Role.ADMIN})  # a program may write copy, and never be the person who approves it
EDITORS = frozenset({Role.COPYWRITER, Role.APPROVER, Role.ADMIN})


class Act(StrEnum):
    """What is done to copy and to what writes it; those that are a `store.decision.Kind` have its value."""

    WRITE = "write"
    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    UNDO = "undo"
    BRING_BACK = "bring back"
    TRAIN = "train a model or put one in force"


# The edit of who may not approve waits for somebody who may; `inference.review` sees to that.
ACTS: Mapping[Act, frozenset[Role]] = {
    Act.WRITE: MAKERS,
    Act.APPROVE: JUDGES,
    Act.EDIT: EDITORS,
    Act.REJECT: JUDGES,
    Act.UNDO: JUDGES,
    Act.BRING_BACK: JUDGES,
    Act.TRAIN: frozenset({Role.ADMIN}),
}


def roles_of(*acts: Act) -> frozenset[Role]:
    """Who may do one of these, or more."""
    return frozenset().union(*(ACTS[act] for act in acts))


def may(role: Role | None, act: Act) -> bool:
    """Whether somebody of this role may do it; None is whoever nobody asks who they are."""
    return role is None or role in ACTS[act]


def refuse(role: Role | None, act: Act) -> None:
    """Raise Forbidden where the role may not do it."""
    if role is not None and role not in ACTS[act]:
        raise Forbidden(forbidden(role, ACTS[act], act.value))


def forbidden(role: Role, roles: frozenset[Role], what: str) -> str:
    """A sentence that says so, and who may."""
    *others, last = [one for one in Role if one in roles]
    able = f"{', '.join(others)} or {last}" if others else last
    return f"the role {role} may not {what}; that takes the role {able}"
