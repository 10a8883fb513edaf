"""Every answer says what a browser may do with it, errors and refusals too."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from inference import headers
from inference.api import create_api
from inference.order import Parts
from store.database import Database
from tests.inference import house


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/variants", 200),
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/copy", 405),
        ("POST", "/v1/copy", 422),
        ("GET", "/nothing", 404),
    ],
)
def test_every_answer_carries_them(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, headers={"origin": "http://evil.example"})
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert (answer.headers.get("cache-control") == "no-store") is path.startswith("/v1/")
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_refusals_in_front_of_the_app_and_faults_carry_them_too(shared: Database, tmp_path: Path) -> None:
    def load() -> Parts:
        raise RuntimeError("secret")

    client = TestClient(create_api(house.settings(tmp_path), load, shared), raise_server_exceptions=False)
    large = {"content-length": "99999999"}
    for answer, status in [
        (client.get("/v1/variants", headers={"host": "evil.example"}), 400),
        (client.post("/v1/score", content=b"", headers=large), 413),
        (client.post("/v1/score", json={"texts": ["a"]}), 500),
    ]:
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == headers.DATA_POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]


def test_the_docs_may_run_their_own_script_and_no_other(client: TestClient) -> None:
    page = client.get("/docs")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy[f"{tag}-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
