"""Looking at variants and deciding on them, over HTTP."""

from typing import Annotated

from fastapi import Path, Query

from inference import review
from inference.access import Caller, named
from inference.bodies import MAX_ID, BringBackRequest, CommentRequest, DecisionRequest, Filter, Page, Shown, shown
from inference.service import Service, With
from store import comments, labels, variants
from store.comment import Comment
from store.decision import Decision
from store.errors import InputError, Problem
from store.key import Key
from store.label import Label

Id = Annotated[int, Path(ge=1, le=MAX_ID, description="The variant's id.", examples=[17])]


def list_variants(query: Annotated[Filter, Query()], service: With) -> Page:
    """Variants that match every filter given, with findings, score and standing decision."""
    where = variants.Query(**query.model_dump(include=set(variants.Query.model_fields)))
    with service.database.read() as session:
        rows = variants.find(session, where, limit=query.limit, offset=query.offset, order=query.order)
        return Page(variants=tuple(map(shown, rows)), counts=variants.count(session, where))


def show_variant(id: Id, service: With) -> Shown:  # noqa: A002
    """One variant."""
    return _shown(id, service)


def show_label(id: Id, service: With) -> Label:  # noqa: A002
    """The glass label of a variant: everything that is known of where it came from."""
    with service.database.read() as session:
        return labels.label(session, id)


def decide(id: Id, body: DecisionRequest, service: With, key: Caller) -> Decision:  # noqa: A002
    """Approve, edit or reject a variant, or undo that.

    An edit is checked as written copy is, and refused with what blocks it. An edit of a variant that is blocked, in
    reserve or rejected, or made by who may not approve, adds a new pending one, `child_id`. Of two who decide at once
    one is told 409.
    """
    decision = Decision(variant_id=id, **body.model_dump(exclude={"reviewer"}), reviewer=_reviewer(key, body.reviewer))
    role = key.role if key else None
    return review.decide(service.database, decision, service.catalogue, role=role, four_eyes=service.four_eyes)


def bring_back(id: Id, body: BringBackRequest, service: With, key: Caller) -> Shown:  # noqa: A002
    """Put a variant that is in reserve, or was left as a draft, up for review; its label says by whom."""
    review.bring_back(service.database, id, _reviewer(key, body.reviewer), role=key.role if key else None)
    return _shown(id, service)


def comment(id: Id, body: CommentRequest, service: With, key: Caller) -> Comment:  # noqa: A002
    """Say something of a variant to the others; it decides nothing, stands on the label, and is never taken away."""
    said = Comment(variant_id=id, author=_reviewer(key, body.reviewer), text=body.text)
    with service.database.write() as session:
        return comments.add(session, said)


def _reviewer(key: Key | None, claimed: str | None) -> str:
    """Who decides. Raises InputError where nobody says so."""
    reviewer = named(key, claimed)
    if reviewer is None:
        raise InputError(Problem("reviewer", "is missing; say who decides, or send a key, which says it"))
    return reviewer


def _shown(id: int, service: Service) -> Shown:  # noqa: A002
    with service.database.read() as session:
        variants.get(session, id)
        return shown(variants.rows(session, [id])[0])
