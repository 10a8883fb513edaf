"""Answers that could not be read as fields: which of their keys are too many."""

import re
from collections import Counter
from collections.abc import Iterator

from inference.checks.findings import WHOLE, block, quoted
from store.channel import Channel
from store.errors import nearest
from store.finding import Finding

_KEY = re.compile(r"[^\W\d]\w*(?: \w+)?")  # "headline_4", "call to"; more words are a sentence with a colon


def too_many_keys(raw: str, channel: Channel) -> Iterator[Finding]:
    """Each key of an answer that the channel's writer was not asked for, and each that it gave more than once.

    The finding is about the whole variant, whose fields are empty where its answer does not parse.
    """
    wanted = channel.written
    for key, count in Counter(_keys(raw)).items():
        if key not in wanted and _KEY.fullmatch(key):
            message = f"the answer has {quoted(key)}, which {channel.name} was not asked for; {nearest(key, wanted)}"
            yield block("extra_field", "", WHOLE, message)
        elif key in wanted and count > 1:
            yield block("repeated_key", "", WHOLE, f"the answer has {quoted(key)} {count} times; once is what fits")


def _keys(raw: str) -> Iterator[str]:
    """What stands before the colon of each line, as `parse` reads it."""
    for line in raw.splitlines():
        key, colon, _ = line.partition(":")
        if colon and key.strip():
            yield key.strip().casefold()
