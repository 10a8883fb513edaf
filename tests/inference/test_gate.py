"""Nobody gets past the gate without a key, once there are keys or the server can be reached from elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inference import gate
from inference.api import create_api
from store import accounts, keys
from store.account import Person
from store.database import Database
from store.errors import StoreError
from store.key import Holder, Role
from store.settings import ServeSettings
from tests.inference import house

Serve = Callable[..., TestClient]


@pytest.fixture
def serve(database: Database, tmp_path: Path) -> Serve:
    """Make a client of a server that listens on the host named."""

    def served(host: str = "127.0.0.1") -> TestClient:
        settings = house.settings(tmp_path).model_copy(update={"serve": ServeSettings(host=host)})
        return TestClient(create_api(settings, house.parts(), database))

    return served


def issued(database: Database, role: Role = Role.ADMIN, name: str = "Ada Ek") -> keys.Issued:
    with database.write() as session:
        return keys.issue(session, Holder(name=name, role=role))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_without_any_key_loopback_needs_none(serve: Serve) -> None:
    assert serve().get("/v1/variants").status_code == 200
    assert serve().get("/v1/variants", headers=bearer("anything")).status_code == 200


def test_from_the_first_key_on_every_call_needs_one(serve: Serve, database: Database) -> None:
    client = serve()
    token = issued(database).token
    for path in ("/v1/variants", "/v1/nothing"):
        answer = client.get(path)
        assert "glasbruk keys new" in house.problem(answer, 401)["detail"]
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/v1/variants", headers=bearer(token)).status_code == 200
    assert client.get("/v1/variants", headers={"authorization": f"bearer  {token} "}).status_code == 200
    house.problem(client.get("/v1/nothing", headers=bearer(token)), 404)


def test_from_the_first_account_on_the_api_asks_too(serve: Serve, database: Database) -> None:
    client = serve()
    with database.write() as session:
        accounts.add(session, Person(name="Ada Ek", email="ada@example.com", role=Role.ADMIN), "a hash")
    house.problem(client.get("/v1/variants"), 401)


@pytest.mark.parametrize("changed", [{"root_path": "/glasbruk"}, {"trusted_proxies": ("10.0.0.2",)}])
def test_behind_a_proxy_a_key_is_needed_though_it_listens_on_loopback(
    database: Database, tmp_path: Path, changed: dict[str, Any]
) -> None:
    settings = house.settings(tmp_path).model_copy(update={"serve": ServeSettings(**changed)})
    client = TestClient(create_api(settings, house.parts(), database))
    assert house.problem(client.get("/v1/variants"), 401)["detail"] == gate.MISSING


def test_beyond_loopback_a_key_is_needed_before_there_is_one(serve: Serve, database: Database) -> None:
    client = serve("0.0.0.0")
    assert house.problem(client.get("/v1/variants"), 401)["detail"] == gate.MISSING
    assert client.get("/v1/variants", headers=bearer(issued(database).token)).status_code == 200


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic YTpi", "gbk_0"])
def test_what_is_no_bearer_token_is_a_missing_key(serve: Serve, database: Database, sent: str) -> None:
    issued(database)
    assert house.problem(serve().get("/v1/variants", headers={"authorization": sent}), 401)["detail"] == gate.MISSING


@pytest.mark.parametrize("wrong", ["x", "gbk_" + "0" * 12 + "_" + "0" * 43, "\x00", "å", "a b"])
def test_an_unknown_key_is_told_so(serve: Serve, database: Database, wrong: str) -> None:
    issued(database)
    headers = {b"authorization": f"Bearer {wrong}".encode("latin-1")}
    assert house.problem(serve().get("/v1/variants", headers=headers), 401)["detail"] == gate.UNKNOWN


def test_a_revoked_key_opens_nothing_and_the_last_one_leaves_nothing_open(serve: Serve, database: Database) -> None:
    client = serve()
    key, token = issued(database)
    assert client.get("/v1/variants", headers=bearer(token)).status_code == 200
    with database.write() as session:
        keys.revoke(session, key.id)
    assert house.problem(client.get("/v1/variants", headers=bearer(token)), 401)["detail"] == gate.REVOKED
    house.problem(client.get("/v1/variants"), 401)


def test_health_docs_and_description_need_no_key(serve: Serve, database: Database) -> None:
    issued(database)
    for path in ("/healthz", "/docs", "/openapi.json"):
        assert serve("0.0.0.0").get(path).status_code == 200


def test_the_description_says_how_a_key_is_sent(serve: Serve) -> None:
    described = serve().get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation.get("security") == ([{"key": []}] if path.startswith("/v1/") else None)
            assert ({"401", "403", "429"} <= operation["responses"].keys()) is path.startswith("/v1/")


def test_a_decision_made_with_a_key_has_its_holders_name(serve: Serve, database: Database) -> None:
    client = serve()
    variant = house.variant(database, house.campaign(database))
    where = f"/v1/variants/{variant}/decision"
    assert house.places(client.post(where, json={"kind": "approve"})) == ["reviewer"]
    headers = bearer(issued(database, Role.APPROVER).token)
    for claimed in ({"reviewer": "somebody else"}, {}):
        said = client.post(where, json={"kind": "approve", **claimed}, headers=headers).json()
        assert said["reviewer"] == "Ada Ek"
        assert client.post(where, json={"kind": "undo"}, headers=headers).json()["reviewer"] == "Ada Ek"


def test_a_campaign_made_with_a_key_has_its_holders_name(serve: Serve, database: Database) -> None:
    order = {"brief": house.brief_data(), "n": 1, "author": "somebody else"}
    assert serve().post("/v1/copy", json=order).json()["campaign"]["author"] == "somebody else"
    headers = bearer(issued(database).token)
    assert serve().post("/v1/copy", json=order, headers=headers).json()["campaign"]["author"] == "Ada Ek"


def test_a_database_that_cannot_be_read_lets_nobody_in(
    serve: Serve, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise StoreError("the disk is full")

    client = serve()
    monkeypatch.setattr(database, "read", fails)
    assert house.problem(client.get("/v1/variants"), 503)["detail"] == "the disk is full"
