"""What stands between us and who asks: a proxy that is trusted says who that is, and a prefix before our paths goes."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from inference.problems import answer

# What proxies say of who asks, and what of it the desk's framework would believe of anybody.
SAID = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "x-gradio-server")
UNNAMED = (
    "a proxy stands before this server, and nobody would be asked who they are; "
    "name its address in serve.trusted_proxies, or let it leave out the X-Forwarded headers"
)


class Proxies:
    """ASGI middleware: client, scheme and Host as a trusted proxy has them, and paths without `root_path`.

    Of anybody else what `SAID` has is left out; where the server is open to whoever reaches it (`exposed` is false), a
    request that came through a proxy is answered with 403 instead, since others than this machine's users sent it.
    """

    def __init__(self, app: ASGIApp, root_path: str, trusted: Sequence[str], *, exposed: bool) -> None:
        self.app = app
        self.root_path = root_path
        self.networks = [ip_network(each) for each in trusted]
        self.exposed = exposed
        self._believing = ProxyHeadersMiddleware(self._told, list(trusted))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as it was meant."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif self._trusts(scope):
            await self._believing({**scope}, receive, send)  # type: ignore[arg-type]
        elif not self.exposed and any(name in Headers(scope=scope) for name in SAID):
            await answer(403, UNNAMED)(scope, receive, send)
        else:
            await self._told({**scope}, receive, send, host=False)

    def _trusts(self, scope: Scope) -> bool:
        host = (scope.get("client") or ("",))[0]
        try:
            return any(ip_address(host) in network for network in self.networks)
        except ValueError:  # a test's client, or a socket of this machine
            return False

    async def _told(self, scope: Scope, receive: Receive, send: Send, *, host: bool = True) -> None:
        """With the headers that were read, and the prefix, gone."""
        headers = MutableHeaders(raw=[(name, value) for name, value in scope["headers"]])
        named = headers.get("x-forwarded-host", "").rpartition(",")[2].strip()  # the last is what the nearest proxy saw
        for name in SAID:
            del headers[name]
        if host and named:
            headers["host"] = named
        scope["headers"] = headers.raw
        await self._below(scope, receive, send)

    async def _below(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Without the prefix, whether or not the proxy has taken it away already; all of ours know paths without."""
        root = self.root_path
        if root and scope["path"] == root:
            await RedirectResponse(f"{root}/", 308)(scope, receive, send)
            return
        if root and scope["path"].startswith(f"{root}/"):
            scope["path"] = scope["path"].removeprefix(root)
            scope["raw_path"] = (scope.get("raw_path") or b"").removeprefix(root.encode()) or None
        scope["root_path"] = root
        await self.app(scope, receive, send)
