"""One app on one port: the desk at `/`, the API at `/v1`."""

import errno
import socket
import sys

import uvicorn
from fastapi import FastAPI

from inference import load, logs
from inference.api import create_api
from inference.background import background
from inference.guards import is_loopback
from inference.order import Parts
from store import keys
from store.database import Database, open_database
from store.errors import InputError, Problem
from store.settings import Settings
from ui.desk import desk, mount
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
    return mount(api, desk(settings, workshop), settings)


def serve(settings: Settings) -> None:
    """Serve the app until it is interrupted. Raises InputError, at once, where the port cannot be had."""
    with listen(settings.serve.host, settings.serve.port) as listener:
        app = create_app(settings)
        print(f"Glasbruk is at {address(listener)} (API: {address(listener)}/docs); Ctrl+C ends it", flush=True)  # noqa: T201
        for line in warnings(settings.serve.host, app.state.service.database):
            print(f"glasbruk: {line}", file=sys.stderr, flush=True)  # noqa: T201
        uvicorn.Server(_uvicorn(app, settings)).run(sockets=[listener])
        background(app).rest(REST)


def warnings(host: str, database: Database) -> list[str]:
    """What whoever serves on `host` is to know, where others can reach it."""
    if is_loopback(host):
        return []
    found = ["serve.host: others can reach the desk, which asks nobody who they are; put something before it that does"]
    with database.read() as session:
        if not keys.exist(session):
            found.append("keys: there is none, so /v1 answers nobody; glasbruk keys new makes one")
    return found


def _uvicorn(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """The server's configuration. It logs no addresses of requests: those may hold words of copy."""
    patience = int(REST)
    if settings.serve.log == "plain":
        return uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=patience)
    logs.write_json()
    return uvicorn.Config(app, log_level="warning", log_config=None, timeout_graceful_shutdown=patience)


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
