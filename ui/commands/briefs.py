"""`brief new`, `brief check` and `channels`: before anything is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands import common

if TYPE_CHECKING:
    from store.brief import Brief
    from store.prompt import Prompt
    from store.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="Start or check a brief.", no_args_is_help=True, rich_markup_mode=None)
    verbs.command()(new)
    verbs.command()(check)
    app.add_typer(verbs, name="brief")
    app.command()(channels)


def new(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Standard output where none is named.")] = None,
) -> None:
    """Write a brief with a comment on every key, to be filled in."""
    from prompts import briefs
    from store.errors import Conflict, InputError, Problem

    if file is None:
        typer.echo(briefs.template(), nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as made:
            made.write(briefs.template())
    except FileExistsError:
        raise Conflict(f"{file}: is there already; name another file") from None
    except FileNotFoundError:
        problem = Problem("", f"the folder {file.parent} does not exist; make it first, or name another file")
        raise InputError(problem, source=file) from None
    typer.echo(f"{file}: fill it in, then `glasbruk brief check {file}`")


def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A brief in YAML or JSON.", show_default=False)],
    segment: Annotated[str | None, typer.Option(help="Whose prompt to show [the first].", show_default=False)] = None,
    channel: Annotated[str | None, typer.Option(help="Whose prompt to show [the first].", show_default=False)] = None,
    as_json: common.Json = False,
) -> None:
    """Check a brief and print a prompt that it makes."""
    from prompts import briefs
    from prompts import channels as catalogues
    from ui.plain import count, one_line, visible

    settings = common.settings(ctx)
    brief = briefs.read(file, catalogues.catalogue(settings))
    prompt = _prompt(settings, brief, segment or brief.segments[0].name, channel or brief.channels[0])
    if as_json:
        common.print_json({"brief": brief, "key": brief.key, "prompt": prompt})
        return
    for message in prompt.messages:
        typer.echo(f"--- {message.role}\n{visible(message.content)}\n")
    sizes = [
        count(len(brief.segments), "segment"),
        count(len(brief.channels), "channel"),
        count(len(brief.facts), "fact"),
    ]
    typer.echo(f"{file}: is right; {one_line(brief.name)} has {', '.join(sizes)}")


def _prompt(settings: "Settings", brief: "Brief", segment: str, channel: str) -> "Prompt":
    """The prompt for one segment and channel, carrying the brief's first fact."""
    from prompts import channels as catalogues
    from prompts.render import render
    from store.angle import Angle
    from store.errors import InputError, Problem, nearest

    names = [known.name for known in brief.segments]
    if segment not in names:
        raise InputError(Problem("--segment", f'the brief has no segment "{segment}"; {nearest(segment, names)}'))
    angle = Angle(claims=brief.facts[:1], relevance=0.0, reason="The brief's first fact, to show the prompt.")
    return render(
        brief, catalogues.get(catalogues.catalogue(settings), channel, "--channel"), brief.segment(segment), angle
    )


def channels(ctx: typer.Context, as_json: common.Json = False) -> None:
    """List the channels with their fields and limits."""
    from prompts.channels import catalogue
    from ui import tables

    known = catalogue(common.settings(ctx))
    if as_json:
        common.print_json(known)
    else:
        tables.console().print(tables.channels(known))
