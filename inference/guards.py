"""What stands in front of every request: which hosts may ask, how much they may send."""

import ipaddress

from anyio import current_time, fail_after
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.access import guarded
from inference.problems import answer
from store.settings import ServeSettings

MAX_BODY = 2_000_000  # bytes
PATIENCE, PACE = 30.0, 20_000.0  # seconds for a body to come, and bytes a second that lengthen them
LARGER = {"/v1/batches": 50_000_000}  # a file of many requests

# A page of a stranger's site can point a name of its own at 127.0.0.1 (DNS rebinding); its Host header gives it away.
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]  # the last is what test clients say


def hosts(serve: ServeSettings) -> list[str]:
    """The Host headers to accept: loopback names where only this machine asks, else any."""
    return ["*"] if exposed(serve) else LOOPBACK_HOSTS


def exposed(serve: ServeSettings) -> bool:
    """Whether others than this machine's users are to reach the server, so that it asks everybody who they are."""
    return bool(not is_loopback(serve.host) or serve.root_path or serve.trusted_proxies or serve.oidc.issuer)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """ASGI middleware: refuses bodies over `MAX_BODY`, or what is `LARGER`, with 413, chunked ones too, and with 408
    those that come too slowly.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what comes in; the desk has uploads and limits of its own."""
        if scope["type"] != "http" or not guarded(scope["path"]):
            await self.app(scope, receive, send)
            return
        most = LARGER.get(scope["path"], MAX_BODY)
        if _announced(scope) > most:
            await answer(413, _too_large(most))(scope, receive, send)
        else:
            await self.app(scope, _limited(receive, most), send)


def _too_large(most: int) -> str:
    return f"the body is larger than {most:,} bytes; send less at a time"


def _too_slow() -> str:
    return f"the body does not come; send all of it within {PATIENCE:g} s, or {PACE:,.0f} bytes a second"


def _announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none or it is no number, since the bytes are counted as they come."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _limited(receive: Receive, most: int) -> Receive:
    """`receive`, raising a 413 once more than `most` bytes have come, and a 408 where they come too slowly."""
    total, whole, began = 0, False, current_time()

    async def counted() -> Message:
        nonlocal total, whole
        if whole:  # what comes now is that the asker hangs up
            return await receive()
        try:
            with fail_after(began + PATIENCE + total / PACE - current_time()):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, _too_slow(), {"Connection": "close"}) from None
        whole = not message.get("more_body", False)
        total += len(message.get("body", b""))
        if total > most:
            raise HTTPException(413, _too_large(most))
        return message

    return counted
