"""What a browser is given to show again: cookies that no script reads, and what is derived from one."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

VISIT = "glasbruk_visit"  # that somebody is signed in
ERRAND = "glasbruk_errand"  # that somebody is about to be
PATIENCE = 3_600  # seconds that the login page may lie open


def give(response: Response, request: Request, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that is sent to us only, and only over HTTPS where that is how we were asked."""
    secure = request.url.scheme == "https"
    path = f"{request.scope.get('root_path', '')}/"
    response.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="lax")


def take_back(response: Response, request: Request, name: str) -> None:
    """Take a cookie back."""
    give(response, request, name, "", 0)


class Errand:
    """Signing in, from the login page on: a secret in the browser, and where it wants to go then."""

    def __init__(self, secret: str, then: str) -> None:
        self.secret = secret
        self.then = then

    @classmethod
    def new(cls, then: str) -> "Errand":
        """One with a secret of 256 random bits."""
        return cls(secrets.token_urlsafe(32), then)

    @classmethod
    def of(cls, request: Request) -> "Errand | None":
        """The one that the browser shows."""
        secret, _, then = request.cookies.get(ERRAND, "").partition(".")
        return cls(secret, unquote(then)) if secret else None

    def give(self, response: Response, request: Request) -> None:
        """Let the browser have it."""
        give(response, request, ERRAND, f"{self.secret}.{quote(self.then, safe='')}", PATIENCE)

    def derived(self, purpose: str) -> str:
        """A word of 43 characters that only who has the secret can tell: HMAC-SHA256 (RFC 2104) of what it is for.

        So nothing need be kept here of who is about to sign in. It suits as a PKCE verifier (RFC 7636, section 4.1).
        """
        word = hmac.digest(self.secret.encode(), purpose.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(word).decode().rstrip("=")

    def matches(self, purpose: str, word: str) -> bool:
        """Whether it is that word, compared in constant time."""
        return hmac.compare_digest(self.derived(purpose).encode(), word.encode("utf-8", "replace"))
