"""Decisions: the first of two reviewers wins, and nothing is overwritten.

A decision and the move of state it makes are one transaction. The move is a compare-and-swap: it happens only where the
state is still the one it was decided from.
"""

from collections.abc import Iterable

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from store import variants
from store.columns import now
from store.decision import Decision, Kind
from store.errors import Conflict, InputError, Problem
from store.finding import Finding
from store.states import MADE_ANEW, State, after
from store.tables import DecisionRow, ExportRow, VariantRow, to_noun
from store.variant import Variant

EXPORTED = "has been exported, so its decision cannot be taken back; change the copy where it is used, or write it anew"


def decide(
    session: Session,
    decision: Decision,
    *,
    child: Variant | None = None,
    child_findings: Iterable[Finding] = (),
    propose: bool = False,
) -> Decision:
    """Store a decision and move its variant's state; returns it with its id.

    An edit of a blocked, held back or rejected variant, or where the edit is only to `propose`, of a pending one,
    stores `child`, what the edit made, as a new variant with its `child_findings`, and leaves the state as it was; for
    any other decision `child` is not looked at. A decision of kind `undo` is the same as calling `undo`. Raises
    NotFound; Conflict, naming who decided what, where somebody was first; InputError for an edit without text, or text
    without an edit.
    """
    if decision.kind is Kind.UNDO:
        return undo(session, decision.variant_id, decision.reviewer, reason=decision.reason)
    _check_fields(decision)
    state = variants.lock(session, decision.variant_id)
    anew = MADE_ANEW | {State.PENDING} if propose else MADE_ANEW
    if decision.kind is Kind.EDIT and state in anew and child is not None:
        made = _add_child(session, decision, child, child_findings)
        return _append(session, decision.model_copy(update={"child_id": made.id}))
    _move(session, decision.variant_id, state, _after(session, decision.variant_id, state, decision.kind))
    return _append(session, decision.model_copy(update={"child_id": None}))


def undo(session: Session, variant_id: int, reviewer: str, *, reason: str = "") -> Decision:
    """Take back the decision that stands, by a new one of kind `undo`, which is returned.

    The state goes back to pending. Where the decision was an edit that made a new variant, that variant stays, and no
    state moves. Raises NotFound; Conflict where no decision stands or the variant has been exported.
    """
    state = variants.lock(session, variant_id)
    standing = variants.standing_decisions(session, [variant_id]).get(variant_id)
    if standing is None:
        raise Conflict(f"variant {variant_id} has no decision to undo; it is {state}")
    _refuse_exported(session, variant_id)
    if standing.child_id is None:
        _move(session, variant_id, state, _after_undo(variant_id, state))
    word = Decision(variant_id=variant_id, kind=Kind.UNDO, reviewer=reviewer, reason=reason)
    return _append(session, word, undoes=standing.id)


def history(session: Session, variant_id: int) -> list[Decision]:
    """Every decision on a variant, the oldest first. Raises NotFound."""
    variants.get(session, variant_id)
    chosen = select(DecisionRow).where(DecisionRow.variant_id == variant_id).order_by(DecisionRow.id)
    return [to_noun(row, Decision) for row in session.scalars(chosen)]


def reviewers(session: Session, limit: int = 200) -> list[str]:
    """Who has decided anything, in order of the alphabet."""
    return list(session.scalars(select(DecisionRow.reviewer).distinct().order_by(DecisionRow.reviewer).limit(limit)))


def _check_fields(decision: Decision) -> None:
    if decision.kind is Kind.EDIT and not decision.fields:
        raise InputError(Problem("fields", "is missing; an edit carries the whole edited text, by field"))
    if decision.kind is not Kind.EDIT and decision.fields is not None:
        raise InputError(Problem("fields", f"only an edit carries text; leave it out, or edit, not {decision.kind}"))


def _after(session: Session, variant_id: int, state: State, kind: Kind) -> State:
    try:
        return after(state, kind)
    except Conflict as conflict:
        raise Conflict(_taken(session, variant_id) or f"variant {variant_id}: {conflict}") from None


def _after_undo(variant_id: int, state: State) -> State:
    try:
        return after(state, Kind.UNDO)
    except Conflict as conflict:
        raise Conflict(f"variant {variant_id}: {conflict}") from None


def _move(session: Session, variant_id: int, old: State, new: State) -> None:
    """Compare and swap. Raises Conflict where the state is not `old`."""
    swap = update(VariantRow).where(VariantRow.id == variant_id, VariantRow.state == old).values(state=new)
    if session.scalar(swap.returning(VariantRow.id)) is None:
        raise Conflict(_taken(session, variant_id) or f"variant {variant_id} is no longer {old}; look at it again")


def _taken(session: Session, variant_id: int) -> str | None:
    """A sentence on who decided what, where a decision stands, and what can be done now."""
    standing = variants.standing_decisions(session, [variant_id]).get(variant_id)
    if standing is None or standing.created_at is None:
        return None
    done = {Kind.APPROVE: "approved", Kind.EDIT: "edited", Kind.REJECT: "rejected"}[standing.kind]
    moment = standing.created_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    word = f"variant {variant_id} was {done} by {standing.reviewer} at {moment}"
    return f"{word} and {EXPORTED}" if _exported(session, variant_id) else f"{word}; undo that first to decide anew"


def _refuse_exported(session: Session, variant_id: int) -> None:
    if _exported(session, variant_id):
        raise Conflict(f"variant {variant_id} {EXPORTED}")


def _exported(session: Session, variant_id: int) -> bool:
    return bool(session.scalar(select(exists().where(ExportRow.variant_id == variant_id))))


def _add_child(session: Session, decision: Decision, child: Variant, findings: Iterable[Finding]) -> Variant:
    parent = variants.get(session, decision.variant_id)
    draft = child.model_copy(
        update={"id": None, "parent_id": parent.id, "campaign_id": parent.campaign_id, "state": State.DRAFT}
    )
    return variants.add(session, draft, findings, None)


def _append(session: Session, decision: Decision, *, undoes: int | None = None) -> Decision:
    values = decision.model_dump(exclude={"id", "created_at"})
    row = DecisionRow(**values, undoes=undoes, created_at=now())
    session.add(row)
    session.flush()
    return to_noun(row, Decision)
