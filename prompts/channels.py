"""The catalogue of channels: the built-in ones of `channels.toml`, and those of the user's settings."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from store.channel import Channel
from store.errors import InputError, Problem, nearest, parse
from store.settings import Settings

FILE = Path(__file__).with_name("channels.toml")

Catalogue = Mapping[str, Channel]


def catalogue(settings: Settings | None = None) -> dict[str, Channel]:
    """Every channel by id: the built-in ones, and those of `settings`, which replace built-in ones of the same id."""
    own = settings.channels.values() if settings else ()
    return _built_in() | {channel.id: channel for channel in own}


def get(channels: Catalogue, name: str, place: str = "channel") -> Channel:
    """The channel with the id `name`. Raises InputError at `place`, with the nearest known id."""
    if name not in channels:
        raise InputError(Problem(place, f'there is no channel "{name}"; {nearest(name, channels)}'))
    return channels[name]


@cache
def _built_in() -> dict[str, Channel]:
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: parse(Channel, {"id": name, **table}, source=FILE) for name, table in tables.items()}
