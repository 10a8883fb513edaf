"""`Dialect`: what a kind of OpenAI-compatible server calls the fields of a request, and the request in its words."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from inference.writer import Free, budget
from store.prompt import Prompt
from store.variant import Sampling

LONGEST = 300  # characters up to which a grammar counts a line; servers unroll what it counts
STEERING = re.compile(r"<\|(?=[^|\s]{1,40}\|>)|<(?=/?s>|(?:start|end)_of_turn>)|\[(?=/?INST\])")
JSON_ROOM = 6  # tokens that each field takes in JSON besides its key and text


@dataclass(frozen=True)
class Dialect:
    """How to ask one kind of server."""

    names: Mapping[str, str]
    """Fields of `Sampling` that the server takes, and what it calls them."""
    most: str = "max_tokens"
    shape: Literal["json", "regex"] | None = "json"
    """How it is told the form of an answer; None where it cannot be told."""
    wrapped: bool = False
    """Whether sampling goes in as `generation_config`, as transformers has it."""

    def taken(self, sampling: Sampling) -> Sampling:
        """How tokens will be drawn: what the server does not take is at nothing."""
        nothing = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "repetition_penalty": 1.0, "min_new_tokens": 0}
        return sampling.model_copy(update={key: off for key, off in nothing.items() if key not in self.names})

    def body(self, prompt: Prompt, sampling: Sampling, *, structured: bool) -> dict[str, Any]:
        """The request for one answer, without the model's name and the seed."""
        shaped = structured and not isinstance(prompt, Free)
        stops = prompt.stops if isinstance(prompt, Free) else sampling.stop
        messages = [{"role": one.role, "content": harmless(one.content)} for one in prompt.messages]
        body: dict[str, Any] = {"messages": messages, **({"stop": list(stops)} if stops else {})}
        room = most(prompt, sampling) + (JSON_ROOM * len(prompt.keys) if shaped and self.shape == "json" else 0)
        return body | self._drawn(sampling, room) | (self._shaped(prompt) if shaped else {})

    def _drawn(self, sampling: Sampling, room: int) -> dict[str, Any]:
        drawn: dict[str, Any] = {name: getattr(sampling, field) for field, name in self.names.items()}
        if not self.wrapped:
            return {self.most: room, **drawn}
        config = {"do_sample": sampling.temperature > 0, "max_new_tokens": room, **drawn}
        return {"generation_config": json.dumps(config)}

    def _shaped(self, prompt: Prompt) -> dict[str, Any]:
        if self.shape == "regex":
            return {"structured_outputs": {"regex": pattern(prompt)}}
        named = {"name": "copy", "strict": True, "schema": schema(prompt)}
        return {"response_format": {"type": "json_schema", "json_schema": named}}


def harmless(text: str) -> str:
    """Text in which nothing looks like a token that steers a chat, so that a brief cannot end its own message.

    The server's tokenizer is not known here, so this covers the forms of ChatML, Llama, Mistral and Gemma.
    """
    return STEERING.sub(lambda found: f"{found[0]} ", text)


def most(prompt: Prompt, sampling: Sampling) -> int:
    """Tokens after which the answer is cut."""
    return prompt.most if isinstance(prompt, Free) else min(sampling.max_new_tokens, budget(prompt))


def pattern(prompt: Prompt) -> str:
    """A regular expression for the answer: a line of `key: text` for each field, in order."""
    counts = [f"{{1,{one}}}" if one <= LONGEST else "+" for one in prompt.maxima] or ["+"] * len(prompt.keys)
    return r"\n".join(rf"{re.escape(key)}: [^\r\n]{count}" for key, count in zip(prompt.keys, counts, strict=True))


def schema(prompt: Prompt) -> dict[str, Any]:
    """A JSON schema for the answer. Lengths are left to the checks, since not every server knows them."""
    texts = {key: {"type": "string"} for key in prompt.keys}
    return {"type": "object", "properties": texts, "required": list(prompt.keys), "additionalProperties": False}


COMMON = {name: name for name in ("temperature", "top_p")}
MORE = COMMON | {name: name for name in ("top_k", "min_p", "repetition_penalty")}
DIALECTS = {
    "openai": Dialect(COMMON, most="max_completion_tokens"),
    "vllm": Dialect(MORE | {"min_new_tokens": "min_tokens"}, shape="regex"),
    "llama.cpp": Dialect(MORE | {"repetition_penalty": "repeat_penalty"}),
    "tgi": Dialect(COMMON),
    "transformers": Dialect(MORE | {"min_new_tokens": "min_new_tokens"}, shape=None, wrapped=True),
}
