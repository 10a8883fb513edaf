"""What a proxy says is believed of those that are named, and of nobody else; and the prefix goes."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from inference.proxies import SAID, UNNAMED, Proxies

FORWARDED = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "x-forwarded-host": "copy.example.com"}


def through(
    headers: dict[str, str], *, peer: str = "10.0.0.2", path: str = "/v1/variants", root: str = "", exposed: bool = True
) -> tuple[Scope | None, list[Message]]:
    """What the app behind is given, and what is answered without it."""
    seen: list[Scope] = []
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    raw = [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1:7860", **headers}.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "scheme": "http", "path": path, "query_string": b""}
    scope |= {"raw_path": path.encode(), "headers": raw, "client": (peer, 1), "server": ("127.0.0.1", 7860)}
    asyncio.run(Proxies(app, root, ["10.0.0.0/8"], exposed=exposed)(scope, receive, send))
    return (seen[0] if seen else None), sent


def header(scope: Scope, name: str) -> list[str]:
    return [value.decode() for key, value in scope["headers"] if key == name.encode()]


def test_a_trusted_proxy_says_who_asks_how_and_for_which_host() -> None:
    scope, _ = through(FORWARDED)
    assert scope is not None
    assert (scope["client"][0], scope["scheme"], header(scope, "host")) == (
        "203.0.113.9",
        "https",
        ["copy.example.com"],
    )


def test_what_was_sent_to_the_proxy_already_is_not_taken_for_its_word() -> None:
    scope, _ = through(
        {"x-forwarded-for": "1.1.1.1, 203.0.113.9", "x-forwarded-host": "evil.example, copy.example.com"}
    )
    assert scope is not None
    assert (scope["client"][0], header(scope, "host")) == ("203.0.113.9", ["copy.example.com"])


@pytest.mark.parametrize("peer", ["192.0.2.1", "testclient", ""])
def test_of_anybody_else_nothing_is_believed_nor_passed_on(peer: str) -> None:
    scope, _ = through(dict.fromkeys(SAID, "evil.example"), peer=peer)
    assert scope is not None
    assert (scope["client"][0], scope["scheme"], header(scope, "host")) == (peer, "http", ["127.0.0.1:7860"])
    assert [name for name in SAID if header(scope, name)] == []


@pytest.mark.parametrize("name", SAID)
def test_a_server_that_asks_nobody_answers_no_proxy_that_it_does_not_know(name: str) -> None:
    scope, sent = through({name: "x"}, peer="127.0.0.1", exposed=False)
    assert scope is None
    assert sent[0]["status"] == 403
    assert UNNAMED.encode() in sent[1]["body"]
    assert through({}, peer="127.0.0.1", exposed=False)[0] is not None


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/glasbruk/", "/"),
        ("/glasbruk/v1/variants", "/v1/variants"),
        ("/v1/variants", "/v1/variants"),  # a proxy may have taken it away
        ("/glasbrukare", "/glasbrukare"),
    ],
)
def test_the_prefix_is_gone_whoever_took_it_away(path: str, below: str) -> None:
    scope, _ = through({}, path=path, root="/glasbruk")
    assert scope is not None
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == (below, below.encode(), "/glasbruk")


def test_the_prefix_alone_leads_to_the_desk() -> None:
    scope, sent = through({}, path="/glasbruk", root="/glasbruk")
    assert scope is None
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"location"]) == (308, b"/glasbruk/")
