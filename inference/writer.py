"""The seam to language models: `Writer`, and the `FakeWriter` that ships beside the real one."""

import random
import textwrap
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import ConfigDict

from store.prompt import Prompt
from store.variant import Sampling


@dataclass(frozen=True)
class Draft:
    """A writer's answer to the prompt at `index`, as text: lines of `key: text`."""

    index: int
    raw: str
    log_probability: float | None = None
    """What the writer thinks of its answer, in nats, where it can tell."""
    read: int = 0
    """Tokens of the prompt."""
    written: int = 0
    """Tokens of the answer."""
    whole: bool = True
    """Whether it ended by itself; an answer to a `Free` prompt may be cut."""
    sampling: Sampling | None = None
    """How it was drawn, where the writer could not do all that was asked."""


class Free(Prompt):
    """Messages to be answered in free text, whatever they are; the draft's `raw` is the text itself."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a line break is a stop

    keys: tuple[str, ...] = ()
    aims: tuple[int, ...] = ()
    format_hash: str = ""
    most: int
    """Tokens after which the answer is cut."""
    stops: tuple[str, ...] = ()
    """Texts before which it ends."""


def before(text: str, stop: Sequence[str]) -> str:
    """What stands before the first of the texts that there is."""
    return text[: min((place for one in stop if (place := text.find(one)) >= 0), default=len(text))]


def budget(prompt: Prompt) -> int:
    """Tokens after which an answer is cut: three times the lengths asked for, at three characters a token.

    A line that runs on is drawn again, which this leaves room for; an answer that takes more keeps the batch waiting.
    """
    return sum(len(key) // 2 + aim for key, aim in zip(prompt.keys, prompt.aims, strict=True))


class Writer(Protocol):
    """Answers prompts. Prompts that begin alike may be computed together."""

    @property
    def checkpoint(self) -> str:
        """The id of the weights in force, for the label."""
        ...

    @property
    def shots(self) -> bool:
        """Whether its prompts are to show examples first (`prompts.render.render`)."""
        ...

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        """Answer each prompt once, with the seed at the same index, yielding answers as they are finished.

        The same prompt, seed and sampling give the same answer. Closing the iterator stops the work.
        """
        ...


class FakeWriter:
    """A writer with no model: it says the prompt's last line in every field, cut to length. For tests and dry runs."""

    checkpoint = "fake-writer"
    shots = True

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:  # noqa: ARG002
        """As `Writer.write`; the seed picks the words that begin and end a field."""
        for index, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
            if isinstance(prompt, Free):
                yield _repeated(index, prompt)
                continue
            claim = prompt.messages[-1].content.splitlines()[-1]
            draw = random.Random(f"{prompt.hash} {seed}")  # noqa: S311 - copy, not secrets
            lines = [f"{key}: {_said(claim, aim, draw)}" for key, aim in zip(prompt.keys, prompt.aims, strict=True)]
            yield Draft(index, "\n".join(lines))


def _repeated(index: int, prompt: Free) -> Draft:
    """The last message said again; each word is a token."""
    words, said = [message.content.split() for message in prompt.messages], prompt.messages[-1].content.split(" ")
    text = before(" ".join(said[: prompt.most]), prompt.stops)
    return Draft(index, text, None, sum(map(len, words)), len(text.split()), len(said) <= prompt.most)


def _said(claim: str, aim: int, draw: random.Random) -> str:
    """Whole words of the claim, from one drawn at random, in at most `aim` characters."""
    words = claim.split()
    start = draw.randrange(len(words))
    said = textwrap.wrap(" ".join([*words[start:], *words[:start]]), aim, break_long_words=True)[0]
    return said[:1].upper() + said[1:]
