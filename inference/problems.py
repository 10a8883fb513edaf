"""Errors as problem details, RFC 9457: `application/problem+json` with type, title, status, detail and problems."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from inference.together import Gone
from inference.turns import Busy
from store.errors import (
    Conflict,
    Forbidden,
    GlasbrukError,
    InputError,
    ModelError,
    NotFound,
    Problem,
    StoreError,
    parse,
    shown,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "15"  # seconds


_TEXT = {"type": "string"}
_PLACE = {"place": _TEXT | {"examples": ["brief.segments[2].name"]}, "message": _TEXT | {"examples": ["is missing"]}}
SCHEMA: dict[str, Any] = {
    "title": "ProblemDetails",
    "description": "Why a request was refused (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "problems"],
    "properties": {
        "type": _TEXT | {"description": "Where this kind of problem is told of.", "examples": ["/docs#problem-422"]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT | {"description": "One line: where, what, and what would be right."},
        "problems": {
            "description": "Every fault found in the request, each at its place.",
            "type": "array",
            "items": {"type": "object", "required": ["place", "message"], "properties": _PLACE},
        },
    },
}

# The status of each kind of error, most special first; anything else that is raised is a fault of ours.
STATUSES: dict[type[Exception], int] = {
    InputError: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    StoreError: 503,
    ModelError: 503,
}


def answer(
    status: int, detail: str, problems: Sequence[Problem] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as a response. Text that is no Unicode (a lone surrogate) is escaped, so that it can be sent."""
    body = {
        "type": f"/docs#problem-{status}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "problems": [{"place": problem.place, "message": problem.message} for problem in problems],
    }
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
    retry = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    return Response(content, status, media_type=MEDIA_TYPE, headers={**retry, **(headers or {})})


def told(error: GlasbrukError | HTTPException) -> Response:
    """An error that has a status of its own, as a response."""
    if isinstance(error, HTTPException):
        return answer(error.status_code, str(error.detail), headers=error.headers)
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    return answer(status, str(error), error.problems if isinstance(error, InputError) else ())


def fault() -> Response:
    """What is said of a fault of ours: nothing that could give anything away."""
    return answer(500, "a fault of ours; the server's log has its traceback")


def install(app: FastAPI) -> None:
    """Make `app` answer every error that has a status of its own as a problem."""
    handlers: dict[type[Exception], Callable[[Request, Any], Any]] = {
        GlasbrukError: _told,
        RequestValidationError: _invalid,
        HTTPException: _told,
        Busy: _busy,
        Gone: _gone,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that may answer with these problems."""
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


async def _told(_: Request, error: GlasbrukError | HTTPException) -> Response:
    return told(error)


async def _busy(_: Request, error: Busy) -> Response:
    if error.owner is None:
        return answer(503, f"too many requests are waiting for the models; try again in {RETRY_AFTER} seconds")
    many = f"as many requests of the key {error.owner} are waiting for the models as may at a time"
    return answer(429, f"{many}; try again in {RETRY_AFTER} seconds", headers={"Retry-After": RETRY_AFTER})


async def _gone(_: Request, __: Gone) -> Response:
    return Response(status_code=499)  # nobody reads it: the asker has hung up, which the log then says


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    problems = _of_body(request, error) or [_problem(fault) for fault in error.errors()]
    return answer(422, str(InputError(*problems)), problems)


def _of_body(request: Request, error: RequestValidationError) -> list[Problem]:
    """The faults as the command tells them, with the nearest known key; empty where it is not the JSON body's fault."""
    model = getattr(getattr(request.scope.get("route"), "body_field", None), "field_info", None)
    if model is None or not isinstance(error.body, dict) or error.errors()[0]["loc"][0] != "body":
        return []
    if model.annotation is bytes:
        return [Problem("body", "is one JSON object; send one a line, with the header Content-Type: application/jsonl")]
    try:
        parse(model.annotation, error.body)
    except InputError as refused:
        return list(refused.problems)
    return []


def _problem(fault: Any) -> Problem:
    """A fault outside the JSON body's fields: of the path, the query, or of the body as a whole."""
    kind, *place = [str(part) for part in fault["loc"]]
    if fault["type"] == "json_invalid":
        return Problem("body", f"is not JSON: {fault['ctx']['error']} at character {place[0]}")
    if kind == "body" and isinstance(fault["input"], bytes):
        return Problem("body", "is no JSON object; send one, with the header Content-Type: application/json")
    message = "unknown name" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Input ").rstrip(".")
    return Problem(".".join(place) or kind, f"{message} (got {shown(fault['input'])})")
