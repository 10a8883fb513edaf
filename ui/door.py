"""`Door`: nobody gets to the desk without having signed in, once there are accounts or others can reach the server."""

from datetime import timedelta
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inference import problems
from inference.access import OPEN, guarded
from inference.guards import exposed
from store import accounts, visits
from store.account import Account
from store.database import Database
from store.errors import GlasbrukError
from store.settings import ServeSettings
from ui import origins, person, tickets
from ui.language import LANGUAGES

DOORWAY = frozenset({"/login", "/login.css", "/login/openid", "/login/callback"})  # for who is still outside
CHOICES = frozenset(f"/language/{code}" for code in LANGUAGES)  # and for them too
SIGN_IN = "you are not signed in, or no longer; open the desk anew"
STRANGE = "this was sent by another site's page, or by no page of the desk; nothing was done"


class Door:
    """ASGI middleware: puts who is signed in into the request's state, or answers with the login page, or 401.

    It stands before every path but those of the API, which has a gate of its own, and the doorway. As long as no
    account was made and the server listens on loopback only, it asks nobody, and there is no account in the state.
    """

    def __init__(self, app: ASGIApp, database: Database, serve: ServeSettings) -> None:
        self.app = app
        self.database = database
        self.exposed = exposed(serve)
        self.stay = stay(serve)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in or answer it. Visits are looked up each time, so that signing out holds at once."""
        if scope["type"] == "lifespan" or guarded(scope["path"]) or scope["path"] in OPEN:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            refused = await self._refused(scope)
            await (refused or self.app)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})  # the desk has none

    async def _refused(self, scope: Scope) -> Response | None:
        """Why not; None where the request may go on."""
        try:
            account, asked = await run_in_threadpool(self._look, HTTPConnection(scope).cookies.get(tickets.VISIT, ""))
        except GlasbrukError as error:
            return problems.told(error)
        if not origins.may_pass(scope, signed_in=account is not None):
            return problems.answer(403, STRANGE)
        if account is None and asked and scope["path"] not in DOORWAY | CHOICES:
            return _stranger(scope)
        scope.setdefault("state", {})[person.KEY] = account
        return None

    def _look(self, token: str) -> tuple[Account | None, bool]:
        """Who shows this token, and whether anybody is asked who they are."""
        with self.database.read() as session:
            found = visits.visitor(session, token, self.stay) if token else None
            asked = self.exposed or accounts.exist(session)
        if found and found[1]:
            with self.database.write() as session:
                visits.note(session, token)
        return (found[0] if found else None), asked


def stay(serve: ServeSettings) -> visits.Stay:
    """How long a visit lasts."""
    return visits.Stay(timedelta(hours=serve.idle_hours), timedelta(days=serve.stay_days))


def _stranger(scope: Scope) -> Response:
    """The way to the login page for who looks at a page, and 401 for what a page asks."""
    headers = Headers(scope=scope)
    looks = scope["method"] in {"GET", "HEAD"} and "text/html" in headers.get("accept", "")
    if not looks or headers.get("sec-fetch-dest", "document") != "document":
        return problems.answer(401, SIGN_IN)
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = origins.path_of_ours(f"{scope['path']}?{query}" if query else scope["path"])
    where = f"{scope.get('root_path', '')}/login"
    then = "" if wanted == origins.HOME else f"?next={quote(wanted, safe='/')}"
    return RedirectResponse(f"{where}{then}", 303, {"Cache-Control": "no-store"})
