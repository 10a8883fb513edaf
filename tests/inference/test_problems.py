"""Whatever is wrong is told in one form, and nothing that is sent makes the API fall over."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference import turns
from inference.api import create_api
from inference.bodies import Filter
from inference.order import Parts
from store.database import Database
from store.errors import ModelError
from tests.inference import house

JSON = {"content-type": "application/json"}


def test_models_that_do_not_load_are_a_503_and_tried_again(shared: Database, tmp_path: Path) -> None:
    loads = iter([ModelError("model.safetensors: is truncated; remove it and load again"), None])

    def load() -> Parts:
        if error := next(loads):
            raise error
        return house.parts()

    client = TestClient(create_api(house.settings(tmp_path), load, shared))
    answer = client.post("/v1/score", json={"texts": ["a"]})
    assert "truncated" in house.problem(answer, 503)["detail"]
    assert client.post("/v1/score", json={"texts": ["a"]}).status_code == 200


def test_a_full_line_is_a_503_with_retry_after(shared: Database, tmp_path: Path) -> None:
    app = create_api(house.settings(tmp_path), house.parts(), shared)
    for number in range(turns.PLACES):
        app.state.service.parts.enter(number)
    answer = TestClient(app).post("/v1/score", json={"texts": ["a"]})
    assert "too many requests are waiting" in house.problem(answer, 503)["detail"]
    assert int(answer.headers["retry-after"]) > 0


def test_a_fault_of_ours_is_a_500_that_gives_nothing_away(shared: Database, tmp_path: Path) -> None:
    def load() -> Parts:
        raise RuntimeError("secret")

    client = TestClient(create_api(house.settings(tmp_path), load, shared), raise_server_exceptions=False)
    answer = client.post("/v1/score", json={"texts": ["a"]})
    assert "secret" not in json.dumps(house.problem(answer, 500))


def test_what_there_is_not_is_a_problem_too(client: TestClient) -> None:
    house.problem(client.get("/v1/nothing"), 404)
    house.problem(client.delete("/v1/copy"), 405)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"texts": ["\xff"]}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"texts": [' + b"9" * 5_000 + b"]}", "application/json", 400),
        (b'{"texts": ["a"]}', "text/plain", 422),
        (b'{"texts": ["a"]}', "application/x-www-form-urlencoded", 422),
        (b'{"texts": ["a"]}', "", 422),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: TestClient, content: bytes, kind: str, status: int) -> None:
    answer = client.post("/v1/score", content=content, headers={"content-type": kind} if kind else {})
    house.problem(answer, status)


ANY_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
KNOWN = st.sampled_from(
    ["brief", "n", "segments", "channels", "seed", "kind", "reviewer", "fields", "reason", "subject"]
)
ANY_JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KNOWN | ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
BRIEF = st.fixed_dictionaries({}, optional=dict.fromkeys(house.brief_data(), ANY_JSON)).map(
    lambda changes: {**house.brief_data(), **changes}
)
ORDER = st.fixed_dictionaries(
    {"brief": BRIEF | ANY_JSON},
    optional={"n": st.integers(1, 2) | ANY_JSON, "seed": ANY_JSON, "segments": ANY_JSON, "temperature": ANY_JSON},
)
DECISION = st.fixed_dictionaries(
    {"kind": st.sampled_from(["approve", "edit", "reject", "undo"]) | ANY_JSON, "reviewer": ANY_TEXT},
    optional={"fields": st.dictionaries(st.sampled_from(sorted(house.EMAIL)), ANY_TEXT) | ANY_JSON, "reason": ANY_JSON},
)
FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(ORDER | ANY_JSON)
def test_no_body_makes_copy_fall_over(client: TestClient, body: object) -> None:
    answer = client.post("/v1/copy", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 200 or house.problem(answer, 422)


@FUZZ
@given(DECISION | ANY_JSON)
def test_no_body_makes_a_decision_fall_over(client: TestClient, shared: Database, body: object) -> None:
    variant_id = house.variant(shared, house.campaign(shared))
    answer = client.post(f"/v1/variants/{variant_id}/decision", content=json.dumps(body), headers=JSON)
    assert answer.status_code == 200 or house.problem(answer, answer.status_code)["status"] in {409, 422}


@FUZZ
@given(st.binary(max_size=60))
def test_no_bytes_make_it_fall_over(client: TestClient, content: bytes) -> None:
    answer = client.post("/v1/copy", content=content, headers=JSON)
    assert house.problem(answer, answer.status_code)["status"] in {400, 422}


@FUZZ
@given(st.dictionaries(st.sampled_from(sorted(Filter.model_fields)), ANY_TEXT.filter(str.isprintable) | st.integers()))
def test_no_filter_makes_it_fall_over(client: TestClient, where: dict[str, Any]) -> None:
    assert client.get("/v1/variants", params=where).status_code in {200, 422}
