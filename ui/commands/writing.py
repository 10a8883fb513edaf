"""`demo` and `write`: a brief in, ranked variants out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands import common

if TYPE_CHECKING:
    from store.settings import Settings

Report = Annotated[Path | None, typer.Option(metavar="FILE", help="[report.html in the workspace]", show_default=False)]


EXAMPLE = "inn-to-inn"  # the brief that `demo` runs


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command()(demo)
    app.command()(write)
    app.command()(again)


def demo(
    ctx: typer.Context,
    *,
    writer: common.Writer = None,
    n: common.Variants = 3,
    overgenerate: Annotated[
        int, typer.Option(min=1, max=64, help="How many times as many are written, to choose from.")
    ] = 3,
    seed: common.Seed = 0,
    temperature: common.Temperature = None,
    report: Report = None,
    as_json: common.Json = False,
) -> None:
    """Run the example campaign, from brief to report.

    It writes less than a campaign of your own, so that it is done in a few minutes.
    """
    from prompts.briefs import examples

    chosen = common.settings(ctx, **common.writer_flags(writer, temperature), writer__overgenerate=overgenerate)
    brief = examples()[EXAMPLE]
    _write(chosen, brief, {"n": n, "seed": seed}, report, as_json)


def write(
    ctx: typer.Context,
    *,
    brief: Annotated[Path, typer.Argument(metavar="BRIEF", help="A brief in YAML or JSON.", show_default=False)],
    writer: common.Writer = None,
    n: common.Variants = 8,
    overgenerate: common.Overgenerate = None,
    seed: common.Seed = 0,
    temperature: common.Temperature = None,
    segment: Annotated[list[str] | None, typer.Option(help="Only for this one; may be repeated.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help="Only for this one; may be repeated.")] = None,
    report: Report = None,
    as_json: common.Json = False,
) -> None:
    """Write, check and rank the copy of a brief.

    Many are written for each segment and channel. The n that are likeliest to be approved, and differ, are scored, put
    up for review and shown in a report; the others are kept in reserve.
    """
    chosen = common.settings(ctx, **common.writer_flags(writer, temperature), writer__overgenerate=overgenerate)
    parts = {"n": n, "seed": seed, "segments": tuple(segment or ()), "channels": tuple(channel or ())}
    _write(chosen, brief, parts, report, as_json)


def again(
    ctx: typer.Context,
    *,
    variant: Annotated[int, typer.Argument(min=1, help="The variant to write from.", show_default=False)],
    way: Annotated[str, typer.Argument(metavar="WAY", help="field, shorter, angle or like.", show_default=False)],
    field: Annotated[str, typer.Option(help="Which field anew, where the way is field.", show_default=False)] = "",
    writer: common.Writer = None,
    temperature: common.Temperature = None,
    seed: Annotated[int | None, typer.Option(min=0, help="[how often it was written from]", show_default=False)] = None,
    as_json: common.Json = False,
) -> None:
    """Write copy again from a variant.

    The way is `field` (one anew, the others stay), `shorter`, `angle` (another claim) or `like` (more like it). What is
    written is a new variant with that one as its parent.
    """
    from inference import again as writing
    from inference import load
    from inference.wish import Way, Wish
    from store.errors import InputError, Problem, nearest
    from ui.plain import visible

    settings = common.settings(ctx, **common.writer_flags(writer, temperature))
    if way not in list(Way):
        raise InputError(Problem("WAY", f'"{way}" is none; {nearest(way, list(Way))}'))
    sampling = None if temperature is None else settings.writer.sampling
    wish = Wish(variant, Way(way), settings.reviewer, field, sampling, seed)
    with common.database(settings) as database:
        rows = writing.write(wish, load.parts(settings), database)
    if as_json:
        common.print_json([row.variant for row in rows])
        return
    for row in rows:
        typer.echo(f"variant {row.variant.id}, {row.variant.state}\n{visible(row.variant.text or row.variant.raw)}\n")


def _write(settings: "Settings", brief: Path, order: dict[str, Any], report: Path | None, as_json: bool) -> None:
    from prompts import briefs, channels
    from ui import demo
    from ui import report as reports

    read = briefs.read(brief, channels.catalogue(settings))
    if report is not None:
        reports.check(report)
    with common.database(settings) as database:
        done = demo.run(settings, database, read, order, report or settings.workspace / "report.html")
    if as_json:
        common.print_json(done.as_json())
    else:
        demo.show(done)
