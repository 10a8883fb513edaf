"""One app: desk and API over one database, on one port of loopback."""

import socket
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from inference import load
from inference.background import background
from inference.batch import take_in
from inference.inputs import Line, as_json
from store import jobs, keys
from store.database import open_database
from store.errors import InputError, ModelError, StoreError
from store.job import Terms
from store.key import Holder, Role
from store.settings import ServeSettings, Settings
from store.states import ItemState, JobState
from tests import nouns
from tests.ui import doorway
from tests.ui.conftest import Served, fakes
from ui import app


@pytest.mark.slow
def test_desk_and_api_answer_on_one_port_from_one_database(served: Served) -> None:
    variant = nouns.stored(served.database, campaign_id=nouns.campaign(served.database))
    with httpx.Client(base_url=served.url) as client:
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get(f"/v1/variants/{variant}").json()["variant"]["id"] == variant
        assert variant in [row["variant"]["id"] for row in client.get("/v1/variants?limit=500").json()["variants"]]
        assert client.get("/openapi.json").json()["info"]["title"] == "Glasbruk"
        assert "gradio" in client.get("/").text
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.slow
def test_the_desk_offers_no_programmable_endpoints_of_its_own(served: Served) -> None:
    described = httpx.get(f"{served.url}/gradio_api/info").json()
    assert described == {"named_endpoints": {}, "unnamed_endpoints": {}}


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_leaves_a_desk_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Settings) -> None:
        raise ModelError("no weights here")

    monkeypatch.setattr(load, "parts", fails)
    with TestClient(app.create_app(fakes(tmp_path))) as client:
        assert client.get("/").status_code == 200
        assert client.get("/healthz").json()["models_loaded"] is False


@pytest.mark.slow
def test_a_batch_that_another_server_left_is_taken_up(tmp_path: Path) -> None:
    settings = fakes(tmp_path)
    database = open_database(settings)
    with database.write() as session:
        job = jobs.begin(session, kind="briefs", source="test", terms=Terms(n=1), author="ada")
    take_in(database, job, [Line(1, as_json(nouns.brief().model_dump(mode="json", exclude_defaults=True)))])
    worker = background(app.create_app(settings, database=database))
    worker.wait(60)
    with database.read() as session:
        assert jobs.counts(session, job.id)[ItemState.DONE] == 1
        assert jobs.get(session, job.id).state is JobState.ENDED
    database.close()


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"serve.port: {port} is in use; .*--port"):
            app.serve(Settings(serve=ServeSettings(port=port)))


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match=r"serve\.host: .*no address here"):
        app.listen("no such host.invalid", 0)


def test_an_address_is_one_to_type() -> None:
    with app.listen("127.0.0.1", 0) as listener:
        assert app.address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_database_that_cannot_be_opened_is_told_before_anything_is_served(tmp_path: Path) -> None:
    settings = fakes(tmp_path)
    open_database(settings).close()
    (tmp_path / "glasbruk.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"glasbruk\.db"):
        app.create_app(settings)


def test_whoever_lets_others_in_is_told_what_that_means(tmp_path: Path) -> None:
    database = open_database(fakes(tmp_path))
    beyond = ServeSettings(host="0.0.0.0")
    assert app.warnings(ServeSettings(), database) == []
    desk, api, readable = app.warnings(beyond, database)
    assert "glasbruk accounts new" in desk
    assert "glasbruk keys new" in api
    assert "HTTPS" in readable
    with database.write() as session:
        keys.issue(session, Holder(name="nightly", role=Role.SERVICE))
    assert app.warnings(beyond, database) == [desk, readable]
    doorway.account(database)
    assert app.warnings(beyond, database) == [readable]
    assert app.warnings(ServeSettings(trusted_proxies=("10.0.0.2",)), database) == []
    database.close()


@pytest.mark.slow
def test_the_docs_are_drawn_under_their_own_policy(served: Served, page: Page) -> None:
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    answer = page.goto(f"{served.url}/docs")
    assert answer is not None
    assert "script-src 'sha256-" in answer.headers["content-security-policy"]
    expect(page.locator("#problem-401")).to_be_visible()
    expect(page.locator("h2 code").filter(has_text="/v1/copy")).to_be_visible()
    assert blocked == []
