"""The log says what happened, and never of what: what is sent through the API is not in it."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inference import logs
from inference.api import create_api
from inference.order import Parts
from store import keys
from store.database import Database
from store.key import Holder, Role
from tests.inference import house

MARK = "zanzibarine"  # stands in no word of ours


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log is written to, all of it from the level of `info` on; afterwards logging is as it was."""
    root, before = logging.getLogger(), (list(logging.getLogger().handlers), logging.getLogger().level, logs.log.level)
    written = io.StringIO()
    logs.write_json(written)
    root.setLevel(logging.INFO)
    yield written
    root.handlers[:], level, own = before
    root.setLevel(level)
    logs.log.setLevel(own)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Everything written, but for what the tests' client says of its own doings."""
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in found if not line["logger"].startswith("httpx")]


def requests(stream: io.StringIO) -> list[dict[str, Any]]:
    """What is said of requests."""
    return [line for line in lines(stream) if line["logger"] == logs.log.name]


def test_what_is_sent_through_is_not_in_the_log(stream: io.StringIO, database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        token = keys.issue(session, Holder(name=f"Ada {MARK}", role=Role.ADMIN)).token
    client = TestClient(create_api(house.settings(tmp_path), house.parts(), database))
    client.headers["authorization"] = f"Bearer {token}"
    brief = house.brief_data(facts=[f"Every box holds eight {MARK}s"], product=f"Boxes of {MARK}")
    copy = client.post("/v1/copy", json={"brief": brief, "n": 1, "author": MARK}).json()
    variant = copy["variants"][0]["variant"]["id"]
    decision = f"/v1/variants/{variant}/decision"
    edit = {"kind": "edit", "fields": {"subject": MARK, "headline": MARK}, "reason": MARK}
    answers = [
        client.post("/v1/score", json={"texts": [MARK], "segment": MARK}),
        client.get("/v1/variants", params={"text": MARK, "segment": MARK}),
        client.get(f"/v1/variants/{variant}"),
        client.post(decision, json=edit),
        client.post(decision, json={"kind": "reject", "reason": MARK, "reviewer": MARK}),
        client.get(f"/v1/{MARK}"),
        client.get(f"/{MARK}"),
        client.request(MARK.upper(), "/v1/copy"),
        client.post("/v1/copy", content=f'{{"{MARK}'.encode(), headers={"content-type": "application/json"}),
        client.get("/v1/variants", headers={"authorization": f"Bearer {MARK}", "x-request-id": MARK}),
        client.get("/healthz", headers={"host": MARK, "user-agent": MARK, "cookie": MARK}),
    ]
    assert {answer.status_code for answer in answers} >= {200, 400, 401, 404, 405, 422}
    ids = [line["request_id"] for line in requests(stream)]
    assert ids[1:] == [answer.headers["x-request-id"] for answer in answers]
    text = json.dumps(lines(stream)).casefold()
    assert MARK not in text
    assert token not in text
    assert token[-43:] not in text


def test_a_line_says_what_happened(stream: io.StringIO, database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        key, token = keys.issue(session, Holder(name="nightly", role=Role.SERVICE))
    client = TestClient(create_api(house.settings(tmp_path), house.parts(), database))
    client.get("/v1/variants/7", headers={"authorization": f"Bearer {token}"})
    client.get("/v1/variants/7")
    known, unknown = requests(stream)
    assert (known["message"], known["level"], known["method"]) == ("request", "info", "GET")
    assert (known["route"], known["status"], known["key"]) == ("/v1/variants/{id}", 404, key.id)
    assert (unknown["route"], unknown["status"], unknown["key"]) == (None, 401, None)
    assert known["seconds"] >= 0
    assert known["time"].endswith("+00:00")


def test_a_fault_is_logged_with_the_id_that_the_answer_has(
    stream: io.StringIO, database: Database, tmp_path: Path
) -> None:
    def load() -> Parts:
        raise RuntimeError(MARK)

    client = TestClient(create_api(house.settings(tmp_path), load, database), raise_server_exceptions=False)
    answer = client.post("/v1/score", json={"texts": ["a"]})
    fault, request = requests(stream)
    assert (fault["level"], fault["message"], fault["error"]) == ("error", "fault", "RuntimeError")
    assert fault["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert request["status"] == 500
    assert MARK not in json.dumps([fault, request])
