"""One app on one port: the desk at `/`, the API at `/v1`."""

import errno
import socket
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from inference import load, logs
from inference.api import create_api
from inference.background import background
from inference.guards import exposed, is_loopback
from inference.order import Parts
from store import accounts, keys
from store.database import Database, open_database
from store.errors import InputError, Problem
from store.settings import ServeSettings, Settings
from ui.desk import mount
from ui.door import Door
from ui.login import Login
from ui.tongues import Interpreter
from ui.writing import Workshop

REST = 30.0  # seconds that a server which ends waits for those who have asked, and then for what a batch has begun
REASONS = {
    errno.EADDRINUSE: "is in use; stop what listens there, or choose another with --port or GLASBRUK_SERVE__PORT",
    errno.EACCES: "may not be used without rights; choose one above 1023 with --port or GLASBRUK_SERVE__PORT",
}


def create_app(settings: Settings, *, parts: Parts | None = None, database: Database | None = None) -> FastAPI:
    """The desk and the API as one ASGI app over one database and one set of models.

    The models are loaded in the background, unless `parts` has them. Raises StoreError where the database cannot be
    opened.
    """
    database = database or open_database(settings)
    api = create_api(settings, parts or (lambda: load.parts(settings)), database)
    workshop = Workshop(api.state.service.parts, database)
    workshop.warm()
    background(api).wake()  # a batch may have been begun by a server that is gone
    Login(database, settings.serve).add_to(api)
    app = mount(api, settings, workshop)
    # Behind all that the API has put before itself, so that these see and mark what the door answers too.
    app.user_middleware.append(Middleware(Interpreter))
    app.user_middleware.append(Middleware(Door, database=database, serve=settings.serve))
    return app


def serve(settings: Settings) -> None:
    """Serve the app until it is interrupted. Raises InputError, at once, where the port cannot be had."""
    with listen(settings.serve.host, settings.serve.port) as listener:
        app = create_app(settings)
        print(f"Glasbruk is at {address(listener)} (API: {address(listener)}/docs); Ctrl+C ends it", flush=True)  # noqa: T201
        for line in warnings(settings.serve, app.state.service.database):
            print(f"glasbruk: {line}", file=sys.stderr, flush=True)  # noqa: T201
        uvicorn.Server(_uvicorn(app, settings)).run(sockets=[listener])
        background(app).rest(REST)


def warnings(serve: ServeSettings, database: Database) -> list[str]:
    """What whoever serves is to know, where others can reach it."""
    if not exposed(serve):
        return []
    found = []
    with database.read() as session:
        if not accounts.exist(session) and not serve.oidc.issuer:
            found.append("accounts: there is none, so the desk lets nobody in; glasbruk accounts new makes one")
        if not keys.exist(session):
            found.append("keys: there is none, so /v1 answers nobody; glasbruk keys new makes one")
    if not is_loopback(serve.host) and not serve.trusted_proxies:
        found.append("serve.host: passwords travel readably without HTTPS; put a proxy before it that has it")
    return found


def _uvicorn(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """The server's configuration. It logs no addresses of requests: those may hold words of copy."""
    given: dict[str, Any] = {"log_level": "warning", "timeout_graceful_shutdown": int(REST)}
    given["proxy_headers"] = False  # `inference.proxies` reads them
    if settings.serve.log == "plain":
        return uvicorn.Config(app, **given)
    logs.write_json()
    return uvicorn.Config(app, log_config=None, **given)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port` (0 for any free one). Raises InputError where that cannot be."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(
            Problem("serve.host", f'"{host}" is no address here ({error.strerror}); use 127.0.0.1')
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = REASONS.get(error.errno or 0, f"on {host} cannot be used ({error.strerror}); use host 127.0.0.1")
        raise InputError(Problem("serve.port", f"{port} {reason}")) from None
    return listener


def address(listener: socket.socket) -> str:
    """`http://127.0.0.1:7860` for a socket that is bound there."""
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
