"""`Reply`: what an OpenAI-compatible server answers, as far as it is looked at, and the draft in it."""

import json
import re
from itertools import accumulate
from typing import Annotated, Any

from pydantic import BaseModel, Field

from inference.parsing import unparse
from inference.writer import Draft, Free, before
from store.prompt import Prompt
from store.variant import Sampling


class Drawn(BaseModel):
    """A token of the answer."""

    token: str
    logprob: float


class Probabilities(BaseModel):
    """How probable the answer's tokens were; None where the server does not say."""

    content: list[Drawn] | None = None


class Said(BaseModel):
    """The answer's message."""

    content: str | None = None


class Choice(BaseModel):
    """One answer."""

    message: Said
    finish_reason: str | None = None
    logprobs: Probabilities | None = None


class Usage(BaseModel):
    """What was counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Reply(BaseModel):
    """A chat completion. Fields that are not here are not looked at: servers have many."""

    choices: Annotated[list[Choice], Field(min_length=1)]
    usage: Usage | None = None

    def draft(self, index: int, prompt: Prompt, sampling: Sampling) -> Draft:
        """The first answer as the draft of the prompt at `index`; `sampling` is how it was drawn."""
        first, used = self.choices[0], self.usage or Usage()
        text = first.message.content or ""
        free = isinstance(prompt, Free)
        kept = before(text, prompt.stops) if isinstance(prompt, Free) else ended(before(text, sampling.stop), prompt)
        return Draft(
            index,
            kept if free else as_lines(kept),
            self._log_probability(len(kept)),
            used.prompt_tokens,
            used.completion_tokens,
            first.finish_reason != "length",
            sampling,
        )

    def _log_probability(self, length: int) -> float | None:
        """Of so many characters of the answer, in nats; None where the server does not say."""
        told = self.choices[0].logprobs
        if told is None or not told.content:
            return None
        ends = accumulate(len(one.token) for one in told.content)
        return sum(one.logprob for one, end in zip(told.content, ends, strict=True) if end - len(one.token) < length)


def ended(text: str, prompt: Prompt) -> str:
    """An answer up to the end of its last field's line, which is where a writer of our own ends it."""
    last = re.search(rf"^ *{re.escape(prompt.keys[-1])} *:[^\r\n]*", text, re.MULTILINE | re.IGNORECASE)
    return text[: last.end()] if last else text


def as_lines(text: str) -> str:
    """An answer in JSON as the lines that every writer answers in; any other stays as it is."""
    try:
        fields: Any = json.loads(text) if text.lstrip().startswith("{") else None
    except ValueError:
        return text
    if not isinstance(fields, dict) or not fields or not all(isinstance(value, str) for value in fields.values()):
        return text
    return unparse({key: " ".join(value.split()) for key, value in fields.items()})
