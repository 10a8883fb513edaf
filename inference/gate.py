"""`Gate`: nobody gets past it without a key, once there are keys or the server can be reached from elsewhere."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from inference import problems
from inference.access import guarded
from inference.limits import Limit
from store import accounts, keys
from store.database import Database
from store.errors import GlasbrukError
from store.key import Key

MISSING = "a key is missing; send one as Authorization: Bearer KEY (glasbruk keys new makes one)"
UNKNOWN = "this is no key of this server; check that it was copied whole, or have one made (glasbruk keys new)"
REVOKED = "this key was revoked; have a new one made (glasbruk keys new)"


class Gate:
    """ASGI middleware: puts the caller's key into the request's state, or answers 401 or 429 before the body is read.

    Where no key was ever issued, nor an account made, and the server listens on loopback only (`exposed` is false),
    everybody is let in, with no key in the state: whoever sits at this machine can read the database anyway.
    """

    def __init__(self, app: ASGIApp, database: Database, requests: Limit, *, exposed: bool) -> None:
        self.app = app
        self.database = database
        self.requests = requests
        self.exposed = exposed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in or answer it. Keys are looked up each time, so that a revocation holds at once."""
        if scope["type"] == "http" and guarded(scope["path"]):
            try:
                key = await run_in_threadpool(self._admit, Headers(scope=scope).get("authorization", ""))
                self.requests.spend(key)
            except (HTTPException, GlasbrukError) as refused:
                await problems.told(refused)(scope, receive, send)
                return
            scope.setdefault("state", {})["key"] = key
        await self.app(scope, receive, send)

    def _admit(self, authorization: str) -> Key | None:
        """The key of an Authorization header; None where none is needed. Raises HTTPException 401, StoreError."""
        scheme, _, token = authorization.partition(" ")
        with self.database.read() as session:
            if not self.exposed and not keys.exist(session) and not accounts.exist(session):
                return None
            if scheme.casefold() != "bearer" or not token.strip():
                raise _unauthorized(MISSING)
            key = keys.find(session, token.strip())
        if key is None or key.revoked_at is not None:
            raise _unauthorized(UNKNOWN if key is None else REVOKED)
        return key


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
