"""Variants in the store: added once, found for review in order of rank, never changed but for their state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store import matching
from store.columns import now
from store.decision import Decision, Kind
from store.errors import Conflict, NotFound
from store.finding import Finding, Severity
from store.matching import conditions, in_force, ranked
from store.prompt import Prompt
from store.score import Score
from store.states import State, after
from store.tables import DecisionRow, FindingRow, PromptRow, ScoreRow, VariantRow, insert_once, to_noun
from store.variant import Variant

Query = matching.Query


class Row(NamedTuple):
    """A variant with all that a reviewer sees beside it."""

    variant: Variant
    findings: tuple[Finding, ...]
    score: Score | None
    """The newest."""
    decision: Decision | None
    """The one that stands: the newest that was not taken back."""
    fields: dict[str, str]
    """What is shown: the edited text where the decision that stands is an edit of this variant, else its own."""


def add(
    session: Session, variant: Variant, findings: Iterable[Finding], prompt: Prompt | None, *, wait: bool = False
) -> Variant:
    """Store a draft with what the checks found, and the prompt it answers (None where a person wrote it).

    Returns it with its id and its new state: blocked if any finding blocks, else pending, or a draft still where it is
    to `wait` until there are others to choose from (`move`). Raises Conflict where it is no draft.
    """
    found = list(findings)
    blocked = any(finding.severity is Severity.BLOCK for finding in found)
    state = after(variant.state, "block" if blocked else "show")
    if prompt is not None:
        _keep_prompt(session, prompt)
    stored = variant.model_copy(
        update={
            "prompt_hash": prompt.hash if prompt else variant.prompt_hash,
            "state": variant.state if wait and not blocked else state,
            "created_at": variant.created_at or now(),
        }
    )
    row = _row(stored)
    session.add(row)
    session.flush()
    _add_findings(session, row.id, found)
    return stored.model_copy(update={"id": row.id})


def move(session: Session, variant_id: int, by: Literal["show", "hold"], findings: Iterable[Finding] = ()) -> State:
    """Put a variant into review or hold it back, with what was found of it; gives its new state.

    Raises NotFound, and Conflict where its state forbids that, as where somebody was first.
    """
    try:
        state = after(lock(session, variant_id), by)
    except Conflict as conflict:
        raise Conflict(f"variant {variant_id}: {conflict}") from None
    session.execute(update(VariantRow).where(VariantRow.id == variant_id).values(state=state))
    _add_findings(session, variant_id, findings)
    return state


def lock(session: Session, variant_id: int) -> State:
    """The state as it is stored now, kept from others until this transaction ends. Raises NotFound.

    SQLite has one writer at a time and needs no lock. Only the row's own text is held, not its key, so that scores may
    be stored meanwhile.
    """
    chosen = select(VariantRow.state).where(VariantRow.id == variant_id)
    state = session.scalar(chosen.with_for_update(key_share=True))
    if state is None:
        raise NotFound(f"there is no variant {variant_id}")
    return State(state)


def _add_findings(session: Session, variant_id: int, findings: Iterable[Finding]) -> None:
    session.add_all(FindingRow(variant_id=variant_id, **finding.model_dump()) for finding in findings)
    session.flush()


def _keep_prompt(session: Session, prompt: Prompt) -> None:
    messages = [message.model_dump() for message in prompt.messages]
    insert_once(
        session,
        PromptRow,
        hash=prompt.hash,
        format_hash=prompt.format_hash,
        messages=messages,
        keys=list(prompt.keys),
        aims=list(prompt.aims),
        maxima=list(prompt.maxima),
    )


def _row(variant: Variant) -> VariantRow:
    values = variant.model_dump(exclude={"id", "prompt_hash"})
    return VariantRow(**values, prompt_hash=variant.prompt_hash or None, search=variant.text.casefold())


def get(session: Session, variant_id: int) -> Variant:
    """The variant of that id. Raises NotFound."""
    row = session.get(VariantRow, variant_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no variant {variant_id}")
    return to_noun(row, Variant)


def add_scores(session: Session, scores: Mapping[int, Score]) -> None:
    """Store scores by variant id; the newest of a variant stands."""
    moment = now()
    session.add_all(
        ScoreRow(variant_id=variant_id, created_at=moment, **score.model_dump()) for variant_id, score in scores.items()
    )
    session.flush()


def find(
    session: Session, query: Query, *, limit: int = 100, offset: int = 0, order: Literal["rank", "id"] = "rank"
) -> list[Row]:
    """The variants that match, each with what belongs to it.

    By rank, the highest predicted engagement comes first and what has no score last; equals come in order of id.
    """
    matching = select(VariantRow.id).where(*conditions(query))
    ordered = ranked(matching) if order == "rank" else matching.order_by(VariantRow.id)
    return rows(session, list(session.scalars(ordered.limit(limit).offset(offset))))


def ids(session: Session, query: Query, *, limit: int) -> list[int]:
    """The ids of the variants that match, in their order."""
    return list(session.scalars(select(VariantRow.id).where(*conditions(query)).order_by(VariantRow.id).limit(limit)))


def authored(session: Session) -> dict[int, str]:
    """Who wrote the pending variants that no weights made, by id."""
    chosen = select(VariantRow.id, VariantRow.author).where(
        VariantRow.author.is_not(None), VariantRow.state == State.PENDING
    )
    return {row[0]: row[1] or "" for row in session.execute(chosen)}


def count(session: Session, query: Query) -> dict[State, int]:
    """How many variants match, by state; every state has its number."""
    counted = select(VariantRow.state, func.count()).where(*conditions(query)).group_by(VariantRow.state)
    found = {State(state): number for state, number in session.execute(counted)}
    return {state: found.get(state, 0) for state in State}


def codes(session: Session, query: Query) -> list[str]:
    """The codes of the findings of the variants that match, in order of the alphabet."""
    known = select(FindingRow.code).distinct().subquery()  # few: to look for one variant of each beats looking at all
    one = select(FindingRow.id).join(VariantRow, VariantRow.id == FindingRow.variant_id)
    matching = one.where(FindingRow.code == known.c.code, *conditions(query)).correlate(known).exists()
    return list(session.scalars(select(known.c.code).where(matching).order_by(known.c.code)))


def children(session: Session, variant_id: int) -> int:
    """How many variants have this one as their parent."""
    return session.scalar(select(func.count()).where(VariantRow.parent_id == variant_id)) or 0


def rows(session: Session, variant_ids: Sequence[int]) -> list[Row]:
    """The variants of those ids that there are, in the order of the ids, each with what belongs to it."""
    found = session.scalars(select(VariantRow).where(VariantRow.id.in_(variant_ids)))
    variants = {row.id: to_noun(row, Variant) for row in found}
    findings = findings_of(session, variant_ids)
    scores = standing_scores(session, variant_ids)
    decisions = standing_decisions(session, variant_ids)
    return [
        Row(
            variant=variants[i],
            findings=tuple(findings.get(i, [])),
            score=scores.get(i),
            decision=decisions.get(i),
            fields=shown_fields(variants[i], decisions.get(i)),
        )
        for i in variant_ids
        if i in variants
    ]


def shown_fields(variant: Variant, decision: Decision | None) -> dict[str, str]:
    """The fields of a variant under the decision that stands: an edit shows its own, unless they made a new variant."""
    edited = decision is not None and decision.kind is Kind.EDIT and decision.child_id is None
    return decision.fields if edited and decision and decision.fields else variant.fields


def findings_of(session: Session, variant_ids: Sequence[int]) -> dict[int, list[Finding]]:
    """The findings by variant id, in the order they were found."""
    found: dict[int, list[Finding]] = {}
    for row in session.scalars(
        select(FindingRow).where(FindingRow.variant_id.in_(variant_ids)).order_by(FindingRow.id)
    ):
        found.setdefault(row.variant_id, []).append(to_noun(row, Finding))
    return found


def standing_scores(session: Session, variant_ids: Sequence[int]) -> dict[int, Score]:
    """The newest score by variant id."""
    chosen = select(ScoreRow).where(ScoreRow.variant_id.in_(variant_ids)).order_by(ScoreRow.id)
    return {row.variant_id: to_noun(row, Score) for row in session.scalars(chosen)}


def standing_decisions(session: Session, variant_ids: Sequence[int]) -> dict[int, Decision]:
    """The decision that stands by variant id: the newest that was not taken back."""
    chosen = select(DecisionRow).where(DecisionRow.variant_id.in_(variant_ids), in_force()).order_by(DecisionRow.id)
    return {row.variant_id: to_noun(row, Decision) for row in session.scalars(chosen)}
