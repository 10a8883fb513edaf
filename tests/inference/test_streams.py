"""Copy is told step by step while it is written, and whoever hangs up stops the writing."""

import json
import socket
import threading
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from inference.api import create_api
from inference.order import Parts
from inference.writer import Draft, FakeWriter
from store.database import Database
from store.errors import ModelError
from store.prompt import Prompt
from store.variant import Sampling
from tests.inference import house

ORDER: dict[str, Any] = {"brief": house.brief_data(), "n": 2, "overgenerate": 2, "stream": True}


def events(text: str) -> Iterator[tuple[str, Any]]:
    """The events of a stream, by name."""
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        yield lines["event"], json.loads(lines["data"])


def with_writer(writer: FakeWriter, folder: Path, database: Database) -> Any:
    whole = house.parts()
    parts = Parts(writer, whole.scorer, whole.chooser, whole.catalogue)
    return create_api(house.settings(folder), parts, database)


def test_each_variant_is_told_then_what_is_shown_then_that_it_is_done(client: TestClient) -> None:
    answer = client.post("/v1/copy", json=ORDER)
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = list(events(answer.text))
    names = [name for name, _ in told]
    assert names[0] == "started"
    assert names[-1] == "done"
    assert (names.count("variant"), names.count("ranked")) == (16, 4)
    written = [data for name, data in told if name == "variant"]
    assert all(data["score"] is None and "findings" in data for data in written)
    for data in (data for name, data in told if name == "ranked"):
        shown = [row for row in data["variants"] if row["variant"]["state"] == "pending"]
        assert 1 <= len(shown) <= 2
        assert all(row["score"] for row in shown)
    campaign = told[-1][1]
    assert campaign["finished_at"]
    page = client.get("/v1/variants", params={"campaign_id": campaign["id"]}).json()
    assert {row["variant"]["id"] for row in page["variants"]} == {data["variant"]["id"] for data in written}


def test_what_is_wrong_with_the_order_is_a_problem_and_no_stream(client: TestClient) -> None:
    assert "segments" in house.places(client.post("/v1/copy", json=ORDER | {"segments": ["Nobody"]}))
    house.problem(client.post("/v1/copy", json={"brief_key": "0" * 16, "stream": True}), 404)


def test_what_goes_wrong_on_the_way_is_an_event(shared: Database, tmp_path: Path) -> None:
    class Fails(FakeWriter):
        def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
            yield next(super().write(prompts, seeds, sampling))
            raise ModelError("the weights are gone; fetch them again")

    answer = TestClient(with_writer(Fails(), tmp_path, shared)).post("/v1/copy", json=ORDER)
    *before, (name, problem) = events(answer.text)
    assert [name for name, _ in before] == ["started", "variant"]
    assert (name, problem["status"]) == ("error", 503)
    assert "fetch them again" in problem["detail"]


class Endless(FakeWriter):
    """Writes one, then waits to be let go for each further one, and notes that it was stopped."""

    def __init__(self) -> None:
        self.wrote, self.go_on, self.stopped = threading.Event(), threading.Event(), threading.Event()
        self.count = 0

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        try:
            for draft in super().write(prompts, seeds, sampling):
                yield draft
                self.count += 1
                self.wrote.set()
                assert self.go_on.wait(30)
        finally:
            self.stopped.set()


@pytest.mark.slow
@pytest.mark.parametrize("stream", [True, False])
def test_whoever_hangs_up_stops_the_writing_and_frees_the_place(
    database: Database, tmp_path: Path, stream: bool
) -> None:
    writer = Endless()
    app = with_writer(writer, tmp_path, database)
    turns = app.state.service.parts
    with house.live(app) as url:
        body = json.dumps(ORDER | {"n": 8, "stream": stream}).encode()
        head = f"POST /v1/copy HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as asker:
            asker.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            assert writer.wrote.wait(30)
        while turns._taken.total():  # the place is free although the writer is still held
            pass
        assert not writer.stopped.is_set()
        writer.go_on.set()
        assert writer.stopped.wait(30)
        assert writer.count <= 2
        again = httpx.post(f"{url}/v1/copy", json=ORDER | {"stream": False}, timeout=30).json()
        assert sum(again["counts"].values()) == 16
