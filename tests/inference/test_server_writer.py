"""A server writes as a model does, and what goes wrong with it is waited for, or told with what would mend it."""

import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from inference import load, pipeline, server_writer
from inference.breaker import Breaker
from inference.order import Order
from inference.server_writer import ServerWriter
from inference.writer import Draft, Free
from store import labels, variants
from store.errors import InputError, ModelError
from store.openai_settings import OpenAISettings
from store.prompt import Message, Prompt
from store.settings import Settings, WriterSettings
from store.states import State
from store.variant import Sampling
from tests.inference import house, moody, serving
from tests.inference.moody import Body, Moody

KEY = "sk-not-to-be-seen"
KEYS = ("subject", "preheader")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits before asking again."""
    monkeypatch.setattr(server_writer, "SHORTEST", 0.0)


@pytest.fixture
def server() -> Iterator[Moody]:
    with moody.server() as running:
        yield running


def prompt(text: str = "Rolls") -> Prompt:
    messages = (Message(role="system", content="You write."), Message(role="user", content=text))
    return Prompt(messages=messages, keys=KEYS, aims=(40, 80), maxima=(60, 100), format_hash="f")


def writer(server: Moody, breaker: Breaker | None = None, /, **settings: Any) -> ServerWriter:
    return ServerWriter(OpenAISettings(base_url=server.url, **settings), "glass", breaker)


def drafts(by: ServerWriter, *prompts: Prompt, sampling: Sampling | None = None) -> list[Draft]:
    written = by.write(prompts, range(len(prompts)), sampling or Sampling())
    return sorted(written, key=lambda draft: draft.index)


def refused(server: Moody, *moods: moody.Mood, **settings: Any) -> str:
    server.moods[:] = moods
    with pytest.raises(ModelError) as caught:
        drafts(writer(server, **settings), prompt())
    return str(caught.value)


def test_each_prompt_is_asked_once_with_its_seed_and_messages(server: Moody) -> None:
    prompts = [prompt(f"Rolls {number}") for number in range(20)]
    found = drafts(writer(server, api_key=KEY, concurrency=4), *prompts)
    assert [draft.index for draft in found] == list(range(20))
    assert [draft.raw for draft in found] == [f"subject: {n}\npreheader: Rolls {n}" for n in range(20)]
    assert [(draft.read, draft.written, draft.whole) for draft in found] == [(7, 5, True)] * 20
    by_seed = sorted(server.asked, key=lambda body: body["seed"])
    assert [body["messages"][1]["content"] for body in by_seed] == [f"Rolls {n}" for n in range(20)]
    assert {body["model"] for body in by_seed} == {"glass"}
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert server.most <= 4


def test_what_the_server_does_not_take_is_not_on_the_label(server: Moody) -> None:
    (plain,) = drafts(writer(server), prompt())
    assert plain.sampling == Sampling(top_k=0, min_p=0)
    (known,) = drafts(writer(server, server="vllm"), prompt())
    assert known.sampling == Sampling()
    assert "top_k" not in server.asked[0]
    assert (server.asked[1]["top_k"], server.asked[1]["min_p"]) == (50, 0.05)


def test_seeds_and_log_probabilities_are_asked_for_unless_told_otherwise(server: Moody) -> None:
    told = {"content": [{"token": "subject: 0\npre", "logprob": -0.5}, {"token": "header: Rolls", "logprob": -0.25}]}
    server.answer = lambda body: moody.completion(moody.said(body), logprobs=told if "logprobs" in body else None)
    assert drafts(writer(server), prompt())[0].log_probability == -0.75
    assert drafts(writer(server, logprobs=False, seeds=False), prompt())[0].log_probability is None
    assert server.asked[0].keys() - server.asked[1].keys() == {"logprobs", "seed"}


def test_what_comes_behind_the_last_field_is_not_part_of_the_answer(server: Moody) -> None:
    kept, behind = "subject: a\nPreheader: b", "\n\nWrite for"
    told = {"content": [{"token": kept, "logprob": -1}, {"token": behind, "logprob": -9}]}
    server.answer = lambda _: moody.completion(kept + behind, logprobs=told)
    (draft,) = drafts(writer(server), prompt())
    assert (draft.raw, draft.log_probability) == (kept, -1)


@pytest.mark.parametrize(
    "mood",
    [
        moody.status(429),
        moody.status(429, Retry_After="0"),
        moody.status(500),
        moody.status(503, b""),
        moody.status(200, b"{not json"),
        moody.status(200, b'{"choices": []}'),
        moody.status(200, b"[1]"),
        moody.hangs_up,
        moody.half,
    ],
)
def test_what_may_pass_is_asked_again(server: Moody, mood: moody.Mood) -> None:
    server.moods[:] = [mood, mood]
    found = drafts(writer(server, concurrency=1), prompt("a"), prompt("b"))
    assert [draft.raw[-1] for draft in found] == ["a", "b"]
    assert len(server.asked) == 4


def test_one_that_is_silent_is_hung_up_on_and_asked_again(server: Moody) -> None:
    server.moods[:] = [moody.silent]
    assert len(drafts(writer(server, timeout=0.2), prompt())) == 1
    assert server.gone.wait(10)


def test_what_does_not_pass_is_given_up_with_the_setting(server: Moody) -> None:
    said = refused(server, *[moody.status(500)] * 9, attempts=3)
    assert said == f"{server.url}: answers 500 Internal Server Error; see the server's log"
    assert len(server.asked) == 3
    assert "openai.concurrency" in refused(server, moody.status(429), attempts=1)
    assert "openai.timeout" in refused(server, moody.silent, attempts=1, timeout=0.1)
    assert "OpenAI-compatible" in refused(server, moody.status(200, b"<html>"), attempts=1)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (401, "openai.api_key"),
        (403, "openai.api_key"),
        (404, "writer.model"),
        (302, "openai.base_url"),
        (422, "openai.seeds"),
    ],
)
def test_what_the_server_will_refuse_again_is_not_asked_again(server: Moody, code: int, names: str) -> None:
    assert names in refused(server, moody.status(code))
    assert len(server.asked) == 1


def test_one_prompt_that_is_refused_does_not_blame_the_settings(server: Moody) -> None:
    by = writer(server)
    drafts(by, prompt())
    server.moods[:] = [moody.status(400)]
    with pytest.raises(InputError, match="prompt"):
        drafts(by, prompt())
    server.moods[:] = [moody.status(400, b'{"error": "the maximum context length is 10"}')]
    with pytest.raises(InputError, match="shorten the brief"):
        drafts(writer(server), prompt())


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(ModelError, match=r"cannot be asked: .*openai\.base_url"):
            drafts(ServerWriter(OpenAISettings(base_url=url, attempts=2), "glass"), prompt())


def test_a_server_that_fails_for_a_while_is_left_alone_until_it_may_have_recovered(server: Moody) -> None:
    now = [0.0]
    by = writer(server, Breaker(failures=3, patience=0, pause=15, clock=lambda: now[0]), attempts=20)
    server.moods[:] = [moody.status(500)] * 3
    with pytest.raises(ModelError, match=r"left alone for 15 s more; .*openai\.base_url"):
        drafts(by, prompt())
    with pytest.raises(ModelError, match="left alone"):
        drafts(by, prompt())
    assert len(server.asked) == 3
    now[0] = 16
    assert len(drafts(by, prompt())) == 1
    assert by.breaker.state == "closed"


def test_one_that_is_busy_is_not_held_to_be_broken(server: Moody) -> None:
    server.moods[:] = [moody.status(429)] * 5
    by = writer(server, Breaker(failures=2, patience=0))
    assert len(drafts(by, prompt())) == 1


def test_one_that_wants_to_be_left_alone_for_long_is(server: Moody) -> None:
    said = refused(server, moody.status(429, Retry_After="3600"))
    assert said.endswith("wants to be left alone for 3,600 s; run the same again after that")
    assert len(server.asked) == 1


def test_closing_hangs_up_and_asks_no_more(server: Moody) -> None:
    server.moods[:] = [moody.silent, moody.well, moody.silent]
    with closing(writer(server, concurrency=2).write([prompt()] * 9, range(9), Sampling())) as written:
        next(written)
    assert server.gone.wait(10)
    assert len(server.asked) <= 3


def test_what_goes_wrong_ends_the_rest(server: Moody) -> None:
    server.moods[:] = [moody.status(401)]
    with pytest.raises(ModelError, match="refuses the key"):
        drafts(writer(server, concurrency=1), *[prompt()] * 50)
    assert len(server.asked) < 50


def test_the_key_is_nowhere_to_be_seen(server: Moody, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f'{{"error": {{"message": "wrong key: {KEY}"}}}}'.encode()
    said = refused(server, moody.status(401, echo), api_key=KEY)
    settings = OpenAISettings(base_url=server.url, api_key=SecretStr(KEY))
    by = ServerWriter(settings, "glass")
    assert "wrong key: ***" in said
    for text in (said, caplog.text, by.checkpoint, repr(settings), str(settings.model_dump(mode="json"))):
        assert KEY not in text


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"base_url": "http://ada:secret@host/v1"}, r"openai\.base_url"),
        ({"base_url": "http://host/v1?key=secret"}, r"openai\.base_url"),
        ({"base_url": "http:///v1"}, r"openai\.base_url"),
        ({"base_url": "http://host:port/v1"}, r"openai\.base_url"),
        ({"api_key": "secret\nX-More: 1"}, r"openai\.api_key"),
        ({"api_key": "secrét"}, r"openai\.api_key"),
        ({"server": "transformers", "structured": True}, r"openai\.structured"),
    ],
)
def test_settings_that_cannot_be_used_are_named_and_no_secret_repeated(settings: dict[str, Any], names: str) -> None:
    with pytest.raises(ModelError, match=names) as caught:
        ServerWriter(OpenAISettings(**settings), "glass")
    assert "secr" not in str(caught.value)


def test_free_text_ends_where_it_is_told_to(server: Moody) -> None:
    server.answer = lambda _: moody.completion("One. Two.", finish_reason="length")
    free = Free(messages=(Message(role="user", content="Count"),), most=9, stops=(" Two",))
    (draft,) = drafts(writer(server), free)
    assert (draft.raw, draft.whole) == ("One.", False)
    assert (server.asked[0]["stop"], server.asked[0]["max_completion_tokens"]) == ([" Two"], 9)


def test_a_campaign_is_checked_and_labelled_as_any_other(server: Moody, tmp_path: Path) -> None:
    def answer(body: Body) -> Body:
        return moody.completion("\n".join(f"{key}: Save 99% on box {body['seed']}" for key in KEYS))

    server.answer = answer
    settings = Settings(
        workspace=tmp_path,
        writer=WriterSettings(kind="openai", model="glass"),
        openai=OpenAISettings(base_url=server.url, api_key=KEY),
        scorer=house.settings(tmp_path).scorer,
    )
    parts, database = load.parts(settings), house.database(tmp_path)
    list(pipeline.write(Order(house.brief(channels=["email"]), n=2, author="ada"), parts, database))
    with database.read() as session:
        rows = variants.find(session, variants.Query(), limit=9, order="id")
        label = labels.label(session, rows[0].variant.id or 0)
    database.close()
    assert len(rows) == 4
    assert {row.variant.state for row in rows} == {State.BLOCKED}
    assert all(set(row.fields) == set(KEYS) for row in rows)
    assert label.variant.checkpoint == f"glass@{server.url}"
    assert label.variant.raw.endswith(str(label.variant.seed))
    assert str(label.variant.sampling) == "temperature 0.4"
    assert KEY not in label.model_dump_json()


@pytest.mark.slow
def test_a_real_server_writes_the_same_for_the_same_seeds(tmp_path: Path) -> None:
    ask = Prompt(
        messages=(Message(role="user", content="Answer with one line: line: and a few words about bread."),),
        keys=("line",),
        aims=(14,),
        maxima=(40,),
        format_hash="f",
    )
    with serving.server(tmp_path) as (url, model):
        by = ServerWriter(OpenAISettings(base_url=url, server="transformers", concurrency=1), model)
        first, second = (list(by.write([ask] * 3, [1, 2, 3], Sampling(temperature=1))) for _ in range(2))
        lost = ServerWriter(OpenAISettings(base_url=url, server="transformers", attempts=1), "another")
        with pytest.raises(ModelError, match=r"pinned to .* writer\.model of whom"):
            drafts(lost, ask)
    assert first == second
    assert len({draft.raw for draft in first}) > 1
    assert all(0 < draft.written <= 16 and draft.read > 10 for draft in first)
