"""`models`, `serve`, `desk` and `doctor`: what runs and what it needs."""

from enum import StrEnum
from typing import Annotated

import typer

from ui.commands import common, evaluating

Host = Annotated[str | None, typer.Option(help="Where to listen [127.0.0.1].", show_default=False)]
Port = Annotated[int | None, typer.Option(help="[7860]", min=0, max=65_535, show_default=False)]


class Model(StrEnum):
    """The embedded models."""

    DEFAULT = "default"
    MEDIUM = "medium"
    SMALL = "small"


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    verbs = typer.Typer(help="List or prepare the embedded models, or put a writer in force.", rich_markup_mode=None)
    verbs.callback(invoke_without_command=True)(models)
    verbs.command()(prepare)
    verbs.command()(evaluating.promote)
    app.add_typer(verbs, name="models")
    for verb in (serve, desk, doctor):
        app.command()(verb)


def models(ctx: typer.Context, as_json: common.Json = False) -> None:
    """List the embedded models, or convert one ahead of time."""
    if ctx.invoked_subcommand:
        return
    from ui import embedded, tables

    found = embedded.models(common.settings(ctx))
    if as_json:
        common.print_json(found)
    else:
        tables.console().print(
            tables.listed(["name", "model", "state", "where"], [list(row.values()) for row in found])
        )


def prepare(
    ctx: typer.Context, name: Annotated[Model, typer.Argument()] = Model.DEFAULT, as_json: common.Json = False
) -> None:
    """Check and convert an embedded model now, so that the first campaign need not wait for it."""
    from inference import weights

    folder = weights.prepare(name.value, common.settings(ctx).model_cache, lambda line: common.say(f"{line} ..."))
    if as_json:
        common.print_json({"model": name.value, "folder": folder})
    else:
        typer.echo(f"{name.value}: ready in {folder}")


def serve(ctx: typer.Context, host: Host = None, port: Port = None, writer: common.Writer = None) -> None:
    """Run desk and API on one port."""
    from ui import app

    app.serve(common.settings(ctx, serve__host=host, serve__port=port, **common.writer_flags(writer, None)))


def desk(ctx: typer.Context, host: Host = None, port: Port = None, writer: common.Writer = None) -> None:
    """Open the review desk and say where it is."""
    serve(ctx, host, port, writer)


def doctor(ctx: typer.Context, writer: common.Writer = None, as_json: common.Json = False) -> None:
    """Say what is in force, and what is broken.

    Each setting has where it came from, each broken thing how to mend it. The status is 1 where something is broken.
    """
    from store.settings import load
    from ui import doctor

    flags = {name.replace("__", "."): value for name, value in common.writer_flags(writer, None).items()}
    settings, origin = load({**ctx.obj, **flags})
    checks = doctor.examine(settings)
    if as_json:
        common.print_json(doctor.as_json(settings, origin, checks))
    else:
        doctor.show(settings, origin, checks)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)
