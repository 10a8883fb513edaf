"""The form's questions to the server: what it is told is what the command says, and nothing typed is lost."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference import load
from inference.turns import Turns
from prompts import briefs, channels
from store import campaigns, drafts
from store.database import Database, open_database
from tests import nouns
from tests.prompts.test_briefs import good
from tests.ui.conftest import fakes
from ui.drafting import Drafting
from ui.prompting import Prompting


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Drafting]:
    settings = fakes(tmp_path)
    store = open_database(settings)
    yield Drafting(store, channels.catalogue(settings), settings)
    store.close()


def told(desk: Drafting, data: dict[Any, Any], draft: int = 0, version: int = 0, who: str = "ada") -> dict[str, Any]:
    return desk.told([draft, version, json.dumps(data), who])


def brought_in(desk: Drafting, name: str, content: bytes) -> dict[str, Any]:
    return desk.imported([name, base64.b64encode(content).decode(), "ada"])


def stored(database: Database, draft: int) -> dict[str, Any]:
    with database.read() as session:
        return drafts.get(session, draft).content


def test_what_is_typed_is_saved_as_it_is_wrong_or_right(desk: Drafting) -> None:
    first = told(desk, {"name": "Spring", "facts": ["x" * 501]})
    assert ["brand", "is missing"] in first["problems"]
    assert any(place == "facts[0]" and "at most 500 characters" in message for place, message in first["problems"])
    second = told(
        desk, {**good(), "order": {"n": "3", "temperature": "0.9", "seed": "7"}}, first["id"], first["version"]
    )
    assert (second["id"], second["version"], second["problems"]) == (first["id"], 2, [])
    assert "= <b>18</b> variants to review, chosen from 72" in second["verdict"]
    again = desk.opened([str(first["id"]), "ada"])
    assert 'value="7"' in again["order"]
    assert "Open 6:30 to 14:00" in again["form"]


def test_who_comes_second_has_what_they_typed_as_a_brief_of_their_own(desk: Drafting) -> None:
    seen = told(desk, {"name": "Spring"})
    told(desk, {"name": "Ours"}, seen["id"], seen["version"])
    other = told(desk, {"name": "Mine"}, seen["id"], seen["version"], "bo")
    assert other["id"] != seen["id"]
    assert "brief of its own" in other["notice"]
    assert (stored(desk.database, seen["id"])["name"], stored(desk.database, other["id"])["name"]) == ("Ours", "Mine")


def test_how_it_is_to_be_written_is_judged_too(desk: Drafting) -> None:
    said = told(desk, {**good(), "order": {"n": "65", "seed": "x"}})
    assert [place for place, _ in said["problems"]] == ["order.n", "order.seed"]


def test_an_address_opens_a_draft_an_example_or_what_was_written(desk: Drafting) -> None:
    assert desk.opened(["", "ada"])["address"] == "new"
    mine, _ = told(desk, {"name": "Mine"}), told(desk, {"name": "Theirs"}, who="bo")
    assert desk.opened(["", "ada"])["id"] == mine["id"]
    assert desk.opened(["new", "ada"])["id"] == 0
    assert "Latchway Walks" in desk.opened(["example:inn-to-inn", "ada"])["form"]
    campaign = nouns.campaign(desk.database)
    with desk.database.read() as session:
        key = campaigns.get(session, campaign).brief_key
    opened = desk.opened([f"written:{key}", "ada"])
    assert ("Åkerbär" in opened["form"], opened["problems"]) == (True, [])
    for missing in ("999", "example:none", "written:0"):
        assert "there is no" in desk.opened([missing, "ada"])["notice"]


def test_a_file_comes_in_with_its_faults_and_what_no_form_shows_is_refused(desk: Drafting) -> None:
    example = briefs.examples()["inn-to-inn"]
    whole = brought_in(desk, example.name, example.read_bytes())
    assert whole["problems"] == []
    assert stored(desk.database, whole["id"])["brand"] == "Latchway Walks"
    part = brought_in(desk, "part.yml", b"name: A\nchannels: [e-mail]\n")
    assert ["brand", "is missing"] in part["problems"]
    for name, content, said in [
        ("typo.yaml", b"brnad: B\n", "did you mean &#34;brand&#34;?"),
        ("b.yaml", b"a: [\n", "line 2"),
        ("b.docx", b"a: b", "does not end in"),
        ("b.yaml", b"name: \xff\n", "is not UTF-8"),
    ]:
        refused = brought_in(desk, name, content)
        assert refused["refused"]
        assert said in refused["notice"]


def test_what_is_taken_out_is_brought_in_as_it_was(desk: Drafting) -> None:
    data = good(offer="10% off: now", never_say=["- cheap", "null"])
    out = desk.exported([json.dumps(data)])
    assert out["name"] == "test.yaml"
    back = brought_in(desk, out["name"], out["text"].encode())
    assert desk.exported([json.dumps(stored(desk.database, back["id"]))])["text"] == out["text"]


def test_what_is_thrown_away_is_gone(desk: Drafting) -> None:
    draft = told(desk, {"name": "Mine"})
    assert desk.thrown([draft["id"]])["id"] == 0
    assert "there is no draft" in desk.opened([str(draft["id"]), "ada"])["notice"]
    assert "already" in desk.thrown([draft["id"]])["notice"]


def test_markup_in_a_brief_comes_out_as_text(desk: Drafting) -> None:
    opened = desk.opened([str(told(desk, {"name": "<b>{{ 7*7 }}</b>", "facts": ["</textarea><script>"]})["id"]), "ada"])
    assert "<b>" not in opened["form"]
    assert "<script>" not in opened["form"]
    assert "{{" not in opened["form"]


def test_the_prompt_is_the_one_that_the_writer_gets_for_segment_channel_and_claim(desk: Drafting) -> None:
    models = Turns(lambda: load.parts(desk.settings))
    look = Prompting(desk.catalogue, models)
    text = json.dumps(good(facts=["Open 6:30 to 14:00", "Baked by hand"]))
    first = look.prompted([text, "", "", ""])["prompt"]
    assert "still loading" in first
    with models.turn():
        pass
    chosen = look.prompted([text, "Group 1", "sms", "Baked by hand"])["prompt"]
    assert "still loading" not in chosen
    assert "<option selected>Group 1</option>" in chosen
    last = chosen.rpartition('<pre class="raw" dir="auto">')[2]
    assert "Group 1" in last
    assert "Baked by hand" in last
    assert "to mend" in look.prompted([json.dumps({"name": "x" * 99}), "", "", ""])["prompt"]
