"""`Idempotency-Key`: a write that is sent again, as after a broken connection, is done once and answered as before."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from inference.access import KeyedRoute, caller
from store import answers
from store.answers import Answer, Claim
from store.database import Database

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
FORM = "^[!-~]{1,200}$"

# Which writes may be sent again. The others only read, or keep nothing.
ONCE = frozenset(
    {
        "/v1/copy",
        "/v1/briefs",
        "/v1/outcomes",
        "/v1/batches",
        "/v1/variants/{id}/decision",
        "/v1/variants/{id}/bring-back",
        "/v1/variants/{id}/comments",
    }
)

ABOUT = (
    "Chosen by the asker, for one write: sent again with the same body within a day it is not done again, and the "
    "answer is the first one's. While the first is being answered the second is told 409; with another body, 422."
)


def idempotency_key(
    idempotency_key: Annotated[str | None, Header(pattern=FORM, description=ABOUT)] = None,
) -> str | None:
    """The header, in the description and checked for its form."""
    return idempotency_key


class OnceRoute(APIRoute):
    """A route that answers a write with a key it has answered before as it did then.

    Only what was done is kept: a request that was refused has done nothing, and is tried anew when it is sent again.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the look at what was answered before."""
        handler = super().get_route_handler()

        async def once(request: Request) -> Response:
            sent = request.headers.get(HEADER)
            if sent is None or not re.fullmatch(FORM, sent):
                return await handler(request)
            database: Database = request.app.state.service.database
            claim = await _claim(request, sent)
            answer = await run_in_threadpool(_claimed, database, claim)
            if answer is not None:
                return _replayed(answer)
            try:
                response = await handler(request)
            except BaseException:
                await run_in_threadpool(_given_up, database, claim)
                raise
            await run_in_threadpool(_kept, database, claim, response)
            return response

        return once


class KeyedOnceRoute(KeyedRoute, OnceRoute):
    """Both: first the role is looked at."""


async def _claim(request: Request, sent: str) -> Claim:
    """Whose key it is, and what of: the hash of all that makes the request."""
    key = caller(request)
    whole = "\n".join([request.method, request.url.path, request.url.query]).encode() + b"\n" + await request.body()
    return Claim.of(key.id if key else 0, sent, hashlib.sha256(whole).hexdigest())


def _claimed(database: Database, claim: Claim) -> Answer | None:
    with database.write() as session:
        return answers.claim(session, claim)


def _given_up(database: Database, claim: Claim) -> None:
    with database.write() as session:
        answers.give_up(session, claim)


def _kept(database: Database, claim: Claim, response: Response) -> None:
    with database.write() as session:
        answers.keep(session, claim, Answer(status=response.status_code, content=bytes(response.body).decode()))


def _replayed(answer: Answer) -> Response:
    return Response(answer.content, answer.status, {REPLAYED: "true"}, "application/json")
