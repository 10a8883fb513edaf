"""What verbs share: options, settings in force, the database, JSON out."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.database import Database
    from store.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")]
Writer = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="default, medium, small, fake, a hub id or a local folder.", show_default=False),
]
Temperature = Annotated[float | None, typer.Option(help="How boldly tokens are drawn, 0 to 2.", show_default=False)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same copy.")]
Variants = Annotated[int, typer.Option("--n", min=1, max=1_000, help="Variants to show for each segment and channel.")]
Overgenerate = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="How many times as many are written, to choose from.", show_default=False),
]
Reviewer = Annotated[str | None, typer.Option(help="Whose name stands on it.", show_default=False)]
LARGEST = 2**63 - 1  # what the databases can hold
Campaign = Annotated[
    int | None, typer.Option(min=1, max=LARGEST, metavar="ID", help="Only of this campaign.", show_default=False)
]
Id = Annotated[int, typer.Argument(min=1, max=LARGEST, metavar="ID", help="A variant's id.", show_default=False)]
Ids = Annotated[
    list[int], typer.Argument(min=1, max=LARGEST, metavar="ID...", help="Variants' ids.", show_default=False)
]
Limit = Annotated[int, typer.Option(min=1, max=LARGEST, help="How many at most.")]
Offset = Annotated[int, typer.Option(min=0, max=LARGEST, help="How many to leave out first.")]
Segment = Annotated[str | None, typer.Option(help="Only for this segment.", show_default=False)]
Channel = Annotated[str | None, typer.Option(help="Only for this channel.", show_default=False)]


def settings(ctx: typer.Context, **flags: Any) -> "Settings":
    """The settings in force; `flags` are dotted names with `__` for the dot, None where not given."""
    from store.settings import load

    given = {name.replace("__", "."): value for name, value in flags.items()}
    return load({**ctx.obj, **given})[0]


def writer_flags(model: str | None, temperature: float | None) -> dict[str, Any]:
    """The flags that `--writer` and `--temperature` stand for."""
    kind = None if model is None else "fake" if model == "fake" else "local"
    return {
        "writer__kind": kind,
        "writer__model": None if model == "fake" else model,
        "writer__temperature": temperature,
    }


@contextmanager
def database(settings: "Settings") -> Iterator["Database"]:
    """The database in force, closed afterwards."""
    from store.database import open_database

    opened = open_database(settings)
    try:
        yield opened
    finally:
        opened.close()


def check_known(
    session: "Session", settings: "Settings", *, campaign: int | None, segment: str | None, channel: str | None
) -> None:
    """Refuse a campaign or channel that does not exist, and warn of a segment that no variant was written for.

    A channel that has left the catalogue is known as long as variants of it are stored. Raises NotFound, InputError.
    """
    from prompts import channels
    from store import campaigns, variants
    from store.errors import shown

    if campaign is not None:
        campaigns.get(session, campaign)
    if channel is not None and not variants.find(session, variants.Query(channel=channel), limit=1, order="id"):
        channels.get(channels.catalogue(settings), channel, "--channel")
    if segment is not None and not variants.find(session, variants.Query(segment=segment), limit=1, order="id"):
        say(f"--segment: no variant was written for {shown(segment)}")


def check_target(file: Path | None) -> None:
    """Raise InputError where a file cannot be written, before the work is done."""
    from store.errors import InputError, Problem

    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        raise InputError(Problem("", "cannot be written; name a file in a folder that is there"), source=file)


def say(text: str) -> None:
    """Tell the person, on standard error, with no character in it that a terminal would act on."""
    from ui.plain import visible

    typer.echo(visible(text), err=True)


def moment(moment: "datetime | None") -> str:
    """When something was, for a table."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def print_json(value: Any) -> None:
    """Print nouns and named tuples, or lists and mappings of them, as JSON."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    """`value` in what JSON has."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
