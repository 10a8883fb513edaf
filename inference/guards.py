"""What stands in front of every request: which hosts may ask, how much they may send."""

import ipaddress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.access import guarded
from inference.problems import answer
from store.settings import ServeSettings

MAX_BODY = 2_000_000  # bytes
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
    """ASGI middleware: refuses bodies over `MAX_BODY`, or what is `LARGER`, with 413, chunked ones too."""

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


def _announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none or it is no number, since the bytes are counted as they come."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _limited(receive: Receive, most: int) -> Receive:
    """`receive`, raising a 413 once more than `most` bytes have come."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise HTTPException(413, _too_large(most))
        return message

    return counted
