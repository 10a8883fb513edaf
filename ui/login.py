"""The login page: who may sit down at the desk, and signing out again. `Login` has its routes."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from store import accounts, passwords, visits
from store.account import Account
from store.database import Database
from store.errors import GlasbrukError
from store.settings import ServeSettings
from ui import door, origins, person, tickets
from ui.openid import Provider
from ui.page import render
from ui.throttle import BY_ADDRESS, BY_NAME, Throttle
from ui.tickets import Errand

LONGEST = 10_000  # bytes of a form
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}

WRONG = "That e-mail address and password do not belong together. Check both, or ask whoever looks after this desk."
STALE = "The page had been open for too long, or the browser keeps no cookies. Try again."
NOBODY = "There is no account yet. Whoever looks after this server makes one with: glasbruk accounts new"


class Login:
    """Signing in and out, over one database."""

    def __init__(self, database: Database, serve: ServeSettings) -> None:
        self.database = database
        self.serve = serve
        self.provider = Provider(serve.oidc) if serve.oidc.issuer else None
        self.names = Throttle(BY_NAME)
        self.addresses = Throttle(BY_ADDRESS)

    def add_to(self, app: FastAPI) -> None:
        """Route what stands before the desk; all but `/logout` is in `ui.door.DOORWAY`."""
        routes: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "/login", self.page),
            ("POST", "/login", self.enter),
            ("GET", "/login.css", self.style),
            ("GET", "/login/openid", self.leave_for_provider),
            ("GET", "/login/callback", self.come_back),
            ("POST", "/logout", self.sign_out),
        ]
        for method, path, handler in routes:
            app.add_route(path, handler, methods=[method], include_in_schema=False)

    async def page(self, request: Request) -> Response:
        """The form; who is signed in goes on."""
        then = origins.path_of_ours(request.query_params.get("next", origins.HOME))
        if person.signed_in(request):
            return self._on(request, then)
        return await self._form(request, then)

    async def enter(self, request: Request) -> Response:
        """Sign in with what was typed. Which of the two was wrong is not said."""
        form = await _form(request)
        then = origins.path_of_ours(form.get("next", origins.HOME))
        errand = Errand.of(request)
        if errand is None or not errand.matches("form", form.get("token", "")):
            return await self._form(request, then, STALE, status=403)
        email = form.get("email", "")[:254]
        keys = (self.names, passwords.folded(email).strip().casefold()), (self.addresses, _address(request))
        wait = max(throttle.take(key) for throttle, key in keys)
        if wait:
            return await self._form(request, then, _too_often(wait), status=429, wait=wait)
        account = await run_in_threadpool(self._known, email, form.get("password", ""))
        if account is None:
            return await self._form(request, then, WRONG, status=403, email=email)
        for throttle, key in keys:
            throttle.give_back(key)
        return await self._sign_in(request, account, then)

    async def leave_for_provider(self, request: Request) -> Response:
        """To the OpenID provider, who asks for whatever it asks for."""
        errand = Errand.new(origins.path_of_ours(request.query_params.get("next", origins.HOME)))
        if self.provider is None:
            return await self._form(request, errand.then)
        try:
            answer = RedirectResponse(await self.provider.address(errand, self._callback(request)), 303, HEADERS)
        except GlasbrukError as error:
            return await self._form(request, errand.then, f"{error}.", status=503)
        errand.give(answer, request)
        return answer

    async def come_back(self, request: Request) -> Response:
        """From the provider, with what it says of who that is."""
        errand = Errand.of(request)
        if self.provider is None or errand is None:
            return await self._form(request, origins.HOME, STALE if self.provider else "", status=403)
        then = origins.path_of_ours(errand.then)
        try:
            claims = await self.provider.vouch(errand, self._callback(request), dict(request.query_params))
            account = await run_in_threadpool(self.provider.account, self.database, claims)
        except GlasbrukError as error:
            return await self._form(request, then, f"{error}.", status=403)
        return await self._sign_in(request, account, then)

    async def sign_out(self, request: Request) -> Response:
        """End the visit here; what an OpenID provider knows of it stays."""
        await run_in_threadpool(self._end, request.cookies.get(tickets.VISIT, ""))
        answer = self._on(request, "/login")
        tickets.take_back(answer, request, tickets.VISIT)
        return answer

    def style(self, _: Request) -> Response:
        """How the page looks."""
        return FileResponse(Path(__file__).with_name("login.css"), media_type="text/css")

    async def _sign_in(self, request: Request, account: Account, then: str) -> Response:
        token = await run_in_threadpool(self._begin, account, request.cookies.get(tickets.VISIT, ""))
        answer = self._on(request, then)
        tickets.give(answer, request, tickets.VISIT, token, int(door.stay(self.serve).whole.total_seconds()))
        tickets.take_back(answer, request, tickets.ERRAND)
        return answer

    async def _form(
        self, request: Request, then: str, said: str = "", *, status: int = 200, email: str = "", wait: int = 0
    ) -> Response:
        local = await run_in_threadpool(self._any_local)
        errand = Errand.of(request) or Errand.new(then)
        content = render(
            "login",
            root=request.scope.get("root_path", ""),
            said=said or ("" if local or self.provider else NOBODY),
            token=errand.derived("form"),
            then=then,
            then_quoted=quote(then, safe=""),
            email=email,
            local=local,
            provider=urlsplit(self.serve.oidc.issuer).netloc,
        )
        answer = HTMLResponse(content, status, {**HEADERS, **({"Retry-After": str(wait)} if wait else {})})
        errand.give(answer, request)
        return answer

    def _known(self, email: str, password: str) -> Account | None:
        """Who this is. It takes as long whatever is wrong: no such address, another password, a disabled account."""
        with self.database.read() as session:
            account, stored = accounts.known(session, email) or (None, None)
        same = passwords.same(stored, password)
        if account is None or stored is None or not same or account.disabled_at is not None:
            return None
        if passwords.is_stale(stored):
            fresh = passwords.hashed(password)
            with self.database.write() as session:
                accounts.rehash(session, account.id, stored, fresh)
        return account

    def _begin(self, account: Account, before: str) -> str:
        """A visit of its own, whatever the browser had: nobody can have laid that there for them."""
        with self.database.write() as session:
            visits.end(session, before)
            return visits.begin(session, account.id, door.stay(self.serve))

    def _end(self, token: str) -> None:
        with self.database.write() as session:
            visits.end(session, token)

    def _any_local(self) -> bool:
        with self.database.read() as session:
            return accounts.any_here(session)

    @staticmethod
    def _on(request: Request, then: str) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}{then}", 303, {"Cache-Control": "no-store"})

    def _callback(self, request: Request) -> str:
        """Where the provider sends people back to, as it knows it."""
        return f"{request.url.scheme}://{request.url.netloc}{self.serve.root_path}/login/callback"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, each once; none where it is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _too_often(wait: int) -> str:
    minutes = math.ceil(wait / 60)
    return f"There were too many tries. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."
