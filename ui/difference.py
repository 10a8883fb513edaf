"""What an edit changed, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")  # with the space after it, so that neighbours change as one run
LONGEST = 4_000  # characters of either text that are compared word by word; longer ones are shown whole


@dataclass(frozen=True)
class Change:
    """A run of words that were kept, taken out or put in."""

    kind: Literal["same", "gone", "new"]
    text: str


def difference(before: str, after: str) -> list[Change]:
    """The runs that turn `before` into `after`: what is not new joins to `before`, what is not gone to `after`."""
    if max(len(before), len(after)) > LONGEST:
        return _runs([("same" if before == after else "gone", before), ("new", after if before != after else "")])
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    found: list[tuple[Literal["same", "gone", "new"], str]] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(old[i:j])))
        else:
            found += [("gone", "".join(old[i:j])), ("new", "".join(new[k:m]))]
    return _runs(found)


def _runs(found: list[tuple[Literal["same", "gone", "new"], str]]) -> list[Change]:
    return [Change(kind, text) for kind, text in found if text]
