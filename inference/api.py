"""The HTTP API: write, score, look at and decide on copy. `create_api` is the app; `ROUTES` lists what it answers."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from inference import batches_api
from inference.access import OPEN, KeyedRoute, bearer
from inference.bodies import CopyAnswer, Health
from inference.briefs_api import keep_brief, list_briefs, show_brief
from inference.chat_api import complete, list_models
from inference.chat_bodies import Completion
from inference.copy_api import check_copy, score_texts, write_copy
from inference.gate import Gate
from inference.guards import Guard, exposed, hosts
from inference.headers import DOCS, Headed
from inference.limits import Limit
from inference.logs import Logged
from inference.metrics import metrics
from inference.once import ONCE, KeyedOnceRoute, idempotency_key
from inference.order import Parts
from inference.outcomes_api import take_outcomes
from inference.problems import RETRY_AFTER, documented, install
from inference.proxies import Proxies
from inference.review_api import bring_back, comment, decide, list_variants, show_label, show_variant
from inference.service import Service, With
from inference.streams import MEDIA_TYPE as EVENTS
from store import campaigns
from store.database import Database
from store.noun import Noun
from store.settings import Settings

KEYED = (401, 403, 429)  # what an operation that asks for a key may answer besides


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
    ("POST", "/v1/copy", write_copy, (400, 404, 409, 413, 422, 503)),
    ("POST", "/v1/score", score_texts, (400, 413, 422, 503)),
    ("POST", "/v1/check", check_copy, (400, 404, 413, 422, 503)),
    ("POST", "/v1/briefs", keep_brief, (400, 409, 413, 422, 503)),
    ("GET", "/v1/briefs", list_briefs, (422, 503)),
    ("GET", "/v1/briefs/{key}", show_brief, (404, 422, 503)),
    ("GET", "/v1/variants", list_variants, (422, 503)),
    ("GET", "/v1/variants/{id}", show_variant, (404, 422, 503)),
    ("GET", "/v1/variants/{id}/label", show_label, (404, 422, 503)),
    ("POST", "/v1/variants/{id}/decision", decide, (400, 404, 409, 413, 422, 503)),
    ("POST", "/v1/variants/{id}/bring-back", bring_back, (400, 404, 409, 413, 422, 503)),
    ("POST", "/v1/variants/{id}/comments", comment, (400, 404, 409, 413, 422, 503)),
    ("POST", "/v1/outcomes", take_outcomes, (400, 409, 413, 422, 503)),
    *batches_api.ROUTES,
    ("GET", "/v1/models", list_models, (503,)),
    ("POST", "/v1/chat/completions", complete, (400, 404, 413, 422, 503)),
    ("GET", "/healthz", health, ()),
    ("GET", "/readyz", ready, (503,)),
]

# What may answer with events instead, where it is asked to, and what it answers otherwise.
STREAMS: Mapping[str, type[Noun]] = {"/v1/copy": CopyAnswer, "/v1/chat/completions": Completion}


def create_api(settings: Settings, parts: Parts | Callable[[], Parts], database: Database) -> FastAPI:
    """The app. `parts` may be a function that loads the models; it is called at the first request that needs them.

    On loopback only requests to loopback names are answered, and without a key as long as neither a key nor an account
    was made; beyond it, or behind a proxy, only those with a key. There is no CORS: pages of other sites cannot
    read it, and cannot send it JSON. Each error is a problem detail of RFC 9457.
    """
    about = "Campaign copy for each segment and channel: written, checked, ranked, reviewed and traceable."
    app = FastAPI(title="Glasbruk", version="1", description=about, docs_url=None, redoc_url=None)
    app.state.service = Service(settings, parts, database)
    _add_operations(app.router)
    app.add_api_route("/docs", docs, include_in_schema=False)
    app.router.add_api_route("/metrics", metrics, include_in_schema=False, route_class_override=KeyedRoute)
    install(app)
    serve = settings.serve
    requests = Limit(serve.requests_per_minute, "requests")
    app.add_middleware(Gate, database=database, requests=requests, exposed=exposed(serve))
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts(serve), www_redirect=False)
    app.add_middleware(Logged, metrics=app.state.service.metrics)
    app.add_middleware(Headed)
    # The last is the first to be asked: all others see who really asks, and for what.
    app.add_middleware(Proxies, root_path=serve.root_path, trusted=serve.trusted_proxies, exposed=exposed(serve))
    return app


def _add_operations(router: APIRouter) -> None:
    """Route the operations; what is not open to all asks for a key, and must be in the table of roles."""
    for method, path, operation, statuses in ROUTES:
        if path in OPEN:
            router.add_api_route(path, operation, methods=[method], responses=documented(*statuses))
            continue
        once = path in ONCE and method == "POST"
        answer: dict[str, Any] = {"response_model": STREAMS[path]} if path in STREAMS else {}
        router.add_api_route(
            path,
            operation,
            methods=[method],
            responses=documented(*sorted({*statuses, *KEYED})) | _streamed(path),
            route_class_override=KeyedOnceRoute if once else KeyedRoute,
            dependencies=[Depends(bearer), *[Depends(idempotency_key)] * once],
            **answer,
        )


def _streamed(path: str) -> dict[int | str, dict[str, Any]]:
    """What is said of an answer that may be a stream."""
    return {200: {"content": {EVENTS: {"schema": {"type": "string"}}}}} if path in STREAMS else {}
