"""The desk in each language at one address: `Interpreter` finds out which to speak, `Tongues` has a desk for each."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import origins
from ui.language import COOKIE, LANGUAGES, speaking, spoken, wanted

ROUTE = "/language/{code}"  # where one chooses
YEAR = 365 * 24 * 3600  # seconds


class Interpreter:
    """ASGI middleware: what a request asks is answered in the language that was chosen, or that its browser accepts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak it for as long as the request takes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = HTTPConnection(scope).cookies.get(COOKIE)
        with speaking(wanted(chosen, Headers(scope=scope).get("accept-language", ""))):
            await self.app(scope, receive, send)


class Tongues:
    """ASGI app: the desk of the language that is spoken."""

    def __init__(self, desks: Mapping[str, FastAPI]) -> None:
        self.desks = desks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to it."""
        await self.desks[spoken()](scope, receive, send)

    def mount(self, app: FastAPI) -> None:
        """Put them at the root of `app`, behind the routes that it has already; they start and end with it."""
        begun = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[Any]:
            async with AsyncExitStack() as stack:
                state = await stack.enter_async_context(begun(app))
                for desk in self.desks.values():
                    await stack.enter_async_context(desk.router.lifespan_context(desk))
                yield state

        app.router.lifespan_context = lifespan
        app.add_route(ROUTE, choose, methods=["GET"], include_in_schema=False)
        app.mount("/", self)


async def choose(request: Request) -> Response:
    """Keep the language that somebody chose in a cookie, and go back to where they were."""
    then = origins.path_of_ours(request.query_params.get("next", origins.HOME))
    root = request.scope.get("root_path", "")
    answer = RedirectResponse(f"{root}{then}", 303, {"Cache-Control": "no-store"})
    code = request.path_params["code"]
    if code in LANGUAGES:
        answer.set_cookie(COOKIE, code, max_age=YEAR, path=f"{root}/", httponly=True, samesite="lax")
    return answer
