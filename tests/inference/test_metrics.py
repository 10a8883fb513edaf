"""Prometheus reads what was answered and written, by its own parser, and nothing of what was sent."""

from pathlib import Path

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from inference.api import create_api
from inference.background import background
from inference.inputs import as_json
from store import variants
from store.database import Database
from tests.inference import house


def read(client: TestClient) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_requests_are_counted_by_their_declared_route(database: Database, tmp_path: Path) -> None:
    client = TestClient(create_api(house.settings(tmp_path), house.parts(), database))
    for id_ in (7, 8):
        client.get(f"/v1/variants/{id_}")
    client.get("/v1/variants", params={"text": "zanzibarine"})
    client.request("ZANZIBARINE", "/v1/zanzibarine")
    found = read(client)
    assert found["glasbruk_requests_total", "GET", "/v1/variants/{id}", "404"] == 2
    assert found["glasbruk_requests_total", "GET", "/v1/variants", "200"] == 1
    assert found["glasbruk_requests_total", "other", "none", "404"] == 1
    assert found["glasbruk_request_seconds_count", "/v1/variants/{id}"] == 2
    assert "zanzibarine" not in client.get("/metrics").text.casefold()


def test_what_is_written_is_counted_for_each_app_by_itself(database: Database, tmp_path: Path) -> None:
    one, other = (TestClient(create_api(house.settings(tmp_path), house.parts(), database)) for _ in range(2))
    body = one.post("/v1/copy", json={"brief": house.brief_data(), "n": 1, "overgenerate": 2}).json()
    assert read(one)["glasbruk_variants_written_total",] == sum(body["counts"].values()) == 8
    assert read(other)["glasbruk_variants_written_total",] == 0


def test_what_batches_write_is_counted_too(database: Database, tmp_path: Path) -> None:
    app = create_api(house.settings(tmp_path), house.parts(), database)
    client = TestClient(app)
    line = {"custom_id": "a", "method": "POST", "url": "/v1/copy", "body": {"brief": house.brief_data(), "n": 1}}
    client.post("/v1/batches", content=as_json(line), headers={"content-type": "application/jsonl"}).raise_for_status()
    background(app).wait(60)
    with database.read() as session:
        written = sum(variants.count(session, variants.Query()).values())
    assert read(client)["glasbruk_variants_written_total",] == written > 0
