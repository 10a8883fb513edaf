"""Sweeps: one word on all variants that match, taken back as one."""

import secrets
from collections.abc import Container
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import decisions, variants
from store.decision import Decision
from store.errors import Conflict
from store.matching import in_force
from store.states import State
from store.tables import DecisionRow
from store.variants import Query

MOST = 2_000  # variants of one sweep: it is one transaction, during which nobody else may write on SQLite


class Swept(NamedTuple):
    """What a sweep, or the undo of one, did."""

    sweep: str
    """Its name, by which it is taken back."""
    done: int
    left: int
    """Variants that were spared, that somebody decided first, or whose copy has left the house since."""


def decide(session: Session, query: Query, word: Decision, expected: int, *, spare: Container[int] = ()) -> Swept:
    """Say `word` of every pending variant that matches but of those to `spare`; its `variant_id` is not looked at.

    Raises Conflict, having changed nothing, where not just `expected` of them match, as where some came or went since
    they were counted, or where they are more than `MOST`.
    """
    ids = variants.ids(session, query.model_copy(update={"state": State.PENDING}), limit=MOST + 1)
    if len(ids) > MOST:
        raise Conflict(f"more than {MOST} variants match; narrow the filters, and decide them in several goes")
    if len(ids) != expected:
        raise Conflict(f"{len(ids)} variants match now, and there were {expected} when you looked; look again")
    sweep, done = f"s{secrets.token_hex(8)}", 0
    for variant_id in (one for one in ids if one not in spare):
        with suppress(Conflict):
            decisions.decide(session, word.model_copy(update={"variant_id": variant_id, "sweep": sweep}))
            done += 1
    return Swept(sweep, done, len(ids) - done)


def undo(session: Session, sweep: str, reviewer: str) -> Swept:
    """Take back what still stands of a sweep; what has been exported stays. Raises Conflict where nothing stands."""
    chosen = select(DecisionRow.variant_id).where(DecisionRow.sweep == sweep, in_force())
    ids = list(session.scalars(chosen.order_by(DecisionRow.id)))
    if not ids:
        raise Conflict("nothing stands of what was decided at once; it has been taken back already")
    done = 0
    for variant_id in ids:
        with suppress(Conflict):
            decisions.undo(session, variant_id, reviewer)
            done += 1
    return Swept(sweep, done, len(ids) - done)
