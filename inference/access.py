"""Who may do what over HTTP: one table, and the route that holds to it."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from inference.roles import EVERYONE, MAKERS, Act, forbidden, roles_of
from store.key import Key, Role

WATCHERS = frozenset({Role.SERVICE, Role.ADMIN})  # programs: what was measured comes from them and goes to them

# What each role may do; docs/service.md shows it, and a test holds the two together. What is neither here nor in OPEN
# cannot be served.
ROLES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("POST", "/v1/copy"): roles_of(Act.WRITE),
    ("POST", "/v1/score"): EVERYONE,
    ("POST", "/v1/check"): EVERYONE,
    ("POST", "/v1/briefs"): MAKERS,
    ("GET", "/v1/briefs"): EVERYONE,
    ("GET", "/v1/briefs/{key}"): EVERYONE,
    ("GET", "/v1/variants"): EVERYONE,
    ("GET", "/v1/variants/{id}"): EVERYONE,
    ("GET", "/v1/variants/{id}/label"): EVERYONE,
    ("POST", "/v1/variants/{id}/decision"): roles_of(Act.APPROVE, Act.EDIT, Act.REJECT, Act.UNDO),  # see review.decide
    ("POST", "/v1/batches"): MAKERS,
    ("GET", "/v1/batches/{id}"): EVERYONE,
    ("POST", "/v1/batches/{id}/cancel"): MAKERS,
    ("GET", "/v1/batches/{id}/results"): EVERYONE,
    ("GET", "/v1/batches/{id}/errors"): EVERYONE,
    ("POST", "/v1/variants/{id}/bring-back"): roles_of(Act.BRING_BACK),
    ("POST", "/v1/variants/{id}/comments"): EVERYONE,
    ("POST", "/v1/outcomes"): WATCHERS,
    ("GET", "/v1/models"): EVERYONE,
    ("POST", "/v1/chat/completions"): MAKERS,
    ("GET", "/metrics"): WATCHERS,
}
OPEN = frozenset({"/healthz", "/readyz", "/docs", "/openapi.json"})  # nothing in them is anybody's

# Only so that the description says how a key is sent: `inference.gate` has read it by then.
bearer = HTTPBearer(auto_error=False, scheme_name="key", description="From `glasbruk keys new`; see docs/service.md.")


def guarded(path: str) -> bool:
    """Whether what is at `path` asks for a key, and where there is nothing, who asks for it needs one to hear so."""
    return path.startswith("/v1/") or path == "/metrics"


def caller(request: Request) -> Key | None:
    """The key that the request came with; None where the server asks for none.

    Raises AttributeError where no gate stands in front of the app: then nobody is let in.
    """
    key: Key | None = request.state.key
    return key


Caller = Annotated[Key | None, Depends(caller)]


def named(key: Key | None, claimed: str | None) -> str | None:
    """Whose name stands on what is done: that of the key's holder, or the one claimed where no key is asked for."""
    return claimed if key is None else key.name


class KeyedRoute(APIRoute):
    """A route that refuses, with 403 and before it reads the body, a key whose role may not use it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the check. Raises KeyError for a route that is not in the table."""
        handler = super().get_route_handler()
        roles = frozenset.intersection(*(ROLES[method, self.path] for method in self.methods or ()))

        async def checked(request: Request) -> Response:
            key = caller(request)
            if key is not None and key.role not in roles:
                raise HTTPException(403, forbidden(key.role, roles, "do this"))
            return await handler(request)

        return checked
