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
    """ASGI middleware: gives each request an id, sends it in `X-Request-Id`, and logs how the request ended.

    An id that the asker sends is not taken over, since it could hold anything. A fault of ours is answered here, so
    that the answer has its id and headers, and raised on, so that the server logs its traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; other things than requests as they are."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, began, status = uuid.uuid4().hex, time.monotonic(), 0

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
            seconds = round(time.monotonic() - began, 4)
            log.info("request", extra={"fields": {"request_id": request_id, **_fields(scope, status, seconds)}})


def _fields(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    """What may be said of a request. `status` is 0 where nothing was answered, because the asker had gone."""
    key = scope.get("state", {}).get("key")
    return {
        "method": scope["method"] if scope["method"] in HTTPMethod.__members__ else "other",
        "route": getattr(scope.get("route"), "path", None),
        "status": status,
        "seconds": seconds,
        "key": key.id if key else None,
    }
