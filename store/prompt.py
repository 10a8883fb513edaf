"""The noun `Prompt`."""

import hashlib
import json
from typing import Literal

from store.noun import Noun


class Message(Noun):
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(Noun):
    """Messages rendered from brief, channel, segment and angle, in that order, so that prompts begin alike."""

    messages: tuple[Message, ...]
    keys: tuple[str, ...]
    """The field keys that the answer is to have, in order; each answer line is `key: text`."""
    aims: tuple[int, ...]
    """The length in characters that each line is asked to stay within, in the same order."""
    maxima: tuple[int, ...] = ()
    """The most characters that each line may have, in the same order; empty where none is known."""
    format_hash: str
    """Names the templates that rendered it; a checkpoint loads only under the format it was trained with."""

    @property
    def hash(self) -> str:
        """The first 16 hex digits of the sha256 of the messages."""
        text = json.dumps([m.model_dump() for m in self.messages], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
