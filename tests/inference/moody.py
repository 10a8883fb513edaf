"""A chat server of the tests' own that can fail in every way, on a real socket."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Mood = Callable[["Handler"], None]


def completion(content: str | None, **more: Any) -> Body:
    """A chat completion with what every server says besides."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    return {"id": "x", "object": "chat.completion", "choices": [choice | more], "usage": usage}


def said(body: Body) -> str:
    """Copy that tells the seed, and what was asked last."""
    return f"subject: {body.get('seed')}\npreheader: {body['messages'][-1]['content']}"


@dataclass
class Moody:
    """What the server was asked, and how it is to behave at the next requests; then it answers well."""

    answer: Callable[[Body], Body] = lambda body: completion(said(body))
    moods: list[Mood] = field(default_factory=list)
    asked: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when somebody hung up on one that is silent."""
    url: str = ""
    most: int = 0
    """Requests that were there at a time."""
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, body: Body, headers: dict[str, str]) -> Mood | None:
        """Note the request; gives the mood it meets."""
        with self._lock:
            self.asked.append(body)
            self.headers.append(headers)
            self._now += 1
            self.most = max(self.most, self._now)
            return self.moods.pop(0) if self.moods else None

    def leave(self) -> None:
        """One request less."""
        with self._lock:
            self._now -= 1


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    moody: Moody

    def do_POST(self) -> None:
        """As the mood is."""
        assert self.path == "/v1/chat/completions"
        self.body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        mood = self.moody.enter(self.body, {name.lower(): value for name, value in self.headers.items()})
        try:
            (mood or well)(self)
        finally:
            self.moody.leave()

    def send(self, status: int, content: bytes, **headers: str) -> None:
        """A whole response."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def well(handler: Handler) -> None:
    """Answer."""
    handler.send(200, json.dumps(handler.moody.answer(handler.body)).encode())


def status(code: int, content: bytes = b'{"error": {"message": "no"}}', **headers: str) -> Mood:
    """Answer with a status."""
    return lambda handler: handler.send(code, content, **headers)


def hangs_up(handler: Handler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True
    handler.connection.close()


def half(handler: Handler) -> None:
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def silent(handler: Handler) -> None:
    """Say nothing until the asker is gone."""
    handler.connection.recv(1)
    handler.close_connection = True
    handler.moody.gone.set()


@contextmanager
def server(moody: Moody | None = None) -> Iterator[Moody]:
    """A running one."""
    moody = moody or Moody()
    bound: Any = type("Bound", (Handler,), {"moody": moody})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as listening:
        moody.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield moody
        finally:
            listening.shutdown()
            thread.join()
