"""Preferences: two variants of one place at a time, sides drawn by lot, and what a person says of them.

Each variant comes up in one pair for a reviewer, so that `n` of a place are compared in `n // 2` looks; two that
answer one prompt come together where there are such.
"""

import hashlib
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, exists, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from store import variants
from store.columns import now
from store.errors import Conflict, InputError, NotFound, Problem
from store.matching import Query, conditions
from store.preference import Preference
from store.preference_tables import PreferenceRow
from store.tables import VariantRow, to_noun
from store.variant import Variant

UNDO = "undo"
LOOKED = 2_000  # variants among which the next two are looked for, so that a long queue is as quick as a short one


class Draw(NamedTuple):
    """Two variants to compare, by the side that the lot gave them."""

    left_id: int
    right_id: int
    seed: int


class Turn(NamedTuple):
    """What a reviewer is to compare now."""

    draw: Draw | None
    left: int
    """How many pairs there are still to see, of the first variants that were looked at."""
    more: bool
    """Whether there are more variants than were looked at."""


def sides(one: int, other: int, reviewer: str) -> Draw:
    """Both by sides drawn by lot; the same two give the same reviewer the same sides, whichever is named first."""
    low, high = sorted((one, other))
    seed = int.from_bytes(hashlib.sha256(f"{low}:{high}:{reviewer}".encode()).digest()[:4])
    left, right = Random(seed).sample((low, high), 2)  # noqa: S311 - a lot, no secret
    return Draw(left, right, seed)


def following(session: Session, query: Query, reviewer: str) -> Turn:
    """The next two that match and that this reviewer has not compared: of the first place that has two such."""
    open_ones = [*conditions(query), VariantRow.campaign_id.is_not(None), VariantRow.id.not_in(_compared(reviewer))]
    columns = (VariantRow.id, VariantRow.prompt_hash, VariantRow.campaign_id, VariantRow.segment, VariantRow.channel)
    rows = session.execute(select(*columns).where(*open_ones).order_by(VariantRow.id).limit(LOOKED)).all()
    places: dict[tuple[Any, ...], list[tuple[int, str | None]]] = {}
    for variant, prompt, *place in rows:
        places.setdefault(tuple(place), []).append((variant, prompt))
    left, more = sum(len(ids) // 2 for ids in places.values()), len(rows) == LOOKED
    first = next((ids for ids in places.values() if len(ids) > 1), None)
    return Turn(_draw(first, reviewer) if first else None, left, more)


def _draw(ids: list[tuple[int, str | None]], reviewer: str) -> Draw:
    """The first, and the next that answers the same prompt, or just the next."""
    (one, prompt), *others = ids
    alike = next((variant for variant, asked in others if prompt and asked == prompt), others[0][0])
    return sides(one, alike, reviewer)


def say(session: Session, preference: Preference) -> Preference:
    """Store a preference; returns it with its id.

    Raises NotFound; InputError for two that are not of one campaign, segment and channel; Conflict where this reviewer
    has said already which of them is better.
    """
    one, other = sorted(preference.pair)
    variants.lock(session, one)  # so that one reviewer in two tabs is heard once
    first, second = variants.get(session, one), variants.get(session, other)
    if one == other or _place(first) != _place(second):
        raise InputError(
            Problem("right_id", f"{other} is not of the segment and channel of {one}; compare like to like")
        )
    said = select(PreferenceRow.id).where(
        _between(one, other), PreferenceRow.reviewer == preference.reviewer, in_force()
    )
    if session.scalar(said.limit(1)) is not None:
        raise Conflict(f"{preference.reviewer} has compared {one} and {other} already; undo that first to say it anew")
    return _append(session, preference)


def undo(session: Session, preference_id: int, reviewer: str) -> Preference:
    """Take back one's own preference; returns it. Raises NotFound; Conflict where it is another's, or taken back."""
    row = session.get(PreferenceRow, preference_id)
    if row is None or row.better == UNDO:
        raise NotFound(f"there is no preference {preference_id}")
    if row.reviewer != reviewer:
        raise Conflict(f"preference {preference_id} is what {row.reviewer} said, and only they take it back")
    variants.lock(session, min(row.left_id, row.right_id))
    if session.scalar(select(PreferenceRow.id).where(PreferenceRow.undoes == preference_id)) is not None:
        raise Conflict(f"preference {preference_id} has been taken back already")
    taken = to_noun(row, Preference)
    _append(session, taken, better=UNDO, undoes=preference_id)
    return taken


def standing(session: Session) -> Iterator[Preference]:
    """Yield what was said and not taken back, in the order it was said."""
    chosen = select(PreferenceRow).where(in_force()).order_by(PreferenceRow.id)
    for row in session.scalars(chosen.execution_options(yield_per=1_000)):
        yield to_noun(row, Preference)


def of_variant(session: Session, variant_id: int) -> list[Preference]:
    """What was said of this variant beside another and not taken back, the oldest first."""
    either = or_(PreferenceRow.left_id == variant_id, PreferenceRow.right_id == variant_id)
    chosen = select(PreferenceRow).where(either, in_force()).order_by(PreferenceRow.id)
    return [to_noun(row, Preference) for row in session.scalars(chosen)]


def in_force() -> ColumnElement[bool]:
    """Whether a row is a word that was not taken back, nor takes one back itself."""
    back = aliased(PreferenceRow)
    return (PreferenceRow.better != UNDO) & ~exists().where(back.undoes == PreferenceRow.id)


def _compared(reviewer: str) -> CompoundSelect[int]:
    """The variants that this reviewer has compared with another."""
    mine = (PreferenceRow.reviewer == reviewer, in_force())
    left = select(PreferenceRow.left_id).where(*mine)
    return union_all(left, select(PreferenceRow.right_id).where(*mine))


def _place(variant: Variant) -> tuple[int | None, str, str]:
    return variant.campaign_id, variant.segment, variant.channel


def _between(one: int, other: int) -> ColumnElement[bool]:
    ids = (one, other)
    return PreferenceRow.left_id.in_(ids) & PreferenceRow.right_id.in_(ids)


def _append(session: Session, preference: Preference, **instead: str | int) -> Preference:
    values = preference.model_dump(exclude={"id", "created_at"}) | instead
    row = PreferenceRow(**values, created_at=now())
    session.add(row)
    session.flush()
    return preference.model_copy(update={"id": row.id, "created_at": row.created_at})
