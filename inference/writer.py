"""The seam to language models: `Writer`, and the `FakeWriter` that ships beside the real one."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from store.prompt import Prompt
from store.variant import Sampling


@dataclass(frozen=True)
class Draft:
    """A writer's answer to the prompt at `index`, as text: lines of `key: text`."""

    index: int
    raw: str


class Writer(Protocol):
    """Answers prompts. Prompts that begin alike may be computed together."""

    @property
    def checkpoint(self) -> str:
        """The id of the weights in force, for the label."""
        ...

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Iterator[Draft]:
        """Answer each prompt once, with the seed at the same index, yielding answers as they are finished.

        The same prompt, seed and sampling give the same answer. Closing the iterator stops the work.
        """
        ...


class FakeWriter:
    """A writer with no model: it says the prompt's last line in every field. Fast, seeded; for tests and dry runs."""

    checkpoint = "fake-writer"

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Iterator[Draft]:  # noqa: ARG002
        """As `Writer.write`; each field is a run of words from the prompt's last message."""
        for index, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
            draw = random.Random(f"{prompt.hash} {seed}")  # noqa: S311 - copy, not secrets
            words = prompt.messages[-1].content.split()
            lines = []
            for key in prompt.keys:
                start = draw.randrange(max(1, len(words) - 5))
                lines.append(f"{key}: {' '.join(words[start : start + 5])}"[:40])
            yield Draft(index, "\n".join(lines))
