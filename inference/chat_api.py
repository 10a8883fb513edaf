"""The writer's model for clients of OpenAI's API: what models there are, and answers to chats."""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TypeVar

from fastapi import Request, Response
from fastapi.sse import format_sse_event

from inference.access import Caller
from inference.chat_bodies import (
    ChatRequest,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
    Finish,
    Model,
    Models,
    Usage,
)
from inference.order import Parts
from inference.service import Service, With
from inference.streams import streamed
from inference.writer import Draft, Free
from store.errors import NotFound, nearest
from store.prompt import Message
from store.variant import Sampling

Shape = TypeVar("Shape", Completion, Chunk)

ROOM = 64  # what the length of answers is rounded up to for the engine, so that different ones go into one run


def list_models(service: With) -> Models:
    """The models that can be asked for: the one that writes copy here."""
    return Models(data=(Model(id=service.model, created=service.began),))


async def complete(body: ChatRequest, service: With, key: Caller, request: Request) -> Response | Completion:
    """Answer a chat with the writer's model, in the shape of OpenAI's API.

    The messages reach the model as they are, and nothing is checked or stored. With `stream` each answer is an event of
    its own as soon as it is finished: its text is not told word by word. Fields that are not listed are refused.
    """
    if body.model != service.model:
        raise NotFound(f'model "{body.model}": {nearest(body.model, [service.model])}')
    whole = partial(_completed, body, service)
    if not body.stream:
        return await service.work(request, key, whole, body.n or 1)
    return streamed(service, service.enter(key, body.n or 1), partial(_told, body, service), _failed)


def _completed(body: ChatRequest, service: Service, parts: Parts) -> Completion:
    drafts = sorted(_drafts(body, service, parts), key=lambda draft: draft.index)
    choices = tuple(
        Choice(index=one.index, message=Message(role="assistant", content=one.raw), finish_reason=_finish(one))
        for one in drafts
    )
    return _head(Completion, body, parts)(choices=choices, usage=_usage(drafts))


def _told(body: ChatRequest, service: Service, parts: Parts) -> Iterator[bytes]:
    """The chunks, and what ends them."""
    chunk, drafts = _head(Chunk, body, parts), []
    for draft in _drafts(body, service, parts):
        drafts.append(draft)
        said = Delta(role="assistant", content=draft.raw)
        yield _event(chunk(choices=(ChunkChoice(index=draft.index, delta=said),)))
        yield _event(chunk(choices=(ChunkChoice(index=draft.index, delta=Delta(), finish_reason=_finish(draft)),)))
    if body.stream_options and body.stream_options.include_usage:
        yield _event(chunk(choices=(), usage=_usage(drafts)))
    yield format_sse_event(data_str="[DONE]")


def _drafts(body: ChatRequest, service: Service, parts: Parts) -> Iterator[Draft]:
    """The answers as they are finished."""
    messages = tuple(Message(role=one.role, content=one.content) for one in body.messages)
    prompt = Free(messages=messages, most=body.most, stops=body.stops)
    count = body.n or 1
    seeds = [_seed(body.seed or 0, prompt, number) for number in range(count)]
    bold = body.model_dump(include={"temperature", "top_p"}, exclude_none=True)
    room = {"max_new_tokens": -(-body.most // ROOM) * ROOM}
    sampling: Sampling = service.sampling.model_copy(update=bold | room)
    with closing(parts.writer.write([prompt] * count, seeds, sampling)) as drafts:
        yield from drafts


def _seed(seed: int, prompt: Free, number: int) -> int:
    digest = hashlib.sha256(f"{seed} {prompt.hash} {number}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


def _finish(draft: Draft) -> Finish:
    return "stop" if draft.whole else "length"


def _usage(drafts: Sequence[Draft]) -> Usage:
    read, written = max((draft.read for draft in drafts), default=0), sum(draft.written for draft in drafts)
    return Usage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


def _head(kind: type[Shape], body: ChatRequest, parts: Parts) -> Callable[..., Shape]:
    """What every chunk of one answer says alike."""
    created, checkpoint = int(time.time()), parts.writer.checkpoint
    name = f"chatcmpl-{uuid.uuid4().hex}"
    return partial(kind, id=name, created=created, model=body.model, system_fingerprint=checkpoint)


def _event(chunk: Chunk) -> bytes:
    return format_sse_event(data_str=chunk.model_dump_json())


def _failed(problem: str) -> bytes:
    """A problem where clients of OpenAI's API look for one."""
    told = json.loads(problem)
    return format_sse_event(data_str=json.dumps({"error": {"message": told["detail"], "code": told["status"], **told}}))
