"""What happened, a line of JSON each, and never of what: no copy, no brief, no key, nothing about people.

A line has the route as it is declared (`/v1/variants/{id}`) and not the address that was asked for, since that may hold
words of copy (`?text=`); who asked is the number of a key and not the name of its holder.
"""

import json
import logging
import sys
import time
import uuid
from datetime import UTC, datetime
from http import HTTPMethod
from typing import Any, TextIO

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference import problems
from inference.metrics import Metrics
from store.key import Key

log = logging.getLogger("glasbruk.requests")


class JsonLines(logging.Formatter):
    """A record as one line: time, level, logger, message, the record's `fields`, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def write_json(stream: TextIO | None = None) -> None:
    """From now on, let every logger of this process write JSON lines to `stream` (standard error by default).

    Of others' loggers only warnings are written.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    log.setLevel(logging.INFO)


class Logged:
    """ASGI middleware: gives each request an id, sends it in `X-Request-Id`, and logs and counts how the request ended.

    An id that the asker sends is not taken over, since it could hold anything. A fault of ours is answered here, so
    that the answer has its id and headers, and raised on, so that the server logs its traceback.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; other things than requests as they are."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, began = uuid.uuid4().hex, time.monotonic()
        status = 0  # and so it stays where nothing is answered, because the asker has gone

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            log.error("fault", extra={"fields": {"request_id": request_id, "error": type(error).__name__}})
            if not status:
                await problems.fault()(scope, receive, sent)
            raise
        finally:
            self._tell(scope, request_id, status, round(time.monotonic() - began, 4))

    def _tell(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        method, route = _method(scope), _route(scope)
        self.metrics.answered(method, route, status, seconds)
        fields = {"request_id": request_id, "method": method, "route": route, "status": status, "seconds": seconds}
        log.info("request", extra={"fields": {**fields, "key": _key_id(scope)}})


def _method(scope: Scope) -> str:
    """The method where it is one that is known: an asker may send any word as one."""
    return scope["method"] if scope["method"] in HTTPMethod.__members__ else "other"


def _route(scope: Scope) -> str | None:
    """The route as it is declared; None where the request reached none."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return path


def _key_id(scope: Scope) -> int | None:
    key: Key | None = scope.get("state", {}).get("key")
    return key.id if key else None
