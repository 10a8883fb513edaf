"""Writing, scoring and checking copy over HTTP."""

from collections.abc import Iterator
from functools import partial

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from inference import checks, pipeline
from inference.access import Caller, named
from inference.bodies import (
    CheckAnswer,
    Checked,
    CheckRequest,
    CopyAnswer,
    CopyRequest,
    RankedEvent,
    ScoreAnswer,
    ScoreRequest,
    shown,
)
from inference.briefs_api import chosen
from inference.events import Event, Finished, Ranked, Started, Written
from inference.once import HEADER
from inference.order import Order, Parts
from inference.scorer import Candidate
from inference.service import Service, With
from inference.streams import event, streamed
from prompts import channels
from store import variants
from store.campaign import Campaign
from store.errors import InputError, Problem
from store.finding import Severity
from store.states import State
from store.variant import Variant

MAX_ASKED = 1_024  # variants in one request; more belong in a batch
SENT = "sent"  # the checkpoint of copy that comes from elsewhere to be checked, which is not stored


async def write_copy(body: CopyRequest, service: With, key: Caller, request: Request) -> Response | CopyAnswer:
    """Write copy for a brief, check it, choose, score and rank what is shown, and answer when all of it is done.

    With `stream` it is told as server-sent events while it is done: `started` with the campaign, `variant` with each
    variant and its findings as soon as it is written, `ranked` with the variants of a segment and channel once it is
    chosen which are shown and those have their scores, and `done` with the campaign, or `error` with a problem.

    Requests that wait at the same moment are written together. More is written than is shown (`overgenerate`): at most
    1,024 variants a request. When the asker hangs up the writing stops, and what was written stays stored.
    """
    author = named(key, body.author) or service.author
    order = await run_in_threadpool(_order, body, service, author)
    if not body.stream:
        return await service.work(request, key, partial(_write, order, service), order.size)
    if HEADER in request.headers:
        raise InputError(Problem("stream", f"an answer that is streamed is not kept; leave out {HEADER}, or stream"))
    tell = partial(_tell, order, service)
    return streamed(service, service.enter(key, order.size), tell, partial(event, "error"))


async def score_texts(body: ScoreRequest, service: With, key: Caller, request: Request) -> ScoreAnswer:
    """Score texts against each other: the engagement that each can be expected to earn, relative to their mean."""
    candidates = [Candidate(text, body.segment, body.channel) for text in body.texts]

    def score(parts: Parts) -> ScoreAnswer:
        return ScoreAnswer(checkpoint=parts.scorer.checkpoint, scores=tuple(parts.scorer.score(candidates)))

    return await service.work(request, key, score)


def check_copy(body: CheckRequest, service: With) -> CheckAnswer:
    """Check copy from anywhere against a brief, as written copy is checked; nothing is stored.

    What has a finding of the severity `block` would be kept out of review.
    """
    brief = chosen(service, body.brief, body.brief_key)
    answers = []
    for number, piece in enumerate(body.pieces):
        channel = channels.get(service.catalogue, piece.channel, f"pieces[{number}].channel")
        variant = Variant(segment=piece.segment, channel=channel.id, fields=piece.fields, checkpoint=SENT)
        found = tuple(checks.check(variant, brief, channel))
        answers.append(Checked(passes=all(one.severity is not Severity.BLOCK for one in found), findings=found))
    return CheckAnswer(pieces=tuple(answers))


def _order(body: CopyRequest, service: Service, author: str) -> Order:
    """What the request asks for. Raises InputError and NotFound."""
    brief = chosen(service, body.brief, body.brief_key)
    segments, ids = tuple(dict.fromkeys(body.segments)), tuple(dict.fromkeys(body.channels))
    many = body.overgenerate or service.overgenerate
    bold = {} if body.temperature is None else {"temperature": body.temperature}
    sampling = service.sampling.model_copy(update=bold)
    order = Order(brief, body.n, body.seed, sampling, author, segments, ids, many)
    pipeline.places(order, service.catalogue)  # so that what is wrong is told before it waits in line
    if order.size > MAX_ASKED:
        remedy = f"at most {MAX_ASKED:,} go into a request; ask for fewer segments or channels, or use glasbruk batch"
        asked = f"{order.size:,} variants would be written, {many} for each that is shown"
        raise InputError(Problem("n", f"{asked}; {remedy}"))
    return order


def _write(order: Order, service: Service, parts: Parts) -> CopyAnswer:
    for step in pipeline.write(order, parts, service.database):
        if isinstance(step, Finished):
            return _finished(step, service)
    raise RuntimeError("the pipeline ended without saying that it had finished")


def _tell(order: Order, service: Service, parts: Parts) -> Iterator[bytes]:
    for step in pipeline.write(order, parts, service.database):
        yield _told(step, service)


def _told(step: Event, service: Service) -> bytes:
    """A step of the pipeline as an event."""
    match step:
        case Started():
            return event("started", step.campaign.model_dump_json())
        case Written():
            return event("variant", shown(step.row).model_dump_json())
        case Ranked():
            rows = tuple(map(shown, step.rows))
            return event(
                "ranked", RankedEvent(segment=step.segment, channel=step.channel, variants=rows).model_dump_json()
            )
        case Finished():
            return event("done", _finished(step, service).campaign.model_dump_json())


def _finished(step: Finished, service: Service) -> CopyAnswer:
    service.metrics.wrote(step.campaign.written)
    return _answer(step.campaign, service)


def _answer(campaign: Campaign, service: Service) -> CopyAnswer:
    """What a campaign has put up for review, which fits one page, and how many it wrote."""
    query = variants.Query(campaign_id=campaign.id)
    with service.database.read() as session:
        rows = variants.find(session, query.model_copy(update={"state": State.PENDING}), limit=MAX_ASKED)
        counts = variants.count(session, query)
    return CopyAnswer(campaign=campaign, variants=tuple(map(shown, rows)), counts=counts)
