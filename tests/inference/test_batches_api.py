"""Batches over HTTP: taken in, written in the background, told of line by line, cancelled."""

import json
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inference import guards
from inference.api import create_api
from inference.background import background
from inference.writer import Draft, FakeWriter
from store.database import Database
from store.errors import ModelError
from tests.inference import house

BODY = {"brief": house.brief_data(), "n": 1, "overgenerate": 2}
JSONL = {"content-type": "application/jsonl"}


def line(custom_id: Any = "a", **changes: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/copy", "body": BODY} | changes


def send(client: TestClient, *lines: object) -> Any:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    return client.post("/v1/batches", content="\n".join(texts).encode(), headers=JSONL)


def ended(client: TestClient, batch_id: int) -> dict[str, Any]:
    """The batch once it has ended, asked for as a program would."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        body: dict[str, Any] = client.get(f"/v1/batches/{batch_id}").json()
        if body["state"] in {"ended", "cancelled"}:
            return body
        threading.Event().wait(0.05)
    raise AssertionError(body)


def streamed(client: TestClient, batch_id: int, what: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/batches/{batch_id}/{what}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/jsonl")
    return [json.loads(text) for text in answer.text.splitlines()]


def test_a_batch_that_is_sent_again_with_its_key_is_taken_in_once(client: TestClient) -> None:
    sent, headers = json.dumps(line()).encode(), JSONL | {"Idempotency-Key": "nightly"}
    first, again = (client.post("/v1/batches", content=sent, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json()["id"] == again.json()["id"]
    assert client.post("/v1/batches", content=sent, headers=JSONL).json()["id"] != first.json()["id"]
    assert client.post("/v1/batches", content=sent + b"\n", headers=headers).status_code == 422


def test_a_batch_is_written_and_its_results_are_what_copy_would_have_answered(client: TestClient) -> None:
    answer = send(client, line("a"), "", line("b", body=BODY | {"seed": 7, "channels": ["email"]}))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["counts"]["queued"], body["author"]) == ("queued", 2, "me")
    body = ended(client, body["id"])
    assert (body["state"], body["counts"]["done"]) == ("ended", 2)
    assert body["checkpoints"] == "fake-writer fake-scorer fake-approver"
    first, second = streamed(client, body["id"], "results")
    assert (first["custom_id"], second["custom_id"]) == ("a", "b")
    copy = client.post("/v1/copy", json=BODY).json()
    assert first["response"]["status_code"] == 200
    said = first["response"]["body"]
    assert said["counts"] == copy["counts"]
    assert [row["fields"] for row in said["variants"]] == [row["fields"] for row in copy["variants"]]
    assert {row["variant"]["channel"] for row in second["response"]["body"]["variants"]} == {"email"}
    assert streamed(client, body["id"], "errors") == []


def test_a_request_that_is_refused_is_in_the_errors_and_the_rest_goes_on(client: TestClient) -> None:
    faulty = [
        line("a", url="/v1/score"),
        line("b", body=BODY | {"n": 65}),
        "{no json",
        line(""),
        line("c", colour="red"),
        line("d", body={"brief_key": "0" * 16}),
    ]
    batch_id = send(client, *faulty, line("good"), line("good")).json()["id"]
    assert ended(client, batch_id)["counts"]["failed"] == 7
    told = {error["line"]: error for error in streamed(client, batch_id, "errors")}
    assert "POST and /v1/copy" in told[1]["error"]["detail"]
    assert (told[2]["custom_id"], told[2]["error"]["problems"][0]["place"]) == ("b", "n")
    assert "is not JSON" in told[3]["error"]["detail"]
    assert told[4]["error"]["problems"][0]["place"] == "custom_id"
    assert told[5]["error"]["problems"][0] == {"place": "colour", "message": told[5]["error"]["problems"][0]["message"]}
    assert "no brief" in told[6]["error"]["detail"]
    assert "is the id of line 7 too" in told[8]["error"]["detail"]
    assert [result["custom_id"] for result in streamed(client, batch_id, "results")] == ["good"]


@pytest.mark.parametrize("tail", ["", "/results", "/errors"])
def test_a_batch_that_is_not_there_is_not_found(client: TestClient, tail: str) -> None:
    assert "batch 2147483647" in house.problem(client.get(f"/v1/batches/2147483647{tail}"), 404)["detail"]
    house.problem(client.get(f"/v1/batches/0{tail}"), 422)
    house.problem(client.post("/v1/batches/2147483647/cancel"), 404)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_batch_is_refused(client: TestClient, content: bytes) -> None:
    assert house.places(client.post("/v1/batches", content=content, headers=JSONL)) == ["body"]


def test_one_that_is_sent_as_json_says_how_to_send_it(client: TestClient) -> None:
    assert "Content-Type: application/jsonl" in house.problem(client.post("/v1/batches", json=line()), 422)["detail"]


def test_a_batch_may_be_larger_than_a_request_but_not_without_end(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guards.LARGER["/v1/batches"] > guards.MAX_BODY
    monkeypatch.setitem(guards.LARGER, "/v1/batches", 5_000)
    assert "5,000 bytes" in house.problem(send(client, "x" * 5_001), 413)["detail"]
    monkeypatch.setattr(guards, "MAX_BODY", 10)
    assert send(client, "{}").status_code == 200


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Database]:
    """A database that no other server works on."""
    opened = house.database(tmp_path)
    yield opened
    opened.close()


class Waits(FakeWriter):
    """A writer that says when it has begun, and goes on when it may."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, *order: Any) -> Generator[Draft]:
        self.begun.set()
        assert self.go_on.wait(60)
        yield from super().write(*order)


def test_a_cancelled_batch_finishes_what_is_begun(alone: Database, tmp_path: Path) -> None:
    writer = Waits()
    app = create_api(house.settings(tmp_path), replace(house.parts(), writer=writer), alone)
    client = TestClient(app)
    batch_id = send(client, line("a"), line("b"), line("c")).json()["id"]
    assert writer.begun.wait(60)
    body = client.post(f"/v1/batches/{batch_id}/cancel").json()
    assert (body["state"], body["counts"]["cancelled"], body["counts"]["leased"]) == ("cancelling", 2, 1)
    writer.go_on.set()
    body = ended(client, batch_id)
    assert (body["state"], body["counts"]["done"]) == ("cancelled", 1)
    assert [result["custom_id"] for result in streamed(client, batch_id, "results")] == ["a"]


def test_a_server_that_goes_gives_back_what_it_has_and_another_does_it(alone: Database, tmp_path: Path) -> None:
    writer = Waits()
    app = create_api(house.settings(tmp_path), replace(house.parts(), writer=writer), alone)
    client = TestClient(app)
    batch_id = send(client, line("a"), line("b")).json()["id"]
    assert writer.begun.wait(60)
    threading.Timer(0.1, writer.go_on.set).start()
    background(app).rest(60)
    counts = client.get(f"/v1/batches/{batch_id}").json()["counts"]
    assert (counts["queued"], counts["leased"]) == (2, 0)
    other = create_api(house.settings(tmp_path), house.parts(), alone)
    background(other).wake()
    assert ended(TestClient(other), batch_id)["counts"]["done"] == 2


def test_models_that_fail_are_tried_again(alone: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.background.AFTER_FAULT", 0.01)
    tries: list[int] = []

    def load() -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise ModelError("weights are gone")
        return house.parts()

    client = TestClient(create_api(house.settings(tmp_path), load, alone))
    assert ended(client, send(client, line()).json()["id"])["counts"]["done"] == 1
    assert len(tries) == 3
