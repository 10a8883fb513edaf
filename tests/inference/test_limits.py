"""What a key may ask for in a minute, by a clock that the test turns."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from inference.api import create_api
from inference.limits import Limit
from store import keys
from store.columns import now
from store.database import Database
from store.key import Holder, Key, Role
from store.settings import ServeSettings
from tests.inference import house


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def key(id_: int = 1) -> Key:
    return Key(id=id_, handle="0" * 12, name="ada", role=Role.SERVICE, created_at=now())


def wait(limit: Limit, amount: int = 1, of: Key | None = None) -> int:
    """Seconds to wait; 0 where it was granted."""
    try:
        limit.spend(of or key(), amount)
    except HTTPException as refused:
        return int((refused.headers or {})["Retry-After"])
    return 0


def test_a_minutes_worth_may_be_asked_at_once_and_then_as_it_fills() -> None:
    clock = Clock()
    limit = Limit(30, "requests", clock)
    assert [wait(limit) for _ in range(31)] == [0] * 30 + [2]
    clock.seconds = 1.0
    assert wait(limit) == 1
    clock.seconds = 2.0
    assert [wait(limit), wait(limit)] == [0, 2]


def test_each_key_has_a_bucket_of_its_own_and_without_a_key_nothing_is_counted() -> None:
    limit = Limit(1, "requests", Clock())
    assert [wait(limit, of=key(1)), wait(limit, of=key(1)), wait(limit, of=key(2))] == [0, 60, 0]
    for _ in range(5):
        limit.spend(None)


def test_more_than_a_minutes_worth_is_granted_once_and_paid_off() -> None:
    clock = Clock()
    limit = Limit(60, "variants", clock)
    assert wait(limit, 180) == 0
    assert wait(limit, 1) == 121
    clock.seconds = 121.0
    assert wait(limit, 1) == 0


@given(st.integers(1, 1_000), st.lists(st.tuples(st.integers(1, 2_000), st.floats(0, 100)), max_size=40))
def test_who_waits_as_told_is_let_in(per_minute: int, asked: list[tuple[int, float]]) -> None:
    clock = Clock()
    limit = Limit(per_minute, "variants", clock)
    for amount, pause in asked:
        seconds = wait(limit, amount)
        clock.seconds += seconds
        assert not seconds or wait(limit, amount) <= 1  # floating point may be a hair short of it
        clock.seconds += pause


def served(database: Database, folder: Path, **limits: int) -> tuple[TestClient, dict[str, str]]:
    """A client of a server with these limits, and the header with a key."""
    settings = house.settings(folder).model_copy(update={"serve": ServeSettings(**limits)})
    with database.write() as session:
        token = keys.issue(session, Holder(name="nightly", role=Role.SERVICE)).token
    return TestClient(create_api(settings, house.parts(), database)), {"authorization": f"Bearer {token}"}


def test_too_many_requests_are_a_429_that_says_when(database: Database, tmp_path: Path) -> None:
    client, headers = served(database, tmp_path, requests_per_minute=2)
    statuses = [client.get("/v1/variants", headers=headers).status_code for _ in range(2)]
    refused = client.get("/v1/variants", headers=headers)
    assert statuses == [200, 200]
    assert "2 requests a minute" in house.problem(refused, 429)["detail"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert client.get("/healthz", headers=headers).status_code == 200
    house.problem(client.get("/v1/variants"), 401)  # who has no key is told that first


def test_too_many_variants_are_a_429_and_nothing_is_written(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, headers = served(database, tmp_path, variants_per_minute=8)
    order = {"brief": house.brief_data(), "n": 1, "overgenerate": 2}  # 2 segments in 2 channels: 8
    assert client.post("/v1/copy", json=order, headers=headers).status_code == 200
    before = client.get("/v1/variants", headers=headers).json()["counts"]
    refused = client.post("/v1/copy", json=order, headers=headers)
    assert "8 variants a minute" in house.problem(refused, 429)["detail"]
    assert int(refused.headers["retry-after"]) >= 1
    assert client.get("/v1/variants", headers=headers).json()["counts"] == before
