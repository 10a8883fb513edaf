"""Answers that are told piece by piece, as server-sent events, while they are made."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.exceptions import HTTPException

from inference import problems
from inference.order import Parts
from inference.service import Service
from inference.together import Gone
from inference.turns import Place
from store.errors import GlasbrukError

MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}  # a proxy that gathers them first would leave nothing of it

Told = Callable[[Parts], Iterator[bytes]]


def streamed(service: Service, place: Place, tell: Told, failed: Callable[[str], bytes]) -> StreamingResponse:
    """The events of `tell` as they come; it runs in a thread of its own, and gives the place back at its end.

    What it raises is told as an event too: `failed` makes one of a problem's JSON. When the asker hangs up, the place
    is left, and the writing for it stops. A slow asker does not hold up the writing, as the events are kept for it.
    """
    loop, events = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def put(event: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(events.put_nowait, event)

    def work() -> None:
        with place, _ended(put, failed):
            for event in tell(place.parts()):
                put(event)

    working = asyncio.create_task(service.thread(work))

    async def body() -> AsyncIterator[bytes]:
        try:
            while (event := await events.get()) is not None:
                yield event
            await working
        finally:
            place.leave()

    return StreamingResponse(body(), media_type=MEDIA_TYPE, headers=HEADERS)


def event(name: str, data: str) -> bytes:
    """One event; `data` is JSON on one line."""
    return format_sse_event(data_str=data, event=name)


@contextlib.contextmanager
def _ended(put: Callable[[bytes | None], None], failed: Callable[[str], bytes]) -> Iterator[None]:
    """Tell how the work ended; a fault of ours is raised on, so that it is logged."""
    try:
        yield
    except Gone:
        pass
    except (GlasbrukError, HTTPException) as refused:
        put(failed(bytes(problems.told(refused).body).decode()))
    except Exception:
        put(failed(bytes(problems.fault().body).decode()))
        raise
    finally:
        put(None)
