"""A writer's answer, lines of `key: text`, into fields."""

from collections.abc import Sequence


def parse(raw: str, keys: Sequence[str]) -> dict[str, str] | None:
    """The fields of an answer in the order of `keys`, or None where it is not exactly one line for each key.

    Blank lines and the case of keys do not matter. A key twice, an unknown key or a text without a key is not a parse:
    guessing which of two texts was meant would put words before a reviewer that nobody wrote for that field.
    """
    fields: dict[str, str] = {}
    for line in raw.strip().splitlines():
        if not line.strip():
            continue
        key, colon, text = line.partition(":")
        key = key.strip().casefold()
        if not colon or key not in keys or key in fields:
            return None
        fields[key] = text.strip()
    return {key: fields[key] for key in keys} if len(fields) == len(keys) else None


def unparse(fields: dict[str, str]) -> str:
    """Fields as an answer: what a writer is trained to write."""
    return "\n".join(f"{key}: {text}" for key, text in fields.items())
