"""The HTTP API: write, score, look at and decide on copy. `create_api` is the app; `ROUTES` lists what it answers."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from inference import pipeline, review
from inference.access import OPEN, Caller, KeyedRoute, bearer
from inference.bodies import (
    MAX_ID,
    CopyAnswer,
    CopyRequest,
    DecisionRequest,
    Filter,
    Health,
    Page,
    ScoreAnswer,
    ScoreRequest,
    Shown,
    shown,
)
from inference.events import Finished
from inference.gate import Gate
from inference.guards import Guard, hosts, is_loopback
from inference.headers import DOCS, Headed
from inference.limits import Limit
from inference.logs import Logged
from inference.metrics import Metrics, metrics
from inference.order import Order, Parts
from inference.problems import RETRY_AFTER, documented, install
from inference.scorer import Candidate
from inference.turns import Turns
from prompts import briefs, channels
from store import campaigns, labels, variants
from store.brief import Brief
from store.campaign import Campaign
from store.channel import Channel
from store.database import Database
from store.decision import Decision
from store.errors import InputError, Problem
from store.key import Key
from store.label import Label
from store.settings import Settings
from store.states import State

MAX_ASKED = 1_024  # variants in one request; more belong in a batch
KEYED = (401, 403, 429)  # what an operation that asks for a key may answer besides

Id = Annotated[int, Path(ge=1, le=MAX_ID, description="The variant's id.", examples=[17])]


class Service:
    """What the operations work with. The models come at their first use and serve one request at a time."""

    def __init__(self, settings: Settings, parts: Parts | Callable[[], Parts], database: Database) -> None:
        self.database = database
        self.catalogue: Mapping[str, Channel] = channels.catalogue(settings)
        self.sampling = settings.writer.sampling
        self.overgenerate = settings.writer.overgenerate
        self.author = settings.reviewer
        self.variants = Limit(settings.serve.variants_per_minute, "variants")
        self.metrics = Metrics()
        self.parts: Turns[Parts] = Turns(lambda: parts() if callable(parts) else parts)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


With = Annotated[Service, Depends(_service)]


def write_copy(body: CopyRequest, service: With, key: Caller) -> CopyAnswer:
    """Write copy for a brief, check it, choose, score and rank what is shown, and answer when all of it is done.

    More is written than is shown (`overgenerate`): at most 1,024 variants a request. What was written stays stored even
    where the asker has hung up.
    """
    order = _order(body, service, _name(key, body.author) or service.author)
    service.variants.spend(key, order.size)  # before it waits in line: who asks for too much is to keep nobody waiting
    with service.parts.turn() as parts:
        for event in pipeline.write(order, parts, service.database):
            if isinstance(event, Finished):
                service.metrics.wrote(event.campaign.written)
                return _answer(event.campaign, service)
    raise RuntimeError("the pipeline ended without saying that it had finished")


def score_texts(body: ScoreRequest, service: With) -> ScoreAnswer:
    """Score texts against each other: the engagement that each can be expected to earn, relative to their mean."""
    candidates = [Candidate(text, body.segment, body.channel) for text in body.texts]
    with service.parts.turn() as parts:
        return ScoreAnswer(checkpoint=parts.scorer.checkpoint, scores=tuple(parts.scorer.score(candidates)))


def list_variants(query: Annotated[Filter, Query()], service: With) -> Page:
    """Variants that match every filter given, with findings, score and standing decision."""
    where = variants.Query(**query.model_dump(include=set(variants.Query.model_fields)))
    with service.database.read() as session:
        rows = variants.find(session, where, limit=query.limit, offset=query.offset, order=query.order)
        return Page(variants=tuple(map(shown, rows)), counts=variants.count(session, where))


def show_variant(id: Id, service: With) -> Shown:  # noqa: A002
    """One variant."""
    with service.database.read() as session:
        variants.get(session, id)
        return shown(variants.rows(session, [id])[0])


def show_label(id: Id, service: With) -> Label:  # noqa: A002
    """The glass label of a variant: everything that is known of where it came from."""
    with service.database.read() as session:
        return labels.label(session, id)


def decide(id: Id, body: DecisionRequest, service: With, key: Caller) -> Decision:  # noqa: A002
    """Approve, edit or reject a variant, or undo that.

    An edit is checked as written copy is, and refused with what blocks it. An edit of a variant that is blocked, in
    reserve or rejected adds a new pending one, `child_id`. Of two who decide at once one is told 409.
    """
    reviewer = _name(key, body.reviewer)
    if reviewer is None:
        raise InputError(Problem("reviewer", "is missing; say who decides, or send a key, which says it"))
    decision = Decision(variant_id=id, **body.model_dump(exclude={"reviewer"}), reviewer=reviewer)
    return review.decide(service.database, decision, service.catalogue)


def health(service: With) -> Health:
    """Whether the server is alive. It answers while copy is being written, and without models or database."""
    return Health(models_loaded=service.parts.ready)


def ready(service: With) -> Health:
    """Whether the server can do its work: the database answers and the models are loaded. 503 until then."""
    with service.database.read() as session:
        campaigns.recent(session, limit=1)
    if not service.parts.ready:
        raise HTTPException(503, f"the models are not loaded yet; ask again in {RETRY_AFTER} seconds")
    return Health(models_loaded=True)


def docs() -> FileResponse:
    """These operations, for people. The page loads nothing from anywhere else."""
    return FileResponse(DOCS, media_type="text/html; charset=utf-8")


# method, path, operation, the problems that it may answer with
ROUTES: list[tuple[str, str, Callable[..., Any], tuple[int, ...]]] = [
    ("POST", "/v1/copy", write_copy, (404, 413, 422, 503)),
    ("POST", "/v1/score", score_texts, (413, 422, 503)),
    ("GET", "/v1/variants", list_variants, (422, 503)),
    ("GET", "/v1/variants/{id}", show_variant, (404, 422, 503)),
    ("GET", "/v1/variants/{id}/label", show_label, (404, 422, 503)),
    ("POST", "/v1/variants/{id}/decision", decide, (404, 409, 413, 422, 503)),
    ("GET", "/healthz", health, ()),
    ("GET", "/readyz", ready, (503,)),
]


def create_api(settings: Settings, parts: Parts | Callable[[], Parts], database: Database) -> FastAPI:
    """The app. `parts` may be a function that loads the models; it is called at the first request that needs them.

    On loopback only requests to loopback names are answered, and without a key as long as none was issued; beyond it
    only those with a key. There is no CORS: pages of other sites cannot read it, and cannot send it JSON. Each error is
    a problem detail of RFC 9457.
    """
    about = "Campaign copy for each segment and channel: written, checked, ranked, reviewed and traceable."
    app = FastAPI(title="Glasbruk", version="1", description=about, docs_url=None, redoc_url=None)
    app.state.service = Service(settings, parts, database)
    _add_operations(app.router)
    app.add_api_route("/docs", docs, include_in_schema=False)
    app.router.add_api_route("/metrics", metrics, include_in_schema=False, route_class_override=KeyedRoute)
    install(app)
    requests = Limit(settings.serve.requests_per_minute, "requests")
    app.add_middleware(Gate, database=database, requests=requests, exposed=not is_loopback(settings.serve.host))
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts(settings.serve.host), www_redirect=False)
    app.add_middleware(Logged, metrics=app.state.service.metrics)
    app.add_middleware(Headed)  # the last is the first to be asked, and sees every answer
    return app


def _add_operations(router: APIRouter) -> None:
    """Route the operations; what is not open to all asks for a key, and must be in the table of roles."""
    for method, path, operation, statuses in ROUTES:
        if path in OPEN:
            router.add_api_route(path, operation, methods=[method], responses=documented(*statuses))
            continue
        router.add_api_route(
            path,
            operation,
            methods=[method],
            responses=documented(*sorted({*statuses, *KEYED})),
            route_class_override=KeyedRoute,
            dependencies=[Depends(bearer)],
        )


def _name(key: Key | None, claimed: str | None) -> str | None:
    """Whose name stands on what is done: that of the key's holder, or the one claimed where no key is asked for."""
    return claimed if key is None else key.name


def _order(body: CopyRequest, service: Service, author: str) -> Order:
    """What the request asks for. Raises InputError and NotFound."""
    brief = _brief(body, service)
    segments, ids = tuple(dict.fromkeys(body.segments)), tuple(dict.fromkeys(body.channels))
    many = body.overgenerate or service.overgenerate
    bold = {} if body.temperature is None else {"temperature": body.temperature}
    sampling = service.sampling.model_copy(update=bold)
    order = Order(brief, body.n, body.seed, sampling, author, segments, ids, many)
    if order.size > MAX_ASKED:
        remedy = f"at most {MAX_ASKED:,} go into a request; ask for fewer segments or channels, or use glasbruk batch"
        asked = f"{order.size:,} variants would be written, {many} for each that is shown"
        raise InputError(Problem("n", f"{asked}; {remedy}"))
    return order


def _brief(body: CopyRequest, service: Service) -> Brief:
    """The brief sent, checked as a file's is, or the one stored."""
    if body.brief is None:
        with service.database.read() as session:
            return campaigns.brief(session, body.brief_key or "")
    try:
        return briefs.from_data(body.brief.model_dump(mode="json"), channels=service.catalogue)
    except InputError as error:
        raise InputError(*[Problem(f"brief.{fault.place}", fault.message) for fault in error.problems]) from None


def _answer(campaign: Campaign, service: Service) -> CopyAnswer:
    """What a campaign has put up for review, which fits one page, and how many it wrote."""
    query = variants.Query(campaign_id=campaign.id)
    with service.database.read() as session:
        rows = variants.find(session, query.model_copy(update={"state": State.PENDING}), limit=MAX_ASKED)
        counts = variants.count(session, query)
    return CopyAnswer(campaign=campaign, variants=tuple(map(shown, rows)), counts=counts)
