"""Answers to writes that may be sent again, kept for a day under the key that the asker chose."""

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, update
from sqlalchemy.orm import Session

from store.columns import now
from store.errors import Conflict, InputError, Problem
from store.noun import Noun
from store.tables import AnswerRow, insert_once

KEPT = timedelta(days=1)
GIVEN_UP = timedelta(hours=1)
"""How long a write may take. One without an answer by then was cut off, by the end of the server's process for one."""


class Claim(Noun):
    """That a request is being answered, and by whom."""

    owner: int
    """The number of the key that sent it; 0 where none was asked for."""
    key: str
    digest: str
    """Of the request: the same key with another digest is a mistake of the asker's."""
    token: str
    """Tells who answers from others who would."""

    @classmethod
    def of(cls, owner: int, key: str, digest: str) -> "Claim":
        """A claim like no other."""
        return cls(owner=owner, key=key, digest=digest, token=uuid.uuid4().hex)


class Answer(Noun):
    """What was answered."""

    status: int
    content: str
    """JSON."""


def claim(session: Session, wanted: Claim) -> Answer | None:
    """What was answered to the request; None where it was not and the claim now stands, so that it is to be answered.

    Raises InputError where the key came with another request, Conflict while somebody else is answering.
    """
    session.execute(delete(AnswerRow).where(_lapsed()))
    insert_once(session, AnswerRow, **wanted.model_dump(), created_at=now())
    row = session.get_one(AnswerRow, (wanted.owner, wanted.key), populate_existing=True)
    if row.token == wanted.token:
        return None
    if row.digest != wanted.digest:
        raise InputError(
            Problem("Idempotency-Key", "came with another request before; choose a new one for each write")
        )
    if row.status is None:
        raise Conflict("a request with this Idempotency-Key is being answered; wait for it, or send it again later")
    return Answer(status=row.status, content=row.content or "")


def keep(session: Session, standing: Claim, answer: Answer) -> None:
    """Store the answer, unless the claim has lapsed."""
    session.execute(update(AnswerRow).where(_mine(standing)).values(**answer.model_dump()))


def give_up(session: Session, standing: Claim) -> None:
    """Take the claim back, as nothing was done."""
    session.execute(delete(AnswerRow).where(_mine(standing)))


def _mine(claim: Claim) -> ColumnElement[bool]:
    return AnswerRow.token == claim.token


def _lapsed() -> ColumnElement[bool]:
    unanswered = AnswerRow.status.is_(None) & (AnswerRow.created_at < now() - GIVEN_UP)
    return or_(AnswerRow.created_at < now() - KEPT, unanswered)
