"""Where a request comes from, and where it may be sent on to: never from or to another site."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that change nothing (RFC 9110, section 9.2.1)
HOME = "/"

# A path of ours: one slash at its start, since two begin an address, and nothing that browsers leave out of one
# (blanks, tabs, ends of lines) or read as a slash (backslashes).
PATH = re.compile(r"/(?:(?!/)[!-\[\]-~]+)?")


def is_ours(scope: Scope) -> bool | None:
    """Whether a page of ours sent a request, by what its browser says; None where it says nothing.

    Sec-Fetch-Site where there is one, which no page can forge (browsers send it to HTTPS and loopback); else Origin.
    """
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in {"same-origin", "none"}  # none: the user's own doing, as from the address bar
    if origin is None:
        return None
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc.lower()) == (scope.get("scheme"), headers.get("host", "").lower())


def may_pass(scope: Scope, *, signed_in: bool) -> bool:
    """Whether a request may do what it asks, as far as where it comes from goes.

    With somebody's cookie, what changes anything has to come from our own pages, for sure.
    """
    if scope["method"] in SAFE:
        return True
    ours = is_ours(scope)
    return ours is True or (ours is None and not signed_in)


def path_of_ours(wanted: str) -> str:
    """A path and query to go to after signing in: as wanted where it is one of ours, else the desk's first page."""
    doorway = wanted.startswith(("/login", "/logout"))
    return wanted if PATH.fullmatch(wanted) and len(wanted) <= 2_000 and not doorway else HOME
