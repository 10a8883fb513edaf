"""The HTTP API answers what it is asked, refuses the rest in one form, and never falls over."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from inference import api, turns
from inference.api import create_api
from inference.bodies import CopyAnswer, CopyRequest
from inference.order import Parts
from inference.problems import MEDIA_TYPE
from store import keys
from store.database import Database
from store.errors import StoreError
from store.key import Holder, Role
from store.settings import ReviewSettings
from tests.inference import house

ODD = "\u202eright to left\u202c <script>alert(1)</script> {{ 7*7 }} \x07 \x1b[31m & 'quoted' \\ \u2028."
JSON = {"content-type": "application/json"}
WHOLE = {"brief": house.brief_data(), "n": 2}


def test_copy_is_written_checked_ranked_and_stored(client: TestClient) -> None:
    answer = client.post("/v1/copy", json=WHOLE)
    assert answer.status_code == 200
    body = answer.json()
    assert body["campaign"]["asked"] == sum(body["counts"].values()) == 2 * 2 * 2 * 4
    assert len(body["variants"]) == body["counts"]["pending"] == 2 * 2 * 2
    assert {row["variant"]["state"] for row in body["variants"]} == {"pending"}
    assert body["campaign"]["finished_at"]
    scores = [row["score"]["log_odds"] for row in body["variants"] if row["score"]]
    assert scores == sorted(scores, reverse=True)
    first = body["variants"][0]
    assert client.get(f"/v1/variants/{first['variant']['id']}").json() == first
    where = {"campaign_id": body["campaign"]["id"], "limit": 500}
    page = client.get("/v1/variants", params=where).json()
    assert page["variants"][:8] == body["variants"]
    assert page["counts"] == body["counts"]
    (reserve,) = client.get("/v1/variants", params=where | {"state": "reserve", "limit": 1}).json()["variants"]
    assert reserve["findings"][-1]["code"] == "held_back"


def test_a_stored_brief_can_be_written_for_by_its_key_for_some_segments_and_channels(client: TestClient) -> None:
    key = client.post("/v1/copy", json=WHOLE).json()["campaign"]["brief_key"]
    order = {"brief_key": key, "segments": ["New cooks", "New cooks"], "channels": ["web_headline"], "n": 3}
    body = client.post("/v1/copy", json=order).json()
    assert {(row["variant"]["segment"], row["variant"]["channel"]) for row in body["variants"]} == {
        ("New cooks", "web_headline")
    }
    assert len(body["variants"]) == 3


def test_the_same_seed_gives_the_same_copy_and_settings_reach_the_label(client: TestClient) -> None:
    once, again, other = (
        client.post("/v1/copy", json=WHOLE | {"seed": seed, "temperature": 0.25, "author": "ada"}).json()
        for seed in (7, 7, 8)
    )
    texts = [sorted(json.dumps(row["fields"]) for row in body["variants"]) for body in (once, again, other)]
    assert texts[0] == texts[1] != texts[2]
    label = client.get(f"/v1/variants/{once['variants'][0]['variant']['id']}/label").json()
    assert label["variant"]["sampling"]["temperature"] == 0.25
    assert label["brief"]["name"] == "Autumn boxes"
    assert label["prompt"]["messages"]
    assert once["campaign"]["author"] == "ada"


@pytest.mark.parametrize("many", [1, 3])
def test_how_many_are_written_to_choose_from_can_be_said(client: TestClient, many: int) -> None:
    body = client.post("/v1/copy", json=WHOLE | {"overgenerate": many, "channels": ["email"]}).json()
    assert sum(body["counts"].values()) == 2 * 2 * many
    assert len(body["variants"]) <= 4


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ({}, ""),
        ({"brief_key": "0" * 16, "brief": house.brief_data()}, ""),
        ({"brief": house.brief_data(facts=[])}, "brief.facts"),
        ({"brief": house.brief_data(channels=["radio"])}, "brief.channels[0]"),
        ({"brief": house.brief_data(segments=[{"name": "A"}])}, "brief.segments[0].cares_about"),
        ({"brief": house.brief_data(product="bell \x07")}, "brief.product"),
        (WHOLE | {"n": 65}, "n"),
        (WHOLE | {"overgenerate": 0}, "overgenerate"),
        (WHOLE | {"seed": 2**63}, "seed"),
        (WHOLE | {"temperature": "NaN"}, "temperature"),
        (WHOLE | {"segments": ["Nobody"]}, "segments"),
        (WHOLE | {"channels": ["radio"]}, "channel"),
        (WHOLE | {"colour": "red"}, "colour"),
    ],
)
def test_an_order_that_cannot_be_says_where(client: TestClient, order: dict[str, Any], place: str) -> None:
    assert place in house.places(client.post("/v1/copy", json=order))


def test_unknown_keys_name_the_nearest(client: TestClient) -> None:
    body = house.problem(client.post("/v1/copy", json={"brief": house.brief_data(ofer="x")}), 422)
    assert body["problems"] == [{"place": "brief.ofer", "message": 'unknown key; did you mean "offer"?'}]


def test_more_than_a_request_may_ask_is_refused(client: TestClient) -> None:
    segments = [{"name": f"Segment {number}", "cares_about": "x"} for number in range(64)]
    answer = client.post("/v1/copy", json={"brief": house.brief_data(segments=segments), "n": 6})
    said = house.problem(answer, 422)["detail"]
    assert "3,072 variants would be written, 4 for each that is shown; at most 1,024" in said
    assert client.post("/v1/copy", json=WHOLE | {"n": 64, "overgenerate": 5}).status_code == 422


def test_an_unknown_brief_is_not_found(client: TestClient) -> None:
    assert "0000" in house.problem(client.post("/v1/copy", json={"brief_key": "0" * 16}), 404)["detail"]


def test_texts_are_scored_against_each_other_in_their_order(client: TestClient) -> None:
    body = client.post("/v1/score", json={"texts": ["short", "x" * 60]}).json()
    assert body["checkpoint"] == "fake-scorer"
    assert body["scores"][0]["log_odds"] < 0 < body["scores"][1]["log_odds"]
    assert len(client.post("/v1/score", json={"texts": ["a"] * 10_000}).json()["scores"]) == 10_000


@pytest.mark.parametrize(
    "texts", [[], [""], ["x" * 2_001], ["a"] * 10_001, "a", [1], [None], {"a": 1}, None, ["\ud800"]]
)
def test_texts_that_cannot_be_scored_are_refused(client: TestClient, texts: object) -> None:
    assert house.places(client.post("/v1/score", content=json.dumps({"texts": texts}), headers=JSON))[0].startswith(
        "texts"
    )


def test_variants_are_filtered_and_paged(client: TestClient, shared: Database) -> None:
    campaign = house.campaign(shared)
    ids = [house.variant(shared, campaign, {"subject": f"Vegetables {number}"}) for number in range(3)]
    house.variant(shared, campaign, {"headline": "Vegetables"}, [house.BLOCKING], channel="web_headline")
    where: dict[str, str | int] = {
        "campaign_id": campaign,
        "state": "pending",
        "channel": "email",
        "text": "VEGETABLES",
        "order": "id",
    }
    page = client.get("/v1/variants", params=where | {"limit": 2, "offset": 1}).json()
    assert [row["variant"]["id"] for row in page["variants"]] == ids[1:]
    assert page["counts"]["pending"] == 3
    blocked = client.get("/v1/variants", params={"campaign_id": campaign, "code": "too_long"}).json()
    assert [row["variant"]["state"] for row in blocked["variants"]] == ["blocked"]


@pytest.mark.parametrize(
    "wrong",
    ["limit=501", "limit=0", "offset=-1", "state=lost", "campaign_id=99999999999999999999", "colour=red", "order=x"],
)
def test_a_filter_that_cannot_be_says_where(client: TestClient, wrong: str) -> None:
    assert house.places(client.get(f"/v1/variants?{wrong}")) == [wrong.partition("=")[0]]


@pytest.mark.parametrize("tail", ["", "/label"])
@pytest.mark.parametrize(
    ("id_", "status"), [("2147483647", 404), ("9" * 30, 422), ("0", 422), ("x", 422), ("%00", 422)]
)
def test_a_variant_that_is_not_there(client: TestClient, id_: str, status: int, tail: str) -> None:
    house.problem(client.get(f"/v1/variants/{id_}{tail}"), status)


def decide(client: TestClient, variant_id: int, **body: Any) -> Any:
    return client.post(f"/v1/variants/{variant_id}/decision", json={"reviewer": "ada", **body})


def test_a_variant_is_approved_undone_edited_and_has_its_label(client: TestClient, pending: int) -> None:
    assert decide(client, pending, kind="approve").json()["kind"] == "approve"
    assert decide(client, pending, kind="undo").json()["kind"] == "undo"
    edited = {"subject": "Vegetables, sorted", "preheader": house.EMAIL["preheader"]}
    assert decide(client, pending, kind="edit", fields=edited, reason="shorter").json()["fields"] == edited
    row = client.get(f"/v1/variants/{pending}").json()
    assert (row["variant"]["state"], row["fields"], row["variant"]["fields"]) == ("approved", edited, house.EMAIL)
    label = client.get(f"/v1/variants/{pending}/label").json()
    assert [decision["kind"] for decision in label["decisions"]] == ["approve", "undo", "edit"]


def test_an_edit_that_is_blocked_is_refused_with_its_findings(client: TestClient, pending: int) -> None:
    answer = decide(client, pending, kind="edit", fields={"subject": "Now 73% off", "preheader": "x" * 500})
    assert {"fields.subject", "fields.preheader"} <= set(house.places(answer))
    assert client.get(f"/v1/variants/{pending}").json()["variant"]["state"] == "pending"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "like"},
        {"kind": "approve", "reviewer": ""},
        {"kind": "approve", "fields": {"subject": "x"}},
        {"kind": "approve", "child_id": 1},
        {"kind": "reject"},
        {"kind": "reject", "reason": " "},
        {"kind": "edit"},
        {"kind": "edit", "fields": {"subject": 1}},
        {"kind": "edit", "fields": {"subject": "x" * 10_001}},
    ],
)
def test_a_decision_that_cannot_be_is_refused(client: TestClient, pending: int, body: dict[str, Any]) -> None:
    assert house.places(decide(client, pending, **body))
    assert client.get(f"/v1/variants/{pending}").json()["variant"]["state"] == "pending"


def test_of_two_decisions_at_once_one_is_told(client: TestClient, pending: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda kind: decide(client, pending, kind=kind, reason="x"), ["approve", "reject"]))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    told = next(answer for answer in answers if answer.status_code == 409)
    assert "by ada" in house.problem(told, 409)["detail"]


def test_odd_text_comes_back_as_text(client: TestClient, shared: Database) -> None:
    variant_id = house.variant(shared, house.campaign(shared), {"subject": ODD}, [house.BLOCKING])
    assert decide(client, variant_id, kind="reject", reason=ODD).status_code == 409  # it is blocked
    pending = house.variant(shared, house.campaign(shared))
    assert decide(client, pending, kind="reject", reason=ODD).json()["reason"] == ODD
    answer = client.get(f"/v1/variants/{variant_id}")
    assert answer.json()["fields"]["subject"] == ODD
    assert answer.headers["content-type"] == "application/json"
    refused = house.problem(decide(client, pending, kind=ODD), 422)
    assert "<script>" in refused["problems"][0]["message"]


def test_health_answers_without_the_models_and_they_come_once(shared: Database, tmp_path: Path) -> None:
    loads: list[int] = []

    def load() -> Parts:
        loads.append(1)
        return house.parts()

    client = TestClient(create_api(house.settings(tmp_path), load, shared))
    assert client.get("/healthz").json() == {"status": "ok", "models_loaded": False}
    assert "not loaded yet" in house.problem(client.get("/readyz"), 503)["detail"]
    assert client.get("/readyz").headers["retry-after"]
    for _ in range(2):
        client.post("/v1/score", json={"texts": ["a"]})
    for path in ("/healthz", "/readyz"):
        assert client.get(path).json() == {"status": "ok", "models_loaded": True}
    assert loads == [1]


def test_without_a_database_it_is_alive_and_not_ready(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(create_api(house.settings(tmp_path), house.parts(), database))
    assert client.post("/v1/score", json={"texts": ["a"]}).status_code == 200

    def fails() -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(database, "read", fails)
    assert client.get("/healthz").status_code == 200
    assert "disk" in house.problem(client.get("/readyz"), 503)["detail"]


def test_the_docs_name_every_operation_and_load_nothing_from_elsewhere(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {(method.upper(), path) for path, methods in described["paths"].items() for method in methods} == {
        (method, path) for method, path, _, _ in api.ROUTES
    }
    for methods in described["paths"].values():
        for operation in methods.values():
            assert len(operation["description"]) > 10
            refused = {status: set(body["content"]) for status, body in operation["responses"].items() if status > "3"}
            assert set(map(frozenset, refused.values())) <= {frozenset({MEDIA_TYPE})}
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "innerHTML" not in page.text


def test_the_examples_in_the_docs_work(client: TestClient, pending: int) -> None:
    described = client.get("/openapi.json").json()
    bodies = {
        name: schema["examples"][0]
        for name, schema in described["components"]["schemas"].items()
        if "examples" in schema
    }
    plain = {
        "CopyRequest": "/v1/copy",
        "ScoreRequest": "/v1/score",
        "CheckRequest": "/v1/check",
        "OutcomesRequest": "/v1/outcomes",
        "ChatRequest": "/v1/chat/completions",
    }
    assert set(bodies) == {*plain, "DecisionRequest", "BringBackRequest", "CommentRequest"}
    for name, path in plain.items():
        assert client.post(path, json=bodies[name]).status_code == 200
    fields = bodies["DecisionRequest"]["fields"] | {"preheader": house.EMAIL["preheader"]}
    assert decide(client, pending, **(bodies["DecisionRequest"] | {"fields": fields})).status_code == 200


@pytest.mark.slow
def test_a_real_server_answers_on_loopback_while_it_writes(shared: Database, tmp_path: Path) -> None:
    writing, go_on = threading.Event(), threading.Event()

    class Waits(type(house.parts().writer)):  # type: ignore[misc]
        def write(self, *order: Any) -> Any:
            writing.set()
            assert go_on.wait(30)
            return super().write(*order)

    whole = house.parts()
    app = create_api(house.settings(tmp_path), Parts(Waits(), whole.scorer, whole.chooser, whole.catalogue), shared)
    try:
        with (
            house.live(app) as url,
            httpx.Client(base_url=url, timeout=30) as client,
            ThreadPoolExecutor(1) as pool,
        ):
            copy = pool.submit(client.post, "/v1/copy", json=WHOLE)
            assert writing.wait(30)
            assert client.get("/healthz").json() == {"status": "ok", "models_loaded": True}
            assert client.get("/v1/variants").status_code == 200
            go_on.set()
            assert len(copy.result().json()["variants"]) == 8
            too_long = iter([b"x" * 1_000_000] * 3)
            assert client.post("/v1/score", content=too_long, headers=JSON).status_code == 413
            assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 400
    finally:
        go_on.set()


def test_the_servers_own_types_are_a_clients(client: TestClient) -> None:
    key = client.post("/v1/briefs", json=house.brief_data()).json()["key"]
    order = CopyRequest(brief_key=key, n=1, seed=7)
    answer = client.post("/v1/copy", json=order.model_dump(mode="json"))
    assert len(CopyAnswer.model_validate(answer.raise_for_status().json()).variants) == 4


def test_a_brief_is_kept_once_and_found_by_its_key(client: TestClient) -> None:
    first, second = (client.post("/v1/briefs", json=house.brief_data(name="Kept")).json() for _ in range(2))
    assert first == second == client.get(f"/v1/briefs/{first['key']}").json()
    listed = [entry["key"] for entry in client.get("/v1/briefs", params={"limit": 500}).json()["briefs"]]
    assert listed.count(first["key"]) == 1
    assert "channels[0]" in house.places(client.post("/v1/briefs", json=house.brief_data(channels=["radio"])))
    house.problem(client.get("/v1/briefs/" + "0" * 16), 404)


def test_copy_from_elsewhere_is_checked_and_not_stored(client: TestClient) -> None:
    before = client.get("/v1/variants").json()["counts"]
    pieces = [{"channel": "email", "fields": fields} for fields in (house.EMAIL, {"subject": "Now 73% off"})]
    body = client.post("/v1/check", json={"brief": house.brief_data(), "pieces": pieces}).json()
    assert [piece["passes"] for piece in body["pieces"]] == [True, False]
    assert "unknown_figure" in {finding["code"] for finding in body["pieces"][1]["findings"]}
    assert client.get("/v1/variants").json()["counts"] == before
    wrong = {"brief": house.brief_data(), "pieces": [{"channel": "radio", "fields": {}}]}
    assert house.places(client.post("/v1/check", json=wrong)) == ["pieces[0].channel"]


def test_results_are_taken_in_once_and_what_cannot_be_is_set_aside(client: TestClient) -> None:
    test = uuid.uuid4().hex
    row = {"test_id": test, "variant_id": "1", "text": "Dinner, sorted", "impressions": 100, "clicks": 7}
    rows = [row, row | {"variant_id": "2", "clicks": 101}]
    answers = [client.post("/v1/outcomes", json={"outcomes": rows}).json() for _ in range(2)]
    aside = [{"index": 1, "reason": "clicks_exceed_impressions"}]
    assert answers[0] == {"added": 2, "changed": 0, "unchanged": 0, "set_aside": aside}
    assert answers[1] == {"added": 0, "changed": 0, "unchanged": 2, "set_aside": aside}
    grown = client.post("/v1/outcomes", json={"outcomes": [row | {"impressions": 150}]}).json()
    assert grown["changed"] == 1
    assert "outcomes[0].clicks" in house.places(client.post("/v1/outcomes", json={"outcomes": [row | {"clicks": "x"}]}))


def test_what_is_in_reserve_can_be_brought_back_once(client: TestClient, shared: Database) -> None:
    held = house.variant(shared, house.campaign(shared), state="reserve")
    where = f"/v1/variants/{held}/bring-back"
    assert house.places(client.post(where, json={})) == ["reviewer"]
    row = client.post(where, json={"reviewer": "ada"}).json()
    assert row["variant"]["state"] == "pending"
    assert "ada" in row["findings"][-1]["message"]
    house.problem(client.post(where, json={"reviewer": "ada"}), 409)


def test_a_comment_stands_on_the_label_with_who_said_it(client: TestClient, shared: Database) -> None:
    variant = house.variant(shared, house.campaign(shared))
    where = f"/v1/variants/{variant}/comments"
    assert house.places(client.post(where, json={"text": "Is it true?"})) == ["reviewer"]
    assert house.places(client.post(where, json={"text": "  ", "reviewer": "ada"})) == ["text"]
    said = client.post(where, json={"text": "Is it true?", "reviewer": "ada"}).json()
    assert (said["author"], said["text"]) == ("ada", "Is it true?")
    assert client.get(f"/v1/variants/{variant}/label").json()["comments"] == [said]
    house.problem(client.post("/v1/variants/987654/comments", json={"text": "Where?", "reviewer": "ada"}), 404)


def test_with_four_eyes_who_wrote_an_edit_is_told_403_when_approving_it(database: Database, tmp_path: Path) -> None:
    settings = house.settings(tmp_path).model_copy(update={"review": ReviewSettings(four_eyes=True)})
    strict = TestClient(create_api(settings, house.parts(), database))
    variant = house.variant(database, house.campaign(database))
    fields = {"subject": "Vegetables each week", "preheader": house.EMAIL["preheader"]}
    edit = {"kind": "edit", "reviewer": "ada", "fields": fields}
    child = strict.post(f"/v1/variants/{variant}/decision", json=edit).json()["child_id"]
    where = f"/v1/variants/{child}/decision"
    told = house.problem(strict.post(where, json={"kind": "approve", "reviewer": "ada"}), 403)
    assert "anybody else may approve it" in told["detail"]
    assert strict.post(where, json={"kind": "approve", "reviewer": "bo"}).status_code == 200


def test_a_key_whose_own_requests_fill_its_share_is_told_so(database: Database, tmp_path: Path) -> None:
    app = create_api(house.settings(tmp_path), house.parts(), database)
    with database.write() as session:
        key, token = keys.issue(session, Holder(name="nightly", role=Role.SERVICE))
    for _ in range(turns.EACH):
        app.state.service.parts.enter(key.id)
    headers = {"authorization": f"Bearer {token}"}
    for stream in (True, False):
        answer = TestClient(app).post("/v1/copy", json=WHOLE | {"stream": stream}, headers=headers)
        assert "of the key" in house.problem(answer, 429)["detail"]
        assert int(answer.headers["retry-after"]) > 0
