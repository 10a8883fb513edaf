"""A write that is sent again is done once, and answered as it was."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inference.api import create_api
from inference.order import Parts
from inference.writer import FakeWriter
from store import answers, keys
from store.columns import now
from store.database import Database
from store.key import Holder, Role
from tests.inference import house

COPY: dict[str, Any] = {"brief": house.brief_data(), "n": 1, "overgenerate": 1}
numbers: Iterator[int] = iter(range(10**6))


@pytest.fixture
def key() -> dict[str, str]:
    """A header that no other test sends."""
    return {"idempotency-key": f"write-{next(numbers)}"}


def test_the_same_write_again_is_answered_as_it_was_and_not_done_again(client: TestClient, key: dict[str, str]) -> None:
    first, second = (client.post("/v1/copy", json=COPY, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert client.post("/v1/copy", json=COPY).json()["campaign"]["id"] != first.json()["campaign"]["id"]


def test_a_decision_and_results_too(client: TestClient, pending: int, key: dict[str, str]) -> None:
    where, decision = f"/v1/variants/{pending}/decision", {"kind": "approve", "reviewer": "ada"}
    first, second = (client.post(where, json=decision, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert len(client.get(f"/v1/variants/{pending}/label").json()["decisions"]) == 1
    body = {"outcomes": [{"test_id": str(key), "variant_id": "1", "text": "x", "impressions": 2, "clicks": 1}]}
    other = {"idempotency-key": key["idempotency-key"] + "!"}
    counts = [client.post("/v1/outcomes", json=body, headers=other).json()["added"] for _ in range(2)]
    assert counts == [1, 1]


def test_the_same_key_with_another_body_or_place_is_refused(client: TestClient, key: dict[str, str]) -> None:
    client.post("/v1/copy", json=COPY, headers=key)
    for path, body in (("/v1/copy", COPY | {"seed": 1}), ("/v1/briefs", house.brief_data())):
        assert house.places(client.post(path, json=body, headers=key)) == ["Idempotency-Key"]


def test_what_was_refused_is_tried_anew(client: TestClient, pending: int, key: dict[str, str]) -> None:
    where = f"/v1/variants/{pending}/decision"
    assert client.post(where, json={"kind": "reject", "reviewer": "ada"}, headers=key).status_code == 422
    answer = client.post(where, json={"kind": "reject", "reviewer": "ada", "reason": "dull"}, headers=key)
    assert answer.json()["reason"] == "dull"


@pytest.mark.parametrize("wrong", ["", "a b", "x" * 201, "\x7f"])
def test_a_key_of_another_form_is_refused(client: TestClient, wrong: str) -> None:
    assert house.places(client.post("/v1/copy", json=COPY, headers={"idempotency-key": wrong})) == ["idempotency-key"]


def test_a_stream_is_not_kept(client: TestClient, key: dict[str, str]) -> None:
    assert house.places(client.post("/v1/copy", json=COPY | {"stream": True}, headers=key)) == ["stream"]


def test_while_the_first_is_answered_the_second_is_told(shared: Database, tmp_path: Path, key: dict[str, str]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Waits(FakeWriter):
        def write(self, *order: Any) -> Any:
            begun.set()
            assert go_on.wait(30)
            return super().write(*order)

    whole = house.parts()
    parts = Parts(Waits(), whole.scorer, whole.chooser, whole.catalogue)
    client = TestClient(create_api(house.settings(tmp_path), parts, shared))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/copy", json=COPY, headers=key)
        assert begun.wait(30)
        told = house.problem(client.post("/v1/copy", json=COPY, headers=key), 409)
        go_on.set()
        assert "being answered" in told["detail"]
        assert client.post("/v1/copy", json=COPY, headers=key).status_code in {200, 409}
        assert first.result().json() == client.post("/v1/copy", json=COPY, headers=key).json()


def test_two_holders_may_choose_the_same_key(database: Database, tmp_path: Path) -> None:
    client = TestClient(create_api(house.settings(tmp_path), house.parts(), database))
    with database.write() as session:
        tokens = [keys.issue(session, Holder(name=name, role=Role.SERVICE)).token for name in ("one", "two")]
    campaigns = set()
    for token in tokens:
        headers = {"authorization": f"Bearer {token}", "idempotency-key": "same"}
        campaigns.add(client.post("/v1/copy", json=COPY, headers=headers).json()["campaign"]["id"])
    assert len(campaigns) == 2


def test_an_answer_lapses_after_a_day_and_a_claim_without_one_after_an_hour(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    monkeypatch.setattr(answers, "now", lambda: moment)

    def claim(key: str, digest: str = "d") -> answers.Answer | None:
        wanted = answers.Claim.of(0, key, digest)
        with database.write() as session:
            found = answers.claim(session, wanted)
        if found is None and key == "answered":
            with database.write() as session:
                answers.keep(session, wanted, answers.Answer(status=200, content="{}"))
        return found

    assert (claim("answered"), claim("cut off")) == (None, None)
    moment += timedelta(hours=1, seconds=1)
    assert claim("cut off", "other") is None
    assert claim("answered") == answers.Answer(status=200, content="{}")
    moment += timedelta(days=1)
    assert claim("answered", "other") is None
