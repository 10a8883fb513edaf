"""The API's batches: a file of requests in, its progress, results and errors out; the same jobs as the command's."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Body, Depends, Path, Request

from inference import inputs
from inference.access import Caller
from inference.background import background
from inference.batch import take_in
from inference.bodies import MAX_ID, PAGE, CopyAnswer, Shown, shown
from inference.service import Service, With
from store import campaigns, items, jobs, variants
from store.errors import InputError, Problem
from store.item import Item
from store.job import Job, Terms
from store.noun import Noun
from store.states import ItemState, JobState, State

AT_ONCE = 20  # items read at a time


class Batch(Noun):
    """A batch, and how far it has come."""

    id: int
    state: JobState
    counts: dict[ItemState, int]
    """How many of its requests are in each state."""
    checkpoints: str | None
    """What it is written with; null until it has begun."""
    author: str
    created_at: datetime
    ended_at: datetime | None


class Response(Noun):
    """What `POST /v1/copy` would have answered."""

    status_code: Literal[200] = 200
    body: CopyAnswer


class BatchResult(Noun):
    """A line of the results."""

    custom_id: str
    response: Response


class Reason(Noun):
    """Why a request failed."""

    detail: str
    problems: tuple[dict[str, str], ...]


class BatchError(Noun):
    """A line of the errors."""

    custom_id: str | None
    line: int
    error: Reason


Id = Annotated[int, Path(ge=1, le=MAX_ID, description="The batch's id.", examples=[1])]
Lines = Annotated[
    bytes,
    Body(media_type="application/jsonl", description="A request a line: custom_id, method, url (/v1/copy) and body."),
]


def _job(id: Id, served: With) -> Job:  # noqa: A002
    with served.database.read() as session:
        return jobs.get(session, id)


Known = Annotated[Job, Depends(_job)]


def create_batch(body: Lines, served: With, key: Caller, request: Request) -> Batch:
    """Take in a file of requests, a line of JSON each: `custom_id`, `method`, `url` and `body`, as for /v1/copy.

    They are written one after the other, in fair turns with what people wait for, and as they were sent, whatever
    changes meanwhile. A line that is refused is told of in the errors, and the rest goes on.
    """
    if not body.strip():
        raise InputError(Problem("body", "is empty; send a request a line, each a JSON object"))
    terms = Terms(overgenerate=served.overgenerate, sampling=served.sampling)
    author = served.author if key is None else key.name
    with served.database.write() as session:
        job = jobs.begin(session, kind="requests", source="api", terms=terms, author=author)
    take_in(served.database, job, inputs.cut([body]))
    background(request.app).wake()
    return _batch(job.id, served)


def show_batch(job: Known, served: With) -> Batch:
    """A batch, and how many of its requests are done."""
    return _batch(job.id, served)


def cancel_batch(job: Known, served: With) -> Batch:
    """Begin nothing more of a batch. What is being written is finished, and what is done stays. 409 if it has ended."""
    with served.database.write() as session:
        jobs.cancel(session, job.id)
    return _batch(job.id, served)


def batch_results(job: Known, served: With) -> Iterable[BatchResult]:
    """What was written so far, a line of JSON for each request that is done, in the order of the file."""
    for item in _settled(job, ItemState.DONE, served):
        yield BatchResult(custom_id=_name(item), response=Response(body=_answer(item, served)))


def batch_errors(job: Known, served: With) -> Iterable[BatchError]:
    """What failed so far, a line of JSON for each request, with the reason."""
    for item in _settled(job, ItemState.FAILED, served):
        yield BatchError(custom_id=item.custom_id, line=item.number, error=Reason.model_validate(item.error))


# As `inference.api.ROUTES`: method, path, operation, and the problems it may answer with.
ROUTES: list[tuple[str, str, Callable[..., Any], tuple[int, ...]]] = [
    ("POST", "/v1/batches", create_batch, (400, 409, 413, 422, 503)),
    ("GET", "/v1/batches/{id}", show_batch, (404, 422, 503)),
    ("POST", "/v1/batches/{id}/cancel", cancel_batch, (404, 409, 422, 503)),
    ("GET", "/v1/batches/{id}/results", batch_results, (404, 422, 503)),
    ("GET", "/v1/batches/{id}/errors", batch_errors, (404, 422, 503)),
]


def _batch(job_id: int, served: Service) -> Batch:
    with served.database.read() as session:
        job, counts = jobs.get(session, job_id), jobs.counts(session, job_id)
    return Batch(counts=counts, **job.model_dump(include=set(Batch.model_fields)))


def _settled(job: Job, state: ItemState, served: Service) -> Iterator[Item]:
    """The items in that state, page by page, so that any number of them takes little memory."""
    after = 0
    while True:
        with served.database.read() as session:
            found = items.settled(session, job.id, state, after, AT_ONCE)
        yield from found
        if not found:
            return
        after = found[-1].number


def _answer(item: Item, served: Service) -> CopyAnswer:
    """As `POST /v1/copy` answers: what is up for review now, the best first, and how many are in each state."""
    query = variants.Query(campaign_id=item.campaign_id)
    up: list[Shown] = []
    with served.database.read() as session:
        campaign, counts = campaigns.get(session, item.campaign_id or 0), variants.count(session, query)
        pending = query.model_copy(update={"state": State.PENDING})
        while rows := variants.find(session, pending, limit=PAGE, offset=len(up)):
            up += map(shown, rows)
    return CopyAnswer(campaign=campaign, variants=tuple(up), counts=counts)


def _name(item: Item) -> str:
    return item.custom_id or str(item.number)
