"""The main path of this floor: brief, channel, segment and angle become a `Prompt`. Training and serving both call it.

The order is brief, channel, segment, angle: from what many prompts share to what one has alone, so that an engine
computes each shared beginning once.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, meta

from prompts.counting import most_characters
from store.angle import Angle
from store.brief import Brief
from store.channel import Channel
from store.errors import ModelError
from store.prompt import Message, Prompt
from store.segment import Segment

TEMPLATES = Path(__file__).with_name("templates")

LANGUAGES = {
    "en": "English",
    "sv": "Swedish",
    "da": "Danish",
    "nb": "Norwegian",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "fi": "Finnish",
}


def render(brief: Brief, channel: Channel, segment: Segment, angle: Angle, *, shots: bool = True) -> Prompt:
    """The prompt for one variant: a system message from the brief, then channel, segment and angle as a user.

    With `shots`, a built-in channel shows two examples first (`templates/shots.toml`), as earlier requests and their
    answers; a writer that was trained on the format does without, which makes its prompts less than half as long. All
    text of the brief goes in as values, on one line each: it is never read as a template, and it cannot pass for a
    line of the prompt's own. Raises ModelError where a template wants what is not here.
    """
    readers = f"{segment.name}. {segment.description} They care about this: {segment.cares_about}"
    asks, answers = _shots(channel) if shots else ([], [])
    asks = [*asks, _ask(brief.brand, readers, angle.claims, brief.must_say)]
    opening = fill("channel.j2", _of_channel(channel))
    messages = [Message(role="system", content=fill("system.j2", _of_brief(brief)))]
    for place, ask in enumerate(asks):
        messages.append(Message(role="user", content=ask if place else f"{opening}\n\n{ask}"))
        messages += [Message(role="assistant", content=answer) for answer in answers[place : place + 1]]
    fields = channel.written.values()
    return Prompt(
        messages=tuple(messages),
        keys=tuple(channel.written),
        aims=tuple(field.aim for field in fields),
        maxima=tuple(most_characters(field.maximum, field.unit) for field in fields),
        format_hash=format_hash(shots=shots),
    )


def _shots(channel: Channel) -> tuple[list[str], list[str]]:
    """Requests and their answers, of the examples whose keys are the channel's."""
    keys = list(channel.written)
    shots = [shot for shot in _examples().get(channel.id, []) if [*shot][3:] == keys]
    asks = [_ask(shot["brand"], shot["readers"], [shot["message"]]) for shot in shots]
    return asks, ["\n".join(f"{key}: {shot[key]}" for key in keys) for shot in shots]


def _ask(brand: str, readers: str, claims: Sequence[str], must_say: Sequence[str] = ()) -> str:
    return fill("ask.j2", {"brand": brand, "readers": readers, "claims": claims, "must_say": must_say})


@cache
def example_brands() -> frozenset[str]:
    """The brands of the examples that a writer is shown; in copy for another brand they are a slip."""
    return frozenset(shot["brand"] for shots in _examples().values() for shot in shots)


@cache
def _examples() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads((TEMPLATES / "shots.toml").read_text(encoding="utf-8"))


def without_shots(prompt: Prompt) -> Prompt:
    """What `render` gives without examples, from a prompt of today's format with or without them; others stay."""
    if prompt.format_hash != format_hash():
        return prompt
    system, first, *rest = prompt.messages
    opening = first.content.partition("\n\n")[0]  # values are on one line each, so the opening has no blank line
    last = Message(role="user", content=f"{opening}\n\n{rest[-1].content}") if rest else first
    return prompt.model_copy(update={"messages": (system, last), "format_hash": format_hash(shots=False)})


@cache
def format_hash(folder: Path = TEMPLATES, *, shots: bool = True) -> str:
    """The first 16 hex digits of the sha256 of the names and bytes of all templates, and the examples, in `folder`."""
    digest = hashlib.sha256()
    kinds = {".j2", ".toml"} if shots else {".j2"}
    for path in sorted(path for path in folder.iterdir() if path.suffix in kinds):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def fill(template: str, values: Mapping[str, Any], folder: Path = TEMPLATES) -> str:
    """The text of `template` with `values`. Raises ModelError that lists every variable it wants and does not get."""
    environment = _environment(folder)
    missing = sorted(_variables(folder, template) - values.keys())
    if missing:
        known = ", ".join(sorted(values))
        raise ModelError(f"{folder / template}: wants {', '.join(missing)}, which is not given; given here: {known}")
    try:
        return environment.get_template(template).render(values).strip()
    except TemplateError as error:
        raise ModelError(f"{folder / template}: {error}") from None


@cache
def _environment(folder: Path) -> Environment:
    """Plain text, so nothing is escaped; what a value brings is put on one line."""
    return Environment(  # noqa: S701 - no HTML comes out of these templates
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _variables(folder: Path, template: str) -> set[str]:
    """The names that a template wants from outside. Raises ModelError where it is no template."""
    try:
        return meta.find_undeclared_variables(_environment(folder).parse((folder / template).read_text("utf-8")))
    except (OSError, TemplateError) as error:
        raise ModelError(f"{folder / template}: {error}") from None


def _one_line(value: Any) -> Any:
    return re.sub(r"\s+", " ", value) if isinstance(value, str) else value


def _of_brief(brief: Brief) -> dict[str, Any]:
    return {
        "brand": brief.brand,
        "language": LANGUAGES[brief.language],
        "product": brief.product,
        "voice": brief.voice.description,
        "do": brief.voice.do,
        "dont": brief.voice.dont,
        "examples": brief.voice.examples,
        "emoji": brief.voice.emoji,
        "never_say": brief.never_say,
        "call_to_action": brief.call_to_action,
    }


def _of_channel(channel: Channel) -> dict[str, Any]:
    fields = [{"key": key, "hint": field.hint, "aim": field.aim} for key, field in channel.written.items()]
    return {"channel": channel.name, "about": channel.about, "fields": fields}
