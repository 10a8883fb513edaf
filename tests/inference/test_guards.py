"""Who may ask, and how much they may send."""

import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from inference import guards
from inference.api import create_api
from store.database import Database
from store.settings import ServeSettings
from tests.inference import house

JSON = {"content-type": "application/json"}


def test_a_body_over_the_limit_is_refused_announced_or_not(client: TestClient) -> None:
    content = b'{"texts": ["' + b"x" * guards.MAX_BODY + b'"]}'
    for sent in (content, iter([content[:1_000_000], content[1_000_000:]])):
        answer = client.post("/v1/score", content=sent, headers=JSON)
        assert "2,000,000" in house.problem(answer, 413)["detail"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST:1"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7860", ""])
def test_other_names_are_refused_on_loopback(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 400


def test_other_names_are_answered_where_the_server_was_told_to_listen_elsewhere(
    shared: Database, tmp_path: Path
) -> None:
    open_to_all = house.settings(tmp_path).model_copy(update={"serve": ServeSettings(host="0.0.0.0")})
    client = TestClient(create_api(open_to_all, house.parts(), shared))
    assert client.get("/healthz", headers={"host": "glasbruk.example"}).status_code == 200


def test_other_sites_get_no_permission_and_nothing_guesses_types(client: TestClient) -> None:
    for path in ("/healthz", "/docs", "/openapi.json", "/v1/nothing"):
        answer = client.get(path, headers={"origin": "http://evil.example"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    house.problem(client.options("/v1/copy", headers=asked), 405)


@pytest.mark.slow
def test_a_body_that_comes_byte_by_byte_is_cut_off(
    shared: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "PATIENCE", 0.5)
    head = (
        b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    )
    with house.live(create_api(house.settings(tmp_path), house.parts(), shared)) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as slow:
            slow.sendall(head)
            got = b""
            while chunk := slow.recv(65_536):  # until it hangs up
                got += chunk
    assert got.startswith(b"HTTP/1.1 408 ")
    assert b"bytes a second" in got
