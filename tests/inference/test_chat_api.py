"""OpenAI's own client finds the writer's model where it looks for one."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient

from inference.api import create_api
from inference.local_writer import LocalWriter
from inference.order import Parts
from inference.writer import FakeWriter, Free
from store.database import Database
from store.prompt import Message
from store.settings import Settings
from store.variant import Sampling
from tests import embedded
from tests.inference import house

ASK: dict[str, Any] = {"model": "fake", "messages": [{"role": "user", "content": "say these five words please now"}]}


def chat(client: TestClient, **changes: Any) -> Any:
    return client.post("/v1/chat/completions", json=ASK | changes)


def test_the_answer_has_the_shape_that_clients_expect(client: TestClient) -> None:
    body = chat(client, n=2).json()
    assert body["object"] == "chat.completion"
    assert [choice["index"] for choice in body["choices"]] == [0, 1]
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "say these five words please now"}
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 6, "completion_tokens": 12, "total_tokens": 18}


def test_an_answer_ends_before_a_stop_and_after_so_many_tokens(client: TestClient) -> None:
    (cut,) = chat(client, stop="words").json()["choices"]
    assert (cut["message"]["content"], cut["finish_reason"]) == ("say these five", "stop")
    (cut,) = chat(client, stop=["please", "five"]).json()["choices"]
    assert cut["message"]["content"] == "say these"
    for name in ("max_tokens", "max_completion_tokens"):
        (cut,) = chat(client, **{name: 2}).json()["choices"]
        assert (cut["message"]["content"], cut["finish_reason"]) == ("say these", "length")


def test_a_stop_may_be_a_line_break(client: TestClient) -> None:
    two = [{"role": "user", "content": "one\ntwo"}]
    (cut,) = chat(client, messages=two, stop="\n").json()["choices"]
    assert cut["message"]["content"] == "one"


def test_another_model_and_what_the_engine_cannot_do_are_refused(client: TestClient) -> None:
    assert '"gpt"' in house.problem(chat(client, model="gpt"), 404)["detail"]
    for place, value in (("top_p", 1.5), ("tools", []), ("n", 65), ("max_tokens", 1_025), ("messages", [])):
        assert place in house.places(chat(client, **{place: value}))
    assert chat(client, top_p=0.9, user="u", temperature=0, seed=4).status_code == 200


def test_a_message_that_the_model_could_not_read_is_not_sent_to_it() -> None:
    with pytest.raises(ValueError, match="most"):
        Free(messages=(Message(role="user", content="x"),))  # type: ignore[call-arg] # says how long it may be


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[openai.OpenAI, LocalWriter]]:
    """OpenAI's client of a server with the small model."""
    from store.database import open_database

    writer, whole = embedded.small_writer(), house.parts()
    folder = tmp_path_factory.mktemp("chat")
    settings = house.settings(folder)
    database: Database = open_database(settings)
    parts = Parts(writer, whole.scorer, whole.chooser, whole.catalogue)
    with (
        house.live(create_api(Settings(workspace=folder), parts, database)) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=60) as client,
    ):
        yield client, writer
    database.close()


@pytest.mark.slow
def test_openais_client_lists_asks_and_streams(real: tuple[openai.OpenAI, LocalWriter]) -> None:
    client, writer = real
    (model,) = client.models.list().data
    assert (model.id, model.owned_by) == ("default", "glasbruk")
    asked: dict[str, Any] = {
        "model": model.id,
        "messages": [
            {"role": "system", "content": "You answer in one short sentence."},
            {"role": "user", "content": "What is glass made of?"},
        ],
        "max_tokens": 8,
        "temperature": 0.5,
        "seed": 3,
    }
    answer = client.chat.completions.create(**asked, n=2)
    said = [choice.message.content for choice in answer.choices]
    assert said[0] != said[1]
    assert answer.usage is not None
    assert answer.usage.completion_tokens <= 16
    assert answer.usage.prompt_tokens == len(
        writer.tokenizer.apply_chat_template(asked["messages"], add_generation_prompt=True)["input_ids"]
    )
    assert answer.system_fingerprint == writer.checkpoint
    chunks = list(client.chat.completions.create(**asked, n=2, stream=True, stream_options={"include_usage": True}))
    texts = {0: "", 1: ""}
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert [texts[0], texts[1]] == said
    assert chunks[-1].usage == answer.usage
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(**(asked | {"model": "gpt"}))
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.chat.completions.create(**(asked | {"messages": [{"role": "user", "content": "🫖 " * 9_000}]}))
    assert "tokens" in refused.value.response.json()["detail"]


@pytest.mark.slow
def test_free_text_is_what_generate_writes_and_may_have_line_breaks() -> None:
    writer = embedded.small_writer()
    messages = (Message(role="user", content="Write a list of three colours, one a line."),)
    (draft,) = writer.write([Free(messages=messages, most=32)], [0], Sampling(temperature=0, max_new_tokens=64))
    model, tokenizer = writer.engine.model, writer.tokenizer
    ids = tokenizer.apply_chat_template(
        [message.model_dump() for message in messages], add_generation_prompt=True, return_tensors="pt"
    )["input_ids"]
    expected = model.generate(ids, max_new_tokens=32, do_sample=False)[0, ids.shape[1] :]
    assert draft.raw == tokenizer.decode(expected, skip_special_tokens=True)
    assert "\n" in draft.raw
    stop = draft.raw[10:14]
    (cut,) = writer.write([Free(messages=messages, most=32, stops=(stop,))], [0], Sampling(temperature=0))
    assert cut.raw == draft.raw[: draft.raw.index(stop)]
    assert cut.written < draft.written
    assert cut.whole


def test_the_fake_answers_free_text_too() -> None:
    (draft,) = FakeWriter().write([Free(messages=(Message(role="user", content=""),), most=4)], [0], Sampling())
    assert draft.raw == ""
