"""What every answer carries, so that a browser does no more with it than it should."""

import base64
import hashlib
import re
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.access import OPEN, guarded

DOCS = Path(__file__).with_name("docs.html")
# No other site hears of ours; `no-referrer` would leave the origin out of our own forms too, which are checked by it.
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def _hash_of(tag: str, page: str) -> str:
    """The source expression that allows the page's one inline `tag` and no other (CSP level 3, section 2.3.1)."""
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _docs_policy(page: str) -> str:
    own = f"script-src {_hash_of('script', page)}; style-src {_hash_of('style', page)}; img-src data:"
    return f"default-src 'none'; {own}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"  # data is nothing to be run or framed
DOCS_POLICY = _docs_policy(DOCS.read_text(encoding="utf-8"))
# The desk's framework needs inline scripts and styles; what is left to forbid is to be framed or steered by others.
DESK_POLICY = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'"


def of(path: str) -> dict[str, str]:
    """The headers of an answer at `path`."""
    if guarded(path):  # copy and briefs are to stay in no cache
        return {**ALWAYS, "Content-Security-Policy": DATA_POLICY, "Cache-Control": "no-store"}
    policy = DOCS_POLICY if path == "/docs" else DATA_POLICY if path in OPEN else DESK_POLICY
    return {**ALWAYS, "Content-Security-Policy": policy}


class Headed:
    """ASGI middleware that adds them. There is no CORS header among them: no other site is given leave."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the answer's headers those that it does not set itself."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in of(scope["path"]).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sent)
