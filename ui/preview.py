"""What readers meet: a variant's text drawn as its channel shows it, and cut off where its channel cuts it off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prompts.counting import over, parts, sms
from store.brief import Brief
from store.channel import Channel, Field
from ui.page import render

PHONE = {"subject": 30, "preheader": 40}  # characters that a phone's inbox shows, less than the channel's own limits
TOGETHER = 3  # headlines that a search result shows side by side; the others take turns with them

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """A text as a reader sees it."""

    shown: str
    lost: str = ""
    """What is cut off; empty where all is seen."""


@dataclass(frozen=True)
class Slots:
    """The texts of one field of an asset group, and how many the platform takes."""

    name: str
    texts: tuple[str, ...]
    most: int


def preview(fields: Fields, channel: Channel, brief: Brief) -> str:
    """The markup of `fields` as `channel` shows them; empty for a channel of the user's own, or without text."""
    draw = DRAWN.get(channel.id)
    if draw is None or not any(fields.values()):
        return ""
    template, values = draw(fields, channel)
    return render(f"previews/{template}", brand=brief.brand, action=brief.call_to_action, **values)


def line(text: str, limit: int | None) -> Line:
    """`text` cut off after `limit` characters, counted as channels count them; None cuts nothing."""
    end = over(text, limit, "characters") if limit else None
    return Line(text) if end is None else Line(text[:end].rstrip(), text[len(text[:end].rstrip()) :])


def _line(fields: Fields, channel: Channel, key: str, narrow: Mapping[str, int] | None = None) -> Line:
    """A field as its channel shows it, or as a narrower screen does."""
    field = channel.allowed.get(key)
    limits = [field.truncation if field else None, (narrow or {}).get(key)]
    return line(fields.get(key, ""), min((limit for limit in limits if limit), default=None))


def _lines(fields: Fields, channel: Channel, *keys: str) -> dict[str, Line]:
    return {key: _line(fields, channel, key) for key in keys}


def _email(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:
    phone = {key: _line(fields, channel, key, PHONE) for key in PHONE}
    return "email", {"desk": _lines(fields, channel, "subject", "preheader"), "phone": phone}


def _sms(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:  # noqa: ARG001 - as the others
    text = fields.get("text", "")
    return "sms", {"parts": parts(text), "cost": sms(text)}


def _push(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:
    return "push", _lines(fields, channel, "title", "body")


def _search(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:
    runs = {name: _texts(fields, field) for name, field in _by_name(channel).items()}
    headlines = runs.get("headline", ())
    shown = {"headlines": headlines[:TOGETHER], "more": headlines[TOGETHER:]}
    return "search", {**shown, "descriptions": runs.get("description", ()), "paths": runs.get("path", ())}


def _assets(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:
    slots = [Slots(field.name.replace("_", " "), _texts(fields, field), field.most) for field in channel.fields]
    return "assets", {"slots": slots}


def _feed(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:
    body = "primary_text" if "primary_text" in channel.allowed else "intro"
    lines = _lines(fields, channel, body, "headline", "description")
    mark = "Promoted" if body == "intro" else "Sponsored"
    return "feed", {"body": lines.pop(body), **lines, "mark": mark}


def _web(fields: Fields, channel: Channel) -> tuple[str, dict[str, Any]]:
    return "web", _lines(fields, channel, "headline", "subline")


def _by_name(channel: Channel) -> dict[str, Field]:
    return {field.name: field for field in channel.fields}


def _texts(fields: Fields, field: Field) -> tuple[str, ...]:
    """What is said in a run of like fields."""
    return tuple(fields[key] for key in field.keys(field.most) if fields.get(key))


DRAWN: dict[str, Callable[[Fields, Channel], tuple[str, dict[str, Any]]]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "google_search_ad": _search,
    "google_performance_max": _assets,
    "meta_feed_ad": _feed,
    "linkedin_image": _feed,
    "web_headline": _web,
}
